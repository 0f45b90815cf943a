/* antientropy.h: how replicas find out what they have missed, though nobody reads it
 * (section 4.7). You write these functions in antientropy.c (lab 4, part E).
 *
 * Ownership: an antientropy belongs to whoever opened it, who closes it. Pointers
 * that a function is given are borrowed until it returns, but for those in the
 * configuration, which last as long as the antientropy.
 * Whatever returns a code may return DYN_ENOMEM. No pointer is NULL, but for
 * antientropy_close. */
#ifndef DYNAMO_ANTIENTROPY_H
#define DYNAMO_ANTIENTROPY_H

#include "dynamo/detector.h"
#include "dynamo/env.h"
#include "dynamo/merkle.h"
#include "dynamo/message.h"
#include "dynamo/ring.h"
#include "dynamo/surroundings.h"

#include <stdbool.h>
#include <stdint.h>

struct antientropy; /* yours to define */

struct antientropy_config {
    node_id self;
    uint32_t n; /* owners of a key */
    const struct ring *ring;
    struct node *store; /* the coordinator, surroundings.h */
    struct detector *detector;
};

/* ---- Ranges ----
 *
 * A range is all keys that have the same owners (the first N of their preference
 * lists), in whatever order. Its name is the numbers of these nodes, ascending, each
 * in 4 bytes, big-endian; names are ordered as by memcmp. Of every range that is its
 * own (that it is one of the owners of) a node has a Merkle tree (merkle.h) of the keys
 * that it holds in its own name, each with its set, encoded. Hints are in no tree. */

/* Opens the antientropy of a node, with the trees of all that its store holds. */
int antientropy_open(struct antientropy **antientropy,
                     const struct antientropy_config *config, struct env *env);

/* Frees it. NULL is allowed. */
void antientropy_close(struct antientropy *antientropy);

/* Is told of a set that is about to be stored, in the node's own name
 * (surroundings.h). Of a key that is not of a range of its own, that is nothing to it:
 * DYN_OK. After DYN_ENOMEM no tree has changed. */
int antientropy_storing(struct antientropy *antientropy, struct slice key,
                        struct slice set);

/* ---- Comparing ----
 *
 * A node compares its ranges with one other owner at a time, its peer, one range after
 * the other, subtree by subtree. It sends
 *     "tree?"      with the range's name, the subtree's path (a byte for each of its
 *                  half-bytes, 0 .. 15), and its own hash of the subtree; which is
 *                  answered at once, with operation, range and path as they came, by
 *     "tree"       with the description of that subtree (merkle_describe), or no bytes
 *                  if both hashes are the same. Who has no key of the range describes
 *                  an empty tree. A question about a range that is not the node's own,
 *                  or not the asker's, is not answered, nor one with a path or a name
 *                  that is none.
 * What it does with the answer is said by merkle_compare. There are either subtrees to
 * be asked for next; one question is open at a time. Or there are keys: then it sends
 *     "versions?"  about each of them at once, merges what is answered into what it
 *                  holds itself (coordinator_merge, which calls antientropy_storing),
 *                  and unless it then holds just what was answered, sends what it
 *                  holds by
 *     "merge",     whatever is answered to it.
 * It goes on when all have answered. Keys that are not of the range are passed over. An
 * answer to a question that is not open changes nothing: not one of another operation,
 * range or path, or of another node. Nor does a "tree" that is no description, or a
 * "versions" that is no set; the question stays open.
 *
 * Meanwhile both nodes take puts. A tree that has changed between two answers is no
 * harm: what is merged is what is held then, and what was overlooked is found the next
 * time.
 *
 * Operations have the highest bit set, as all that are not the coordinator's. The
 * detector is told of all that is asked (detector_asked), but for "merge". */

enum { ANTIENTROPY_AGAIN = 2 };

/* Called every sync_ms. If a comparison is on, what is open is asked again, for the
 * answer may be lost: with the operation that it had, and the hash that it has now.
 * But if the peer is suspected, or has been asked again ANTIENTROPY_AGAIN times without
 * an answer to anything that was open, the comparison is given up.
 * If none is on then, one begins: its peer is the next after the last, by ascending
 * numbers and then from the lowest again, of the nodes that own a range together with
 * this one in which this one holds a key; those that are suspected are passed over, and
 * if there is no other, nothing begins. Its ranges are those that both own and in which
 * this node holds a key, by ascending names. (Of those in which only the peer holds
 * one, the peer will ask.) */
void antientropy_look(struct antientropy *antientropy, struct env *env);

/* Whether a message is of these: any "tree?", any "tree", and a "versions" whose
 * operation has the highest bit set. If so it is dealt with. */
bool antientropy_take(struct antientropy *antientropy, struct env *env,
                      node_id from, const struct message *message);

#endif
