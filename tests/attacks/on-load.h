/* on-load.h: the starter, with attack() run before main. */
#include "starter/ring.c"

static void attack(void);

__attribute__((constructor)) static void load(void)
{
    attack();
}
