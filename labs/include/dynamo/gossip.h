/* gossip.h: how nodes tell each other who belongs to the store (section 4.8.1). You
 * write these functions in gossip.c (lab 4, part F).
 *
 * Ownership: a gossip belongs to whoever opened it, who closes it. Pointers that a
 * function is given are borrowed until it returns, but for those in the
 * configuration, which last as long as the gossip.
 * Whatever returns a code may return DYN_ENOMEM, which comes last. No pointer is NULL,
 * but for gossip_close. */
#ifndef DYNAMO_GOSSIP_H
#define DYNAMO_GOSSIP_H

#include "dynamo/env.h"
#include "dynamo/message.h"
#include "dynamo/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gossip; /* yours to define */

struct gossip_config {
    node_id self;
    const node_id
        *seeds;        /* the first members of the store, all different, which
                             every node knows; this one may be among them */
    size_t seed_count; /* at least 1 */
};

/* ---- What a node knows ----
 *
 * A node has one view (view.h). It keeps it in its store under GOSSIP_VIEW_KEY (a key of
 * 1 byte), as view_encode writes it. A view that has changed is stored before anything
 * is sent or answered, so that nobody is told what the node may forget in a crash. What
 * cannot be stored does not change the view. */

enum { GOSSIP_VIEW_KEY = 0xf3 };

/* Opens the gossip of a node, with the view that its store holds. A store that holds
 * none is left so, and the view begins with the joins of the seeds, in their order,
 * each said to that seed itself, with weight 1: the same on all nodes.
 * DYN_ECORRUPT: what is stored is no view. */
int gossip_open(struct gossip **gossip, const struct gossip_config *config,
                struct env *env);

/* Frees it. NULL is allowed. */
void gossip_close(struct gossip *gossip);

/* The view, borrowed until a function changes it. */
const struct view *gossip_view(const struct gossip *gossip);

/* What an administrator says to this node: `node` joins, or leaves. DYN_OK: it is in the
 * view and in the store. What view_join, or view_leave, returns; what env_put returns:
 * nothing has changed. Others are not told yet; they ask. */
int gossip_join(struct gossip *gossip, struct env *env, node_id node,
                uint32_t weight);
int gossip_leave(struct gossip *gossip, struct env *env, node_id node);

/* ---- Telling each other ----
 *
 *     "view?"   carries the hash of the asker's view (view_hash). Whose own view has the
 *               same hash does not answer: nobody waits for it. Else the answer is
 *     "view"    with the whole view, encoded. Who gets one merges it into his own. If
 *               his own then has changes that were not in the bytes that came, he
 *               answers with "view" in turn.
 * So both know the same when the third message has arrived, and each answer has more in
 * it than the one before. A "view" may come late, twice, or unasked, and is treated like
 * any other. Bytes that are no view are dropped, and so is a view that cannot be
 * stored: nothing is answered to it. */

/* Called every gossip_ms. Sends "view?" to one node, drawn by env_random, for which all
 * nodes that are a member or a seed have the same chance, but for this one itself. Who
 * has left is told as long as it is a seed or asks. Sends nothing if there is no other
 * node. */
void gossip_look(struct gossip *gossip, struct env *env);

/* Whether a message is a "view?" or a "view". If so it is dealt with. *changed: whether
 * the view has got other changes by that; false if it is neither. */
bool gossip_take(struct gossip *gossip, struct env *env, node_id from,
                 const struct message *message, bool *changed);

#endif
