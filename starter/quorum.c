/* quorum.c: counting votes, and what the sizes of quorums promise.
 *
 * Interface: dynamo/quorum.h, which says what every function owes its caller.
 */
#include "dynamo/quorum.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct quorum {
    size_t needed;
    // Who the voters are, and what each of them said: yours to add.
};

/* ---- Votes ---- */

int quorum_open(struct quorum **quorum, const node_id *voters, size_t count,
                size_t needed)
{
    (void)quorum;
    (void)voters;
    (void)count;
    (void)needed;
    return DYN_ETODO;
}

void quorum_close(struct quorum *quorum)
{
    (void)quorum;
}

int quorum_vote(struct quorum *quorum, node_id voter, bool yes)
{
    (void)quorum;
    (void)voter;
    (void)yes;
    return DYN_ETODO;
}

int quorum_decision(const struct quorum *quorum)
{
    (void)quorum;
    return DYN_ETODO;
}

size_t quorum_count(const struct quorum *quorum, bool yes)
{
    (void)quorum;
    (void)yes;
    return 0;
}

size_t quorum_silent(const struct quorum *quorum, node_id *nodes,
                     size_t capacity)
{
    (void)quorum;
    (void)nodes;
    (void)capacity;
    return 0;
}

/* ---- Sizes ---- */

int quorum_facts(const struct quorum_sizes *sizes, struct quorum_facts *facts)
{
    (void)sizes;
    (void)facts;
    return DYN_ETODO;
}
