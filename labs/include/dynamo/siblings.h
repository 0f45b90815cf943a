/* siblings.h: what a replica holds of one key: its versions that nothing it knows
 * of has replaced (section 4.4). You write these functions in siblings.c (lab 3,
 * part B).
 *
 * Ownership: a set belongs to whoever opened or decoded it, who closes it.
 * Pointers that a function is given are borrowed until it returns; clocks and
 * values are copied. A value has at most VALUE_SIZE_MAX bytes (message.h), its
 * data may be NULL if it has none.
 * Errors: see err.h. NULL pointers and DYN_ENOMEM: as in vclock.h. A value that
 * is too long is refused with DYN_EINVAL before anything else is looked at. */
#ifndef DYNAMO_SIBLINGS_H
#define DYNAMO_SIBLINGS_H

#include "dynamo/message.h"
#include "dynamo/slice.h"
#include "dynamo/vclock.h"

#include <stddef.h>
#include <stdint.h>

/* ---- A set of siblings ----
 *
 * A version is a value and the clock of what it has seen, itself included. Of two
 * versions with clocks a <= b, b replaces a. Those of equal clocks are one
 * version, whose value and times are those of the first that came. (No two nodes
 * make such versions; no node makes two.) So the versions in a set are concurrent,
 * each with each: siblings. */

struct siblings; /* yours to define */

/* Opens an empty set, stored in *set, which the caller closes. */
int siblings_open(struct siblings **set);

/* Frees the set and all its versions. NULL is allowed. */
void siblings_close(struct siblings *set);

/* Adds a version, and drops those that it replaces.
 * DYN_EEXIST: a version in the set replaces it, or is the same one. */
int siblings_add(struct siblings *set, const struct vclock *clock,
                 struct slice value);

/* Adds all versions of `from` that siblings_add would add; that some are there or
 * replaced already is no error. Both may be the same set. Two replicas that
 * merge each other's sets hold the same versions then, and so does whoever
 * merges any number of sets in any order: those of all versions that no other
 * one replaces. */
int siblings_merge(struct siblings *into, const struct siblings *from);

/* How many versions there are. */
size_t siblings_count(const struct siblings *set);

/* The version numbered `index`, from 0, in an order of your choosing that lasts
 * until the set is changed. *clock and *value are borrowed until then.
 * DYN_ENOENT: there are no more than `index`. */
int siblings_at(const struct siblings *set, size_t index,
                const struct vclock **clock, struct slice *value);

/* ---- Get and put ---- */

/* Opens the clock that a client's get is given as its context: the merge of the
 * versions' clocks, in *context, which the caller closes. Whoever puts with it
 * has seen all of them. */
int siblings_context(const struct siblings *set, struct vclock **context);

/* What the coordinator of a put does: makes its version and adds it. The
 * version's clock is the context, in which the node's counter is raised to one
 * more than the highest that it has in the context and in any version of the
 * set, and its time set; then it is truncated to `most` pairs (vclock.h), or not
 * at all if `most` is 0.
 * DYN_ERANGE: that counter is UINT64_MAX already. DYN_EEXIST: truncation has
 * made the version look old; it is not added. */
int siblings_put(struct siblings *set, const struct vclock *context,
                 node_id node, uint64_t time_ms, struct slice value,
                 size_t most);

/* ---- Bytes ----
 *
 * All numbers are big-endian: the number of versions (4 bytes), then of each the
 * length of its clock's bytes (4), these bytes (vclock.h), the length of its
 * value (4), and the value. Versions stand in ascending order of their clocks'
 * bytes, as by memcmp, a prefix first: equal sets have the same bytes. */

/* *length becomes the encoding's length in bytes, also with DYN_ERANGE.
 * DYN_ERANGE: it exceeds `capacity`, and nothing is written to bytes[]. */
int siblings_encode(const struct siblings *set, uint8_t *bytes, size_t capacity,
                    size_t *length);

/* Opens the set that siblings_encode wrote, stored in *set, closed by the caller.
 * The bytes come from the network: trust nothing in them.
 * DYN_ECORRUPT: too short, too long, a clock that vclock_decode refuses, a value
 * of more than VALUE_SIZE_MAX bytes, versions that do not ascend, or of which one
 * replaces another or has an equal clock. */
int siblings_decode(struct siblings **set, const uint8_t *bytes, size_t length);

#endif
