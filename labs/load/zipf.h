/* zipf.h: numbers of which the first ones are drawn most often.
 *
 * The number k, from 0, has a chance in proportion to 1 / (k + 1)^theta. */
#ifndef LOAD_ZIPF_H
#define LOAD_ZIPF_H

#include "dynamo/prng.h"

#include <stdint.h>

/* A plain value, whatever the count: no table is kept. */
struct zipf {
    uint64_t count;
    double theta;
    double lowest, highest; /* see zipf.c */
};

/* Numbers in [0, count). `count` is at least 1 and less than 2^50, `theta` more
 * than 0, and may be 1 or more. */
struct zipf zipf_open(uint64_t count, double theta);

uint64_t zipf_draw(const struct zipf *zipf, struct prng *prng);

#endif
