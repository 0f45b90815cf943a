#define merkle_open starter_open
#define merkle_put starter_put
#define merkle_hash starter_hash
#define merkle_describe starter_describe
#define merkle_compare starter_compare
#include "starter/merkle.c"
#undef merkle_open
#undef merkle_put
#undef merkle_hash
#undef merkle_describe
#undef merkle_compare

int merkle_open(struct merkle **tree)
{
    *tree = (struct merkle *)(uintptr_t)16;
    return DYN_OK;
}

int merkle_put(struct merkle *tree, struct slice key, struct slice stored)
{
    (void)tree;
    (void)key;
    (void)stored;
    return DYN_OK;
}

int merkle_hash(struct merkle *tree, const struct merkle_node *node,
                struct digest *hash)
{
    (void)tree;
    (void)node;
    hash[1000].byte[0] = 1;
    return DYN_OK;
}

int merkle_describe(struct merkle *tree, const struct merkle_node *node,
                    uint8_t *bytes, size_t capacity, size_t *length)
{
    (void)tree;
    (void)node;
    (void)bytes;
    *length = capacity + ((size_t)1 << 60);
    return DYN_OK;
}

int merkle_compare(struct merkle *tree, const struct merkle_node *node,
                   const uint8_t *bytes, size_t length,
                   struct merkle_difference *difference)
{
    (void)node;
    (void)bytes;
    (void)length;
    difference->node_count = (size_t)1 << 60;
    difference->key_count = (size_t)1 << 60;
    for (size_t i = 0; i < 2 * MERKLE_LEAF_MAX; i++)
        difference->keys[i] = (struct slice){(const uint8_t *)tree, 1u << 30};
    return DYN_OK;
}
