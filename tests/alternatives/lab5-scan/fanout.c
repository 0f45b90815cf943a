/* fanout.c, built otherwise: without logarithms. The share of slow pages of twice as
 * many calls, or of one more, follows from that of so many; what is asked for is
 * found by halving. */
#include "dynamo/fanout.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef long double share_t;

static bool is_within(uint64_t number, uint64_t most)
{
    return number >= 1 && number <= most;
}

/* The share of pages with a slow call, of which there is this share. Nothing is
 * taken from each other but 1 and what is added to it again. */
static share_t pages(share_t slow, uint32_t calls)
{
    share_t share = 0;

    for (uint32_t bit = (uint32_t)1 << 31; bit > 0; bit /= 2) {
        share += share * (1 - share);
        if ((calls & bit) != 0)
            share += slow * (1 - share);
    }
    return share;
}

/* Whether it is no more than so many millionths, rounding aside. */
static bool is_no_more(share_t share, uint32_t per_million)
{
    return share <= per_million / (share_t)1e6 * (1 + (share_t)1e-15);
}

int fanout_over(const struct histogram *call, uint32_t calls, uint64_t us,
                double *share)
{
    if (call == NULL || share == NULL || !is_within(calls, FANOUT_CALLS_MAX))
        return DYN_EINVAL;
    if (histogram_count(call) == 0)
        return DYN_ENOENT;
    *share = (double)pages((share_t)histogram_over(call, us) /
                               (share_t)histogram_count(call),
                           calls);
    return DYN_OK;
}

int fanout_percentile(const struct histogram *call, uint32_t calls,
                      uint32_t per_million, uint64_t *us)
{
    const uint64_t count = histogram_count(call);
    uint64_t least, most, slow = 0;
    size_t low = 0, high = HISTOGRAM_BUCKETS - 1;

    if (call == NULL || us == NULL || !is_within(calls, FANOUT_CALLS_MAX) ||
        !is_within(per_million, 999999))
        return DYN_EINVAL;
    if (count == 0)
        return DYN_ENOENT;
    /* How many calls may be slow, so that not too many pages are. */
    for (uint64_t bit = (uint64_t)1 << 63; bit > 0; bit /= 2)
        if (slow + bit <= count &&
            is_no_more(pages((share_t)(slow + bit) / (share_t)count, calls),
                       1000000 - per_million))
            slow += bit;
    while (low < high) {
        (void)histogram_bounds((low + high) / 2, &least, &most);
        if (histogram_over(call, least) > slow)
            low = (low + high) / 2 + 1;
        else
            high = (low + high) / 2;
    }
    (void)histogram_bounds(low, &least, &most);
    /* As early in the bucket as is within 1 % of its last time. */
    *us = most - most / 100 > least ? most - most / 100 : least;
    return DYN_OK;
}

int fanout_budget(uint32_t calls, uint32_t per_million,
                  uint32_t *calls_per_million)
{
    uint32_t slow = 0;

    if (calls_per_million == NULL || !is_within(calls, FANOUT_CALLS_MAX) ||
        !is_within(per_million, 999999))
        return DYN_EINVAL;
    for (uint32_t bit = (uint32_t)1 << 19; bit > 0; bit /= 2)
        if (slow + bit <= 1000000 &&
            is_no_more(pages((slow + bit) / (share_t)1e6, calls), per_million))
            slow += bit;
    *calls_per_million = slow;
    return DYN_OK;
}
