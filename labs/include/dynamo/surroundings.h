/* surroundings.h: what a coordinator asks of the rest of its node, once there is a
 * rest: who stands in for whom, and what is kept for others. Your coordinator.c of lab
 * 3 grows by it in lab 4. */
#ifndef DYNAMO_SURROUNDINGS_H
#define DYNAMO_SURROUNDINGS_H

#include "dynamo/coordinator.h"
#include "dynamo/env.h"
#include "dynamo/node.h"
#include "dynamo/program.h"
#include "dynamo/slice.h"

/* ---- Whom to ask ---- */

/* Who is asked for a replica of a key: its owner, which is one of the first N of
 * the preference list, or a node that stands in for it (section 4.6). */
struct target {
    node_id node, owner;
};

/* ---- What a coordinator asks ---- */

/* Functions of the rest of the node; `of` is the first argument of each. One that is
 * NULL, as all are in lab 3, is not called; what the coordinator does then is said with
 * it. Those that give a code give DYN_OK, DYN_ENOMEM, or what env_put gives. */
struct surroundings {
    void *of;

    /* Stores in targets[0 .. N - 1] whom to ask for the N replicas of a key now:
     * different nodes. NULL: the owners themselves. */
    int (*targets)(void *of, struct env *env, struct slice key,
                   struct target *targets);

    /* Is told that the node is about to be sent a question. */
    void (*asked)(void *of, struct env *env, node_id node);

    /* What this node is called in clocks. NULL: its own number. */
    node_id (*name)(void *of);

    /* *set: all that is kept here of a key for other nodes, merged, and encoded as
     * sets are; the caller frees it. No bytes: nothing is. NULL: likewise. */
    int (*held)(void *of, struct env *env, struct slice key, struct slice *set);

    /* Merges a set into what is kept here for another node, the owner. */
    int (*hold)(void *of, struct env *env, node_id owner, struct slice key,
                struct slice set);

    /* Is told of a set that is about to be stored here in this node's own name,
     * instead of another one, and that has room there. What it refuses is not stored.
     * NULL: likewise whatever is stored. */
    int (*storing)(void *of, struct env *env, struct slice key,
                   struct slice set);

    /* Is told that retry_ms after a put was answered DYN_OK nobody has said that he
     * holds its set for that owner. NULL: a put is over when it is answered. */
    int (*missed)(void *of, struct env *env, node_id owner, struct slice key,
                  struct slice set);
};

/* ---- How a coordinator grows ----
 *
 * Targets. Who is asked for the N replicas is asked of `targets`, and again whenever
 * those are asked again that have not answered: who stands in for an owner then is
 * asked in its place, and who is no target any more is not asked again. R and W count
 * different nodes that have answered, whomever they stand for; who has answered is not
 * asked a second time for another owner. A node that is itself among the targets
 * coordinates puts, in the place that it holds. After the answer to a put nobody is
 * asked again; what still comes in counts for `missed`.
 *
 * Stand-ins. To a target that is not its own owner
 *     "merge"      is sent as "hint", with the owner; it is answered "hinted";
 *     "forward"    is sent as "stand in", with the owner; it is answered "forwarded".
 * "versions?" is the same for all. `asked` is told of each of these, and of read repair,
 * which goes to stand-ins too.
 *
 * Replicas. "versions?" is answered by what is held here of the key and what is kept
 * for others, merged; a put is made on the same. A "hint" is merged into what is kept
 * for its owner, or what is held here if that is this node. "stand in" has a node
 * coordinate a put for an owner, whatever it thinks of that owner itself: its own copy
 * is kept for that owner, and it asks the targets that it finds, as for any put, but
 * for itself.
 *
 * Operations have numbers below 2^63: those above are of other parts of the node. */

/* To be called once, right after coordinator_open. What `around` points to is
 * copied. */
void coordinator_surround(struct node *node, const struct surroundings *around);

/* What the coordinator was opened with. */
const struct version_rules *coordinator_rules(const struct node *node);

/* ---- What it grows by in parts E to G ----
 *
 * Disks. A node that has lost its store, and so has a disk higher than 1 (program.h),
 * has forgotten which operations it has begun. Those that it begins have numbers higher
 * than all that it began with a lower disk: who knows a number that is forwarded takes
 * the put for one that it has made. (No disk lasts for 2^44 operations.)
 *     It has forgotten, too, which puts it has made for others. So "versions" tells
 * `disk`, and "forward" and "stand in" repeat what "versions" of the node told to which
 * they go; of the first disk nothing is told (0). A put that is forwarded with another
 * disk than the node's own may have been made on an earlier one: it makes no version of
 * it, and answers DYN_EUNAVAILABLE. */

/* The first key greater than `after` (none: the first of all), as keys
 * are ordered (env.h), of which a set is held here in this node's own name, and the
 * set; both borrowed until the handler returns or changes the store. DYN_ENOENT: there
 * is none. */
int coordinator_next(struct node *node, struct env *env, struct slice after,
                     struct slice *key, struct slice *set);

/* Merges a set into the one that is held here in this node's own name, as "merge" does.
 * *held: what is held then, borrowed likewise. DYN_ENOMEM; DYN_ECORRUPT: it is no set;
 * DYN_EINVAL: both have no room together. */
int coordinator_merge(struct node *node, struct env *env, struct slice key,
                      struct slice set, struct slice *held);

/* Removes what is held here of a key in this node's own name; DYN_OK as well if nothing
 * is. (Part F: when the node is no owner of the key any more, and has kept it for those
 * who are.) */
int coordinator_drop(struct node *node, struct env *env, struct slice key);

#endif
