/* histogram.c: times counted in buckets, and percentiles of them.
 *
 * Interface: dynamo/histogram.h, which says what every function owes its caller.
 */
#include "dynamo/histogram.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include <stdbool.h>

enum { SINGLE_BITS = 7 }; /* of the first time whose bucket has more than one */

struct histogram {
    uint64_t requests[HISTOGRAM_BUCKETS];
    uint64_t count;
    uint64_t least_us, most_us; /* 0 if there are no requests */
};

/* @starter
struct histogram {
    uint64_t count;
    // The buckets, and what else you need: yours to add.
};
@end */

/* ---- Buckets ---- */

size_t histogram_bucket(uint64_t us)
{
    /* @solution */
    unsigned bits = SINGLE_BITS;

    if (us < HISTOGRAM_SINGLE)
        return (size_t)us;
    while (bits < 63 && us >> (bits + 1) != 0)
        bits++;
    /* The highest seven bits are 64 .. 127. */
    return HISTOGRAM_SINGLE + (bits - SINGLE_BITS) * HISTOGRAM_HALVES +
           (size_t)(us >> (bits - 6)) - HISTOGRAM_HALVES;
    /* @starter
    (void)us;
    return 0;
@end */
}

int histogram_bounds(size_t bucket, uint64_t *least_us, uint64_t *most_us)
{
    /* @solution */
    unsigned shift;

    if (least_us == NULL || most_us == NULL || bucket >= HISTOGRAM_BUCKETS)
        return DYN_EINVAL;
    if (bucket < HISTOGRAM_SINGLE) {
        *least_us = *most_us = bucket;
        return DYN_OK;
    }
    shift = (unsigned)((bucket - HISTOGRAM_SINGLE) / HISTOGRAM_HALVES) + 1;
    *least_us = (HISTOGRAM_HALVES + bucket % HISTOGRAM_HALVES) << shift;
    *most_us = *least_us + (((uint64_t)1 << shift) - 1);
    return DYN_OK;
    /* @starter
    (void)bucket, (void)least_us, (void)most_us;
    return DYN_ETODO;
@end */
}

/* ---- What was recorded ---- */

int histogram_open(struct histogram **histogram)
{
    /* @solution */
    struct histogram *made;

    if (histogram == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *histogram = made;
    return DYN_OK;
    /* @starter
    (void)histogram;
    return DYN_ETODO;
@end */
}

void histogram_close(struct histogram *histogram)
{
    /* @solution */
    free(histogram);
    /* @starter
    (void)histogram;
@end */
}

/* @solution */

/* Takes in that the shortest and the longest of more requests are these, which have
 * not been counted yet. */
static void widen(struct histogram *histogram, uint64_t least_us,
                  uint64_t most_us)
{
    if (histogram->count == 0 || least_us < histogram->least_us)
        histogram->least_us = least_us;
    if (most_us > histogram->most_us)
        histogram->most_us = most_us;
}

/* @starter
@end */

int histogram_record(struct histogram *histogram, uint64_t us,
                     uint64_t requests)
{
    /* @solution */
    if (histogram == NULL || requests == 0)
        return DYN_EINVAL;
    if (requests > UINT64_MAX - histogram->count)
        return DYN_ERANGE;
    widen(histogram, us, us);
    histogram->requests[histogram_bucket(us)] += requests;
    histogram->count += requests;
    return DYN_OK;
    /* @starter
    (void)histogram, (void)us, (void)requests;
    return DYN_ETODO;
@end */
}

uint64_t histogram_count(const struct histogram *histogram)
{
    /* @solution */
    return histogram == NULL ? 0 : histogram->count;
    /* @starter
    (void)histogram;
    return 0;
@end */
}

uint64_t histogram_over(const struct histogram *histogram, uint64_t us)
{
    /* @solution */
    uint64_t over = 0;

    for (size_t i = histogram_bucket(us) + 1;
         histogram != NULL && i < HISTOGRAM_BUCKETS; i++)
        over += histogram->requests[i];
    return over;
    /* @starter
    (void)histogram, (void)us;
    return 0;
@end */
}

/* @solution */

/* How many requests a share of all of them is, rounded up, without a product that
 * 64 bits do not hold. */
static uint64_t share_of(uint64_t count, uint32_t per_million)
{
    const uint64_t rest = count % 1000000 * per_million;

    return count / 1000000 * per_million + (rest + 999999) / 1000000;
}

/* The middle of a bucket, as far as there are requests. */
static uint64_t middle(const struct histogram *histogram, size_t bucket)
{
    uint64_t least_us = 0, most_us = 0;

    (void)histogram_bounds(bucket, &least_us, &most_us);
    if (least_us < histogram->least_us)
        least_us = histogram->least_us;
    if (most_us > histogram->most_us)
        most_us = histogram->most_us;
    return least_us + (most_us - least_us) / 2;
}

/* @starter
@end */

int histogram_percentile(const struct histogram *histogram,
                         uint32_t per_million, uint64_t *us)
{
    /* @solution */
    uint64_t wanted, seen = 0;
    size_t bucket = 0;

    if (histogram == NULL || us == NULL || per_million > 1000000)
        return DYN_EINVAL;
    if (histogram->count == 0)
        return DYN_ENOENT;
    if (per_million == 0 || per_million == 1000000) {
        *us = per_million == 0 ? histogram->least_us : histogram->most_us;
        return DYN_OK;
    }
    wanted = share_of(histogram->count, per_million);
    while ((seen += histogram->requests[bucket]) < wanted)
        bucket++;
    *us = middle(histogram, bucket);
    return DYN_OK;
    /* @starter
    (void)histogram, (void)per_million, (void)us;
    return DYN_ETODO;
@end */
}

int histogram_mean(const struct histogram *histogram, double *us)
{
    /* @solution */
    double sum = 0;

    if (histogram == NULL || us == NULL)
        return DYN_EINVAL;
    if (histogram->count == 0)
        return DYN_ENOENT;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (histogram->requests[i] > 0)
            sum +=
                (double)histogram->requests[i] * (double)middle(histogram, i);
    *us = sum / (double)histogram->count;
    return DYN_OK;
    /* @starter
    (void)histogram, (void)us;
    return DYN_ETODO;
@end */
}

/* ---- From many nodes ---- */

int histogram_merge(struct histogram *into, const struct histogram *from)
{
    /* @solution */
    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    if (from->count > UINT64_MAX - into->count)
        return DYN_ERANGE;
    if (from->count == 0)
        return DYN_OK;
    widen(into, from->least_us, from->most_us);
    into->count += from->count;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->requests[i] += from->requests[i];
    return DYN_OK;
    /* @starter
    (void)into, (void)from;
    return DYN_ETODO;
@end */
}

/* @solution */

enum {
    LEAST_SIZE = 8, /* bytes: the shortest time, as the longest */
    NUMBER_SIZE = 4,
    BUCKET_SIZE = 2,
    REQUESTS_SIZE = 8,
    HEAD_SIZE = 2 * LEAST_SIZE + NUMBER_SIZE,
    ENTRY_SIZE = BUCKET_SIZE + REQUESTS_SIZE,
};

static size_t filled(const struct histogram *histogram)
{
    size_t buckets = 0;

    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        buckets += histogram->requests[i] > 0;
    return buckets;
}

/* @starter
@end */

int histogram_encode(const struct histogram *histogram, uint8_t *bytes,
                     size_t capacity, size_t *length)
{
    /* @solution */
    size_t buckets;

    if (histogram == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    buckets = filled(histogram);
    *length = HEAD_SIZE + buckets * ENTRY_SIZE;
    if (*length > capacity)
        return DYN_ERANGE;
    bytes_write(bytes, LEAST_SIZE, histogram->least_us);
    bytes_write(bytes + LEAST_SIZE, LEAST_SIZE, histogram->most_us);
    bytes_write(bytes + 2 * LEAST_SIZE, NUMBER_SIZE, buckets);
    bytes += HEAD_SIZE;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->requests[i] == 0)
            continue;
        bytes_write(bytes, BUCKET_SIZE, i);
        bytes_write(bytes + BUCKET_SIZE, REQUESTS_SIZE, histogram->requests[i]);
        bytes += ENTRY_SIZE;
    }
    return DYN_OK;
    /* @starter
    (void)histogram, (void)bytes, (void)capacity, (void)length;
    return DYN_ETODO;
@end */
}

/* @solution */

/* Reads the buckets into an empty histogram. False: no histogram has these. */
static bool read_buckets(struct histogram *into, const uint8_t *bytes,
                         size_t buckets)
{
    size_t next = 0; /* the first that may come */

    for (size_t i = 0; i < buckets; i++, bytes += ENTRY_SIZE) {
        const size_t bucket = (size_t)bytes_read(bytes, BUCKET_SIZE);
        const uint64_t requests =
            bytes_read(bytes + BUCKET_SIZE, REQUESTS_SIZE);

        if (bucket < next || bucket >= HISTOGRAM_BUCKETS || requests == 0 ||
            requests > UINT64_MAX - into->count)
            return false;
        into->requests[bucket] = requests;
        into->count += requests;
        next = bucket + 1;
    }
    return true;
}

/* Whether the shortest and the longest time can be those of what was counted. */
static bool ends_fit(const struct histogram *histogram)
{
    const uint64_t least_us = histogram->least_us;
    const uint64_t most_us = histogram->most_us;
    const size_t first = histogram_bucket(least_us);
    const size_t last = histogram_bucket(most_us);
    uint64_t between = 0;

    if (histogram->count == 0)
        return least_us == 0 && most_us == 0;
    if (least_us > most_us || histogram->requests[first] == 0 ||
        histogram->requests[last] == 0 ||
        (histogram->count == 1 && least_us != most_us))
        return false;
    for (size_t i = first; i <= last; i++)
        between += histogram->requests[i];
    return between == histogram->count;
}

/* @starter
@end */

int histogram_decode(struct histogram **histogram, const uint8_t *bytes,
                     size_t length)
{
    /* @solution */
    struct histogram *made;
    size_t buckets;
    int code;

    if (histogram == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < HEAD_SIZE)
        return DYN_ECORRUPT;
    buckets = (size_t)bytes_read(bytes + 2 * LEAST_SIZE, NUMBER_SIZE);
    if ((length - HEAD_SIZE) % ENTRY_SIZE != 0 ||
        (length - HEAD_SIZE) / ENTRY_SIZE != buckets)
        return DYN_ECORRUPT;
    code = histogram_open(&made);
    if (code != DYN_OK)
        return code;
    made->least_us = bytes_read(bytes, LEAST_SIZE);
    made->most_us = bytes_read(bytes + LEAST_SIZE, LEAST_SIZE);
    if (!read_buckets(made, bytes + HEAD_SIZE, buckets) || !ends_fit(made)) {
        histogram_close(made);
        return DYN_ECORRUPT;
    }
    *histogram = made;
    return DYN_OK;
    /* @starter
    (void)histogram, (void)bytes, (void)length;
    return DYN_ETODO;
@end */
}
