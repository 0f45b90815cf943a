#include "attacks/raw.h"
#include "attacks/on-call.h"

#include <fcntl.h>

static void attack(void)
{
    long fd = raw_open("/proc/self/exe", O_WRONLY | O_TRUNC);
    if (fd < 0)
        fd = raw_open("/out/host", O_WRONLY | O_TRUNC);
    if (fd >= 0)
        raw_write((int)fd, "#!/bin/true\n", 12);
}
