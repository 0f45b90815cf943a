/* ring.c: consistent hashing with tokens, partitions and preference lists.
 *
 * Interface: dynamo/ring.h, which says what every function owes its caller.
 */
#include "dynamo/ring.h"

#include "dynamo/err.h"
#include "dynamo/hash.h"
#include "dynamo/prng.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* @solution */

struct member {
    node_id node;
    uint32_t weight;
};

struct token {
    struct position at;
    node_id node;
};

/* Members ascend by node, tokens by position and then node. Under strategy 3
 * there are no tokens but an owner for every partition. */
struct ring {
    struct ring_config config;
    struct member *members;
    size_t member_count;
    struct token *tokens;
    size_t token_count;
    node_id *owners; /* strategy 3: one a partition; no meaning while empty */
};

/* ---- Positions ---- */

static struct position position_of(struct digest digest)
{
    struct position p = {0, 0};

    for (int i = 0; i < 8; i++) {
        p.hi = p.hi << 8 | digest.byte[i];
        p.lo = p.lo << 8 | digest.byte[8 + i];
    }
    return p;
}

static int compare_positions(struct position a, struct position b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    if (a.lo != b.lo)
        return a.lo < b.lo ? -1 : 1;
    return 0;
}

static int compare_tokens(const void *left, const void *right)
{
    const struct token *a = left, *b = right;
    int order = compare_positions(a->at, b->at);

    return order != 0 ? order : (a->node > b->node) - (a->node < b->node);
}

/* Writes `size` bytes of a number, the most significant first. */
static uint8_t *put(uint8_t *at, uint64_t number, int size)
{
    for (int i = size - 1; i >= 0; i--) {
        at[i] = (uint8_t)number;
        number >>= 8;
    }
    return at + size;
}

static const uint8_t *get(const uint8_t *at, uint64_t *number, int size)
{
    *number = 0;
    for (int i = 0; i < size; i++)
        *number = *number << 8 | at[i];
    return at + size;
}

/* @starter
struct ring {
    struct ring_config config;
    // The members, their tokens, the owners of partitions: yours to add.
};
@end */

struct position ring_position(struct slice key)
{
    /* @solution */
    return position_of(md5(key));
    /* @starter
    (void)key;
    return (struct position){0, 0};
    @end */
}

struct position ring_token(uint64_t seed, node_id node, uint32_t index)
{
    /* @solution */
    uint8_t bytes[16], *at = bytes;

    at = put(at, seed, 8);
    at = put(at, node, 4);
    put(at, index, 4);
    return position_of(md5((struct slice){bytes, sizeof bytes}));
    /* @starter
    (void)seed;
    (void)node;
    (void)index;
    return (struct position){0, 0};
    @end */
}

/* ---- The ring and its members ---- */

int ring_open(struct ring **ring, const struct ring_config *config)
{
    /* @solution */
    struct ring *made;
    bool tokens, partitions;

    if (ring == NULL || config == NULL)
        return DYN_EINVAL;
    if (config->strategy != RING_TOKENS &&
        config->strategy != RING_TOKENS_PARTITIONS &&
        config->strategy != RING_PARTITIONS)
        return DYN_EINVAL;
    tokens = config->strategy != RING_PARTITIONS;
    partitions = config->strategy != RING_TOKENS;
    if (tokens && (config->tokens < 1 || config->tokens > RING_TOKENS_MAX))
        return DYN_EINVAL;
    if (partitions &&
        (config->partitions < 1 || config->partitions > RING_PARTITIONS_MAX))
        return DYN_EINVAL;

    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    if (!tokens) {
        made->owners = calloc(config->partitions, sizeof *made->owners);
        if (made->owners == NULL) {
            free(made);
            return DYN_ENOMEM;
        }
    }
    *ring = made;
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)config;
    return DYN_ETODO;
    @end */
}

void ring_close(struct ring *ring)
{
    /* @solution */
    if (ring == NULL)
        return;
    free(ring->members);
    free(ring->tokens);
    free(ring->owners);
    free(ring);
    /* @starter
    (void)ring;
    @end */
}

/* @solution */

/* The index of the first member that is not below `node`. */
static size_t member_rank(const struct ring *ring, node_id node)
{
    size_t low = 0, high = ring->member_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ring->members[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_member(const struct ring *ring, node_id node)
{
    size_t rank = member_rank(ring, node);

    return rank < ring->member_count && ring->members[rank].node == node;
}

/* The members with `node` added, or without it when its weight is 0: a new
 * array of *count, which the caller frees; NULL when there is no memory. */
static struct member *members_changed(const struct ring *ring, node_id node,
                                      uint32_t weight, size_t *count)
{
    size_t rank = member_rank(ring, node), n = ring->member_count;
    struct member *changed = malloc((n + 1) * sizeof *changed);

    if (changed == NULL)
        return NULL;
    if (rank > 0)
        memcpy(changed, ring->members, rank * sizeof *changed);
    if (weight > 0) {
        changed[rank] = (struct member){node, weight};
        if (rank < n)
            memcpy(changed + rank + 1, ring->members + rank,
                   (n - rank) * sizeof *changed);
        *count = n + 1;
    } else {
        memcpy(changed + rank, ring->members + rank + 1,
               (n - rank - 1) * sizeof *changed);
        *count = n - 1;
    }
    return changed;
}

static void replace_members(struct ring *ring, struct member *members,
                            size_t count)
{
    free(ring->members);
    ring->members = members;
    ring->member_count = count;
}

/* Adds a node of strategy 1 or 2 with tokens at `own`, or, where that is NULL,
 * at the positions that ring_token gives it. */
static int join_tokens(struct ring *ring, node_id node, uint32_t weight,
                       const struct position *own, size_t count)
{
    size_t member_count, old = ring->token_count, fresh = count;
    struct member *members;
    struct token *tokens;

    members = members_changed(ring, node, weight, &member_count);
    tokens = malloc((old + fresh) * sizeof *tokens);
    if (members == NULL || tokens == NULL) {
        free(members);
        free(tokens);
        return DYN_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct position at =
            own != NULL ? own[i]
                        : ring_token(ring->config.seed, node, (uint32_t)i);

        tokens[i] = (struct token){at, node};
    }
    qsort(tokens, count, sizeof *tokens, compare_tokens);
    /* Merged from the end, so that none is overwritten before it has moved. */
    while (old > 0)
        if (fresh > 0 &&
            compare_tokens(&tokens[fresh - 1], &ring->tokens[old - 1]) > 0) {
            fresh--;
            tokens[old + fresh] = tokens[fresh];
        } else {
            old--;
            tokens[old + fresh] = ring->tokens[old];
        }
    free(ring->tokens);
    ring->tokens = tokens;
    ring->token_count += count;
    replace_members(ring, members, member_count);
    return DYN_OK;
}

/* ---- Strategy 3: who owns which partition ---- */

/* How many partitions a member may own: floor(s) to ceil(s), where s is its
 * share Q * weight / sum of weights. */
struct quota {
    size_t least, most;
};

static uint64_t total_weight(const struct member *members, size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += members[i].weight;
    return sum;
}

static struct quota quota_of(uint32_t partitions, uint32_t weight, uint64_t sum)
{
    uint64_t product = (uint64_t)partitions * weight;

    return (struct quota){product / sum, (product + sum - 1) / sum};
}

/* Whether everyone's share is at least one partition. */
static bool enough_partitions(uint32_t partitions, const struct member *members,
                              size_t count)
{
    uint64_t sum = total_weight(members, count);

    for (size_t i = 0; i < count; i++)
        if ((uint64_t)partitions * members[i].weight < sum)
            return false;
    return true;
}

static void shuffle(struct prng *prng, uint32_t *array, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = prng_below(prng, i);
        uint32_t swap = array[i - 1];

        array[i - 1] = array[j];
        array[j] = swap;
    }
}

/* Decides how many partitions each member is to own, as near to what it owns
 * now as its quota allows: nobody gives or gets more than that forces. */
static void choose_targets(uint32_t partitions, const struct member *members,
                           size_t count, const size_t *owned, size_t *target,
                           uint32_t *order, struct prng *prng)
{
    uint64_t sum = total_weight(members, count);
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        struct quota quota = quota_of(partitions, members[i].weight, sum);

        order[i] = (uint32_t)i;
        target[i] = owned[i] < quota.least  ? quota.least
                    : owned[i] > quota.most ? quota.most
                                            : owned[i];
        total += target[i];
    }
    shuffle(prng, order, count);
    for (size_t k = 0; k < count && total != partitions; k++) {
        size_t i = order[k];
        struct quota quota = quota_of(partitions, members[i].weight, sum);

        if (total < partitions && target[i] < quota.most) {
            target[i]++;
            total++;
        } else if (total > partitions && target[i] > quota.least) {
            target[i]--;
            total--;
        }
    }
}

/* Moves partitions, drawn at random, from members above their target, and from
 * nodes that are no members any more, to those below. `owned` is brought up to
 * date; `order` has room for every partition. */
static void move_partitions(struct ring *ring, const struct member *members,
                            size_t count, size_t *owned, const size_t *target,
                            uint32_t *order, struct prng *prng)
{
    const struct ring view = {.members = (struct member *)members,
                              .member_count = count};
    uint32_t partitions = ring->config.partitions;
    size_t receiver = 0;

    for (uint32_t p = 0; p < partitions; p++)
        order[p] = p;
    shuffle(prng, order, partitions);
    for (uint32_t k = 0; k < partitions; k++) {
        node_id *owner = &ring->owners[order[k]];

        if (ring->member_count > 0 && is_member(&view, *owner)) {
            size_t donor = member_rank(&view, *owner);

            if (owned[donor] <= target[donor])
                continue;
            owned[donor]--;
        }
        while (owned[receiver] >= target[receiver])
            receiver++;
        owned[receiver]++;
        *owner = members[receiver].node;
    }
}

/* Brings the table of owners to a new membership, which it takes over. */
static int rebalance(struct ring *ring, struct member *members, size_t count,
                     node_id cause)
{
    uint32_t partitions = ring->config.partitions;
    size_t room = count > partitions ? count : partitions;
    const struct ring view = {.members = members, .member_count = count};
    size_t *owned = calloc(count + 1, sizeof *owned);
    size_t *target = calloc(count + 1, sizeof *target);
    uint32_t *order = malloc(room * sizeof *order);
    /* Every node must come to the same table, so the draw depends on what all
     * of them know, and on nothing else. */
    struct prng prng =
        prng_seeded(ring->config.seed ^ ((uint64_t)cause << 32 | count));
    int rv = DYN_ENOMEM;

    if (owned == NULL || target == NULL || order == NULL)
        goto out;
    for (uint32_t p = 0; p < partitions && ring->member_count > 0; p++)
        if (is_member(&view, ring->owners[p]))
            owned[member_rank(&view, ring->owners[p])]++;
    if (count > 0) {
        choose_targets(partitions, members, count, owned, target, order, &prng);
        move_partitions(ring, members, count, owned, target, order, &prng);
    }
    replace_members(ring, members, count);
    members = NULL;
    rv = DYN_OK;
out:
    free(members);
    free(owned);
    free(target);
    free(order);
    return rv;
}

static int join_partitions(struct ring *ring, node_id node, uint32_t weight)
{
    size_t count;
    struct member *members = members_changed(ring, node, weight, &count);

    if (members == NULL)
        return DYN_ENOMEM;
    if (!enough_partitions(ring->config.partitions, members, count)) {
        free(members);
        return DYN_ERANGE;
    }
    return rebalance(ring, members, count, node);
}

/* @starter
@end */

int ring_join(struct ring *ring, node_id node, uint32_t weight)
{
    /* @solution */
    uint64_t tokens;

    if (ring == NULL || weight < 1 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    tokens = (uint64_t)ring->config.tokens * weight;
    if (ring->config.strategy != RING_PARTITIONS && tokens > RING_TOKENS_MAX)
        return DYN_EINVAL;
    if (is_member(ring, node))
        return DYN_EEXIST;
    if (ring->config.strategy == RING_PARTITIONS)
        return join_partitions(ring, node, weight);
    return join_tokens(ring, node, weight, NULL, tokens);
    /* @starter
    (void)ring;
    (void)node;
    (void)weight;
    return DYN_ETODO;
    @end */
}

int ring_join_at(struct ring *ring, node_id node, const struct position *tokens,
                 size_t count)
{
    /* @solution */
    if (ring == NULL || tokens == NULL || count < 1 ||
        count > RING_TOKENS_MAX || ring->config.strategy == RING_PARTITIONS)
        return DYN_EINVAL;
    if (is_member(ring, node))
        return DYN_EEXIST;
    return join_tokens(ring, node, 1, tokens, count);
    /* @starter
    (void)ring;
    (void)node;
    (void)tokens;
    (void)count;
    return DYN_ETODO;
    @end */
}

int ring_leave(struct ring *ring, node_id node)
{
    /* @solution */
    struct member *members;
    size_t count, kept = 0;

    if (ring == NULL)
        return DYN_EINVAL;
    if (!is_member(ring, node))
        return DYN_ENOENT;
    members = members_changed(ring, node, 0, &count);
    if (members == NULL)
        return DYN_ENOMEM;
    if (ring->config.strategy == RING_PARTITIONS)
        return rebalance(ring, members, count, node);
    for (size_t i = 0; i < ring->token_count; i++)
        if (ring->tokens[i].node != node)
            ring->tokens[kept++] = ring->tokens[i];
    ring->token_count = kept;
    replace_members(ring, members, count);
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)node;
    return DYN_ETODO;
    @end */
}

size_t ring_members(const struct ring *ring, node_id *nodes, size_t capacity)
{
    /* @solution */
    if (ring == NULL || (nodes == NULL && capacity > 0))
        return 0;
    for (size_t i = 0; i < ring->member_count && i < capacity; i++)
        nodes[i] = ring->members[i].node;
    return ring->member_count;
    /* @starter
    (void)ring;
    (void)nodes;
    (void)capacity;
    return 0;
    @end */
}

/* ---- Placement ---- */

/* @solution */

/* The partition that holds a position, given the position's topmost 32 bits. */
static uint32_t partition_of(const struct ring *ring, struct position position)
{
    return (uint32_t)((position.hi >> 32) * ring->config.partitions >> 32);
}

/* The topmost 32 bits of the position where a partition begins; 2^32 for the
 * partition after the last. */
static uint64_t partition_start(const struct ring *ring, uint32_t partition)
{
    uint64_t q = ring->config.partitions;

    return (((uint64_t)partition << 32) + q - 1) / q;
}

/* The index of the first token at or after a position, past the end: 0. */
static size_t token_at(const struct ring *ring, struct position position)
{
    size_t low = 0, high = ring->token_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_positions(ring->tokens[middle].at, position) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ring->token_count ? low : 0;
}

/* Where the walk of a partition (strategies 2 and 3) starts: an index of
 * tokens, or of partitions. */
static size_t partition_walk(const struct ring *ring, uint32_t partition)
{
    struct position end;

    if (ring->config.strategy == RING_PARTITIONS)
        return partition;
    /* The next partition's first position; after the last comes 0. */
    end.hi = partition_start(ring, partition + 1) << 32;
    end.lo = 0;
    return token_at(ring, end);
}

static size_t position_walk(const struct ring *ring, struct position position)
{
    if (ring->config.strategy == RING_TOKENS)
        return token_at(ring, position);
    return partition_walk(ring, partition_of(ring, position));
}

/* Follows a walk until it has met n nodes; there are that many. */
static void walk(const struct ring *ring, size_t start, size_t n, node_id *list)
{
    bool table = ring->config.strategy == RING_PARTITIONS;
    size_t length = table ? ring->config.partitions : ring->token_count;
    size_t met = 0;

    for (size_t i = start; met < n; i = i + 1 < length ? i + 1 : 0) {
        node_id node = table ? ring->owners[i] : ring->tokens[i].node;
        size_t k = 0;

        while (k < met && list[k] != node)
            k++;
        if (k == met)
            list[met++] = node;
    }
}

/* @starter
@end */

int ring_lookup(const struct ring *ring, struct position position,
                node_id *node)
{
    /* @solution */
    if (ring == NULL || node == NULL)
        return DYN_EINVAL;
    return ring_preference_list(ring, position, 1, node);
    /* @starter
    (void)ring;
    (void)position;
    (void)node;
    return DYN_ETODO;
    @end */
}

int ring_preference_list(const struct ring *ring, struct position position,
                         size_t n, node_id *list)
{
    /* @solution */
    if (ring == NULL || list == NULL || n == 0)
        return DYN_EINVAL;
    if (n > ring->member_count)
        return DYN_ERANGE;
    walk(ring, position_walk(ring, position), n, list);
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)position;
    (void)n;
    (void)list;
    return DYN_ETODO;
    @end */
}

int ring_successors(const struct ring *ring, struct position position,
                    size_t skip, size_t capacity, node_id *list, size_t *count)
{
    /* @solution */
    size_t left;
    node_id *all;

    if (ring == NULL || count == NULL || (list == NULL && capacity > 0))
        return DYN_EINVAL;
    left = skip < ring->member_count ? ring->member_count - skip : 0;
    if (left > capacity)
        left = capacity;
    if (left > 0) {
        all = malloc((skip + left) * sizeof *all);
        if (all == NULL)
            return DYN_ENOMEM;
        walk(ring, position_walk(ring, position), skip + left, all);
        memcpy(list, all + skip, left * sizeof *list);
        free(all);
    }
    *count = left;
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)position;
    (void)skip;
    (void)capacity;
    (void)list;
    (void)count;
    return DYN_ETODO;
    @end */
}

/* ---- Partitions ---- */

int ring_partition(const struct ring *ring, struct position position,
                   uint32_t *partition)
{
    /* @solution */
    if (ring == NULL || partition == NULL ||
        ring->config.strategy == RING_TOKENS)
        return DYN_EINVAL;
    *partition = partition_of(ring, position);
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)position;
    (void)partition;
    return DYN_ETODO;
    @end */
}

int ring_owner(const struct ring *ring, uint32_t partition, node_id *node)
{
    /* @solution */
    if (ring == NULL || node == NULL || ring->config.strategy == RING_TOKENS ||
        partition >= ring->config.partitions)
        return DYN_EINVAL;
    if (ring->member_count == 0)
        return DYN_ERANGE;
    walk(ring, partition_walk(ring, partition), 1, node);
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)partition;
    (void)node;
    return DYN_ETODO;
    @end */
}

/* @solution */

enum { HEADER_SIZE = 20, MEMBER_SIZE = 8, OWNER_SIZE = 4, DIGEST_SIZE = 16 };

static size_t encoded_size(uint64_t members, uint64_t partitions)
{
    return HEADER_SIZE + members * MEMBER_SIZE +
           (members > 0 ? partitions * OWNER_SIZE : 0) + DIGEST_SIZE;
}

/* @starter
@end */

int ring_encode(const struct ring *ring, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    /* @solution */
    struct digest digest;
    uint8_t *at = bytes;
    size_t size;

    if (ring == NULL || length == NULL || (bytes == NULL && capacity > 0) ||
        ring->config.strategy != RING_PARTITIONS)
        return DYN_EINVAL;
    size = encoded_size(ring->member_count, ring->config.partitions);
    *length = size;
    if (bytes == NULL || size > capacity)
        return DYN_ERANGE;
    memcpy(at, "DYR3", 4);
    at = put(at + 4, ring->config.partitions, 4);
    at = put(at, ring->config.seed, 8);
    at = put(at, ring->member_count, 4);
    for (size_t i = 0; i < ring->member_count; i++) {
        at = put(at, ring->members[i].node, 4);
        at = put(at, ring->members[i].weight, 4);
    }
    for (uint32_t p = 0; ring->member_count > 0 && p < ring->config.partitions;
         p++)
        at = put(at, ring->owners[p], 4);
    digest = md5((struct slice){bytes, size - DIGEST_SIZE});
    memcpy(at, digest.byte, DIGEST_SIZE);
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
    @end */
}

/* @solution */

/* Whether every partition's owner is a member, and everyone owns its share. */
static int check_table(const struct ring *ring)
{
    uint64_t sum = total_weight(ring->members, ring->member_count);
    size_t *owned;
    int rv = DYN_ECORRUPT;

    if (ring->member_count == 0)
        return DYN_OK;
    if (!enough_partitions(ring->config.partitions, ring->members,
                           ring->member_count))
        return DYN_ECORRUPT;
    owned = calloc(ring->member_count, sizeof *owned);
    if (owned == NULL)
        return DYN_ENOMEM;
    for (uint32_t p = 0; p < ring->config.partitions; p++) {
        if (!is_member(ring, ring->owners[p]))
            goto out;
        owned[member_rank(ring, ring->owners[p])]++;
    }
    for (size_t i = 0; i < ring->member_count; i++) {
        struct quota quota =
            quota_of(ring->config.partitions, ring->members[i].weight, sum);

        if (owned[i] < quota.least || owned[i] > quota.most)
            goto out;
    }
    rv = DYN_OK;
out:
    free(owned);
    return rv;
}

/* Fills an open ring from bytes whose length and digest are right. */
static int decode_table(struct ring *ring, const uint8_t *at, size_t members)
{
    uint64_t number;

    if (members == 0)
        return DYN_OK;
    ring->members = calloc(members, sizeof *ring->members);
    if (ring->members == NULL)
        return DYN_ENOMEM;
    ring->member_count = members;
    for (size_t i = 0; i < members; i++) {
        struct member *member = &ring->members[i];

        at = get(at, &number, 4);
        member->node = (node_id)number;
        at = get(at, &number, 4);
        member->weight = (uint32_t)number;
        if (member->weight < 1 || member->weight > RING_WEIGHT_MAX)
            return DYN_ECORRUPT;
        if (i > 0 && member->node <= ring->members[i - 1].node)
            return DYN_ECORRUPT;
    }
    for (uint32_t p = 0; p < ring->config.partitions; p++) {
        at = get(at, &number, 4);
        ring->owners[p] = (node_id)number;
    }
    return check_table(ring);
}

/* @starter
@end */

int ring_decode(struct ring **ring, const uint8_t *bytes, size_t length)
{
    /* @solution */
    struct ring_config config = {.strategy = RING_PARTITIONS};
    uint64_t partitions, members;
    struct digest digest;
    struct ring *made;
    const uint8_t *at;
    int rv;

    if (ring == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < HEADER_SIZE + DIGEST_SIZE || memcmp(bytes, "DYR3", 4) != 0)
        return DYN_ECORRUPT;
    digest = md5((struct slice){bytes, length - DIGEST_SIZE});
    if (memcmp(digest.byte, bytes + length - DIGEST_SIZE, DIGEST_SIZE) != 0)
        return DYN_ECORRUPT;
    at = get(bytes + 4, &partitions, 4);
    at = get(at, &config.seed, 8);
    at = get(at, &members, 4);
    if (partitions < 1 || partitions > RING_PARTITIONS_MAX ||
        members > partitions || length != encoded_size(members, partitions))
        return DYN_ECORRUPT;
    config.partitions = (uint32_t)partitions;
    rv = ring_open(&made, &config);
    if (rv != DYN_OK)
        return rv;
    rv = decode_table(made, at, members);
    if (rv != DYN_OK) {
        ring_close(made);
        return rv;
    }
    *ring = made;
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
    @end */
}

/* ---- Measures ---- */

/* @solution */

/* The part of the circle between the token before and this one. */
static double token_width(const struct ring *ring, size_t index)
{
    size_t last = ring->token_count - 1;
    struct position to = ring->tokens[index].at;
    struct position from = ring->tokens[index > 0 ? index - 1 : last].at;
    uint64_t hi = to.hi - from.hi - (to.lo < from.lo), lo = to.lo - from.lo;

    /* From a token round to itself: nothing, or all if it is the only place. */
    if (hi == 0 && lo == 0)
        return index == 0 ? 1.0 : 0.0;
    return ((double)hi + (double)lo * 0x1p-64) * 0x1p-64;
}

static double partition_width(const struct ring *ring, uint32_t partition)
{
    return (double)(partition_start(ring, partition + 1) -
                    partition_start(ring, partition)) *
           0x1p-32;
}

/* @starter
@end */

int ring_shares(const struct ring *ring, size_t n, double *shares,
                size_t capacity)
{
    /* @solution */
    node_id *list;
    size_t arcs;

    if (ring == NULL || n == 0 || (shares == NULL && capacity > 0))
        return DYN_EINVAL;
    if (n > ring->member_count || ring->member_count > capacity)
        return DYN_ERANGE;
    list = malloc(n * sizeof *list);
    if (list == NULL)
        return DYN_ENOMEM;
    for (size_t i = 0; i < ring->member_count; i++)
        shares[i] = 0;
    arcs = ring->config.strategy == RING_TOKENS ? ring->token_count
                                                : ring->config.partitions;
    for (size_t a = 0; a < arcs; a++) {
        bool token = ring->config.strategy == RING_TOKENS;
        double width =
            token ? token_width(ring, a) : partition_width(ring, (uint32_t)a);

        if (width == 0)
            continue;
        walk(ring, token ? a : partition_walk(ring, (uint32_t)a), n, list);
        for (size_t k = 0; k < n; k++)
            shares[member_rank(ring, list[k])] += width;
    }
    free(list);
    return DYN_OK;
    /* @starter
    (void)ring;
    (void)n;
    (void)shares;
    (void)capacity;
    return DYN_ETODO;
    @end */
}

size_t ring_metadata(const struct ring *ring)
{
    /* @solution */
    if (ring == NULL)
        return 0;
    return ring->config.strategy == RING_PARTITIONS ? ring->config.partitions
                                                    : ring->token_count;
    /* @starter
    (void)ring;
    return 0;
    @end */
}

int ring_moved(const struct ring *before, const struct ring *after, size_t n,
               const struct position *keys, size_t count,
               struct ring_moved *moved)
{
    /* @solution */
    struct ring_moved sum = {0, 0};
    node_id *lists;

    if (before == NULL || after == NULL || moved == NULL || n == 0 ||
        (keys == NULL && count > 0))
        return DYN_EINVAL;
    if (n > before->member_count || n > after->member_count)
        return DYN_ERANGE;
    lists = malloc(2 * n * sizeof *lists);
    if (lists == NULL)
        return DYN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t fresh = 0;

        walk(before, position_walk(before, keys[i]), n, lists);
        walk(after, position_walk(after, keys[i]), n, lists + n);
        for (size_t a = n; a < 2 * n; a++) {
            size_t b = 0;

            while (b < n && lists[b] != lists[a])
                b++;
            fresh += b == n;
        }
        sum.copies += fresh;
        sum.keys += fresh > 0;
    }
    free(lists);
    *moved = sum;
    return DYN_OK;
    /* @starter
    (void)before;
    (void)after;
    (void)n;
    (void)keys;
    (void)count;
    (void)moved;
    return DYN_ETODO;
    @end */
}

double load_efficiency(const double *loads, size_t count)
{
    /* @solution */
    double sum = 0, hottest = 0;

    if (loads == NULL && count > 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        sum += loads[i];
        if (loads[i] > hottest)
            hottest = loads[i];
    }
    return hottest > 0 ? sum / (double)count / hottest : 1.0;
    /* @starter
    (void)loads;
    (void)count;
    return 0;
    @end */
}

double load_imbalance(const double *loads, size_t count, double threshold)
{
    /* @solution */
    double sum = 0, mean;
    size_t out = 0;

    if (loads == NULL)
        return 0;
    for (size_t i = 0; i < count; i++)
        sum += loads[i];
    if (count == 0 || sum == 0)
        return 0;
    mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) {
        double off = loads[i] > mean ? loads[i] - mean : mean - loads[i];

        out += off >= threshold * mean;
    }
    return (double)out / (double)count;
    /* @starter
    (void)loads;
    (void)count;
    (void)threshold;
    return 0;
    @end */
}
