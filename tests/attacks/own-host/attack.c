#include "starter/ring.c"

int lockdown(void)
{
    return 0;
}

void host_before_step(unsigned long step)
{
    (void)step;
}
