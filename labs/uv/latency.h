/* latency.h: how long operations took, to be asked for percentiles. */
#ifndef UV_LATENCY_H
#define UV_LATENCY_H

#include <stdint.h>

/* Times are counted in buckets: exact to the microsecond below 64 us, and to
 * 1/32 above. */
enum { LATENCY_BUCKETS = 60 * 32 };

/* All zero: none yet. */
struct latency {
    uint64_t buckets[LATENCY_BUCKETS];
    uint64_t count, most_us;
};

void latency_add(struct latency *latency, uint64_t us);

/* The smallest time that at least `share` of 1,000,000 of all were not longer
 * than, in us, as exact as its bucket; never more than the longest. 0 if there
 * were none. */
uint64_t latency_percentile(const struct latency *latency, uint32_t share);

#endif
