/* view.h: who belongs to the store, as a history of joins and leaves that nodes tell
 * each other (section 4.8.1). You write these functions in view.c (lab 4, part F).
 *
 * Nobody is taken out because he does not answer: nodes join and leave because
 * somebody says so, to any node of the store. What was said to several nodes at the
 * same time must end in the same membership, and the same placement, everywhere. So
 * a view is a set of changes, and all else follows from that set.
 *
 * They are plain functions on plain data.
 *
 * Ownership: a view belongs to whoever opened or decoded it, who closes it. Pointers
 * that a function is given are borrowed until it returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a count; but view_close takes NULL, and an
 * array may be NULL where its capacity or length is 0. Where several errors hold, the
 * one that is listed first is returned; whatever returns a code may return
 * DYN_ENOMEM, which comes last. */
#ifndef DYNAMO_VIEW_H
#define DYNAMO_VIEW_H

#include "dynamo/hash.h"
#include "dynamo/node.h"
#include "dynamo/ring.h"

#include <stddef.h>
#include <stdint.h>

/* ---- Changes ---- */

enum view_kind { VIEW_JOIN = 1, VIEW_LEAVE = 2 };

struct view_change {
    uint64_t stamp;  /* at least 1 */
    node_id by;      /* the node to which it was said */
    node_id node;    /* who joins or leaves */
    uint32_t kind;   /* of enum view_kind */
    uint32_t weight; /* of a join 1 .. RING_WEIGHT_MAX (ring.h), of a leave 0 */
};

/* Changes are ordered by `stamp`, then by `by`, `node`, `kind` and `weight`, each as
 * a number. Two that are alike in all five are one, which is in a view once. */

struct view; /* yours to define */

/* Opens a view without changes, stored in *view, which the caller closes. */
int view_open(struct view **view);

/* Frees the view. NULL is allowed. */
void view_close(struct view *view);

/* Adds what is said to node `by` now: `node` joins, or leaves. The change's stamp is
 * one more than the highest in the view, whose-ever that is; 1 in a view without
 * changes.
 * DYN_EINVAL: the weight is out of range. DYN_EEXIST: who joins is a member (see
 * view_members). DYN_ENOENT: who leaves is none. DYN_ERANGE: the highest stamp is
 * UINT64_MAX. */
int view_join(struct view *view, node_id by, node_id node, uint32_t weight);
int view_leave(struct view *view, node_id by, node_id node);

/* Adds to `into` all changes of `from`. Both may be the same view. */
int view_merge(struct view *into, const struct view *from);

/* How many changes there are. Stores the first min(capacity, that number) of them, in
 * their order. */
size_t view_changes(const struct view *view, struct view_change *changes,
                    size_t capacity);

/* ---- What follows from them ----
 *
 * The changes are gone through in their order, from a store without members. The join
 * of a node that is a member already, and the leave of one that is none, are passed
 * over. So of two joins of one node that were said at the same time the first in that
 * order counts, and the later one does not, nor does its weight. */

/* How many members there are in the end. Stores the first min(capacity, that number)
 * of them, in ascending order. */
size_t view_members(const struct view *view, node_id *members, size_t capacity);

/* Opens a ring, stored in *ring, which the caller closes, and calls ring_join or
 * ring_leave for every change, in their order, whether it is passed over here or not.
 * What these refuse is no error, whatever the reason, unless it is DYN_ENOMEM: then
 * there is no ring. DYN_EINVAL: as for ring_open. */
int view_ring(const struct view *view, const struct ring_config *config,
              struct ring **ring);

/* ---- Bytes ----
 *
 * All numbers are big-endian:
 *     4 bytes   how many changes there are
 *     of each, in their order:
 *     8         stamp
 *     4         by
 *     4         node
 *     1         kind
 *     4         weight
 * So views with the same changes have the same bytes. */

/* Writes the view as bytes. *length becomes their number, also with DYN_ERANGE.
 * DYN_ERANGE: it exceeds `capacity`, and nothing is written to bytes[]. */
int view_encode(const struct view *view, uint8_t *bytes, size_t capacity,
                size_t *length);

/* The MD5 of these bytes: two nodes that find the same have nothing to tell each
 * other. */
int view_hash(const struct view *view, struct digest *hash);

/* Opens the view that view_encode wrote, stored in *view, closed by the caller. The
 * bytes come from the network: trust nothing in them.
 * DYN_ECORRUPT: too short, too long, changes that do not ascend, or one that breaks a
 * rule of struct view_change. */
int view_decode(struct view **view, const uint8_t *bytes, size_t length);

#endif
