#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    for (long number = 0; number < 470; number++) {
        if (number != SYS_exit && number != SYS_exit_group &&
            number != SYS_rt_sigreturn && number != SYS_read)
            raw(number, 0, 0, 0, 0);
    }
}
