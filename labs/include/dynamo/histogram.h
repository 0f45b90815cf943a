/* histogram.h: how long requests took, kept in little room and asked for percentiles
 * (section 6: what counts is the 99.9th). You write these functions in histogram.c
 * (lab 5, part A).
 *
 * To keep every time costs memory without end, and an average hides what one request
 * in a thousand meets. A histogram counts times in buckets that are narrow where
 * times are short and wide where they are long, so that an answer is always as
 * exact, in percent.
 *
 * They are plain functions on plain data. Times are in microseconds, and may be any
 * number of 64 bits. Shares are in millionths: the 99.9th percentile is 999,000.
 *
 * Ownership: a histogram belongs to whoever opened it, who closes it. Pointers that
 * a function is given are borrowed until it returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a count; but histogram_close takes NULL, and
 * bytes may be at NULL if there are none, or no room for any. Whatever returns a
 * code may return DYN_ENOMEM. A call that fails changes nothing. */
#ifndef DYNAMO_HISTOGRAM_H
#define DYNAMO_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* ---- Buckets ----
 *
 * Below 128 us each time has a bucket of its own, whose number is the time. From
 * there on, the times from each power of two to the next one have 64 buckets of the
 * same width. All buckets are numbered in the order of their times, without gaps. */

enum {
    HISTOGRAM_SINGLE = 128,            /* buckets of one time each */
    HISTOGRAM_HALVES = 64,             /* buckets from 2^k to 2^(k+1), k >= 7 */
    HISTOGRAM_BUCKETS = 128 + 57 * 64, /* all of them: 3,776 */
};

/* The bucket of a time. */
size_t histogram_bucket(uint64_t us);

/* The shortest and the longest time of a bucket.
 * DYN_EINVAL: there is no such bucket. */
int histogram_bounds(size_t bucket, uint64_t *least_us, uint64_t *most_us);

/* ---- What was recorded ---- */

struct histogram; /* yours to define */

/* Opens an empty histogram, stored in *histogram, which the caller closes. */
int histogram_open(struct histogram **histogram);

/* Frees the histogram. NULL is allowed. */
void histogram_close(struct histogram *histogram);

/* Records that so many requests took `us` each. Takes the same time whatever the
 * numbers.
 * DYN_EINVAL: requests is 0.
 * DYN_ERANGE: there would be more than 2^64 - 1 requests in all. */
int histogram_record(struct histogram *histogram, uint64_t us,
                     uint64_t requests);

/* How many requests there are. */
uint64_t histogram_count(const struct histogram *histogram);

/* How many of them are in buckets above that of `us`. */
uint64_t histogram_over(const struct histogram *histogram, uint64_t us);

/* A percentile. The exact one is the shortest recorded time such that at least that
 * share of all requests took no longer; that of 0 is the shortest of all. What is
 * stored in *us differs from it by no more than 1 % of it, and lies between the
 * shortest and the longest time of all, which are the answers for 0 and for
 * 1,000,000.
 * DYN_EINVAL: the share exceeds 1,000,000.
 * DYN_ENOENT: there are no requests. */
int histogram_percentile(const struct histogram *histogram,
                         uint32_t per_million, uint64_t *us);

/* The average of all times, which may differ from the exact one by 1 % of it.
 * DYN_ENOENT: there are no requests. */
int histogram_mean(const struct histogram *histogram, double *us);

/* ---- From many nodes ----
 *
 * Percentiles of parts say nothing of that of the whole, and their average least of
 * all. So it is histograms that nodes send, and percentiles are asked of their sum. */

/* Records in `into` all that is in `from`. Both may be the same.
 * DYN_ERANGE: as for histogram_record. */
int histogram_merge(struct histogram *into, const struct histogram *from);

/* A histogram as bytes. All numbers are big-endian:
 *     8 bytes   the shortest time, 0 if there is none
 *     8         the longest, 0 if there is none
 *     4         how many buckets are not empty
 *     of each, in ascending order:
 *     2         its number
 *     8         how many requests are in it
 * So histograms of the same times have the same bytes. *length becomes their number,
 * also with DYN_ERANGE.
 * DYN_ERANGE: it exceeds `capacity`, and nothing is written to bytes[]. */
int histogram_encode(const struct histogram *histogram, uint8_t *bytes,
                     size_t capacity, size_t *length);

/* Opens the histogram that histogram_encode wrote, stored in *histogram, closed by
 * the caller. The bytes come from the network: trust nothing in them.
 * DYN_ECORRUPT: no histogram has these bytes. They are too short or too long; buckets
 * do not ascend, are none of HISTOGRAM_BUCKETS or are empty; there are more than 2^64 -
 * 1 requests; the shortest time is not in the first of these buckets, or the longest
 * not in the last; the shortest is longer than the longest; of a single request, both
 * are not the same; of no request, one of them is not 0. */
int histogram_decode(struct histogram **histogram, const uint8_t *bytes,
                     size_t length);

#endif
