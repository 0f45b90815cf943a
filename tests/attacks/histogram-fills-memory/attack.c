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
    for (size_t i = 0; i < 4096; i++) {
        unsigned char *const room = malloc((size_t)1 << 24);

        for (size_t at = 0; room != NULL && at < (size_t)1 << 24; at += 4096)
            room[at] = 1;
    }
    return DYN_OK;
}
