/* merkle.c: a tree of hashes over the keys of a range.
 *
 * Interface: dynamo/merkle.h, which says what every function owes its caller.
 */
#include "dynamo/merkle.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct merkle {
    size_t count;
    // The keys and their hashes: yours to add.
};

/* ---- What is in a tree ---- */

int merkle_open(struct merkle **tree)
{
    (void)tree;
    return DYN_ETODO;
}

void merkle_close(struct merkle *tree)
{
    (void)tree;
}

int merkle_put(struct merkle *tree, struct slice key, struct slice stored)
{
    (void)tree;
    (void)key;
    (void)stored;
    return DYN_ETODO;
}

int merkle_remove(struct merkle *tree, struct slice key)
{
    (void)tree;
    (void)key;
    return DYN_ETODO;
}

size_t merkle_count(const struct merkle *tree)
{
    (void)tree;
    return 0;
}

/* ---- Hashes ---- */

int merkle_hash(struct merkle *tree, const struct merkle_node *node,
                struct digest *hash)
{
    (void)tree;
    (void)node;
    (void)hash;
    return DYN_ETODO;
}

/* ---- Comparing ---- */

int merkle_describe(struct merkle *tree, const struct merkle_node *node,
                    uint8_t *bytes, size_t capacity, size_t *length)
{
    (void)tree;
    (void)node;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
}

int merkle_compare(struct merkle *tree, const struct merkle_node *node,
                   const uint8_t *bytes, size_t length,
                   struct merkle_difference *difference)
{
    (void)tree;
    (void)node;
    (void)bytes;
    (void)length;
    (void)difference;
    return DYN_ETODO;
}
