/* fanout.c, built otherwise: in long doubles, and bucket after bucket. */
#include "dynamo/fanout.h"

#include "dynamo/err.h"

#include <math.h>
#include <stddef.h>

/* What rounding may add to a share that is right. */
#define NEARLY (1 + 1e-15L)

static int out_of(uint32_t number, uint32_t most)
{
    return number == 0 || number > most;
}

/* The share of pages with a slow call. */
static long double slow_pages(long double slow_calls, uint32_t calls)
{
    if (slow_calls >= 1)
        return 1;
    return -expm1l(log1pl(-slow_calls) * calls);
}

static long double slow_share(const struct histogram *call, uint32_t calls,
                              uint64_t us)
{
    return slow_pages((long double)histogram_over(call, us) /
                          (long double)histogram_count(call),
                      calls);
}

int fanout_over(const struct histogram *call, uint32_t calls, uint64_t us,
                double *share)
{
    if (call == NULL || share == NULL || out_of(calls, FANOUT_CALLS_MAX))
        return DYN_EINVAL;
    if (histogram_count(call) == 0)
        return DYN_ENOENT;
    *share = (double)slow_share(call, calls, us);
    return DYN_OK;
}

int fanout_percentile(const struct histogram *call, uint32_t calls,
                      uint32_t per_million, uint64_t *us)
{
    long double slower = (1000000 - (long double)per_million) / 1000000;
    uint64_t least, most = 0;

    if (call == NULL || us == NULL || out_of(calls, FANOUT_CALLS_MAX) ||
        out_of(per_million, 999999))
        return DYN_EINVAL;
    if (histogram_count(call) == 0)
        return DYN_ENOENT;
    for (size_t i = 0; histogram_bounds(i, &least, &most) == DYN_OK; i++)
        if (slow_share(call, calls, least) <= slower * NEARLY)
            break;
    /* As late in the bucket as is within 1 % of its first time. */
    *us = most - least > least / 100 ? least + least / 100 : most;
    return DYN_OK;
}

int fanout_budget(uint32_t calls, uint32_t per_million,
                  uint32_t *calls_per_million)
{
    long double slow = per_million / 1e6L;
    uint32_t nearest;

    if (calls_per_million == NULL || out_of(calls, FANOUT_CALLS_MAX) ||
        out_of(per_million, 999999))
        return DYN_EINVAL;
    nearest =
        (uint32_t)floorl(1e6L * (1 - powl(1 - slow, 1.0L / calls)) + 0.5L);
    if (nearest > 0 && slow_pages(nearest / 1e6L, calls) > slow * NEARLY)
        nearest--;
    *calls_per_million = nearest;
    return DYN_OK;
}
