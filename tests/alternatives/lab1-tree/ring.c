/* ring.c on linked structures. Tokens hang in a treap (a search tree that is
 * a heap in random priorities) and in a circular list in the same order; under
 * strategy 3 each member has a linked list of its partitions. What a walk has
 * met is marked in an array by the member's rank. */
#include "dynamo/ring.h"

#include "dynamo/err.h"
#include "dynamo/hash.h"
#include "dynamo/prng.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NO_PARTITION UINT32_MAX

struct token {
    struct position at;
    struct member *member;
    struct token *left, *right; /* in the treap */
    struct token *next, *prev;  /* clockwise and back, circular */
    uint64_t priority;
};

struct member {
    node_id node;
    uint32_t weight;
    size_t rank;   /* its place among the members */
    size_t count;  /* of tokens or of partitions */
    size_t due;    /* partitions it shall have, while they are dealt out */
    uint32_t head; /* its first partition */
    struct token tokens[];
};

struct partition {
    struct member *owner;
    uint32_t next, prev; /* of the same owner */
};

struct ring {
    struct ring_config config;
    struct member **members; /* ascending */
    size_t count;
    struct token *root;
    size_t tokens;
    struct prng priorities; /* shapes the treap, nothing that can be seen */
    struct partition *partitions; /* strategy 3 only */
};

/* ---- Numbers ---- */

static uint64_t read_number(const uint8_t *from, int bytes)
{
    uint64_t n = 0;
    while (bytes-- > 0)
        n = n << 8 | *from++;
    return n;
}

static uint8_t *write_number(uint8_t *to, uint64_t number, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        *to++ = (uint8_t)(number >> shift);
    return to;
}

static struct position as_position(const uint8_t *bytes, size_t size)
{
    struct digest d = md5((struct slice){bytes, size});
    return (struct position){read_number(d.byte, 8),
                             read_number(d.byte + 8, 8)};
}

struct position ring_position(struct slice key)
{
    return as_position(key.data, key.size);
}

struct position ring_token(uint64_t seed, node_id node, uint32_t index)
{
    uint8_t name[16];
    write_number(write_number(write_number(name, seed, 8), node, 4), index, 4);
    return as_position(name, sizeof name);
}

static bool same(struct position a, struct position b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

static bool below(struct position a, struct position b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

/* The part of the circle that lies clockwise from a to b, a != b. */
static double arc(struct position a, struct position b)
{
    uint64_t lo = b.lo - a.lo, hi = b.hi - a.hi - (b.lo < a.lo);
    return (double)hi * 0x1p-64 + (double)lo * 0x1p-128;
}

static uint32_t partition_of(const struct ring *ring, struct position at)
{
    return (uint32_t)(((at.hi >> 32) * ring->config.partitions) >> 32);
}

/* Where a partition begins, in units of 2^96; partition Q begins at 2^32. */
static uint64_t partition_start(const struct ring *ring, uint64_t partition)
{
    uint64_t q = ring->config.partitions;
    return (partition * 0x100000000u + (q - 1)) / q;
}

/* ---- The treap of tokens ---- */

/* Tokens of one member at one position are told apart by their address: they
 * lie in one array. */
static bool token_below(const struct token *a, const struct token *b)
{
    if (!same(a->at, b->at))
        return below(a->at, b->at);
    if (a->member != b->member)
        return a->member->node < b->member->node;
    return a < b;
}

static void split(struct token *tree, const struct token *by,
                  struct token **lower, struct token **upper)
{
    while (tree) {
        if (token_below(tree, by)) {
            *lower = tree;
            lower = &tree->right;
            tree = tree->right;
        } else {
            *upper = tree;
            upper = &tree->left;
            tree = tree->left;
        }
    }
    *lower = *upper = NULL;
}

static void insert(struct ring *ring, struct token *token)
{
    struct token **link = &ring->root, *after = NULL, *first = NULL;
    for (struct token *t = ring->root; t;) { /* its neighbours */
        if (token_below(token, t)) {
            after = t;
            t = t->left;
        } else {
            t = t->right;
        }
    }
    for (struct token *t = ring->root; t; t = t->left)
        first = t;
    after = after ? after : first;
    token->next = after ? after : token;
    token->prev = after ? after->prev : token;
    token->prev->next = token;
    token->next->prev = token;

    token->priority = prng_next(&ring->priorities);
    while (*link && (*link)->priority >= token->priority)
        link = token_below(token, *link) ? &(*link)->left : &(*link)->right;
    split(*link, token, &token->left, &token->right);
    *link = token;
    ring->tokens++;
}

static void remove_token(struct ring *ring, struct token *token)
{
    token->prev->next = token->next;
    token->next->prev = token->prev;
    struct token **link = &ring->root;
    while (*link != token)
        link = token_below(token, *link) ? &(*link)->left : &(*link)->right;
    struct token *left = token->left, *right = token->right;
    while (left && right) {
        if (left->priority > right->priority) {
            *link = left;
            link = &left->right;
            left = left->right;
        } else {
            *link = right;
            link = &right->left;
            right = right->left;
        }
    }
    *link = left ? left : right;
    ring->tokens--;
}

/* The first token at or after a position; there is at least one token. */
static const struct token *token_from(const struct ring *ring,
                                      struct position at)
{
    const struct token *found = NULL, *first = NULL;
    for (const struct token *t = ring->root; t;) {
        if (below(t->at, at)) {
            t = t->right;
        } else {
            found = t;
            t = t->left;
        }
    }
    for (const struct token *t = ring->root; t; t = t->left)
        first = t;
    return found ? found : first;
}

/* ---- Partitions under strategy 3 ---- */

static void take(struct ring *ring, uint32_t p)
{
    struct partition *all = ring->partitions, *part = &all[p];
    if (part->prev == NO_PARTITION)
        part->owner->head = part->next;
    else
        all[part->prev].next = part->next;
    if (part->next != NO_PARTITION)
        all[part->next].prev = part->prev;
    part->owner->count--;
}

static void give(struct ring *ring, uint32_t p, struct member *to)
{
    ring->partitions[p] = (struct partition){to, to->head, NO_PARTITION};
    if (to->head != NO_PARTITION)
        ring->partitions[to->head].prev = p;
    to->head = p;
    to->count++;
}

struct lot {
    uint64_t number;
    uint32_t what;
};

static int compare_lots(const void *left, const void *right)
{
    const struct lot *a = left, *b = right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->what > b->what) - (a->what < b->what);
}

static struct lot draw(uint64_t state, uint32_t what)
{
    struct prng prng = prng_seeded(state + what);
    return (struct lot){prng_next(&prng), what};
}

static void blend(uint64_t *state, uint64_t number)
{
    struct prng prng = prng_seeded(*state ^ number);
    *state = prng_next(&prng);
}

static uint64_t weights(const struct ring *ring)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ring->count; i++)
        sum += ring->members[i]->weight;
    return sum;
}

/* The least number of partitions for a member, and whether one more is right
 * too. */
static size_t least_due(const struct ring *ring, const struct member *m,
                        uint64_t sum, bool *more)
{
    uint64_t share = (uint64_t)ring->config.partitions * m->weight;
    *more = share % sum != 0;
    return (size_t)(share / sum);
}

/* Says how many partitions each member is due, so that the fewest move. */
static void find_dues(struct ring *ring, uint64_t state, struct lot *lots)
{
    uint64_t sum = weights(ring);
    size_t total = 0, q = ring->config.partitions;
    for (size_t i = 0; i < ring->count; i++) {
        struct member *m = ring->members[i];
        bool more;
        size_t least = least_due(ring, m, sum, &more);
        m->due = m->count <= least ? least : least + more;
        total += m->due;
        lots[i] = draw(state, (uint32_t)i);
    }
    qsort(lots, ring->count, sizeof *lots, compare_lots);
    for (size_t i = 0; total != q; i++) {
        struct member *m = ring->members[lots[i].what];
        bool more;
        size_t least = least_due(ring, m, sum, &more);
        if (total < q && m->due < least + more) {
            m->due++;
            total++;
        } else if (total > q && m->due > least) {
            m->due--;
            total--;
        }
    }
}

/* Adds what a member has too many, drawn by lot, to lots[]. Its whole list is
 * written there first, so lots[] has room for every partition. */
static size_t collect(struct ring *ring, const struct member *m, uint64_t state,
                      struct lot *lots, size_t count)
{
    size_t end = count;
    if (m->count <= m->due)
        return count;
    for (uint32_t p = m->head; p != NO_PARTITION; p = ring->partitions[p].next)
        lots[end++] = draw(state, p);
    qsort(lots + count, end - count, sizeof *lots, compare_lots);
    return count + m->count - m->due;
}

/* Deals the partitions out after a change. `leaver`, already no member, may be
 * NULL. `lots` has room for every partition and every member. */
static void deal(struct ring *ring, node_id changed, struct member *leaver,
                 struct lot *lots)
{
    uint64_t state = ring->config.seed;
    blend(&state, changed);
    for (size_t i = 0; i < ring->count; i++) {
        blend(&state, ring->members[i]->node);
        blend(&state, ring->members[i]->weight);
    }
    for (uint32_t p = 0; p < ring->config.partitions; p++)
        blend(&state, ring->partitions[p].owner->node);
    find_dues(ring, state, lots);
    blend(&state, 1);
    size_t moving = 0;
    if (leaver)
        moving = collect(ring, leaver, state, lots, moving);
    for (size_t i = 0; i < ring->count; i++)
        moving = collect(ring, ring->members[i], state, lots, moving);
    qsort(lots, moving, sizeof *lots, compare_lots);
    for (size_t i = 0, to = 0; i < moving; to = (to + 1) % ring->count) {
        struct member *m = ring->members[to];
        if (m->count >= m->due)
            continue;
        take(ring, lots[i].what);
        give(ring, lots[i].what, m);
        i++;
    }
}

/* ---- The ring and its members ---- */

int ring_open(struct ring **ring, const struct ring_config *config)
{
    if (!ring || !config)
        return DYN_EINVAL;
    bool tokens = config->strategy == RING_TOKENS ||
                  config->strategy == RING_TOKENS_PARTITIONS;
    bool partitions = config->strategy == RING_PARTITIONS ||
                      config->strategy == RING_TOKENS_PARTITIONS;
    if ((!tokens && !partitions) ||
        (tokens && (!config->tokens || config->tokens > RING_TOKENS_MAX)) ||
        (partitions &&
         (!config->partitions || config->partitions > RING_PARTITIONS_MAX)))
        return DYN_EINVAL;
    struct ring *r = calloc(1, sizeof *r);
    if (!r)
        return DYN_ENOMEM;
    r->config = *config;
    r->priorities = prng_seeded(config->seed);
    if (!tokens) {
        r->partitions = calloc(config->partitions, sizeof *r->partitions);
        if (!r->partitions) {
            free(r);
            return DYN_ENOMEM;
        }
    }
    *ring = r;
    return DYN_OK;
}

void ring_close(struct ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < ring->count; i++)
        free(ring->members[i]);
    free(ring->members);
    free(ring->partitions);
    free(ring);
}

/* The rank that the node has or would have. */
static size_t rank_of(const struct ring *ring, node_id node)
{
    size_t low = 0, high = ring->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ring->members[middle]->node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct member *member_of(const struct ring *ring, node_id node)
{
    size_t rank = rank_of(ring, node);
    if (rank == ring->count || ring->members[rank]->node != node)
        return NULL;
    return ring->members[rank];
}

/* After the members have changed. */
static void rank_members(struct ring *ring)
{
    for (size_t i = 0; i < ring->count; i++)
        ring->members[i]->rank = i;
}

/* Whether no share is below 1 when a member of `weight` is added; 0: none. */
static bool fair(const struct ring *ring, uint32_t weight)
{
    uint64_t lightest = weight ? weight : RING_WEIGHT_MAX;
    for (size_t i = 0; i < ring->count; i++)
        if (ring->members[i]->weight < lightest)
            lightest = ring->members[i]->weight;
    return ring->config.partitions * lightest >= weights(ring) + weight;
}

static struct lot *room_for_lots(const struct ring *ring)
{
    return malloc((ring->config.partitions + ring->count + 1) *
                  sizeof(struct lot));
}

static struct member *new_member(node_id node, uint32_t weight, size_t tokens)
{
    struct member *m = calloc(1, sizeof *m + tokens * sizeof m->tokens[0]);
    if (m) {
        m->node = node;
        m->weight = weight;
        m->count = tokens;
        m->head = NO_PARTITION;
    }
    return m;
}

static int join(struct ring *ring, node_id node, uint32_t weight,
                const struct position *tokens, size_t count)
{
    if (member_of(ring, node))
        return DYN_EEXIST;
    if (ring->partitions && !fair(ring, weight))
        return DYN_ERANGE;
    struct member *m = new_member(node, weight, count);
    struct lot *lots = ring->partitions ? room_for_lots(ring) : NULL;
    struct member **grown = NULL;
    if (m && (lots || !ring->partitions))
        grown = realloc(ring->members, (ring->count + 1) * sizeof *grown);
    if (!grown) {
        free(m);
        free(lots);
        return DYN_ENOMEM;
    }
    ring->members = grown;
    size_t rank = rank_of(ring, node);
    memmove(grown + rank + 1, grown + rank,
            (ring->count - rank) * sizeof *grown);
    grown[rank] = m;
    ring->count++;
    for (size_t i = 0; i < count; i++) {
        m->tokens[i].member = m;
        m->tokens[i].at =
            tokens ? tokens[i]
                   : ring_token(ring->config.seed, node, (uint32_t)i);
        insert(ring, &m->tokens[i]);
    }
    if (ring->partitions && ring->count > 1)
        deal(ring, node, NULL, lots);
    else if (ring->partitions)
        for (uint32_t p = 0; p < ring->config.partitions; p++)
            give(ring, p, m);
    free(lots);
    rank_members(ring);
    return DYN_OK;
}

int ring_join(struct ring *ring, node_id node, uint32_t weight)
{
    if (!ring || weight == 0 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    size_t count = ring->partitions ? 0 : (size_t)weight * ring->config.tokens;
    if (count > RING_TOKENS_MAX)
        return DYN_EINVAL;
    return join(ring, node, weight, NULL, count);
}

int ring_join_at(struct ring *ring, node_id node, const struct position *tokens,
                 size_t count)
{
    if (!ring || !tokens || ring->partitions || count == 0 ||
        count > RING_TOKENS_MAX)
        return DYN_EINVAL;
    return join(ring, node, 1, tokens, count);
}

int ring_leave(struct ring *ring, node_id node)
{
    if (!ring)
        return DYN_EINVAL;
    struct member *m = member_of(ring, node);
    if (!m)
        return DYN_ENOENT;
    struct lot *lots = NULL;
    if (ring->partitions && ring->count > 1 && !(lots = room_for_lots(ring)))
        return DYN_ENOMEM;
    ring->count--;
    memmove(ring->members + m->rank, ring->members + m->rank + 1,
            (ring->count - m->rank) * sizeof *ring->members);
    for (size_t i = 0; !ring->partitions && i < m->count; i++)
        remove_token(ring, &m->tokens[i]);
    m->due = 0;
    if (lots)
        deal(ring, node, m, lots);
    free(lots);
    free(m);
    rank_members(ring);
    return DYN_OK;
}

size_t ring_members(const struct ring *ring, node_id *nodes, size_t capacity)
{
    if (!ring || (!nodes && capacity > 0))
        return 0;
    for (size_t i = 0; i < ring->count && i < capacity; i++)
        nodes[i] = ring->members[i]->node;
    return ring->count;
}

/* ---- Walks ---- */

struct walk {
    const struct ring *ring;
    const struct token *token;
    uint32_t partition;
    size_t left;     /* members not met yet */
    uint32_t number; /* of this walk */
    uint32_t *met;   /* by rank: the walk that met it last */
};

static int walk_open(struct walk *walk, const struct ring *ring)
{
    *walk = (struct walk){.ring = ring};
    walk->met = calloc(ring->count + 1, sizeof *walk->met);
    return walk->met ? DYN_OK : DYN_ENOMEM;
}

static void walk_start(struct walk *walk, struct position from)
{
    const struct ring *ring = walk->ring;
    walk->number++;
    if (walk->number == 0) { /* 2^32 walks: the marks are worn out */
        memset(walk->met, 0, ring->count * sizeof *walk->met);
        walk->number = 1;
    }
    walk->left = ring->count;
    if (walk->left == 0)
        return;
    if (ring->config.strategy != RING_TOKENS)
        walk->partition = partition_of(ring, from);
    if (ring->config.strategy == RING_TOKENS_PARTITIONS)
        from = (struct position){
            partition_start(ring, walk->partition + 1) << 32, 0};
    if (!ring->partitions)
        walk->token = token_from(ring, from);
}

/* The next node of the walk, which must not be at its end. */
static const struct member *walk_on(struct walk *walk)
{
    const struct ring *ring = walk->ring;
    for (;;) {
        const struct member *m;
        if (ring->partitions) {
            m = ring->partitions[walk->partition].owner;
            walk->partition = (walk->partition + 1) % ring->config.partitions;
        } else {
            m = walk->token->member;
            walk->token = walk->token->next;
        }
        if (walk->met[m->rank] != walk->number) {
            walk->met[m->rank] = walk->number;
            walk->left--;
            return m;
        }
    }
}

int ring_successors(const struct ring *ring, struct position position,
                    size_t skip, size_t capacity, node_id *list, size_t *count)
{
    if (!ring || !count || (!list && capacity > 0))
        return DYN_EINVAL;
    struct walk walk;
    if (walk_open(&walk, ring) != DYN_OK)
        return DYN_ENOMEM;
    walk_start(&walk, position);
    for (; skip > 0 && walk.left > 0; skip--)
        walk_on(&walk);
    for (*count = 0; *count < capacity && walk.left > 0; ++*count)
        list[*count] = walk_on(&walk)->node;
    free(walk.met);
    return DYN_OK;
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

int ring_lookup(const struct ring *ring, struct position position,
                node_id *node)
{
    return ring_preference_list(ring, position, 1, node);
}

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
    struct position first = {partition_start(ring, partition) << 32, 0};
    return ring_preference_list(ring, first, 1, node);
}

/* ---- Encoding ---- */

static uint64_t encoded_length(uint64_t q, uint64_t members)
{
    return 4 + 4 + 8 + 4 + 8 * members + (members ? 4 * q : 0) + 16;
}

int ring_encode(const struct ring *ring, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    if (!ring || !length || (!bytes && capacity > 0) || !ring->partitions)
        return DYN_EINVAL;
    *length = (size_t)encoded_length(ring->config.partitions, ring->count);
    if (*length > capacity)
        return DYN_ERANGE;
    memcpy(bytes, "DYR3", 4);
    uint8_t *at = write_number(bytes + 4, ring->config.partitions, 4);
    at = write_number(at, ring->config.seed, 8);
    at = write_number(at, ring->count, 4);
    for (size_t i = 0; i < ring->count; i++) {
        at = write_number(at, ring->members[i]->node, 4);
        at = write_number(at, ring->members[i]->weight, 4);
    }
    for (uint32_t p = 0; ring->count && p < ring->config.partitions; p++)
        at = write_number(at, ring->partitions[p].owner->node, 4);
    struct digest d = md5((struct slice){bytes, *length - 16});
    memcpy(at, d.byte, 16);
    return DYN_OK;
}

static int decode_members(struct ring *ring, const uint8_t *at, size_t count)
{
    ring->members = calloc(count + 1, sizeof *ring->members);
    if (!ring->members)
        return DYN_ENOMEM;
    for (; ring->count < count; at += 8) {
        node_id node = (node_id)read_number(at, 4);
        uint64_t weight = read_number(at + 4, 4);
        if (weight == 0 || weight > RING_WEIGHT_MAX ||
            (ring->count && ring->members[ring->count - 1]->node >= node))
            return DYN_ECORRUPT;
        struct member *m = new_member(node, (uint32_t)weight, 0);
        if (!m)
            return DYN_ENOMEM;
        ring->members[ring->count++] = m;
    }
    for (uint32_t p = 0; count && p < ring->config.partitions; p++, at += 4) {
        struct member *m = member_of(ring, (node_id)read_number(at, 4));
        if (!m)
            return DYN_ECORRUPT;
        give(ring, p, m);
    }
    if (!fair(ring, 0))
        return DYN_ECORRUPT;
    uint64_t sum = weights(ring);
    for (size_t i = 0; i < count; i++) {
        const struct member *m = ring->members[i];
        bool more;
        size_t least = least_due(ring, m, sum, &more);
        if (m->count < least || m->count > least + more)
            return DYN_ECORRUPT;
    }
    rank_members(ring);
    return DYN_OK;
}

int ring_decode(struct ring **ring, const uint8_t *bytes, size_t length)
{
    if (!ring || (!bytes && length > 0))
        return DYN_EINVAL;
    if (length < encoded_length(0, 0) || memcmp(bytes, "DYR3", 4) != 0)
        return DYN_ECORRUPT;
    uint64_t q = read_number(bytes + 4, 4), count = read_number(bytes + 16, 4);
    if (q == 0 || q > RING_PARTITIONS_MAX || count > q ||
        length != encoded_length(q, count))
        return DYN_ECORRUPT;
    struct digest d = md5((struct slice){bytes, length - 16});
    if (memcmp(d.byte, bytes + length - 16, 16) != 0)
        return DYN_ECORRUPT;
    struct ring_config config = {.strategy = RING_PARTITIONS,
                                 .partitions = (uint32_t)q,
                                 .seed = read_number(bytes + 8, 8)};
    struct ring *made;
    int result = ring_open(&made, &config);
    if (result == DYN_OK) {
        result = decode_members(made, bytes + 20, (size_t)count);
        if (result == DYN_OK)
            *ring = made;
        else
            ring_close(made);
    }
    return result;
}

/* ---- Measures ---- */

static void share(struct walk *walk, struct position from, size_t n,
                  double width, double *shares)
{
    walk_start(walk, from);
    for (size_t i = 0; i < n; i++)
        shares[walk_on(walk)->rank] += width;
}

int ring_shares(const struct ring *ring, size_t n, double *shares,
                size_t capacity)
{
    if (!ring || (!shares && capacity > 0) || n == 0)
        return DYN_EINVAL;
    if (n > ring->count || ring->count > capacity)
        return DYN_ERANGE;
    struct walk walk;
    if (walk_open(&walk, ring) != DYN_OK)
        return DYN_ENOMEM;
    for (size_t i = 0; i < ring->count; i++)
        shares[i] = 0;
    if (ring->config.strategy == RING_TOKENS) {
        const struct token *t = ring->root, *first = t;
        do {
            if (!same(t->prev->at, t->at))
                share(&walk, t->at, n, arc(t->prev->at, t->at), shares);
            t = t->next;
        } while (t != first);
        if (walk.number == 0) /* all tokens at one position */
            share(&walk, t->at, n, 1, shares);
    } else {
        for (uint32_t p = 0; p < ring->config.partitions; p++) {
            uint64_t from = partition_start(ring, p);
            uint64_t to = partition_start(ring, (uint64_t)p + 1);
            share(&walk, (struct position){from << 32, 0}, n,
                  (double)(to - from) * 0x1p-32, shares);
        }
    }
    free(walk.met);
    return DYN_OK;
}

size_t ring_metadata(const struct ring *ring)
{
    if (!ring)
        return 0;
    return ring->partitions ? ring->config.partitions : ring->tokens;
}

int ring_moved(const struct ring *before, const struct ring *after, size_t n,
               const struct position *keys, size_t count,
               struct ring_moved *moved)
{
    if (!before || !after || !moved || n == 0 || (!keys && count > 0))
        return DYN_EINVAL;
    if (n > before->count || n > after->count)
        return DYN_ERANGE;
    struct walk old, new;
    if (walk_open(&old, before) != DYN_OK)
        return DYN_ENOMEM;
    if (walk_open(&new, after) != DYN_OK) {
        free(old.met);
        return DYN_ENOMEM;
    }
    struct ring_moved total = {0, 0};
    for (size_t k = 0; k < count; k++) {
        walk_start(&old, keys[k]);
        for (size_t i = 0; i < n; i++)
            walk_on(&old);
        walk_start(&new, keys[k]);
        uint64_t copies = n;
        for (size_t i = 0; i < n; i++) {
            const struct member *m = member_of(before, walk_on(&new)->node);
            if (m && old.met[m->rank] == old.number)
                copies--;
        }
        total.copies += copies;
        total.keys += copies > 0;
    }
    free(old.met);
    free(new.met);
    *moved = total;
    return DYN_OK;
}

double load_efficiency(const double *loads, size_t count)
{
    if (!loads && count > 0)
        return 0;
    double sum = 0, hottest = 0;
    for (size_t i = 0; i < count; i++) {
        sum += loads[i];
        hottest = fmax(hottest, loads[i]);
    }
    return hottest > 0 ? sum / (double)count / hottest : 1;
}

double load_imbalance(const double *loads, size_t count, double threshold)
{
    double sum = 0, out = 0;
    for (size_t i = 0; loads && i < count; i++)
        sum += loads[i];
    double mean = count > 0 ? sum / (double)count : 0;
    if (mean <= 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (fabs(loads[i] - mean) >= threshold * mean)
            out += 1;
    return out / (double)count;
}
