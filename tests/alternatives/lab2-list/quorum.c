/* quorum.c, with two sorted lists: who has said yes, and who has said no. */
#include "dynamo/quorum.h"

#include "dynamo/err.h"

#include <stdlib.h>
#include <string.h>

struct list {
    node_id *nodes; /* ascending; room for all voters */
    size_t count;
};

struct quorum {
    size_t needed;
    size_t count;
    node_id *asked; /* the voters as they were given */
    struct list voters, yes, no;
    bool reached, impossible;
};

/* The first place whose node is not below `node`. */
static size_t place_of(const struct list *list, node_id node)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->nodes[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has(const struct list *list, node_id node)
{
    size_t place = place_of(list, node);
    return place < list->count && list->nodes[place] == node;
}

static void insert(struct list *list, node_id node)
{
    size_t place = place_of(list, node);
    memmove(list->nodes + place + 1, list->nodes + place,
            (list->count - place) * sizeof *list->nodes);
    list->nodes[place] = node;
    list->count++;
}

static int compare(const void *a, const void *b)
{
    node_id x = *(const node_id *)a, y = *(const node_id *)b;
    return (x > y) - (x < y);
}

int quorum_open(struct quorum **quorum, const node_id *voters, size_t count,
                size_t needed)
{
    if (!quorum || (!voters && count > 0))
        return DYN_EINVAL;
    if (count == 0 || needed == 0 || needed > count)
        return DYN_EINVAL;

    int code = DYN_ENOMEM;
    struct quorum *made = calloc(1, sizeof *made);
    if (!made)
        return code;
    made->needed = needed;
    made->count = count;
    made->asked = calloc(count, sizeof(node_id));
    made->voters.nodes = calloc(count, sizeof(node_id));
    made->yes.nodes = calloc(count, sizeof(node_id));
    made->no.nodes = calloc(count, sizeof(node_id));
    if (!made->asked || !made->voters.nodes || !made->yes.nodes ||
        !made->no.nodes)
        goto out;
    memcpy(made->asked, voters, count * sizeof(node_id));
    memcpy(made->voters.nodes, voters, count * sizeof(node_id));
    made->voters.count = count;
    qsort(made->voters.nodes, count, sizeof(node_id), compare);
    code = DYN_EINVAL;
    for (size_t i = 1; i < count; i++)
        if (made->voters.nodes[i - 1] == made->voters.nodes[i])
            goto out;
    code = DYN_OK;
    *quorum = made;
    made = NULL;
out:
    quorum_close(made);
    return code;
}

void quorum_close(struct quorum *quorum)
{
    if (!quorum)
        return;
    free(quorum->asked);
    free(quorum->voters.nodes);
    free(quorum->yes.nodes);
    free(quorum->no.nodes);
    free(quorum);
}

int quorum_vote(struct quorum *quorum, node_id voter, bool yes)
{
    if (!quorum)
        return DYN_EINVAL;
    if (!has(&quorum->voters, voter))
        return DYN_ENOENT;
    if (has(&quorum->yes, voter) || has(&quorum->no, voter))
        return DYN_EEXIST;
    insert(yes ? &quorum->yes : &quorum->no, voter);
    if (quorum->yes.count == quorum->needed)
        quorum->reached = true;
    if (quorum->no.count == quorum->count - quorum->needed + 1)
        quorum->impossible = true;
    return DYN_OK;
}

int quorum_decision(const struct quorum *quorum)
{
    if (!quorum)
        return DYN_EINVAL;
    if (quorum->reached)
        return QUORUM_REACHED;
    return quorum->impossible ? QUORUM_IMPOSSIBLE : QUORUM_PENDING;
}

size_t quorum_count(const struct quorum *quorum, bool yes)
{
    if (!quorum)
        return 0;
    return yes ? quorum->yes.count : quorum->no.count;
}

size_t quorum_silent(const struct quorum *quorum, node_id *nodes,
                     size_t capacity)
{
    if (!quorum || (!nodes && capacity > 0))
        return 0;
    size_t found = 0;
    for (size_t i = 0; i < quorum->count && found < capacity; i++)
        if (!has(&quorum->yes, quorum->asked[i]) &&
            !has(&quorum->no, quorum->asked[i]))
            nodes[found++] = quorum->asked[i];
    return quorum->count - quorum->yes.count - quorum->no.count;
}

/* ---- Sizes ---- */

static uint32_t not_negative(int64_t number)
{
    return number > 0 ? (uint32_t)number : 0;
}

int quorum_facts(const struct quorum_sizes *sizes, struct quorum_facts *facts)
{
    if (!sizes || !facts)
        return DYN_EINVAL;
    int64_t n = sizes->n, r = sizes->r, w = sizes->w, f = sizes->f;
    if (n == 0 || r == 0 || r > n || w == 0 || w > n || f > n)
        return DYN_EINVAL;

    facts->read_write_shared = not_negative(r + w - n);
    facts->read_read_shared = not_negative(2 * r - n);
    facts->write_write_shared = not_negative(2 * w - n);
    facts->read_survives = not_negative(n - r);
    facts->write_survives = not_negative(n - w);
    facts->register_survives = not_negative(n - (r > w ? r : w));
    facts->masking_safe = r + w - n >= 2 * f + 1;
    facts->masking_live = r + f <= n && w + f <= n;
    return DYN_OK;
}
