/* unit.h: random fractions. */
#ifndef LOAD_UNIT_H
#define LOAD_UNIT_H

#include "dynamo/prng.h"

/* In [0, 1): as many bits as a double has. */
static inline double unit_draw(struct prng *prng)
{
    return (double)(prng_next(prng) >> 11) * 0x1p-53;
}

#endif
