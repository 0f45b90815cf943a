/* prng.c: SplitMix64 (Steele, Lea and Flood, 2014): a counter that strides by
 * the golden ratio, mixed until every bit depends on every other. */
#include "dynamo/prng.h"

struct prng prng_seeded(uint64_t seed)
{
    return (struct prng){.state = seed};
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t z;

    prng->state += 0x9e3779b97f4a7c15u;
    z = prng->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    uint64_t limit, draw;

    if (bound == 0)
        return 0;
    /* Of the 2^64 draws, refuse the last few that would favour small numbers:
     * what remains is a multiple of bound. */
    limit = UINT64_MAX - (UINT64_MAX % bound + 1) % bound;
    do
        draw = prng_next(prng);
    while (draw > limit);
    return draw % bound;
}
