#include "attacks/raw.h"
#include "attacks/on-call.h"

static void attack(void)
{
    char garbage[4096];
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)(i * 2654435761u >> 13);
    for (int fd = 0; fd < 256; fd++)
        raw_write(fd, garbage, sizeof garbage);
}
