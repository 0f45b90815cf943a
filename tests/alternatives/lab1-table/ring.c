/* ring.c on tables made in advance. A ring holds a view, which never changes: a
 * join or a leave makes another view beside it and swaps them. A view knows its
 * stops, that is, what a walk visits one after the other: the sorted tokens,
 * or under strategy 3 the partitions. The first nodes of the walk from every
 * stop are in a table. */
#include "dynamo/ring.h"

#include "dynamo/err.h"
#include "dynamo/hash.h"
#include "dynamo/prng.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 3u /* nodes of a walk that are in the table */

struct member {
    node_id node;
    uint32_t weight;
};

struct stop {
    struct position at; /* strategies 1 and 2 */
    uint32_t rank;      /* the member's index */
};

struct view {
    struct member *members; /* ascending */
    size_t count;
    struct stop *stops;
    size_t stop_count;
    size_t depth;    /* the smaller of DEPTH and count */
    uint32_t *walks; /* depth ranks for each stop */
    uint32_t *begin; /* strategy 2: the stop where a partition's walk starts */
};

struct ring {
    struct ring_config config;
    struct view *view;
};

/* ---- Positions ---- */

static uint8_t *put32(uint8_t *to, uint32_t n)
{
    to[0] = (uint8_t)(n >> 24);
    to[1] = (uint8_t)(n >> 16);
    to[2] = (uint8_t)(n >> 8);
    to[3] = (uint8_t)n;
    return to + 4;
}

static uint8_t *put64(uint8_t *to, uint64_t n)
{
    return put32(put32(to, (uint32_t)(n >> 32)), (uint32_t)n);
}

static uint32_t get32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
           (uint32_t)from[2] << 8 | from[3];
}

static uint64_t get64(const uint8_t *from)
{
    return (uint64_t)get32(from) << 32 | get32(from + 4);
}

struct position ring_position(struct slice key)
{
    struct digest d = md5(key);
    return (struct position){.hi = get64(d.byte), .lo = get64(d.byte + 8)};
}

struct position ring_token(uint64_t seed, node_id node, uint32_t index)
{
    uint8_t text[16];
    put32(put32(put64(text, seed), node), index);
    return ring_position((struct slice){.data = text, .size = sizeof text});
}

static int compare_positions(struct position a, struct position b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    if (a.lo != b.lo)
        return a.lo < b.lo ? -1 : 1;
    return 0;
}

static int compare_stops(const void *left, const void *right)
{
    const struct stop *a = left, *b = right;
    int order = compare_positions(a->at, b->at);
    return order != 0 ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

static uint32_t partition_of(const struct ring *ring, struct position at)
{
    return (uint32_t)((at.hi >> 32) * ring->config.partitions >> 32);
}

/* The smallest topmost 32 bits of a partition's positions; 2^32 after the
 * last. */
static uint64_t start_of(const struct ring *ring, uint64_t partition)
{
    uint64_t scaled = partition << 32, q = ring->config.partitions;
    return scaled / q + (scaled % q != 0);
}

/* ---- Views ---- */

static void view_free(struct view *view)
{
    if (!view)
        return;
    free(view->members);
    free(view->stops);
    free(view->walks);
    free(view->begin);
    free(view);
}

static struct view *view_new(const struct ring *ring, size_t count,
                             size_t stop_count)
{
    struct view *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    bool begin = ring->config.strategy == RING_TOKENS_PARTITIONS;
    v->count = count;
    v->stop_count = stop_count;
    v->depth = count < DEPTH ? count : DEPTH;
    v->members = calloc(count + 1, sizeof *v->members);
    v->stops = calloc(stop_count + 1, sizeof *v->stops);
    v->walks = calloc(stop_count * v->depth + 1, sizeof *v->walks);
    if (begin)
        v->begin = calloc(ring->config.partitions, sizeof *v->begin);
    if (!v->members || !v->stops || !v->walks || (begin && !v->begin)) {
        view_free(v);
        return NULL;
    }
    return v;
}

/* The first stop at or after a position. */
static size_t stop_from(const struct view *v, struct position at)
{
    size_t low = 0, high = v->stop_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_positions(v->stops[middle].at, at) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low == v->stop_count ? 0 : low;
}

static bool among(const uint32_t *list, size_t count, uint32_t rank)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == rank)
            return true;
    return false;
}

/* Fills the tables of a view whose members and stops are in place. */
static void view_finish(const struct ring *ring, struct view *v)
{
    if (v->stop_count == 0 || v->count == 0)
        return;
    size_t met = 0;
    for (size_t i = 0; met < v->depth; i++)
        if (!among(v->walks, met, v->stops[i].rank))
            v->walks[met++] = v->stops[i].rank;
    /* A walk is its first stop and then the next stop's walk without it. */
    const uint32_t *after = v->walks;
    for (size_t i = v->stop_count - 1; i > 0; i--) {
        uint32_t *walk = v->walks + i * v->depth;
        walk[0] = v->stops[i].rank;
        size_t length = 1;
        for (size_t j = 0; length < v->depth; j++)
            if (after[j] != walk[0])
                walk[length++] = after[j];
        after = walk;
    }
    for (uint64_t p = 0; v->begin && p < ring->config.partitions; p++) {
        struct position end = {start_of(ring, p + 1) << 32, 0};
        v->begin[p] = (uint32_t)stop_from(v, end);
    }
}

/* Where the walk of a position starts. */
static size_t first_stop(const struct ring *ring, struct position at)
{
    if (ring->config.strategy == RING_TOKENS)
        return stop_from(ring->view, at);
    uint32_t p = partition_of(ring, at);
    return ring->view->begin ? ring->view->begin[p] : p;
}

static void swap_view(struct ring *ring, struct view *made)
{
    view_free(ring->view);
    ring->view = made;
}

/* The rank that a node has or would have. */
static size_t rank_of(const struct view *v, node_id node)
{
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->members[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_member(const struct view *v, node_id node)
{
    size_t rank = rank_of(v, node);
    return rank < v->count && v->members[rank].node == node;
}

/* ---- Strategy 3: who shall have how many, and which ---- */

/* The limits of what each member may own; false when a share is below 1. */
static bool find_limits(uint64_t q, const struct view *v, uint32_t *least,
                        uint32_t *most)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < v->count; i++)
        sum += v->members[i].weight;
    for (size_t i = 0; i < v->count; i++) {
        uint64_t part = q * v->members[i].weight;
        if (part < sum)
            return false;
        least[i] = (uint32_t)(part / sum);
        most[i] = (uint32_t)((part + sum - 1) / sum);
    }
    return true;
}

static void write_table(const struct ring *ring, uint8_t *at)
{
    const struct view *v = ring->view;
    at = put64(put32(at, ring->config.partitions), ring->config.seed);
    at = put32(at, (uint32_t)v->count);
    for (size_t i = 0; i < v->count; i++)
        at = put32(put32(at, v->members[i].node), v->members[i].weight);
    for (size_t p = 0; v->count > 0 && p < v->stop_count; p++)
        at = put32(at, v->members[v->stops[p].rank].node);
}

static size_t table_length(uint64_t q, uint64_t members)
{
    return (size_t)(16 + 8 * members + (members > 0 ? 4 * q : 0));
}

/* Moves partitions in `v` until all is as it shall be. Those of a leaver have
 * the rank v->count. numbers[] has room for 4 (count + 1) + Q. */
static void move_partitions(struct view *v, struct prng *prng,
                            uint32_t *numbers)
{
    size_t count = v->count, q = v->stop_count, total = 0, takers = 0;
    uint32_t *least = numbers, *most = least + count + 1;
    uint32_t *have = most + count + 1, *want = have + count + 1;
    uint32_t *taker = want + count + 1;
    find_limits(q, v, least, most);
    memset(have, 0, (count + 1) * sizeof *have);
    for (size_t p = 0; p < q; p++)
        have[v->stops[p].rank]++;
    want[count] = 0;
    for (size_t i = 0; i < count; i++) {
        want[i] = have[i] < least[i] ? least[i] : have[i];
        want[i] = want[i] > most[i] ? most[i] : want[i];
        total += want[i];
    }
    for (size_t i = prng_below(prng, count); total != q; i = (i + 1) % count) {
        if (total < q && want[i] < most[i]) {
            want[i]++;
            total++;
        } else if (total > q && want[i] > least[i]) {
            want[i]--;
            total--;
        }
    }
    for (size_t i = 0; i < count; i++)
        for (uint32_t k = have[i]; k < want[i]; k++)
            taker[takers++] = (uint32_t)i;
    while (takers > 0) {
        struct stop *stop = &v->stops[prng_below(prng, q)];
        if (have[stop->rank] <= want[stop->rank])
            continue;
        have[stop->rank]--;
        size_t k = prng_below(prng, takers--);
        stop->rank = taker[k];
        taker[k] = taker[takers];
        /* It has its due: not counted again, so it gives nothing away. */
    }
}

/* ---- The ring and its members ---- */

int ring_open(struct ring **ring, const struct ring_config *config)
{
    if (!ring || !config)
        return DYN_EINVAL;
    bool tokens = true, partitions = true;
    switch (config->strategy) {
    case RING_TOKENS:
        partitions = false;
        break;
    case RING_TOKENS_PARTITIONS:
        break;
    case RING_PARTITIONS:
        tokens = false;
        break;
    default:
        return DYN_EINVAL;
    }
    if (tokens && (config->tokens < 1 || config->tokens > RING_TOKENS_MAX))
        return DYN_EINVAL;
    if (partitions &&
        (config->partitions < 1 || config->partitions > RING_PARTITIONS_MAX))
        return DYN_EINVAL;
    struct ring *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    made->config = *config;
    made->view = view_new(made, 0, tokens ? 0 : config->partitions);
    if (!made->view) {
        free(made);
        return DYN_ENOMEM;
    }
    *ring = made;
    return DYN_OK;
}

void ring_close(struct ring *ring)
{
    if (!ring)
        return;
    view_free(ring->view);
    free(ring);
}

/* The rank in the view that follows. A leaver's becomes `none`. */
static uint32_t new_rank(uint32_t rank, uint32_t changed, bool joins,
                         uint32_t none)
{
    if (rank == changed && !joins)
        return none;
    return rank < changed ? rank : joins ? rank + 1 : rank - 1;
}

/* Makes the view that follows when a node joins with these tokens (or
 * ring_token's, when `tokens` is NULL), or leaves, when its weight is 0. */
static int change(struct ring *ring, node_id node, uint32_t weight,
                  const struct position *tokens, size_t token_count)
{
    const struct view *old = ring->view;
    bool joins = weight > 0, table = ring->config.strategy == RING_PARTITIONS;
    uint32_t changed = (uint32_t)rank_of(old, node);
    size_t count = joins ? old->count + 1 : old->count - 1;
    struct view *v = view_new(ring, count, old->stop_count + token_count);
    if (!v)
        return DYN_ENOMEM;
    for (size_t i = 0; i < old->count; i++) {
        uint32_t rank = new_rank((uint32_t)i, changed, joins, (uint32_t)count);
        if (rank < count || joins)
            v->members[rank] = old->members[i];
    }
    if (joins)
        v->members[changed] = (struct member){node, weight};
    size_t kept = 0;
    for (size_t i = 0; i < old->stop_count; i++) {
        struct stop s = old->stops[i];
        s.rank = old->count == 0
                     ? 0
                     : new_rank(s.rank, changed, joins, (uint32_t)count);
        if (table || s.rank < count)
            v->stops[kept++] = s;
    }
    for (size_t i = 0; i < token_count; i++) {
        struct position at =
            tokens ? tokens[i]
                   : ring_token(ring->config.seed, node, (uint32_t)i);
        v->stops[kept++] = (struct stop){at, changed};
    }
    v->stop_count = kept;
    if (!table) {
        qsort(v->stops, kept, sizeof *v->stops, compare_stops);
    } else if (count > 0) {
        size_t length = table_length(kept, old->count);
        uint32_t *numbers = calloc(4 * (count + 1) + kept, sizeof *numbers);
        uint8_t *text = malloc(length + 8);
        if (numbers && text) {
            /* What happens is determined by the old table and the call. */
            write_table(ring, text);
            put32(put32(text + length, node), weight);
            struct position seed =
                ring_position((struct slice){text, length + 8});
            struct prng prng = prng_seeded(seed.hi);
            move_partitions(v, &prng, numbers);
        }
        bool failed = !numbers || !text;
        free(numbers);
        free(text);
        if (failed) {
            view_free(v);
            return DYN_ENOMEM;
        }
    }
    view_finish(ring, v);
    swap_view(ring, v);
    return DYN_OK;
}

int ring_join(struct ring *ring, node_id node, uint32_t weight)
{
    if (!ring || weight < 1 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    bool table = ring->config.strategy == RING_PARTITIONS;
    size_t count = table ? 0 : (size_t)weight * ring->config.tokens;
    if (count > RING_TOKENS_MAX)
        return DYN_EINVAL;
    if (is_member(ring->view, node))
        return DYN_EEXIST;
    uint64_t sum = weight, least = weight;
    for (size_t i = 0; i < ring->view->count; i++) {
        uint32_t other = ring->view->members[i].weight;
        sum += other;
        least = other < least ? other : least;
    }
    if (table && least * ring->config.partitions < sum)
        return DYN_ERANGE;
    return change(ring, node, weight, NULL, count);
}

int ring_join_at(struct ring *ring, node_id node, const struct position *tokens,
                 size_t count)
{
    if (!ring || !tokens || ring->config.strategy == RING_PARTITIONS ||
        count < 1 || count > RING_TOKENS_MAX)
        return DYN_EINVAL;
    if (is_member(ring->view, node))
        return DYN_EEXIST;
    return change(ring, node, 1, tokens, count);
}

int ring_leave(struct ring *ring, node_id node)
{
    if (!ring)
        return DYN_EINVAL;
    if (!is_member(ring->view, node))
        return DYN_ENOENT;
    return change(ring, node, 0, NULL, 0);
}

size_t ring_members(const struct ring *ring, node_id *nodes, size_t capacity)
{
    if (!ring || (!nodes && capacity > 0))
        return 0;
    for (size_t i = 0; i < ring->view->count && i < capacity; i++)
        nodes[i] = ring->view->members[i].node;
    return ring->view->count;
}

/* ---- Placement ---- */

/* Writes the walk from a stop, without its first `skip` nodes: their ranks.
 * met[] is zero for every member and is again zero afterwards. */
static size_t walk_from(const struct view *v, size_t stop, size_t skip,
                        size_t capacity, uint32_t *ranks, uint8_t *met)
{
    size_t number = 0, stored = 0;
    for (; number < v->count && stored < capacity;
         stop = (stop + 1) % v->stop_count) {
        uint32_t rank = v->stops[stop].rank;
        if (met[rank])
            continue;
        met[rank] = 1;
        if (number++ >= skip)
            ranks[stored++] = rank;
    }
    memset(met, 0, v->count);
    return stored;
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
    if (n > ring->view->count)
        return DYN_ERANGE;
    return ring_successors(ring, position, 0, n, list, &n);
}

int ring_successors(const struct ring *ring, struct position position,
                    size_t skip, size_t capacity, node_id *list, size_t *count)
{
    if (!ring || !count || (!list && capacity > 0))
        return DYN_EINVAL;
    const struct view *v = ring->view;
    if (capacity == 0 || skip >= v->count) {
        *count = 0;
        return DYN_OK;
    }
    size_t stop = first_stop(ring, position);
    if (capacity > v->count - skip)
        capacity = v->count - skip;
    if (skip + capacity <= v->depth) {
        const uint32_t *ranks = v->walks + stop * v->depth + skip;
        for (size_t i = 0; i < capacity; i++)
            list[i] = v->members[ranks[i]].node;
    } else {
        uint8_t *met = calloc(v->count, 1);
        if (!met)
            return DYN_ENOMEM;
        walk_from(v, stop, skip, capacity, list, met);
        for (size_t i = 0; i < capacity; i++)
            list[i] = v->members[list[i]].node;
        free(met);
    }
    *count = capacity;
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
    const struct view *v = ring->view;
    if (v->count == 0)
        return DYN_ERANGE;
    size_t stop = v->begin ? v->begin[partition] : partition;
    *node = v->members[v->stops[stop].rank].node;
    return DYN_OK;
}

int ring_encode(const struct ring *ring, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    if (!ring || !length || (!bytes && capacity > 0) ||
        ring->config.strategy != RING_PARTITIONS)
        return DYN_EINVAL;
    size_t table = table_length(ring->config.partitions, ring->view->count);
    *length = 4 + table + 16;
    if (*length > capacity)
        return DYN_ERANGE;
    memcpy(bytes, "DYR3", 4);
    write_table(ring, bytes + 4);
    struct digest d = md5((struct slice){bytes, 4 + table});
    memcpy(bytes + 4 + table, d.byte, 16);
    return DYN_OK;
}

/* Reads members and owners; false when they break a rule. `numbers` has room
 * for 3 (count + 1) zeros. */
static bool read_view(struct view *v, const uint8_t *at, uint32_t *numbers)
{
    uint32_t *least = numbers, *most = least + v->count + 1;
    uint32_t *have = most + v->count + 1;
    for (size_t i = 0; i < v->count; i++, at += 8) {
        struct member *m = &v->members[i];
        *m = (struct member){get32(at), get32(at + 4)};
        if (m->weight < 1 || m->weight > RING_WEIGHT_MAX ||
            (i > 0 && m[-1].node >= m->node))
            return false;
    }
    if (!find_limits(v->stop_count, v, least, most))
        return false;
    for (size_t p = 0; v->count > 0 && p < v->stop_count; p++, at += 4) {
        if (!is_member(v, get32(at)))
            return false;
        v->stops[p].rank = (uint32_t)rank_of(v, get32(at));
        have[v->stops[p].rank]++;
    }
    for (size_t i = 0; i < v->count; i++)
        if (have[i] < least[i] || have[i] > most[i])
            return false;
    return true;
}

int ring_decode(struct ring **ring, const uint8_t *bytes, size_t length)
{
    if (!ring || (!bytes && length > 0))
        return DYN_EINVAL;
    if (length < 36 || memcmp(bytes, "DYR3", 4) != 0)
        return DYN_ECORRUPT;
    struct ring_config config = {RING_PARTITIONS, 0, get32(bytes + 4),
                                 get64(bytes + 8)};
    uint32_t q = config.partitions, count = get32(bytes + 16);
    if (q < 1 || q > RING_PARTITIONS_MAX || count > q ||
        length != 4 + table_length(q, count) + 16)
        return DYN_ECORRUPT;
    struct digest d = md5((struct slice){bytes, length - 16});
    if (memcmp(d.byte, bytes + length - 16, 16) != 0)
        return DYN_ECORRUPT;

    struct ring *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    made->config = config;
    made->view = view_new(made, count, q);
    uint32_t *numbers = calloc(3 * ((size_t)count + 1), sizeof *numbers);
    int result = DYN_ENOMEM;
    if (made->view && numbers)
        result =
            read_view(made->view, bytes + 20, numbers) ? DYN_OK : DYN_ECORRUPT;
    free(numbers);
    if (result != DYN_OK) {
        ring_close(made);
        return result;
    }
    view_finish(made, made->view);
    *ring = made;
    return DYN_OK;
}

/* ---- Measures ---- */

/* The share of the circle whose walks start at the given stop's place: a range
 * between tokens, or a partition. Zero for a token that another shares its
 * place with, the first of them excepted. */
static double width_of(const struct ring *ring, size_t cell)
{
    const struct view *v = ring->view;
    if (ring->config.strategy != RING_TOKENS)
        return (double)(start_of(ring, cell + 1) - start_of(ring, cell)) /
               4294967296.0;
    struct position at = v->stops[cell].at;
    struct position from = v->stops[cell > 0 ? cell - 1 : v->stop_count - 1].at;
    if (cell == 0 && compare_positions(at, from) == 0)
        return 1; /* all tokens lie here */
    uint64_t hi = at.hi - from.hi - (at.lo < from.lo), lo = at.lo - from.lo;
    return ldexp((double)hi, -64) + ldexp((double)lo, -128);
}

int ring_shares(const struct ring *ring, size_t n, double *shares,
                size_t capacity)
{
    if (!ring || (!shares && capacity > 0) || n == 0)
        return DYN_EINVAL;
    const struct view *v = ring->view;
    if (n > v->count || v->count > capacity)
        return DYN_ERANGE;
    uint8_t *met = calloc(v->count, 1);
    uint32_t *ranks = calloc(n, sizeof *ranks);
    if (!met || !ranks) {
        free(met);
        free(ranks);
        return DYN_ENOMEM;
    }
    size_t cells = ring->config.strategy == RING_TOKENS
                       ? v->stop_count
                       : ring->config.partitions;
    for (size_t i = 0; i < v->count; i++)
        shares[i] = 0;
    for (size_t cell = 0; cell < cells; cell++) {
        size_t stop = v->begin ? v->begin[cell] : cell;
        double width = width_of(ring, cell);
        if (n > v->depth)
            walk_from(v, stop, 0, n, ranks, met);
        const uint32_t *ready = v->walks + stop * v->depth;
        const uint32_t *list = n > v->depth ? ranks : ready;
        for (size_t i = 0; i < n; i++)
            shares[list[i]] += width;
    }
    free(met);
    free(ranks);
    return DYN_OK;
}

size_t ring_metadata(const struct ring *ring)
{
    return ring ? ring->view->stop_count : 0;
}

static int compare_nodes(const void *left, const void *right)
{
    const node_id *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

int ring_moved(const struct ring *before, const struct ring *after, size_t n,
               const struct position *keys, size_t count,
               struct ring_moved *moved)
{
    if (!before || !after || !moved || (!keys && count > 0) || n == 0)
        return DYN_EINVAL;
    if (n > before->view->count || n > after->view->count)
        return DYN_ERANGE;
    struct ring_moved sum = {0, 0};
    node_id *old = calloc(n, sizeof *old), *new = calloc(n, sizeof *new);
    int result = old && new ? DYN_OK : DYN_ENOMEM;
    for (size_t k = 0; result == DYN_OK && k < count; k++) {
        result = ring_preference_list(before, keys[k], n, old);
        if (result == DYN_OK)
            result = ring_preference_list(after, keys[k], n, new);
        if (result != DYN_OK)
            break;
        qsort(old, n, sizeof *old, compare_nodes);
        uint64_t copies = 0;
        for (size_t i = 0; i < n; i++)
            copies += !bsearch(&new[i], old, n, sizeof *old, compare_nodes);
        sum.copies += copies;
        sum.keys += copies > 0;
    }
    free(old);
    free(new);
    if (result == DYN_OK)
        *moved = sum;
    return result;
}

/* The sum and the greatest of the loads. */
static double add_up(const double *loads, size_t count, double *most)
{
    double sum = 0;
    *most = 0;
    for (size_t i = 0; i < count; i++) {
        sum += loads[i];
        *most = fmax(*most, loads[i]);
    }
    return sum;
}

double load_efficiency(const double *loads, size_t count)
{
    double most;
    if (!loads && count > 0)
        return 0;
    double sum = add_up(loads, count, &most);
    return most > 0 ? sum / (double)count / most : 1;
}

double load_imbalance(const double *loads, size_t count, double threshold)
{
    double most;
    if (!loads || count == 0)
        return 0;
    double mean = add_up(loads, count, &most) / (double)count;
    size_t out = 0;
    for (size_t i = 0; most > 0 && i < count; i++)
        out += fabs(loads[i] - mean) >= threshold * mean;
    return (double)out / (double)count;
}
