#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
#ifdef SYS_fork
    for (;;)
        raw(SYS_fork, 0, 0, 0, 0);
#else
    for (;;)
        raw(SYS_clone, 17, 0, 0, 0);
#endif
}
