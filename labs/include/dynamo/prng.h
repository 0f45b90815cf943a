/* prng.h: random numbers that a seed determines.
 *
 * The same seed gives the same numbers on every machine. A generator is a
 * plain value: copy it to fork the sequence. Not for secrets. */
#ifndef DYNAMO_PRNG_H
#define DYNAMO_PRNG_H

#include <stdint.h>

struct prng {
    uint64_t state;
};

struct prng prng_seeded(uint64_t seed);

/* The next 64 random bits. */
uint64_t prng_next(struct prng *prng);

/* A number in [0, bound), all equally likely; 0 when `bound` is 0. */
uint64_t prng_below(struct prng *prng, uint64_t bound);

#endif
