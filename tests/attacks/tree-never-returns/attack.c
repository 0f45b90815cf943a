#define merkle_open starter_open
#define merkle_hash starter_hash
#include "starter/merkle.c"
#undef merkle_open
#undef merkle_hash

int merkle_open(struct merkle **tree)
{
    *tree = calloc(1, sizeof **tree);
    return DYN_OK;
}

int merkle_hash(struct merkle *tree, const struct merkle_node *node,
                struct digest *hash)
{
    (void)tree;
    (void)node;
    for (volatile unsigned i = 0; i < 10; i = (i + 1) % 10)
        hash->byte[i] = 0;
    return DYN_OK;
}
