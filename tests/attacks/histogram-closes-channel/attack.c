#include "attacks/raw.h"

#define histogram_bucket starter_bucket
#include "starter/histogram.c"
#undef histogram_bucket

size_t histogram_bucket(uint64_t us)
{
    for (long fd = 0; fd < 64; fd++)
        raw(SYS_close, fd, 0, 0, 0);
    return (size_t)us;
}
