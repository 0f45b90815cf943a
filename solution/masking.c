/* masking.c: a register of which f replicas may lie.
 *
 * Interface: dynamo/masking.h; what it shares with the register of part B is in
 * dynamo/register.h.
 */
#include "dynamo/masking.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"

#include <string.h>

/* ---- Choosing among answers ---- */

/* @solution */

static int compare_versions(struct version a, struct version b)
{
    if (a.counter != b.counter)
        return a.counter < b.counter ? -1 : 1;
    return (a.writer > b.writer) - (a.writer < b.writer);
}

static bool same_pair(const struct register_reply *a,
                      const struct register_reply *b)
{
    return compare_versions(a->version, b->version) == 0 &&
           a->value.size == b->value.size &&
           (a->value.size == 0 ||
            memcmp(a->value.data, b->value.data, a->value.size) == 0);
}

/* Whether this is its node's first reply. A liar that speaks twice is still one
 * node: without this, f + 1 replies of its own would vouch for each other. */
static bool is_first(const struct register_reply *replies, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (replies[i].from == replies[index].from)
            return false;
    return true;
}

/* Whether f + 1 nodes answered the pair of reply `index`. */
static bool is_vouched(const struct register_reply *replies, size_t count,
                       uint32_t f, size_t index)
{
    uint64_t nodes = 0;

    for (size_t i = 0; i < count; i++)
        nodes +=
            is_first(replies, i) && same_pair(&replies[i], &replies[index]);
    return nodes > f;
}

/* @starter
@end */

int masking_choose(const struct register_reply *replies, size_t count,
                   uint32_t f, size_t *chosen)
{
    /* @solution */
    size_t best = count;

    if ((replies == NULL && count > 0) || chosen == NULL)
        return DYN_EINVAL;
    /* f + 1 identical replies have a correct one among them, so the pair was
     * put. More must not be asked for than the correct replies that R and W
     * share, R + W - N - f of them: f + 1 is the least that is safe. */
    for (size_t i = 0; i < count; i++)
        if ((best == count ||
             compare_versions(replies[i].version, replies[best].version) > 0) &&
            is_vouched(replies, count, f, i))
            best = i;
    if (best == count)
        return DYN_EUNAVAILABLE;
    *chosen = best;
    return DYN_OK;
    /* @starter
    (void)replies;
    (void)count;
    (void)f;
    (void)chosen;
    return DYN_ETODO;
    @end */
}

int masking_counter(const struct register_reply *replies, size_t count,
                    uint32_t f, uint64_t *counter)
{
    /* @solution */
    uint64_t best = 0;
    bool found = false;

    if ((replies == NULL && count > 0) || counter == NULL)
        return DYN_EINVAL;
    /* What f + 1 nodes have reached, a correct one has: liars cannot raise it,
     * to 2^64 - 1 say, after which there is no higher version. Nor can they
     * lower it: R and W share f + 1 correct replicas that hold the last finished
     * put or more. The highest counter that one node answers gives the first of
     * these up; one that f + 1 answer identically gives up the second, since
     * correct replicas may be ahead of each other. */
    for (size_t i = 0; i < count; i++) {
        uint64_t candidate = replies[i].version.counter, reached = 0;

        if (found && candidate <= best)
            continue;
        for (size_t j = 0; j < count; j++)
            reached +=
                is_first(replies, j) && replies[j].version.counter >= candidate;
        if (reached > f) {
            best = candidate;
            found = true;
        }
    }
    if (!found)
        return DYN_EUNAVAILABLE;
    *counter = best;
    return DYN_OK;
    /* @starter
    (void)replies;
    (void)count;
    (void)f;
    (void)counter;
    return DYN_ETODO;
    @end */
}

int masking_size(uint32_t n, uint32_t f, uint32_t *size)
{
    /* @solution */
    if (size == NULL || n < 4 * (uint64_t)f + 1)
        return DYN_EINVAL;
    /* 2 * size - n >= 2f + 1, so the half of n + 2f + 1, rounded up. */
    *size = (uint32_t)(((uint64_t)n + 2 * (uint64_t)f + 2) / 2);
    return DYN_OK;
    /* @starter
    (void)n;
    (void)f;
    (void)size;
    return DYN_ETODO;
    @end */
}

/* ---- The program ---- */

/* @solution */

static bool suits(const struct config *config)
{
    struct quorum_sizes sizes = {config->n, config->r, config->w, config->f};
    struct quorum_facts facts;

    return quorum_facts(&sizes, &facts) == DYN_OK && facts.masking_safe &&
           facts.masking_live;
}

static int counter_of(const struct config *config,
                      const struct register_reply *replies, size_t count,
                      uint64_t *counter)
{
    return masking_counter(replies, count, config->f, counter);
}

/* Nothing is written back: the register is a safe one, not a linearizable one,
 * and W acknowledgements may have f liars among them anyway. */
static int choose(const struct config *config,
                  const struct register_reply *replies, size_t count,
                  size_t *chosen, uint32_t *needed)
{
    *needed = 0;
    return masking_choose(replies, count, config->f, chosen);
}

static const struct register_rules rules = {
    .name = "masking",
    .suits = suits,
    .counter = counter_of,
    .choose = choose,
};

/* @starter
@end */

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    /* @solution */
    return register_open(node, config, env, &rules);
    /* @starter
    (void)node;
    (void)config;
    (void)env;
    return DYN_ETODO;
    @end */
}

/* The rest is part B's, if that does all its work by the rules that it is
 * given. */
const struct program masking_program = {
    .name = "masking",
    .open = node_open,
    .on_request = register_on_request,
    .on_message = register_on_message,
    .on_timer = register_on_timer,
    .close = register_close,
};
