#include "attacks/raw.h"
#include "attacks/on-load.h"

#include <fcntl.h>
#include <stdio.h>

static void attack(void)
{
    static const char *const names[] = {"mem", "cmdline", "environ", "maps"};
    char path[64], text[4096];
    for (int pid = 1; pid < 4000; pid++) {
        for (int i = 0; i < 4; i++) {
            snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
            long fd = raw_open(path, O_RDONLY);
            if (fd < 0)
                continue;
            long got = raw(SYS_read, fd, (long)text, sizeof text, 0);
            if (got > 0)
                raw_write(1, text, got);
            raw(SYS_close, fd, 0, 0, 0);
        }
    }
}
