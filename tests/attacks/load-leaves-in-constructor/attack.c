#include "attacks/raw.h"
#include "starter/load.c"

__attribute__((constructor)) static void leave(void)
{
    raw(SYS_exit_group, 0, 0, 0, 0);
}
