/* quorum.c: counting votes, and what the sizes of quorums promise.
 *
 * Interface: dynamo/quorum.h, which says what every function owes its caller.
 */
#include "dynamo/quorum.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

enum ballot { SILENT, YES, NO };

struct voter {
    node_id node;
    enum ballot ballot;
};

/* yes + no + those who are silent = count. */
struct quorum {
    size_t count, needed, yes, no;
    struct voter voters[];
};

/* The voter of that name, or NULL. Quorums are small: looking at each is quick
 * enough, and needs no order. */
static struct voter *find_voter(struct quorum *quorum, node_id node)
{
    for (size_t i = 0; i < quorum->count; i++)
        if (quorum->voters[i].node == node)
            return &quorum->voters[i];
    return NULL;
}

/* @starter
struct quorum {
    size_t needed;
    // Who the voters are, and what each of them said: yours to add.
};
@end */

/* ---- Votes ---- */

int quorum_open(struct quorum **quorum, const node_id *voters, size_t count,
                size_t needed)
{
    /* @solution */
    struct quorum *made;

    if (quorum == NULL || (voters == NULL && count > 0))
        return DYN_EINVAL;
    if (count == 0 || needed == 0 || needed > count)
        return DYN_EINVAL;
    if (count > (SIZE_MAX - sizeof *made) / sizeof made->voters[0])
        return DYN_ENOMEM;
    made = malloc(sizeof *made + count * sizeof made->voters[0]);
    if (made == NULL)
        return DYN_ENOMEM;
    made->count = 0;
    made->needed = needed;
    made->yes = made->no = 0;
    for (size_t i = 0; i < count; i++) {
        if (find_voter(made, voters[i]) != NULL) {
            quorum_close(made);
            return DYN_EINVAL;
        }
        made->voters[made->count++] = (struct voter){voters[i], SILENT};
    }
    *quorum = made;
    return DYN_OK;
    /* @starter
    (void)quorum;
    (void)voters;
    (void)count;
    (void)needed;
    return DYN_ETODO;
    @end */
}

void quorum_close(struct quorum *quorum)
{
    /* @solution */
    free(quorum);
    /* @starter
    (void)quorum;
    @end */
}

int quorum_vote(struct quorum *quorum, node_id voter, bool yes)
{
    /* @solution */
    struct voter *found;

    if (quorum == NULL)
        return DYN_EINVAL;
    found = find_voter(quorum, voter);
    if (found == NULL)
        return DYN_ENOENT;
    /* A network doubles answers; two of one node are still one node. */
    if (found->ballot != SILENT)
        return DYN_EEXIST;
    found->ballot = yes ? YES : NO;
    if (yes)
        quorum->yes++;
    else
        quorum->no++;
    return DYN_OK;
    /* @starter
    (void)quorum;
    (void)voter;
    (void)yes;
    return DYN_ETODO;
    @end */
}

int quorum_decision(const struct quorum *quorum)
{
    /* @solution */
    if (quorum == NULL)
        return DYN_EINVAL;
    if (quorum->yes >= quorum->needed)
        return QUORUM_REACHED;
    /* Both counts only grow, so neither answer is ever taken back. */
    if (quorum->count - quorum->no < quorum->needed)
        return QUORUM_IMPOSSIBLE;
    return QUORUM_PENDING;
    /* @starter
    (void)quorum;
    return DYN_ETODO;
    @end */
}

size_t quorum_count(const struct quorum *quorum, bool yes)
{
    /* @solution */
    if (quorum == NULL)
        return 0;
    return yes ? quorum->yes : quorum->no;
    /* @starter
    (void)quorum;
    (void)yes;
    return 0;
    @end */
}

size_t quorum_silent(const struct quorum *quorum, node_id *nodes,
                     size_t capacity)
{
    /* @solution */
    size_t silent = 0;

    if (quorum == NULL || (nodes == NULL && capacity > 0))
        return 0;
    for (size_t i = 0; i < quorum->count; i++) {
        if (quorum->voters[i].ballot != SILENT)
            continue;
        if (silent < capacity)
            nodes[silent] = quorum->voters[i].node;
        silent++;
    }
    return silent;
    /* @starter
    (void)quorum;
    (void)nodes;
    (void)capacity;
    return 0;
    @end */
}

/* ---- Sizes ---- */

/* @solution */

/* How many of n nodes a set of a and a set of b share at least. Two numbers
 * below 2^32 may add up to more, so 64 bits. */
static uint32_t shared(uint32_t n, uint32_t a, uint32_t b)
{
    uint64_t sum = (uint64_t)a + b;

    return sum > n ? (uint32_t)(sum - n) : 0;
}

/* @starter
@end */

int quorum_facts(const struct quorum_sizes *sizes, struct quorum_facts *facts)
{
    /* @solution */
    uint32_t n, r, w, f;

    if (sizes == NULL || facts == NULL)
        return DYN_EINVAL;
    n = sizes->n;
    r = sizes->r;
    w = sizes->w;
    f = sizes->f;
    if (n < 1 || r < 1 || r > n || w < 1 || w > n || f > n)
        return DYN_EINVAL;
    *facts = (struct quorum_facts){
        .read_write_shared = shared(n, r, w),
        .read_read_shared = shared(n, r, r),
        .write_write_shared = shared(n, w, w),
        .read_survives = n - r,
        .write_survives = n - w,
        /* Both its operations ask R and store at W. */
        .register_survives = n - (r > w ? r : w),
        .masking_safe = shared(n, r, w) >= 2 * (uint64_t)f + 1,
        .masking_live = r <= n - f && w <= n - f,
    };
    return DYN_OK;
    /* @starter
    (void)sizes;
    (void)facts;
    return DYN_ETODO;
    @end */
}
