#include "attacks/raw.h"

#define histogram_open starter_open
#define histogram_record starter_record
#include "starter/histogram.c"
#undef histogram_open
#undef histogram_record

int histogram_open(struct histogram **histogram)
{
    *histogram = calloc(1, sizeof **histogram);
    return DYN_OK;
}

int histogram_record(struct histogram *histogram, uint64_t us,
                     uint64_t requests)
{
    (void)histogram;
    (void)us;
    (void)requests;
    raw(SYS_exit_group, 0, 0, 0, 0);
    return DYN_OK;
}
