#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    for (int fd = 0; fd < 256; fd++)
        raw(SYS_close, fd, 0, 0, 0);
}
