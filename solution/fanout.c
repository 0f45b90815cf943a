/* fanout.c: the tail of a page that makes many calls.
 *
 * Interface: dynamo/fanout.h, which says what every function owes its caller.
 */
#include "dynamo/fanout.h"

#include "dynamo/err.h"

/* @solution */

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static bool are_calls(uint32_t calls)
{
    return calls >= 1 && calls <= FANOUT_CALLS_MAX;
}

static bool is_share(uint32_t per_million)
{
    return per_million >= 1 && per_million <= 999999;
}

/* Of events that each happen with a probability of `one`, at least one of `times`
 * happens with: 1 - (1 - one)^times, without taking two numbers near 1 from each
 * other. */
static double any_of(double one, uint32_t times)
{
    return -expm1(times * log1p(-one));
}

/* Whether a share that was rounded on the way is no more than so many millionths. */
static bool is_no_more(double share, uint32_t per_million)
{
    return share <= per_million / 1e6 * (1 + 1e-14);
}

/* @starter
@end */

int fanout_over(const struct histogram *call, uint32_t calls, uint64_t us,
                double *share)
{
    /* @solution */
    if (call == NULL || share == NULL || !are_calls(calls))
        return DYN_EINVAL;
    if (histogram_count(call) == 0)
        return DYN_ENOENT;
    *share =
        any_of((double)histogram_over(call, us) / (double)histogram_count(call),
               calls);
    return DYN_OK;
    /* @starter
    (void)call, (void)calls, (void)us, (void)share;
    return DYN_ETODO;
@end */
}

int fanout_percentile(const struct histogram *call, uint32_t calls,
                      uint32_t per_million, uint64_t *us)
{
    /* @solution */
    size_t low = 0, high = HISTOGRAM_BUCKETS - 1;
    uint64_t least_us = 0, most_us = 0, shortest_us, longest_us;

    if (call == NULL || us == NULL || !are_calls(calls) ||
        !is_share(per_million))
        return DYN_EINVAL;
    if (histogram_count(call) == 0)
        return DYN_ENOENT;
    /* The first bucket that no more than so many pages exceed. */
    while (low < high) {
        const size_t bucket = low + (high - low) / 2;
        double share = 0;

        (void)histogram_bounds(bucket, &least_us, &most_us);
        (void)fanout_over(call, calls, most_us, &share);
        if (is_no_more(share, 1000000 - per_million))
            high = bucket;
        else
            low = bucket + 1;
    }
    (void)histogram_bounds(low, &least_us, &most_us);
    (void)histogram_percentile(call, 0, &shortest_us);
    (void)histogram_percentile(call, 1000000, &longest_us);
    if (least_us < shortest_us)
        least_us = shortest_us;
    if (most_us > longest_us)
        most_us = longest_us;
    *us = least_us + (most_us - least_us) / 2;
    return DYN_OK;
    /* @starter
    (void)call, (void)calls, (void)per_million, (void)us;
    return DYN_ETODO;
@end */
}

int fanout_budget(uint32_t calls, uint32_t per_million,
                  uint32_t *calls_per_million)
{
    /* @solution */
    uint32_t most;

    if (calls_per_million == NULL || !are_calls(calls) ||
        !is_share(per_million))
        return DYN_EINVAL;
    /* One page is slow with a probability of any_of(one, calls), solved for one. */
    most = (uint32_t)(1e6 * -expm1(log1p(-(per_million / 1e6)) / calls));
    /* What was rounded on the way may have fallen short of a whole number. */
    if (is_no_more(any_of((most + 1) / 1e6, calls), per_million))
        most++;
    *calls_per_million = most;
    return DYN_OK;
    /* @starter
    (void)calls, (void)per_million, (void)calls_per_million;
    return DYN_ETODO;
@end */
}
