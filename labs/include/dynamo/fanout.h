/* fanout.h: what the tail of one call does to a page that needs many (section 6:
 * a page asks over a hundred services). You write these functions in fanout.c (lab
 * 5, part G).
 *
 * A page makes its calls at once and is done with the slowest of them. Each takes a
 * time as likely as its share in a histogram says, whatever the others take. So what
 * one call in a thousand meets, one page of a hundred calls in ten does.
 *
 * They are plain functions on plain data. Times are in microseconds, shares in
 * millionths.
 *
 * Ownership: pointers are borrowed until the function returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL. A call that fails stores nothing. */
#ifndef DYNAMO_FANOUT_H
#define DYNAMO_FANOUT_H

#include "dynamo/histogram.h"

#include <stdint.h>

enum { FANOUT_CALLS_MAX = 1000000 };

/* The share, 0 .. 1, of pages of `calls` calls (1 .. FANOUT_CALLS_MAX) that take
 * longer than `us`: those of which a call is in a bucket above that of `us`
 * (histogram_over). Exact to one part in 1,000,000 of the share, also where hardly
 * any page does.
 * DYN_EINVAL: calls is out of its range.
 * DYN_ENOENT: the histogram is empty. */
int fanout_over(const struct histogram *call, uint32_t calls, uint64_t us,
                double *share);

/* A percentile of the page: the shortest time of a call such that at least this share
 * of pages, 1 .. 999,999 millionths, take no longer. What is stored in *us differs from
 * it by no more than 1 % of it. If it is exactly that share, the next longer time is
 * right as well, for whoever rounds on the way.
 * DYN_EINVAL: calls or per_million is out of its range.
 * DYN_ENOENT: the histogram is empty. */
int fanout_percentile(const struct histogram *call, uint32_t calls,
                      uint32_t per_million, uint64_t *us);

/* How many of a million calls may be slow, at most, if no more than `per_million` of a
 * million pages (1 .. 999,999) of `calls` calls are to be: the largest whole number for
 * which that holds.
 * DYN_EINVAL: calls or per_million is out of its range. */
int fanout_budget(uint32_t calls, uint32_t per_million,
                  uint32_t *calls_per_million);

#endif
