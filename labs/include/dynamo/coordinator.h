/* coordinator.h: Dynamo's get and put (sections 4.3 to 4.5): a store that is
 * available and loses nothing, in which concurrent versions live side by side
 * until a client reconciles them. You write vclock_program in coordinator.c
 * (lab 3, part C), and dvv_program, which differs from it in the sets that it
 * holds, in part E.
 *
 *     get(key) -> (context, values)     put(key, context, value)
 *
 * What a replica holds of a key is a set of versions: siblings.h for
 * vclock_program, dvv.h for dvv_program. */
#ifndef DYNAMO_COORDINATOR_H
#define DYNAMO_COORDINATOR_H

#include "dynamo/env.h"
#include "dynamo/message.h"
#include "dynamo/node.h"
#include "dynamo/program.h"
#include "dynamo/slice.h"
#include "dynamo/vclock.h"

#include <stddef.h>
#include <stdint.h>

/* ---- What the store promises ----
 *
 * Answers. To a get: DYN_OK, the values of all versions that one of the R replicas
 * or more that answered holds and none of them has replaced, in any order, and one
 * context for them; no values if there is none. To a put: DYN_OK, also where
 * truncation has made its version look old (siblings.h), or DYN_ERANGE if the set
 * would then have more than REPLY_VALUES_MAX versions or encode to more than
 * STORE_VALUE_MAX bytes, or a counter is UINT64_MAX already, or DYN_ECORRUPT for a
 * context that is none.
 * DYN_EUNAVAILABLE when give_up_ms have passed since the request, or when what
 * became of it cannot be known; DYN_ENOMEM. Every request is answered once, unless its coordinator
 * crashes.
 *
 * Outcome. A put that was answered DYN_OK has happened, and happened once. One
 * that was answered with DYN_EUNAVAILABLE or DYN_ENOMEM, or never, may have
 * happened, may happen later, or never; but not twice. After another error it has
 * not happened.
 *
 * A put has read the values of the get whose context it carries, and whatever
 * their puts had read. It replaces what it has read, and nothing else.
 * - A get returns only what was put, no put twice, and nothing beside a value
 *   that has replaced it.
 * - If R + W > N, a get returns every value whose put was answered DYN_OK before
 *   the get was asked, unless it returns one that has replaced it.
 * dvv_program keeps this promise whatever clients do. vclock_program keeps it if
 * R + W > N, and while no two clients put a key through the same coordinator, each
 * puts what it has just read, with a context that it has not put with before, and
 * no clock is truncated.
 *
 * This holds while messages are lost, delayed, doubled and overtaken, while nodes
 * crash at any point and begin again with nothing but their stores, and while no
 * two clocks agree.
 *
 * Liveness. If from some moment on all messages between a node and max(R, W)
 * replicas or more arrive, and between these too, and what is no longer reached
 * does not answer, then what the node is asked from then on comes to an end,
 * answered DYN_OK, soon after the next time it asks, see retry_ms. */

/* ---- What is laid down ----
 *
 * Configuration: as for register_program (register.h), with the placement that is
 * described there. open returns DYN_EINVAL where the register's does.
 *
 * Contexts. To clients they are opaque. They are what vclock_encode writes of the
 * context of a set, followed by the MD5 of key and clock: 16 bytes, of the key's
 * length (4 bytes, big-endian), the key, and the clock's bytes. So a context that
 * was changed, cut, or is of another key is known, and refused. A context of no
 * bytes is that of a client that has read nothing.
 *
 * Replicas. What a replica holds of a key is a set; at first an empty one.
 *     "versions?"  is answered by "versions": the set, encoded (siblings.h,
 *                  dvv.h), or no bytes if the key was never stored here.
 *     "merge"      merges a set into the one that is held, and is answered by
 *                  "merged" when that is stored. A set that cannot be decoded,
 *                  or with which the one that is held would encode to more than
 *                  STORE_VALUE_MAX bytes, is not answered; no bytes are an empty
 *                  set.
 * A replica answers whoever asks, at once, with `operation` and `key` as they
 * came. What is no replica of the key is not counted, if it answers at all.
 *
 * Gets. Any node coordinates a get: it asks the N replicas, merges what R of them
 * answer, and answers. Read repair (section 5): those that have answered something
 * else than all answers merged, the coordinator itself included, are then given the
 * merged set, also those whose answers come later, as long as the get is
 * remembered: until all N have answered or retry_ms have passed since it was
 * answered.
 *
 * Puts. Only a replica of the key coordinates a put, for a version needs a
 * counter of its own. It makes the version by siblings_put or dvv_put, with its
 * own name and env_now_ms, truncated to VCLOCK_PAIRS_MAX pairs by vclock_program;
 * stores the set; sends the whole set to the other replicas by "merge"; and
 * answers when W replicas hold it, itself counted.
 *
 * Forwarding. A node that is asked to put a key of which it is no replica asks
 * the replicas "versions?", and hands the put to the first that answers, and to no
 * other, by "forward"; it answers its client what "forwarded" says. It asks again
 * every retry_ms, with the same `operation`: no two puts that a node ever forwards
 * have the same, whichever life of it they belong to, and those that it was asked
 * for later have higher numbers.
 * A coordinator makes one version of a put, however often "forward" comes, or none
 * if it has refused it once, and answers when the put is over; a node that is no
 * replica does not answer. Of one
 * that it may have made in an earlier life it says DYN_EUNAVAILABLE. It may say so
 * too, without making a version, of one that comes after FORWARDS_KEPT later ones
 * of the same node.
 *
 * Time: every retry_ms those of the N that have not answered are asked again, or
 * for the first time. */

enum { FORWARDS_KEPT = 64 };

/* ---- What is yours to choose ----
 *
 * How the store is laid out; how operations are numbered and kept; which replicas
 * are asked first; whether a coordinator that is a replica sends itself messages
 * or looks into its own store; how long a coordinator goes on to send a put that
 * is answered already. */

/* ---- What the two programs have in common ----
 *
 * They differ in what a set is. If node_open asks that through its rules, part E
 * needs no coordinator of its own. Tests open the two programs only: you may do
 * without all this. */

/* Sets go in and out encoded; one of no bytes is empty. What is handed out is
 * allocated by malloc, and the caller frees it. A set that cannot be decoded gives
 * DYN_ECORRUPT. */
struct version_rules {
    const char *name; /* of the program */

    /* *made: the set after a put that this node coordinates. */
    int (*put)(struct slice set, const struct vclock *context, node_id node,
               uint64_t time_ms, struct slice value, struct slice *made);

    /* *merged: both sets merged. */
    int (*merge)(struct slice a, struct slice b, struct slice *merged);

    /* *values: an array of *count slices, in the same block as the values. They
     * point into it. *context: the set's, to be closed by the caller. */
    int (*read)(struct slice set, struct slice **values, size_t *count,
                struct vclock **context);
};

/* The functions of program.h for such rules, which are borrowed as long as the
 * node lives. */
int coordinator_open(struct node **node, const struct config *config,
                     struct env *env, const struct version_rules *rules);
void coordinator_on_request(struct node *node, struct env *env,
                            request_id request, const struct request *asked);
void coordinator_on_message(struct node *node, struct env *env, node_id from,
                            const struct message *message);
void coordinator_on_timer(struct node *node, struct env *env, timer_id timer,
                          int kind, uint64_t arg);
void coordinator_close(struct node *node);

#endif
