/* quorum.h: counting votes, and what the sizes of quorums promise. You write
 * these functions in quorum.c (lab 2, part A).
 *
 * Both are plain data: no messages, no clock. Parts B and C are built on them.
 *
 * Ownership: a quorum belongs to whoever opened it, who closes it. Pointers
 * that a function is given are borrowed until it returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a count; but quorum_close takes NULL,
 * and an array may be NULL where its count or capacity is 0. */
#ifndef DYNAMO_QUORUM_H
#define DYNAMO_QUORUM_H

#include "dynamo/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Votes ----
 *
 * Something is asked of some nodes, the voters, and goes on when `needed` of
 * them have said yes, whichever they are. A network loses answers, doubles them
 * and brings them late, so each voter counts once, and an answer that comes
 * after the decision does no harm. */

struct quorum; /* yours to define */

enum {
    QUORUM_PENDING = 1,   /* neither of the others */
    QUORUM_REACHED = 2,   /* `needed` voters or more have said yes */
    QUORUM_IMPOSSIBLE = 3 /* so many have said no that fewer than `needed` are
                             left: nothing that still comes can reach it */
};

/* Opens a vote in which nobody has voted yet, and stores it in *quorum, which
 * the caller closes. `voters` has `count` nodes and is copied. There may be
 * any number of voters.
 * DYN_EINVAL: `count` or `needed` is 0, `needed` is more than `count`, or a node
 * occurs twice in `voters`. DYN_ENOMEM. */
int quorum_open(struct quorum **quorum, const node_id *voters, size_t count,
                size_t needed);

/* Frees the vote. NULL is allowed. */
void quorum_close(struct quorum *quorum);

/* Notes what a node said, before or after the decision.
 * DYN_ENOENT: the node is not one of the voters. DYN_EEXIST: it has voted
 * before; its first vote stands, whatever this one is. */
int quorum_vote(struct quorum *quorum, node_id voter, bool yes);

/* QUORUM_PENDING, QUORUM_REACHED or QUORUM_IMPOSSIBLE. Once it is not pending
 * it stays what it is. */
int quorum_decision(const struct quorum *quorum);

/* How many voters have said yes, or no. */
size_t quorum_count(const struct quorum *quorum, bool yes);

/* How many voters have not voted. Stores the first min(capacity, that number)
 * of them, in the order of `voters`: they are those to be asked again. */
size_t quorum_silent(const struct quorum *quorum, node_id *nodes,
                     size_t capacity);

/* ---- Sizes ----
 *
 * What follows from N, R and W alone: two sets drawn from the same N nodes must
 * overlap when they are large enough. */

struct quorum_sizes {
    uint32_t n; /* replicas of a key: at least 1 */
    uint32_t r; /* answers that a read waits for: 1 .. n */
    uint32_t w; /* answers that a write waits for: 1 .. n */
    uint32_t f; /* replicas that may lie: 0 .. n */
};

struct quorum_facts {
    /* How many nodes any R of the N and any W of the N have in common at least,
     * any two sets of R, any two sets of W. 0: they may miss each other. */
    uint32_t read_write_shared, read_read_shared, write_write_shared;

    /* How many of the N may be down so that R still answer, so that W do, and
     * so that a register (register.h) can both read and write. */
    uint32_t read_survives, write_survives, register_survives;

    /* Masking quorums (masking.h). Safe: what any R and any W share holds so
     * many correct replicas that the liars are outvoted, R + W - N >= 2f + 1.
     * Live: R and W answer even if all f liars keep silent. */
    bool masking_safe, masking_live;
};

/* DYN_EINVAL: a number is out of its range. All values in range are legal, also
 * those near 2^32. */
int quorum_facts(const struct quorum_sizes *sizes, struct quorum_facts *facts);

#endif
