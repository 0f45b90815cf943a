#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    raw(SYS_ptrace, 16, 1, 0, 0); /* attach to the sandbox's first process */
    long parent = raw(SYS_getppid, 0, 0, 0, 0);
    raw(SYS_ptrace, 16, parent, 0, 0);
    raw(SYS_ptrace, 0x4206, parent, 0, 0);
}
