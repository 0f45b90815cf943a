#include "starter/ring.c"

int lockdown(size_t memory_bytes)
{
    (void)memory_bytes;
    return 0;
}

void host_before_step(unsigned long step)
{
    (void)step;
}
