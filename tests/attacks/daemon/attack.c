#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    long seconds[2] = {3600, 0};
    if (raw(SYS_clone, 17, 0, 0, 0) != 0)
        return;
    raw(SYS_setsid, 0, 0, 0, 0);
    if (raw(SYS_clone, 17, 0, 0, 0) != 0)
        raw(SYS_exit_group, 0, 0, 0, 0);
    raw(SYS_nanosleep, (long)seconds, 0, 0, 0);
}
