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
    for (size_t i = 0; i < 4096; i++) {
        unsigned char *const room = malloc((size_t)1 << 24);

        for (size_t at = 0; room != NULL && at < (size_t)1 << 24; at += 4096)
            room[at] = 1;
    }
    return DYN_OK;
}
