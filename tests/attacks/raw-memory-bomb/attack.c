#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    long end = raw(SYS_brk, 0, 0, 0, 0);
    for (int i = 0; i < 16384; i++) {
        long next = raw(SYS_brk, end + (1 << 22), 0, 0, 0);
        if (next < end + (1 << 22))
            break;
        memset((char *)end, 1, 1 << 22);
        end = next;
    }
}
