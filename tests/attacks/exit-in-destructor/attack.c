#include "attacks/raw.h"
#include "starter/ring.c"

__attribute__((destructor)) static void leave(void)
{
    raw(SYS_exit_group, 0, 0, 0, 0);
}
