#include "attacks/raw.h"
#include "starter/ring.c"

static int chosen(void)
{
    return 0;
}

static int (*resolve(void))(void)
{
    raw(SYS_exit_group, 0, 0, 0, 0);
    return chosen;
}

int choose(void) __attribute__((ifunc("resolve")));
int (*const use_it)(void) = choose;
