/* on-tree.h: the starter, with attack() run by the first call of a test of trees. */
#define merkle_open starter_open
#include "starter/merkle.c"
#undef merkle_open

static void attack(void);

int merkle_open(struct merkle **tree)
{
    attack();
    return starter_open(tree);
}
