/* ring.c, the simplest way: every question is answered by looking at every
 * token or partition. Members are kept in ascending order, nothing else is
 * sorted, indexed or remembered. A walk under strategies 1 and 2 is the members
 * in the order of the distance to their nearest token. */
#include "dynamo/ring.h"

#include "dynamo/err.h"
#include "dynamo/hash.h"
#include "dynamo/prng.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 20u /* bytes of an encoding before the members */
#define DIGEST 16u

struct member {
    node_id node;
    uint32_t weight;
    struct position *tokens; /* NULL under strategy 3 */
    size_t count;
};

struct ring {
    struct ring_config config;
    struct member *members;
    size_t count;
    node_id *owner; /* strategy 3: of each partition, once there are members */
};

/* ---- Positions ---- */

static void put(uint8_t *to, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
}

static uint64_t get(const uint8_t *from, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | from[i];
    return number;
}

struct position ring_position(struct slice key)
{
    struct digest d = md5(key);
    return (struct position){get(d.byte, 8), get(d.byte + 8, 8)};
}

struct position ring_token(uint64_t seed, node_id node, uint32_t index)
{
    uint8_t name[16];
    put(name, seed, 8);
    put(name + 8, node, 4);
    put(name + 12, index, 4);
    return ring_position((struct slice){name, sizeof name});
}

static int compare(struct position a, struct position b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return (a.lo > b.lo) - (a.lo < b.lo);
}

/* How far clockwise it is. */
static struct position distance(struct position from, struct position to)
{
    return (struct position){to.hi - from.hi - (to.lo < from.lo),
                             to.lo - from.lo};
}

static uint32_t partition_of(const struct ring *ring, struct position position)
{
    return (uint32_t)((position.hi >> 32) * ring->config.partitions >> 32);
}

/* The topmost 32 bits with which a partition begins; 2^32 for partition Q. */
static uint64_t beginning(const struct ring *ring, uint64_t partition)
{
    uint64_t q = ring->config.partitions;
    return ((partition << 32) + q - 1) / q;
}

/* ---- Members ---- */

static size_t find(const struct member *members, size_t count, node_id node)
{
    size_t i = 0;
    while (i < count && members[i].node != node)
        i++;
    return i;
}

int ring_open(struct ring **ring, const struct ring_config *config)
{
    if (!ring || !config || config->strategy < RING_TOKENS ||
        config->strategy > RING_PARTITIONS)
        return DYN_EINVAL;
    bool tokens = config->strategy != RING_PARTITIONS;
    bool partitions = config->strategy != RING_TOKENS;
    if ((tokens && config->tokens - 1 >= RING_TOKENS_MAX) ||
        (partitions && config->partitions - 1 >= RING_PARTITIONS_MAX))
        return DYN_EINVAL;
    struct ring *made = calloc(1, sizeof *made);
    node_id *owner = tokens ? NULL : calloc(config->partitions, sizeof *owner);
    if (!made || (!tokens && !owner)) {
        free(made);
        free(owner);
        return DYN_ENOMEM;
    }
    made->config = *config;
    made->owner = owner;
    *ring = made;
    return DYN_OK;
}

void ring_close(struct ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < ring->count; i++)
        free(ring->members[i].tokens);
    free(ring->members);
    free(ring->owner);
    free(ring);
}

/* The least and the most partitions that member i may own. */
static void bounds(uint32_t q, const struct member *members, size_t count,
                   size_t i, uint32_t *least, uint32_t *most)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += members[k].weight;
    uint64_t part = (uint64_t)q * members[i].weight;
    *least = (uint32_t)(part / sum);
    *most = (uint32_t)((part + sum - 1) / sum);
}

/* Whether everybody's share is at least 1, with a member of `weight` or 0. */
static bool fair(uint32_t q, const struct member *members, size_t count,
                 uint32_t weight)
{
    uint64_t sum = weight, smallest = weight ? weight : UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        sum += members[i].weight;
        if (members[i].weight < smallest)
            smallest = members[i].weight;
    }
    return smallest * q >= sum;
}

/* Gives the partitions to the members, who have just changed. */
static int settle(struct ring *ring, const struct member *members, size_t count,
                  node_id changed)
{
    uint32_t q = ring->config.partitions;
    if (count == 0)
        return DYN_OK;
    uint32_t *have = calloc(2 * (count + 1) + q, sizeof *have);
    if (!have)
        return DYN_ENOMEM;
    uint32_t *want = have + count + 1; /* have[count] counts the orphans */
    uint32_t *order = want + count + 1;
    uint64_t table = ring->config.seed ^ (uint64_t)changed << 32 ^ count;
    for (uint32_t p = 0; p < q; p++) {
        have[find(members, count, ring->owner[p])]++;
        table = (table ^ ring->owner[p]) * 1099511628211u;
        order[p] = p;
    }
    struct prng prng = prng_seeded(table);
    int64_t spare = q;
    uint32_t least, most;
    for (size_t i = 0; i < count; i++) {
        bounds(q, members, count, i, &least, &most);
        want[i] = have[i] < least ? least : have[i] > most ? most : have[i];
        spare -= want[i];
    }
    while (spare != 0) {
        size_t i = prng_below(&prng, count);
        bounds(q, members, count, i, &least, &most);
        if (spare > 0 && want[i] < most) {
            want[i]++;
            spare--;
        } else if (spare < 0 && want[i] > least) {
            want[i]--;
            spare++;
        }
    }
    /* In a random order, so it does not matter that the takers queue up. */
    size_t taker = 0;
    for (uint32_t i = 0; i < q; i++) {
        uint32_t j = i + (uint32_t)prng_below(&prng, q - i), p = order[j];
        order[j] = order[i];
        size_t giver = find(members, count, ring->owner[p]);
        if (have[giver] <= want[giver])
            continue;
        while (have[taker] >= want[taker])
            taker++;
        ring->owner[p] = members[taker].node;
        have[giver]--;
        have[taker]++;
    }
    free(have);
    return DYN_OK;
}

/* Puts `added` into its place, or with NULL removes `node`. */
static int change(struct ring *ring, node_id node, const struct member *added)
{
    struct member *members = malloc((ring->count + 1) * sizeof *members);
    if (!members)
        return DYN_ENOMEM;
    struct position *gone = NULL;
    size_t count = 0, i = 0;
    while (i < ring->count && ring->members[i].node < node)
        members[count++] = ring->members[i++];
    if (added)
        members[count++] = *added;
    else
        gone = ring->members[i++].tokens;
    while (i < ring->count)
        members[count++] = ring->members[i++];
    if (ring->owner && settle(ring, members, count, node) != DYN_OK) {
        free(members);
        return DYN_ENOMEM;
    }
    free(gone);
    free(ring->members);
    ring->members = members;
    ring->count = count;
    return DYN_OK;
}

/* Joins with the given tokens, or with ring_token's where they are NULL. */
static int join(struct ring *ring, node_id node, uint32_t weight,
                const struct position *tokens, size_t count)
{
    if (find(ring->members, ring->count, node) < ring->count)
        return DYN_EEXIST;
    if (ring->owner &&
        !fair(ring->config.partitions, ring->members, ring->count, weight))
        return DYN_ERANGE;
    struct member new = {node, weight, calloc(count + 1, sizeof *tokens),
                         count};
    for (size_t i = 0; new.tokens &&i < count; i++)
        new.tokens[i] = tokens
                            ? tokens[i]
                            : ring_token(ring->config.seed, node, (uint32_t)i);
    int result = new.tokens ? change(ring, node, &new) : DYN_ENOMEM;
    if (result != DYN_OK)
        free(new.tokens);
    return result;
}

int ring_join(struct ring *ring, node_id node, uint32_t weight)
{
    if (!ring || weight < 1 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    uint32_t count = ring->owner ? 0 : weight * ring->config.tokens;
    if (count > RING_TOKENS_MAX)
        return DYN_EINVAL;
    return join(ring, node, weight, NULL, count);
}

int ring_join_at(struct ring *ring, node_id node, const struct position *tokens,
                 size_t count)
{
    if (!ring || !tokens || ring->owner || count < 1 || count > RING_TOKENS_MAX)
        return DYN_EINVAL;
    return join(ring, node, 1, tokens, count);
}

int ring_leave(struct ring *ring, node_id node)
{
    if (!ring)
        return DYN_EINVAL;
    if (find(ring->members, ring->count, node) == ring->count)
        return DYN_ENOENT;
    return change(ring, node, NULL);
}

size_t ring_members(const struct ring *ring, node_id *nodes, size_t capacity)
{
    if (!ring || (!nodes && capacity > 0))
        return 0;
    for (size_t i = 0; i < ring->count && i < capacity; i++)
        nodes[i] = ring->members[i].node;
    return ring->count;
}

/* ---- Placement ---- */

struct near {
    struct position at;
    node_id node;
};

static int compare_near(const void *left, const void *right)
{
    const struct near *a = left, *b = right;
    int order = compare(a->at, b->at);
    return order ? order : (a->node > b->node) - (a->node < b->node);
}

static bool among(const node_id *list, size_t count, node_id node)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == node)
            return true;
    return false;
}

/* The first nodes of a walk, at most `limit`, for the caller to free; NULL when
 * there is no memory. */
static node_id *walk(const struct ring *ring, struct position from,
                     size_t limit, size_t *count)
{
    if (limit > ring->count)
        limit = ring->count;
    node_id *list = malloc((limit + 1) * sizeof *list);
    struct near *nears = malloc((ring->count + 1) * sizeof *nears);
    if (!list || !nears) {
        free(nears);
        free(list);
        return NULL;
    }
    *count = 0;
    uint32_t q = ring->config.partitions;
    if (ring->owner) {
        uint32_t start = partition_of(ring, from);
        for (uint32_t p = 0; p < q && *count < limit; p++) {
            node_id node = ring->owner[(start + p) % q];
            if (!among(list, *count, node))
                list[(*count)++] = node;
        }
    } else {
        if (ring->config.strategy == RING_TOKENS_PARTITIONS) {
            uint32_t next = (partition_of(ring, from) + 1) % q;
            from = (struct position){beginning(ring, next) << 32, 0};
        }
        for (size_t i = 0; i < ring->count; i++) {
            const struct member *m = &ring->members[i];
            nears[i] = (struct near){{UINT64_MAX, UINT64_MAX}, m->node};
            for (size_t t = 0; t < m->count; t++) {
                struct position d = distance(from, m->tokens[t]);
                if (compare(d, nears[i].at) < 0)
                    nears[i].at = d;
            }
        }
        qsort(nears, ring->count, sizeof *nears, compare_near);
        for (; *count < limit; ++*count)
            list[*count] = nears[*count].node;
    }
    free(nears);
    return list;
}

int ring_lookup(const struct ring *ring, struct position position,
                node_id *node)
{
    return ring_preference_list(ring, position, 1, node);
}

int ring_preference_list(const struct ring *ring, struct position position,
                         size_t n, node_id *list)
{
    if (!ring || !list || n == 0)
        return DYN_EINVAL;
    if (n > ring->count)
        return DYN_ERANGE;
    return ring_successors(ring, position, 0, n, list, &n);
}

int ring_successors(const struct ring *ring, struct position position,
                    size_t skip, size_t capacity, node_id *list, size_t *count)
{
    if (!ring || !count || (!list && capacity > 0))
        return DYN_EINVAL;
    size_t met, limit = skip > SIZE_MAX - capacity ? SIZE_MAX : skip + capacity;
    node_id *nodes = walk(ring, position, limit, &met);
    if (!nodes)
        return DYN_ENOMEM;
    *count = 0;
    for (size_t i = skip; i < met && *count < capacity; i++)
        list[(*count)++] = nodes[i];
    free(nodes);
    return DYN_OK;
}

/* ---- Partitions ---- */

int ring_partition(const struct ring *ring, struct position position,
                   uint32_t *partition)
{
    if (!ring || !partition || ring->config.strategy == RING_TOKENS)
        return DYN_EINVAL;
    *partition = partition_of(ring, position);
    return DYN_OK;
}

int ring_owner(const struct ring *ring, uint32_t partition, node_id *node)
{
    if (!ring || !node || ring->config.strategy == RING_TOKENS ||
        partition >= ring->config.partitions)
        return DYN_EINVAL;
    struct position first = {beginning(ring, partition) << 32, 0};
    return ring_lookup(ring, first, node);
}

int ring_encode(const struct ring *ring, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    if (!ring || !length || (!bytes && capacity > 0) || !ring->owner)
        return DYN_EINVAL;
    uint32_t q = ring->config.partitions;
    *length =
        HEADER + 8 * ring->count + (ring->count ? 4 * (size_t)q : 0) + DIGEST;
    if (*length > capacity)
        return DYN_ERANGE;
    memcpy(bytes, "DYR3", 4);
    put(bytes + 4, q, 4);
    put(bytes + 8, ring->config.seed, 8);
    put(bytes + 16, ring->count, 4);
    uint8_t *at = bytes + HEADER;
    for (size_t i = 0; i < ring->count; i++, at += 8) {
        put(at, ring->members[i].node, 4);
        put(at + 4, ring->members[i].weight, 4);
    }
    for (uint32_t p = 0; ring->count > 0 && p < q; p++, at += 4)
        put(at, ring->owner[p], 4);
    struct digest d = md5((struct slice){bytes, *length - DIGEST});
    memcpy(at, d.byte, DIGEST);
    return DYN_OK;
}

/* Reads the members and owners, which are as many as they should be. */
static int read_table(struct ring *ring, const uint8_t *at, size_t count)
{
    uint32_t q = ring->config.partitions;
    ring->members = calloc(count, sizeof *ring->members);
    uint32_t *have = calloc(count, sizeof *have);
    int result = ring->members && have ? DYN_OK : DYN_ENOMEM;
    for (size_t i = 0; result == DYN_OK && i < count; i++, at += 8) {
        struct member *m = &ring->members[i];
        m->node = (node_id)get(at, 4);
        m->weight = (uint32_t)get(at + 4, 4);
        if (m->weight < 1 || m->weight > RING_WEIGHT_MAX ||
            (i > 0 && m->node <= m[-1].node))
            result = DYN_ECORRUPT;
    }
    if (result == DYN_OK && !fair(q, ring->members, count, 0))
        result = DYN_ECORRUPT;
    for (uint32_t p = 0; result == DYN_OK && p < q; p++, at += 4) {
        ring->owner[p] = (node_id)get(at, 4);
        size_t i = find(ring->members, count, ring->owner[p]);
        if (i == count)
            result = DYN_ECORRUPT;
        else
            have[i]++;
    }
    for (size_t i = 0; result == DYN_OK && i < count; i++) {
        uint32_t least, most;
        bounds(q, ring->members, count, i, &least, &most);
        if (have[i] < least || have[i] > most)
            result = DYN_ECORRUPT;
    }
    free(have);
    ring->count = result == DYN_OK ? count : 0;
    return result;
}

int ring_decode(struct ring **ring, const uint8_t *bytes, size_t length)
{
    if (!ring || (!bytes && length > 0))
        return DYN_EINVAL;
    if (length < HEADER + DIGEST || memcmp(bytes, "DYR3", 4) != 0)
        return DYN_ECORRUPT;
    uint64_t q = get(bytes + 4, 4), count = get(bytes + 16, 4);
    struct ring_config config = {RING_PARTITIONS, 1, (uint32_t)q,
                                 get(bytes + 8, 8)};
    struct digest d = md5((struct slice){bytes, length - DIGEST});
    if (q < 1 || q > RING_PARTITIONS_MAX || count > q ||
        length != HEADER + 8 * count + (count ? 4 * q : 0) + DIGEST ||
        memcmp(bytes + length - DIGEST, d.byte, DIGEST) != 0)
        return DYN_ECORRUPT;
    struct ring *made;
    int result = ring_open(&made, &config);
    if (result != DYN_OK)
        return result;
    if (count > 0)
        result = read_table(made, bytes + HEADER, count);
    if (result == DYN_OK)
        *ring = made;
    else
        ring_close(made);
    return result;
}

/* ---- Measures ---- */

/* The circle is cut at the tokens (1) or where partitions begin (2, 3). */
int ring_shares(const struct ring *ring, size_t n, double *shares,
                size_t capacity)
{
    if (!ring || (!shares && capacity > 0) || n == 0)
        return DYN_EINVAL;
    if (n > ring->count || ring->count > capacity)
        return DYN_ERANGE;
    bool tokens = ring->config.strategy == RING_TOKENS;
    size_t cuts = tokens ? ring_metadata(ring) : ring->config.partitions;
    struct near *cut = calloc(cuts, sizeof *cut);
    double *sums = calloc(ring->count, sizeof *sums);
    int result = cut && sums ? DYN_OK : DYN_ENOMEM;
    size_t k = 0;
    for (size_t i = 0; cut && tokens && i < ring->count; i++)
        for (size_t t = 0; t < ring->members[i].count; t++)
            cut[k++].at = ring->members[i].tokens[t];
    for (; cut && k < cuts; k++)
        cut[k].at.hi = beginning(ring, k) << 32;
    if (cut)
        qsort(cut, cuts, sizeof *cut, compare_near);
    for (size_t i = 0; result == DYN_OK && i < cuts; i++) {
        struct position d =
            tokens ? distance(cut[(i + cuts - 1) % cuts].at, cut[i].at)
                   : distance(cut[i].at, cut[(i + 1) % cuts].at);
        double width = ldexp((double)d.hi, -64) + ldexp((double)d.lo, -128);
        if (i == 0 && compare(cut[0].at, cut[cuts - 1].at) == 0)
            width = 1; /* all cuts at one position */
        if (width <= 0)
            continue;
        size_t count = 0;
        node_id *list = walk(ring, cut[i].at, n, &count);
        for (size_t j = 0; j < count; j++)
            sums[find(ring->members, ring->count, list[j])] += width;
        if (!list)
            result = DYN_ENOMEM;
        free(list);
    }
    if (result == DYN_OK)
        memcpy(shares, sums, ring->count * sizeof *sums);
    free(cut);
    free(sums);
    return result;
}

size_t ring_metadata(const struct ring *ring)
{
    if (!ring)
        return 0;
    if (ring->owner)
        return ring->config.partitions;
    size_t total = 0;
    for (size_t i = 0; i < ring->count; i++)
        total += ring->members[i].count;
    return total;
}

int ring_moved(const struct ring *before, const struct ring *after, size_t n,
               const struct position *keys, size_t count,
               struct ring_moved *moved)
{
    if (!before || !after || (!keys && count > 0) || !moved || n == 0)
        return DYN_EINVAL;
    if (n > before->count || n > after->count)
        return DYN_ERANGE;
    struct ring_moved sum = {0, 0};
    for (size_t k = 0; k < count; k++) {
        size_t met;
        node_id *old = walk(before, keys[k], n, &met);
        node_id *new = walk(after, keys[k], n, &met);
        uint64_t copies = 0;
        for (size_t i = 0; old && new &&i < n; i++)
            copies += !among(old, n, new[i]);
        sum.copies += copies;
        sum.keys += copies > 0;
        bool failed = !old || !new;
        free(old);
        free(new);
        if (failed)
            return DYN_ENOMEM;
    }
    *moved = sum;
    return DYN_OK;
}

double load_efficiency(const double *loads, size_t count)
{
    if (!loads && count > 0)
        return 0;
    double sum = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
        sum += loads[i];
        if (loads[i] > most)
            most = loads[i];
    }
    return most > 0 ? sum / (double)count / most : 1;
}

double load_imbalance(const double *loads, size_t count, double threshold)
{
    double sum = 0;
    size_t out = 0;
    for (size_t i = 0; loads && i < count; i++)
        sum += loads[i];
    if (!(sum > 0))
        return 0;
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        if (fabs(loads[i] - mean) >= threshold * mean)
            out++;
    return (double)out / (double)count;
}
