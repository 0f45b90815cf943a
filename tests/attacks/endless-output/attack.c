#include "attacks/on-call.h"

#include <stdio.h>

static void attack(void)
{
    for (;;)
        puts("all work and no play makes a dull ring");
}
