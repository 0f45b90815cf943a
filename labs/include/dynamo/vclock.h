/* vclock.h: vector clocks: which version of a value has seen which others
 * (section 4.4). You write these functions in vclock.c (lab 3, parts A and D).
 *
 * They are plain functions on plain data: times come in as arguments.
 *
 * Ownership: a clock belongs to whoever opened, copied or decoded it, who closes
 * it. Pointers that a function is given are borrowed until it returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a count; but vclock_close takes NULL, and
 * an array may be NULL where its capacity or length is 0. Whatever returns a code
 * may return DYN_ENOMEM. */
#ifndef DYNAMO_VCLOCK_H
#define DYNAMO_VCLOCK_H

#include "dynamo/node.h"

#include <stddef.h>
#include <stdint.h>

/* ---- Clocks ----
 *
 * A clock has a pair (node, counter) for each node that coordinated one of the
 * writes that a version has seen: it has seen the first `counter` writes of that
 * node. A node without a pair has the counter 0. */

struct vclock; /* yours to define */

struct vclock_pair {
    node_id node;
    uint64_t counter; /* at least 1 */
    uint64_t time_ms; /* of that write, by the clock of its node: for truncation
                         alone, it says nothing about what was seen */
};

/* Opens a clock without pairs, that of a version that has seen nothing. Stores
 * it in *clock, which the caller closes. */
int vclock_open(struct vclock **clock);

/* Opens a second clock with the same pairs, which the caller closes. */
int vclock_copy(struct vclock **copy, const struct vclock *clock);

/* Frees the clock. NULL is allowed. */
void vclock_close(struct vclock *clock);

/* Raises the node's counter to `counter` and sets its time.
 * DYN_EINVAL: the counter is not higher than the one that it has. */
int vclock_raise(struct vclock *clock, node_id node, uint64_t counter,
                 uint64_t time_ms);

/* Raises the node's counter by 1 and sets its time.
 * DYN_ERANGE: it is UINT64_MAX already. */
int vclock_increment(struct vclock *clock, node_id node, uint64_t time_ms);

/* The node's counter: 0 if it has no pair. */
uint64_t vclock_counter(const struct vclock *clock, node_id node);

/* How many pairs there are. Stores the first min(capacity, that number) of them
 * in ascending order of the node. It cannot fail. */
size_t vclock_pairs(const struct vclock *clock, struct vclock_pair *pairs,
                    size_t capacity);

/* ---- Order ----
 *
 * a <= b if no node's counter is higher in a than in b: then whoever holds the
 * version of b can forget that of a. */

enum vclock_order {
    VCLOCK_EQUAL = 1,     /* a <= b and b <= a */
    VCLOCK_BEFORE = 2,    /* a <= b only: a is an ancestor of b */
    VCLOCK_AFTER = 3,     /* b <= a only */
    VCLOCK_CONCURRENT = 4 /* neither has seen all of the other: a conflict */
};

/* One of the four, whatever the times are; or DYN_EINVAL. */
int vclock_compare(const struct vclock *a, const struct vclock *b);

/* Changes *into to the smallest clock that is >= both: of each node the pair with
 * the higher counter. Of two with the same counter, that with the later time. Both
 * may be the same clock. */
int vclock_merge(struct vclock *into, const struct vclock *from);

/* ---- Bytes ----
 *
 * All numbers are big-endian: the number of pairs (4 bytes), then of each pair,
 * in ascending order of the node, node (4), counter (8), time in ms (8). Clocks
 * with the same pairs so have the same bytes. */

/* *length becomes the encoding's length in bytes, also with DYN_ERANGE.
 * DYN_ERANGE: it exceeds `capacity`, and nothing is written to bytes[]. */
int vclock_encode(const struct vclock *clock, uint8_t *bytes, size_t capacity,
                  size_t *length);

/* Opens the clock that vclock_encode wrote, stored in *clock, closed by the
 * caller. The bytes come from the network: trust nothing in them.
 * DYN_ECORRUPT: too short, too long, a counter of 0, or nodes that do not
 * ascend. */
int vclock_decode(struct vclock **clock, const uint8_t *bytes, size_t length);

/* ---- Truncation (part D) ----
 *
 * A clock grows with each node that ever coordinated a write of its key. Dynamo
 * gives up the oldest pairs when there are more than 10, and with them something
 * that the comparison needs. */

enum { VCLOCK_PAIRS_MAX = 10 };

/* Drops pairs until no more than `most` are left: the one with the earliest time
 * first; of several such, that of the smallest node. (So every replica that
 * truncates the same clock is left with the same.) */
int vclock_truncate(struct vclock *clock, size_t most);

/* One of the writes of a history, write number i of it (from 0). Its clock is the
 * merge of the clocks of the versions that it has read, in which its node's counter
 * is raised to one more than any earlier write of the history through that node
 * has got, and which is then truncated to `most` pairs. */
struct vclock_write {
    node_id node;     /* its coordinator */
    uint64_t time_ms; /* by the coordinator's clock, which need not agree with
                         any other node's */
    uint32_t read;    /* bit k: it has read the version of write k < i */
};

enum { VCLOCK_WRITES_MAX = 32 };

/* A history with two of its writes, to show what truncation does. */
struct vclock_history {
    struct vclock_write writes[VCLOCK_WRITES_MAX];
    size_t count;
    size_t first, second; /* indexes; the two that it is about */
};

/* Stores a history in which `second` has seen `first` (has read its version, or
 * one that had seen it), yet their clocks are concurrent: a false conflict.
 * `most` is 1 .. VCLOCK_PAIRS_MAX.
 * DYN_EINVAL: `most` is out of range. */
int vclock_false_conflict(struct vclock_history *history, size_t most);

/* Stores a history in which neither has seen the other, yet the clock of `first`
 * is before that of `second`: where both arrive, `first` is lost. Without
 * truncation they would be concurrent.
 * DYN_EINVAL: `most` is out of range. */
int vclock_lost_write(struct vclock_history *history, size_t most);

#endif
