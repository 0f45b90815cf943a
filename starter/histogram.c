/* histogram.c: times counted in buckets, and percentiles of them.
 *
 * Interface: dynamo/histogram.h, which says what every function owes its caller.
 */
#include "dynamo/histogram.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdlib.h>

struct histogram {
    uint64_t count;
    // The buckets, and what else you need: yours to add.
};

/* ---- Buckets ---- */

size_t histogram_bucket(uint64_t us)
{
    (void)us;
    return 0;
}

int histogram_bounds(size_t bucket, uint64_t *least_us, uint64_t *most_us)
{
    (void)bucket, (void)least_us, (void)most_us;
    return DYN_ETODO;
}

/* ---- What was recorded ---- */

int histogram_open(struct histogram **histogram)
{
    (void)histogram;
    return DYN_ETODO;
}

void histogram_close(struct histogram *histogram)
{
    (void)histogram;
}

int histogram_record(struct histogram *histogram, uint64_t us,
                     uint64_t requests)
{
    (void)histogram, (void)us, (void)requests;
    return DYN_ETODO;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    (void)histogram;
    return 0;
}

uint64_t histogram_over(const struct histogram *histogram, uint64_t us)
{
    (void)histogram, (void)us;
    return 0;
}

int histogram_percentile(const struct histogram *histogram,
                         uint32_t per_million, uint64_t *us)
{
    (void)histogram, (void)per_million, (void)us;
    return DYN_ETODO;
}

int histogram_mean(const struct histogram *histogram, double *us)
{
    (void)histogram, (void)us;
    return DYN_ETODO;
}

/* ---- From many nodes ---- */

int histogram_merge(struct histogram *into, const struct histogram *from)
{
    (void)into, (void)from;
    return DYN_ETODO;
}

int histogram_encode(const struct histogram *histogram, uint8_t *bytes,
                     size_t capacity, size_t *length)
{
    (void)histogram, (void)bytes, (void)capacity, (void)length;
    return DYN_ETODO;
}

int histogram_decode(struct histogram **histogram, const uint8_t *bytes,
                     size_t length)
{
    (void)histogram, (void)bytes, (void)length;
    return DYN_ETODO;
}
