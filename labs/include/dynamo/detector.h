/* detector.h: which nodes answer, as far as this node can tell (section 4.8.3).
 * You write these functions in detector.c (lab 4, part A).
 *
 * A node learns of failures from its own traffic, and asks nobody for an opinion:
 * whoever leaves a question open for too long is suspected, whoever says anything
 * is not. Who is suspected is asked again from time to time, less and less often: a
 * node that stays away costs next to nothing, and one that comes back is noticed.
 *
 * They are plain functions on plain data. Times are those of this node's clock
 * (env_now_ms), below 2^63 ms, and never earlier than in a call before.
 *
 * Ownership: a detector belongs to whoever opened it, who closes it. Pointers that
 * a function is given are borrowed until it returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or false; but detector_close takes NULL. Whatever returns a code may
 * return DYN_ENOMEM. */
#ifndef DYNAMO_DETECTOR_H
#define DYNAMO_DETECTOR_H

#include "dynamo/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Suspicion ---- */

struct detector; /* yours to define */

/* All in milliseconds, 1 .. DETECTOR_MS_MAX. */
struct detector_config {
    uint32_t patience_ms;   /* how long an answer may take */
    uint32_t probe_ms;      /* from the suspicion to the first probe */
    uint32_t probe_most_ms; /* between two probes at most; at least probe_ms */
};

enum { DETECTOR_MS_MAX = 3600000 }; /* an hour */

/* Opens a detector that suspects nobody, stored in *detector, which the caller
 * closes. DYN_EINVAL: a number is out of its range. */
int detector_open(struct detector **detector,
                  const struct detector_config *config);

/* Frees the detector. NULL is allowed. */
void detector_close(struct detector *detector);

/* A question leaves for a node, which is to answer it. If one is open already, it
 * is that one which counts. */
int detector_asked(struct detector *detector, node_id node, uint64_t now_ms);

/* Something came from a node, an answer or not: no question to it is open any more.
 * It is no error if none was. */
int detector_heard(struct detector *detector, node_id node, uint64_t now_ms);

/* Whether the node is suspected: a question to it has been open for patience_ms or
 * longer. */
bool detector_suspects(const struct detector *detector, node_id node,
                       uint64_t now_ms);

/* ---- Probes ----
 *
 * A node that is suspected is asked whether it is there. Its first probe is due
 * probe_ms after the suspicion began. Whenever detector_due has named it, its next
 * one is due a pause later: the first pause is twice probe_ms, each later one twice
 * the one before, and none is longer than probe_most_ms. */

/* The nodes whose probes are due, which are taken to be asked now: nodes[0 ..
 * *count - 1], in ascending order, no more than `capacity`. The others stay due.
 * DYN_EINVAL: capacity is 0. */
int detector_due(struct detector *detector, uint64_t now_ms, node_id *nodes,
                 size_t capacity, size_t *count);

/* Stores the time at which the next probe is due, which may have passed already.
 * DYN_ENOENT: none will be, as long as nothing is asked. */
int detector_next(const struct detector *detector, uint64_t *at_ms);

#endif
