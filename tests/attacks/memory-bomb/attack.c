#include "attacks/on-call.h"

static void attack(void)
{
    for (;;) {
        char *room = malloc(1 << 22);
        if (room == NULL)
            abort();
        memset(room, 1, 1 << 22);
    }
}
