/* schedule.h: when the requests of an open loop are due, whatever the answers.
 *
 * It is walked through by who sends. What is due and not sent is nowhere kept:
 * it is what lies between the next one and now. */
#ifndef LOAD_SCHEDULE_H
#define LOAD_SCHEDULE_H

#include "dynamo/prng.h"

#include <stdbool.h>
#include <stdint.h>

/* A plain value. */
struct schedule {
    double rate; /* requests a second */
    bool poisson;
    struct prng prng;
    uint64_t count; /* that were passed */
    double gaps;    /* the sum of gaps so far, where 1 is the mean gap */
};

/* Evenly spaced requests, or such as many independent clients send (a Poisson
 * process). */
struct schedule schedule_open(double rate, bool poisson, uint64_t seed);

/* When the next one is due, in nanoseconds since the load began. */
uint64_t schedule_next_ns(const struct schedule *schedule);

/* That one was sent. */
void schedule_pass(struct schedule *schedule);

#endif
