/* fanout.c: the tail of a page that makes many calls.
 *
 * Interface: dynamo/fanout.h, which says what every function owes its caller.
 */
#include "dynamo/fanout.h"

#include "dynamo/err.h"

int fanout_over(const struct histogram *call, uint32_t calls, uint64_t us,
                double *share)
{
    (void)call, (void)calls, (void)us, (void)share;
    return DYN_ETODO;
}

int fanout_percentile(const struct histogram *call, uint32_t calls,
                      uint32_t per_million, uint64_t *us)
{
    (void)call, (void)calls, (void)per_million, (void)us;
    return DYN_ETODO;
}

int fanout_budget(uint32_t calls, uint32_t per_million,
                  uint32_t *calls_per_million)
{
    (void)calls, (void)per_million, (void)calls_per_million;
    return DYN_ETODO;
}
