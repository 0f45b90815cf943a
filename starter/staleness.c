/* staleness.c: what the sizes of quorums cost and buy, as numbers.
 *
 * Interface: dynamo/staleness.h, which says what every function owes its caller.
 */
#include "dynamo/staleness.h"

#include "dynamo/err.h"

/* ---- One put and one get ---- */

int staleness_once(const struct quorum_sizes *sizes,
                   const struct staleness_delays *delays,
                   struct staleness_outcome *outcome)
{
    (void)sizes;
    (void)delays;
    (void)outcome;
    return DYN_ETODO;
}

/* ---- Many of them ---- */

int staleness_many(const struct quorum_sizes *sizes,
                   const struct staleness_legs *legs, struct prng *generator,
                   struct staleness_outcome *outcomes, size_t count)
{
    (void)sizes;
    (void)legs;
    (void)generator;
    (void)outcomes;
    (void)count;
    return DYN_ETODO;
}

double staleness_fresh(const struct staleness_outcome *outcomes, size_t count,
                       uint64_t t_us)
{
    (void)outcomes;
    (void)count;
    (void)t_us;
    return 0;
}

int staleness_wait(const struct staleness_outcome *outcomes, size_t count,
                   double share, uint64_t *t_us)
{
    (void)outcomes;
    (void)count;
    (void)share;
    (void)t_us;
    return DYN_ETODO;
}

/* ---- Availability ---- */

int staleness_available(const struct quorum_sizes *sizes, double up,
                        struct staleness_availability *availability)
{
    (void)sizes;
    (void)up;
    (void)availability;
    return DYN_ETODO;
}
