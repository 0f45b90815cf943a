/* dvv.h: dotted version vectors: siblings that two writes through one coordinator
 * cannot lose (Preguica, Almeida and others, 2010 and 2014). You write these
 * functions in dvv.c (lab 3, part E).
 *
 * In the paper's clocks a version has no name of its own: <A3> says 'A's third
 * write, and all of A's before it', also where its writer has read only <A1>. Here
 * a version is named by a dot, and what has been seen is said apart from it.
 *
 * Ownership, NULL pointers and errors: as in siblings.h. */
#ifndef DYNAMO_DVV_H
#define DYNAMO_DVV_H

#include "dynamo/message.h"
#include "dynamo/slice.h"
#include "dynamo/vclock.h"

#include <stddef.h>
#include <stdint.h>

/* ---- A set with dots ----
 *
 * A dot (node, counter) names the version that the node made as its counter-th of
 * this key. A set has a clock of what has been seen, and the versions that are
 * left of that: each of a dot that the clock covers (the dot's counter is not
 * higher than its node's in the clock). A dot that is covered, and whose version
 * is not there, is of a version that was replaced. */

struct dvv; /* yours to define */

struct dot {
    node_id node;
    uint64_t counter; /* at least 1 */
};

/* Opens an empty set that has seen nothing, in *set, which the caller closes. */
int dvv_open(struct dvv **set);

/* Frees the set and all its versions. NULL is allowed. */
void dvv_close(struct dvv *set);

/* What the coordinator of a put does: drops the versions whose dots the context
 * covers, since the client has read them; merges the context into the clock,
 * as by vclock_merge;
 * raises the node's counter by 1, with that time; and adds the value with this
 * new dot. A version that the client has not read stays.
 * DYN_ERANGE: the counter is UINT64_MAX already. */
int dvv_put(struct dvv *set, const struct vclock *context, node_id node,
            uint64_t time_ms, struct slice value);

/* Merges what another replica holds: of the versions that only one of the two
 * has, those stay whose dot the other's clock does not cover; those that both
 * have stay once (a dot has one value, wherever it is); the clocks are merged, as
 * by vclock_merge. In whatever order sets are merged, the result is the same.
 * Both may be the same set. */
int dvv_merge(struct dvv *into, const struct dvv *from);

/* How many versions there are. */
size_t dvv_count(const struct dvv *set);

/* The version numbered `index`, from 0, in an order of your choosing that lasts
 * until the set is changed. *value is borrowed until then.
 * DYN_ENOENT: there are no more than `index`. */
int dvv_at(const struct dvv *set, size_t index, struct dot *dot,
           struct slice *value);

/* Opens a copy of the set's clock, which is the context of a get, in *context,
 * which the caller closes. */
int dvv_context(const struct dvv *set, struct vclock **context);

/* ---- Bytes ----
 *
 * All numbers are big-endian: the length of the clock's bytes (4 bytes), these
 * bytes (vclock.h), the number of versions (4), then of each its node (4), its
 * counter (8), the length of its value (4), and the value. Versions stand in
 * ascending order of the node, then of the counter. */

/* *length becomes the encoding's length in bytes, also with DYN_ERANGE.
 * DYN_ERANGE: it exceeds `capacity`, and nothing is written to bytes[]. */
int dvv_encode(const struct dvv *set, uint8_t *bytes, size_t capacity,
               size_t *length);

/* Opens the set that dvv_encode wrote, stored in *set, closed by the caller. The
 * bytes come from the network: trust nothing in them.
 * DYN_ECORRUPT: too short, too long, a clock that vclock_decode refuses, a value
 * of more than VALUE_SIZE_MAX bytes, versions that do not ascend, or a dot that
 * the clock does not cover or whose counter is 0. */
int dvv_decode(struct dvv **set, const uint8_t *bytes, size_t length);

#endif
