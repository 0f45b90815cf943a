/* quorum.c, with one state for each voter: nothing is counted before somebody
 * asks, and everybody is found by looking at all of them. */
#include "dynamo/quorum.h"

#include "dynamo/err.h"

#include <stdlib.h>
#include <string.h>

enum said { NOTHING, YES, NO };

struct voter {
    node_id node;
    enum said said;
};

struct quorum {
    size_t needed;
    size_t count;
    struct voter voters[]; /* in the order in which they were named */
};

static struct voter *find(struct quorum *quorum, node_id node)
{
    for (size_t i = 0; i < quorum->count; i++)
        if (quorum->voters[i].node == node)
            return &quorum->voters[i];
    return NULL;
}

static size_t count_of(const struct quorum *quorum, enum said said)
{
    size_t count = 0;
    for (size_t i = 0; i < quorum->count; i++)
        count += quorum->voters[i].said == said;
    return count;
}

int quorum_open(struct quorum **quorum, const node_id *voters, size_t count,
                size_t needed)
{
    if (!quorum || (!voters && count))
        return DYN_EINVAL;
    if (count == 0 || needed == 0 || needed > count)
        return DYN_EINVAL;
    if (count > (SIZE_MAX - sizeof(struct quorum)) / sizeof(struct voter))
        return DYN_ENOMEM;

    struct quorum *made = malloc(sizeof *made + count * sizeof made->voters[0]);
    if (!made)
        return DYN_ENOMEM;
    made->needed = needed;
    made->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (find(made, voters[i])) {
            free(made);
            return DYN_EINVAL;
        }
        made->voters[made->count++] = (struct voter){voters[i], NOTHING};
    }
    *quorum = made;
    return DYN_OK;
}

void quorum_close(struct quorum *quorum)
{
    free(quorum);
}

int quorum_vote(struct quorum *quorum, node_id voter, bool yes)
{
    if (!quorum)
        return DYN_EINVAL;
    struct voter *found = find(quorum, voter);
    if (!found)
        return DYN_ENOENT;
    if (found->said != NOTHING)
        return DYN_EEXIST;
    found->said = yes ? YES : NO;
    return DYN_OK;
}

int quorum_decision(const struct quorum *quorum)
{
    if (!quorum)
        return DYN_EINVAL;
    if (count_of(quorum, YES) >= quorum->needed)
        return QUORUM_REACHED;
    if (quorum->count - count_of(quorum, NO) < quorum->needed)
        return QUORUM_IMPOSSIBLE;
    return QUORUM_PENDING;
}

size_t quorum_count(const struct quorum *quorum, bool yes)
{
    return quorum ? count_of(quorum, yes ? YES : NO) : 0;
}

size_t quorum_silent(const struct quorum *quorum, node_id *nodes,
                     size_t capacity)
{
    if (!quorum || (!nodes && capacity))
        return 0;
    size_t silent = 0;
    for (size_t i = 0; i < quorum->count; i++) {
        if (quorum->voters[i].said != NOTHING)
            continue;
        if (silent < capacity)
            nodes[silent] = quorum->voters[i].node;
        silent++;
    }
    return silent;
}

/* ---- Sizes ---- */

/* The least that sets of `a` and of `b` have in common: laid end to end on n
 * places, so much is left over. */
static uint32_t shared(uint32_t n, uint32_t a, uint32_t b)
{
    return a > n - b ? a - (n - b) : 0;
}

int quorum_facts(const struct quorum_sizes *sizes, struct quorum_facts *facts)
{
    if (!sizes || !facts)
        return DYN_EINVAL;
    uint32_t n = sizes->n, r = sizes->r, w = sizes->w, f = sizes->f;
    if (n < 1 || r < 1 || r > n || w < 1 || w > n || f > n)
        return DYN_EINVAL;
    uint32_t most = r > w ? r : w;
    uint64_t both = shared(n, r, w);
    *facts = (struct quorum_facts){
        .read_write_shared = shared(n, r, w),
        .read_read_shared = shared(n, r, r),
        .write_write_shared = shared(n, w, w),
        .read_survives = n - r,
        .write_survives = n - w,
        .register_survives = n - most,
        .masking_safe = both > 2 * (uint64_t)f,
        .masking_live = most <= n - f,
    };
    return DYN_OK;
}
