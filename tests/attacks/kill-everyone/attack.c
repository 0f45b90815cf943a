#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    raw(SYS_kill, -1, 9, 0, 0);
    raw(SYS_kill, 0, 9, 0, 0);
    raw(SYS_kill, raw(SYS_getppid, 0, 0, 0, 0), 9, 0, 0);
}
