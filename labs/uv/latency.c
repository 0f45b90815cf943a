/* latency.c: see latency.h. */
#include "uv/latency.h"

enum { BITS = 8, HALF = 1 << BITS };

/* Below 2 * HALF a number is its own bucket. Above, its first BITS + 1 bits and
 * how many follow. */
static unsigned bucket_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 2 * HALF)
        shift++;
    return (shift << BITS) + (unsigned)(us >> shift);
}

uint64_t latency_bucket_end(unsigned bucket)
{
    unsigned shift;

    if (bucket < 2 * HALF)
        return bucket;
    shift = (bucket >> BITS) - 1;
    return (((uint64_t)(bucket - (shift << BITS)) + 1) << shift) - 1;
}

void latency_add(struct latency *latency, uint64_t us)
{
    latency->buckets[bucket_of(us)]++;
    latency->count++;
    latency->sum_us += (double)us;
    if (us > latency->most_us)
        latency->most_us = us;
}

void latency_merge(struct latency *latency, const struct latency *other)
{
    for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; bucket++)
        latency->buckets[bucket] += other->buckets[bucket];
    latency->count += other->count;
    latency->sum_us += other->sum_us;
    if (other->most_us > latency->most_us)
        latency->most_us = other->most_us;
}

uint64_t latency_percentile(const struct latency *latency, uint32_t share)
{
    /* So many are not longer; rounded up, and written so that nothing is too
     * large for 64 bits. */
    uint64_t wanted = latency->count / 1000000 * share +
                      (latency->count % 1000000 * share + 999999) / 1000000;
    uint64_t seen = 0;
    unsigned bucket;

    if (latency->count == 0)
        return 0;
    for (bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
        seen += latency->buckets[bucket];
        if (seen >= wanted && seen > 0)
            break;
    }
    if (bucket == LATENCY_BUCKETS ||
        latency_bucket_end(bucket) > latency->most_us)
        return latency->most_us;
    return latency_bucket_end(bucket);
}

double latency_mean(const struct latency *latency)
{
    return latency->count > 0 ? latency->sum_us / (double)latency->count : 0;
}
