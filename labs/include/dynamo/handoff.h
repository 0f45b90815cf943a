/* handoff.h: what a node keeps for others while they are away, and hands to them
 * when they are back (section 4.6). You write these functions in handoff.c (lab 4,
 * part C).
 *
 * Ownership: a handoff belongs to whoever opened it, who closes it. Pointers that a
 * function is given are borrowed until it returns, but for those in the
 * configuration, which last as long as the handoff.
 * Whatever returns a code may return DYN_ENOMEM, what env_put returns, and what the
 * rules return of a set that cannot be decoded. No pointer is NULL, but for
 * handoff_close. */
#ifndef DYNAMO_HANDOFF_H
#define DYNAMO_HANDOFF_H

#include "dynamo/coordinator.h"
#include "dynamo/detector.h"
#include "dynamo/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handoff; /* yours to define */

struct handoff_config {
    node_id self;                      /* below HANDOFF_NODES */
    uint32_t disk;                     /* program.h: 1 .. HANDOFF_DISKS */
    const struct version_rules *rules; /* of the sets */
    struct detector *detector;
};

/* Opens the handoff of a node. The hints that its store holds are still there.
 * DYN_EINVAL: a number is out of its range. DYN_ECORRUPT: what the store has under
 * NAME_KEY, see below, is not 4 bytes. */
int handoff_open(struct handoff **handoff, const struct handoff_config *config,
                 struct env *env);

/* Frees the handoff; the hints stay in the store. NULL is allowed. */
void handoff_close(struct handoff *handoff);

/* ---- Hints ----
 *
 * A hint is a set that is kept for an owner who did not answer, of one key. In the
 * store its key is HINT_PREFIX (1 byte), the owner (4, big-endian), and the key
 * itself; its value is the set, encoded. No hint is ever part of what the node holds
 * of a key in its own name. */

enum { HINT_PREFIX = 0xf1 };

/* Merges a set into the hint for that owner. */
int handoff_keep(struct handoff *handoff, struct env *env, node_id owner,
                 struct slice key, struct slice set);

/* *set: the hints of that key for any of these owners, merged; the caller frees it.
 * No bytes: there are none. */
int handoff_held(struct handoff *handoff, struct env *env, struct slice key,
                 const node_id *owners, size_t count, struct slice *set);

/* Whether any hint is kept. */
bool handoff_any(struct env *env);

/* ---- Handing off ----
 *
 * A hint is sent to its owner by "merge", and dropped when the owner has said
 * "merged" to the very set that the hint has then: while it was on its way more may
 * have come. So the operation's number says which set it is: it is the first 8 bytes
 * (big-endian) of the MD5 of the set, with the highest bit set. An answer that comes
 * late, twice, or in a later life of the node is good all the same, and nothing has
 * to be remembered. */

enum { HANDOFF_MOST = 32 };

/* Looks through the hints, beginning after the one that was sent last, or with the
 * first of all if none comes after that, and sends those whose owners are not
 * suspected, until HANDOFF_MOST are on their way or there is none after the last. What
 * is on its way from the look before is taken to be lost. Tells the detector of every
 * owner that it has asked (detector_asked). */
void handoff_look(struct handoff *handoff, struct env *env);

/* Whether a message is the answer to a hint that was handed off: a "merged" whose
 * operation has the highest bit (those of coordinators have not). If so it is dealt
 * with. If the hint has just that set, it is dropped, one less is on its way, and what
 * comes after the hint that was sent last is sent, if there is anything: no answer
 * begins again with the first of all. */
bool handoff_take(struct handoff *handoff, struct env *env, node_id from,
                  const struct message *message);

/* ---- Names ----
 *
 * Who coordinates puts counts them, for each key, under his name (part E of lab 3).
 * A node that has forgotten how far it counted must not count again under the same
 * name: two versions would have one dot. It forgets when it loses its disk, and when a
 * hint is dropped in whose clock its present name has a counter. So it has a new name
 * then:
 *     disk - 1 (8 bits), forgotten (14), node (10)
 * where `forgotten` is how many names it has given up since it has this disk. That
 * number is kept in the store under NAME_KEY (a key of 1 byte), in 4 bytes, big-endian;
 * it is put before the hint is deleted, for the node may crash between the two. The
 * first name of all is the node's own number. */

enum {
    NAME_KEY = 0xf2,
    HANDOFF_NODES = 1 << 10,
    HANDOFF_NAMES = 1 << 14,
    HANDOFF_DISKS = 1 << 8,
};

/* What the node is called in clocks now. (Who has used up all HANDOFF_NAMES keeps
 * its hints.) */
node_id handoff_name(const struct handoff *handoff);

#endif
