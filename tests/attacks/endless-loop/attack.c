#include "attacks/on-call.h"

static void attack(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}
