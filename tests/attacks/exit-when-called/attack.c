#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    raw(SYS_exit_group, 0, 0, 0, 0);
}
