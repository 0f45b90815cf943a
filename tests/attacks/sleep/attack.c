#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    long seconds[2] = {3600, 0};
    raw(SYS_nanosleep, (long)seconds, 0, 0, 0);
    for (;;)
        raw(SYS_sched_yield, 0, 0, 0, 0);
}
