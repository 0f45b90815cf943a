#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    static const unsigned char length[] = {0xff, 0xff, 0xff, 0xff, 0xdd, 0xff,
                                           0xff, 0xff, 0xff};
    raw_write(4, length, sizeof length);
    raw(SYS_exit, 0, 0, 0, 0);
}
