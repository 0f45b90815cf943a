/* report.h: the results of a load, for people, for programs, and as a
 * histogram.
 *
 * All write to a file that is the caller's, who looks whether it has failed. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "load/options.h"
#include "load/run.h"

#include <stdio.h>

/* Shares of all requests of which the times are reported. */
struct share {
    const char *name;  /* in JSON */
    const char *title; /* in the table */
    uint32_t millionths;
};

enum { SHARES = 5 };
extern const struct share report_shares[SHARES];

extern const char *const report_kinds[OP_KINDS];

/* Of all kinds of operations together. */
void report_sum(struct latency *all, const struct latency kinds[OP_KINDS]);

/* Requests that were answered without an error. */
uint64_t report_answered(const struct result *result);

/* They, in a second. */
double report_throughput(const struct result *result);

void report_table(FILE *file, const struct load_options *options,
                  const struct result *result);

/* One object. Times are in us, as latency_us and service_us by the kind of
 * operation; what failed is in neither. latency_histogram and service_histogram
 * have [us, count] of all kinds: so many took at most so long, but longer than
 * the row before. `seconds` has a row for each second in which answers came.
 * counts: `old` values are of other runs, `late` requests were sent more than 1 ms
 * after they were due, `dawdled` ones though a connection was free, `never_sent`
 * ones were due before the end. */
void report_json(FILE *file, const struct load_options *options,
                 const struct result *result);

/* Lines of six numbers: a time in us, and how many requests took so long, but
 * longer than the line before: latency of gets, of puts, service time of gets,
 * of puts; and the share of all whose latency is not longer. Lines that begin
 * with a # say so. */
void report_histogram(FILE *file, const struct result *result);

#endif
