/* latency.h: how long operations took, to be asked for percentiles. */
#ifndef UV_LATENCY_H
#define UV_LATENCY_H

#include <stdint.h>

/* Times are counted in buckets: exact to the microsecond below 512 us, and to
 * 1/256 above. */
enum { LATENCY_BUCKETS = 57 * 256 };

/* All zero: none yet. */
struct latency {
    uint64_t buckets[LATENCY_BUCKETS];
    uint64_t count, most_us;
    double sum_us;
};

void latency_add(struct latency *latency, uint64_t us);

/* Adds all that `other` has. */
void latency_merge(struct latency *latency, const struct latency *other);

/* The smallest time that at least `share` of 1,000,000 of all were not longer
 * than, in us, as exact as its bucket; never more than the longest. 0 if there
 * were none. */
uint64_t latency_percentile(const struct latency *latency, uint32_t share);

/* 0 if there were none. */
double latency_mean(const struct latency *latency);

/* The longest time that is counted in the bucket, in us. */
uint64_t latency_bucket_end(unsigned bucket);

#endif
