#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    long parent = raw(SYS_getppid, 0, 0, 0, 0);
    raw(SYS_ptrace, 16, parent, 0, 0);
    raw(SYS_ptrace, 0x4206, parent, 0, 0);
}
