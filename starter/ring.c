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

struct ring {
    struct ring_config config;
    // The members, their tokens, the owners of partitions: yours to add.
};

struct position ring_position(struct slice key)
{
    (void)key;
    return (struct position){0, 0};
}

struct position ring_token(uint64_t seed, node_id node, uint32_t index)
{
    (void)seed;
    (void)node;
    (void)index;
    return (struct position){0, 0};
}

/* ---- The ring and its members ---- */

int ring_open(struct ring **ring, const struct ring_config *config)
{
    (void)ring;
    (void)config;
    return DYN_ETODO;
}

void ring_close(struct ring *ring)
{
    (void)ring;
}

int ring_join(struct ring *ring, node_id node, uint32_t weight)
{
    (void)ring;
    (void)node;
    (void)weight;
    return DYN_ETODO;
}

int ring_join_at(struct ring *ring, node_id node, const struct position *tokens,
                 size_t count)
{
    (void)ring;
    (void)node;
    (void)tokens;
    (void)count;
    return DYN_ETODO;
}

int ring_leave(struct ring *ring, node_id node)
{
    (void)ring;
    (void)node;
    return DYN_ETODO;
}

size_t ring_members(const struct ring *ring, node_id *nodes, size_t capacity)
{
    (void)ring;
    (void)nodes;
    (void)capacity;
    return 0;
}

/* ---- Placement ---- */

int ring_lookup(const struct ring *ring, struct position position,
                node_id *node)
{
    (void)ring;
    (void)position;
    (void)node;
    return DYN_ETODO;
}

int ring_preference_list(const struct ring *ring, struct position position,
                         size_t n, node_id *list)
{
    (void)ring;
    (void)position;
    (void)n;
    (void)list;
    return DYN_ETODO;
}

int ring_successors(const struct ring *ring, struct position position,
                    size_t skip, size_t capacity, node_id *list, size_t *count)
{
    (void)ring;
    (void)position;
    (void)skip;
    (void)capacity;
    (void)list;
    (void)count;
    return DYN_ETODO;
}

/* ---- Partitions ---- */

int ring_partition(const struct ring *ring, struct position position,
                   uint32_t *partition)
{
    (void)ring;
    (void)position;
    (void)partition;
    return DYN_ETODO;
}

int ring_owner(const struct ring *ring, uint32_t partition, node_id *node)
{
    (void)ring;
    (void)partition;
    (void)node;
    return DYN_ETODO;
}

int ring_encode(const struct ring *ring, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    (void)ring;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
}

int ring_decode(struct ring **ring, const uint8_t *bytes, size_t length)
{
    (void)ring;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
}

/* ---- Measures ---- */

int ring_shares(const struct ring *ring, size_t n, double *shares,
                size_t capacity)
{
    (void)ring;
    (void)n;
    (void)shares;
    (void)capacity;
    return DYN_ETODO;
}

size_t ring_metadata(const struct ring *ring)
{
    (void)ring;
    return 0;
}

int ring_moved(const struct ring *before, const struct ring *after, size_t n,
               const struct position *keys, size_t count,
               struct ring_moved *moved)
{
    (void)before;
    (void)after;
    (void)n;
    (void)keys;
    (void)count;
    (void)moved;
    return DYN_ETODO;
}

double load_efficiency(const double *loads, size_t count)
{
    (void)loads;
    (void)count;
    return 0;
}

double load_imbalance(const double *loads, size_t count, double threshold)
{
    (void)loads;
    (void)count;
    (void)threshold;
    return 0;
}
