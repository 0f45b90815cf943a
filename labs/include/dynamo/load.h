/* load.h: a load whose times are told honestly. You are given these functions in
 * load.c, and they are wrong: find out where, and mend them (lab 5, part B).
 *
 * Clients do not wait for each other: when a store stalls, requests keep coming, and
 * each of those that come meanwhile waits. A generator that holds back while the
 * store stalls measures one slow request where there were thousands (it is said to
 * omit them in coordination with the store). So here a request has a time at which
 * it is meant to leave, whatever became of the others, and what it took is counted
 * from that time.
 *
 * The caller has the connections and the clock: it asks what is to be sent, sends
 * it, and tells what was answered. They are plain functions on plain data. Times are
 * in microseconds of one clock, below 2^63, and never earlier than in a call before.
 *
 * Ownership: a load belongs to whoever opened it, who closes it. Pointers that a
 * function is given are borrowed until it returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a count; but load_close takes NULL. Whatever
 * returns a code may return DYN_ENOMEM. A call that fails changes and stores
 * nothing. */
#ifndef DYNAMO_LOAD_H
#define DYNAMO_LOAD_H

#include "dynamo/histogram.h"

#include <stdint.h>

struct load_config {
    uint64_t begin_us;    /* when the first request is meant to leave */
    uint64_t interval_us; /* from each request to the next: 1 .. LOAD_US_MAX */
    uint64_t requests;    /* 1 .. LOAD_REQUESTS_MAX, numbered from 0 */
    uint32_t connections; /* 1 .. LOAD_CONNECTIONS_MAX, numbered from 0 */
};

enum {
    LOAD_US_MAX = 3600000,
    LOAD_REQUESTS_MAX = 1000000000,
    LOAD_CONNECTIONS_MAX = 10000,
};

struct load; /* yours to define */

/* Opens a load, stored in *load, which the caller closes. Request i is meant to
 * leave at begin_us + i * interval_us.
 * DYN_EINVAL: a number is out of its range. */
int load_open(struct load **load, const struct load_config *config);

/* Frees the load. NULL is allowed. */
void load_close(struct load *load);

/* The request that leaves now, and the connection on which it does. It is the first
 * of those that have not left, if its time has come; requests leave late rather than
 * never. A connection carries one request at a time; of those that are free it is
 * the one of the lowest number. The caller sends at once and asks again, until there
 * is nothing more to send.
 * DYN_ENOENT: no request's time has come, or no connection is free. */
int load_due(struct load *load, uint64_t now_us, uint64_t *request,
             uint32_t *connection);

/* When load_due has something to send if nothing is answered until then, which may
 * be a time that has passed.
 * DYN_ENOENT: not before an answer has come, or never again. */
int load_next(const struct load *load, uint64_t *at_us);

/* The request on a connection was answered.
 * DYN_EINVAL: there is no such connection.
 * DYN_ENOENT: no request is on it. */
int load_answered(struct load *load, uint32_t connection, uint64_t now_us);

/* How many requests were meant to have left by now, now included, and have not. */
uint64_t load_late(const struct load *load, uint64_t now_us);

/* ---- What was measured ----
 *
 * Of the requests that were answered, histograms that belong to the load and are
 * borrowed until it is told anything more. NULL: load is NULL. */

/* What clients met: from the time at which each request was meant to leave to its
 * answer. */
const struct histogram *load_latency(const struct load *load);

/* What the store took, as far as one can see from here: from the time at which each
 * request did leave to its answer. */
const struct histogram *load_service(const struct load *load);

#endif
