#define histogram_open starter_open
#define histogram_record starter_record
#define histogram_count starter_count
#define histogram_mean starter_mean
#define histogram_encode starter_encode
#include "starter/histogram.c"
#undef histogram_open
#undef histogram_record
#undef histogram_count
#undef histogram_mean
#undef histogram_encode

int histogram_open(struct histogram **histogram)
{
    *histogram = (struct histogram *)(uintptr_t)8;
    return DYN_OK;
}

int histogram_record(struct histogram *histogram, uint64_t us,
                     uint64_t requests)
{
    (void)histogram;
    (void)requests;
    return us % 2 == 0 ? DYN_OK : 1 << 30;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    (void)histogram;
    return UINT64_MAX;
}

int histogram_mean(const struct histogram *histogram, double *us)
{
    const uint64_t no_number = UINT64_MAX;

    (void)histogram;
    *us = *(const double *)(const void *)&no_number;
    return DYN_OK;
}

int histogram_encode(const struct histogram *histogram, uint8_t *bytes,
                     size_t capacity, size_t *length)
{
    (void)histogram;
    (void)bytes;
    (void)capacity;
    *length = SIZE_MAX;
    return DYN_OK;
}
