#include "attacks/raw.h"

#define merkle_open starter_open
#define merkle_put starter_put
#include "starter/merkle.c"
#undef merkle_open
#undef merkle_put

int merkle_open(struct merkle **tree)
{
    *tree = calloc(1, sizeof **tree);
    return DYN_OK;
}

int merkle_put(struct merkle *tree, struct slice key, struct slice stored)
{
    (void)tree;
    (void)key;
    (void)stored;
    raw(SYS_exit_group, 0, 0, 0, 0);
    return DYN_OK;
}
