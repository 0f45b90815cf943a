/* histogram.c, built otherwise: counts are sums of ranges of buckets (a Fenwick
 * tree), in which a percentile is found in twelve steps. The sum of all times is
 * kept. */
#include "dynamo/histogram.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <math.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 wide;

enum { LEAVES = 4096 }; /* a power of two, no less than the buckets */

struct histogram {
    uint64_t least, most; /* UINT64_MAX and 0 if there is none */
    wide sum;             /* of the times; of decoded ones about */
    /* sums[i]: of as many buckets up to i - 1 as the lowest bit of i says. */
    uint64_t sums[LEAVES + 1];
};

size_t histogram_bucket(uint64_t us)
{
    unsigned shift = 57 - (unsigned)__builtin_clzll(us | 127);

    return ((size_t)shift << 6) + (size_t)(us >> shift);
}

int histogram_bounds(size_t bucket, uint64_t *least_us, uint64_t *most_us)
{
    size_t shift = bucket < 64 ? 0 : (bucket >> 6) - 1;

    if (least_us == NULL || most_us == NULL || bucket >= HISTOGRAM_BUCKETS)
        return DYN_EINVAL;
    *least_us = (uint64_t)(bucket - (shift << 6)) << shift;
    *most_us = *least_us | (((uint64_t)1 << shift) - 1);
    return DYN_OK;
}

int histogram_open(struct histogram **histogram)
{
    struct histogram *made;

    if (histogram == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->least = UINT64_MAX;
    *histogram = made;
    return DYN_OK;
}

void histogram_close(struct histogram *histogram)
{
    free(histogram);
}

uint64_t histogram_count(const struct histogram *histogram)
{
    return histogram != NULL ? histogram->sums[LEAVES] : 0;
}

/* ---- The tree ---- */

static void add(struct histogram *histogram, size_t bucket, uint64_t requests)
{
    for (size_t i = bucket + 1; i <= LEAVES; i += i & -i)
        histogram->sums[i] += requests;
}

/* How many are in the buckets before this one. */
static uint64_t before(const struct histogram *histogram, size_t bucket)
{
    uint64_t sum = 0;

    for (size_t i = bucket; i > 0; i &= i - 1)
        sum += histogram->sums[i];
    return sum;
}

/* The bucket of the request of this rank, 0 for the first. *in_bucket becomes its
 * rank in there. */
static size_t bucket_of(const struct histogram *histogram, uint64_t rank,
                        uint64_t *in_bucket)
{
    size_t at = 0;

    for (size_t step = LEAVES / 2; step > 0; step /= 2)
        if (histogram->sums[at + step] <= rank) {
            at += step;
            rank -= histogram->sums[at];
        }
    *in_bucket = rank;
    return at;
}

static uint64_t in(const struct histogram *histogram, size_t bucket)
{
    return before(histogram, bucket + 1) - before(histogram, bucket);
}

/* ---- */

int histogram_record(struct histogram *histogram, uint64_t us,
                     uint64_t requests)
{
    if (histogram == NULL || requests == 0)
        return DYN_EINVAL;
    if (histogram_count(histogram) + requests < requests)
        return DYN_ERANGE;
    add(histogram, histogram_bucket(us), requests);
    histogram->sum += (wide)us * requests;
    histogram->least = us < histogram->least ? us : histogram->least;
    histogram->most = us > histogram->most ? us : histogram->most;
    return DYN_OK;
}

uint64_t histogram_over(const struct histogram *histogram, uint64_t us)
{
    if (histogram == NULL)
        return 0;
    return histogram_count(histogram) -
           before(histogram, histogram_bucket(us) + 1);
}

int histogram_percentile(const struct histogram *histogram,
                         uint32_t per_million, uint64_t *us)
{
    const uint64_t count = histogram_count(histogram);
    uint64_t first, last, low, high, rank, found;
    size_t bucket;

    if (histogram == NULL || us == NULL || per_million > 1000000)
        return DYN_EINVAL;
    if (count == 0)
        return DYN_ENOENT;
    if (per_million % 1000000 == 0) {
        *us = per_million == 0 ? histogram->least : histogram->most;
        return DYN_OK;
    }
    rank = (uint64_t)(((wide)count * per_million - 1) / 1000000);
    bucket = bucket_of(histogram, rank, &rank);
    (void)histogram_bounds(bucket, &first, &last);
    /* As if its requests were spread evenly over the bucket, but no farther from
     * either end than 1 % of it. */
    low = last - last / 100 > first ? last - last / 100 : first;
    high = first + first / 100 < last ? first + first / 100 : last;
    found =
        first + (uint64_t)((wide)(last - first) * rank / in(histogram, bucket));
    found = found < low ? low : found > high ? high : found;
    found = found < histogram->least ? histogram->least : found;
    *us = found > histogram->most ? histogram->most : found;
    return DYN_OK;
}

int histogram_mean(const struct histogram *histogram, double *us)
{
    if (histogram == NULL || us == NULL)
        return DYN_EINVAL;
    if (histogram_count(histogram) == 0)
        return DYN_ENOENT;
    *us = (double)((ldexpl((long double)(uint64_t)(histogram->sum >> 64), 64) +
                    (long double)(uint64_t)histogram->sum) /
                   (long double)histogram_count(histogram));
    return DYN_OK;
}

int histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    if (histogram_count(from) > ~histogram_count(into))
        return DYN_ERANGE;
    for (size_t i = 0; i <= LEAVES; i++)
        into->sums[i] += from->sums[i];
    into->sum += from->sum;
    into->least = from->least < into->least ? from->least : into->least;
    into->most = from->most > into->most ? from->most : into->most;
    return DYN_OK;
}

int histogram_encode(const struct histogram *histogram, uint8_t *bytes,
                     size_t capacity, size_t *length)
{
    const uint64_t count = histogram_count(histogram);
    uint64_t buckets = 0, rank, seen;
    uint8_t *at;

    if (histogram == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    /* From each bucket that is not empty to the next one. */
    for (seen = 0; seen < count; buckets++) {
        size_t bucket = bucket_of(histogram, seen, &rank);

        seen = before(histogram, bucket + 1);
    }
    *length = 20 + (size_t)buckets * 10;
    if (*length > capacity)
        return DYN_ERANGE;
    bytes_write(bytes, 8, count > 0 ? histogram->least : 0);
    bytes_write(bytes + 8, 8, histogram->most);
    bytes_write(bytes + 16, 4, buckets);
    at = bytes + 20;
    for (seen = 0; seen < count; at += 10) {
        size_t bucket = bucket_of(histogram, seen, &rank);

        bytes_write(at, 2, bucket);
        bytes_write(at + 2, 8, in(histogram, bucket));
        seen += in(histogram, bucket);
    }
    return DYN_OK;
}

/* Reads what follows the head into an empty histogram, up to `end`. */
static int read_into(struct histogram *made, const uint8_t *at,
                     const uint8_t *end)
{
    uint64_t least, most, last = 0, count;

    for (; at < end; at += 10) {
        const uint64_t bucket = bytes_read(at, 2);
        const uint64_t requests = bytes_read(at + 2, 8);

        if (requests == 0 || bucket >= HISTOGRAM_BUCKETS ||
            requests > ~histogram_count(made) ||
            (histogram_count(made) > 0 && bucket <= last))
            return DYN_ECORRUPT;
        (void)histogram_bounds((size_t)bucket, &least, &most);
        made->sum += ((wide)least + most) / 2 * requests;
        add(made, (size_t)bucket, requests);
        last = bucket;
    }
    count = histogram_count(made);
    if (count == 0)
        return made->least == 0 && made->most == 0 ? DYN_OK : DYN_ECORRUPT;
    /* Nothing below the shortest, nothing above the longest, and both are there. */
    if (made->least > made->most || histogram_bucket(made->most) != last ||
        before(made, histogram_bucket(made->least)) > 0 ||
        in(made, histogram_bucket(made->least)) == 0 ||
        (count == 1 && made->least < made->most))
        return DYN_ECORRUPT;
    return DYN_OK;
}

int histogram_decode(struct histogram **histogram, const uint8_t *bytes,
                     size_t length)
{
    struct histogram *made;
    int code;

    if (histogram == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < 20 ||
        length != 20 + (uint64_t)10 * (uint64_t)bytes_read(bytes + 16, 4))
        return DYN_ECORRUPT;
    code = histogram_open(&made);
    if (code != DYN_OK)
        return code;
    made->least = bytes_read(bytes, 8);
    made->most = bytes_read(bytes + 8, 8);
    code = read_into(made, bytes + 20, bytes + length);
    if (code != DYN_OK) {
        histogram_close(made);
        return code;
    }
    if (histogram_count(made) == 0)
        made->least = UINT64_MAX;
    *histogram = made;
    return DYN_OK;
}
