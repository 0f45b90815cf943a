/* masking.c, by looking at all pairs of answers: no memory is asked for. The
 * program is part B's with other rules. */
#include "dynamo/masking.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"

#include <string.h>

/* ---- Choosing among answers ---- */

static bool first_of_its_node(const struct register_reply *replies, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (replies[j].from == replies[i].from)
            return false;
    return true;
}

static bool same_version(struct version a, struct version b)
{
    return a.counter == b.counter && a.writer == b.writer;
}

static bool higher(struct version a, struct version b)
{
    if (a.counter != b.counter)
        return a.counter > b.counter;
    return a.writer > b.writer;
}

static bool same_value(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool vouched(const struct register_reply *replies, size_t count,
                    uint32_t f, const struct register_reply *pair)
{
    uint64_t nodes = 0;
    for (size_t i = 0; i < count; i++)
        if (same_version(replies[i].version, pair->version) &&
            same_value(replies[i].value, pair->value) &&
            first_of_its_node(replies, i))
            nodes++;
    return nodes > f;
}

int masking_choose(const struct register_reply *replies, size_t count,
                   uint32_t f, size_t *chosen)
{
    if (!chosen || (!replies && count))
        return DYN_EINVAL;
    bool found = false;
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        if (found && !higher(replies[i].version, replies[best].version))
            continue;
        if (!first_of_its_node(replies, i) ||
            !vouched(replies, count, f, &replies[i]))
            continue;
        found = true;
        best = i;
    }
    if (!found)
        return DYN_EUNAVAILABLE;
    *chosen = best;
    return DYN_OK;
}

int masking_counter(const struct register_reply *replies, size_t count,
                    uint32_t f, uint64_t *counter)
{
    if (!counter || (!replies && count))
        return DYN_EINVAL;
    bool found = false;
    uint64_t best = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t candidate = replies[i].version.counter;
        if (found && candidate <= best)
            continue;
        uint64_t reached = 0;
        for (size_t j = 0; j < count; j++)
            reached += replies[j].version.counter >= candidate &&
                       first_of_its_node(replies, j);
        if (reached > f) {
            found = true;
            best = candidate;
        }
    }
    if (!found)
        return DYN_EUNAVAILABLE;
    *counter = best;
    return DYN_OK;
}

int masking_size(uint32_t n, uint32_t f, uint32_t *size)
{
    if (!size)
        return DYN_EINVAL;
    uint64_t nodes = n, liars = f;
    if (nodes < 4 * liars + 1)
        return DYN_EINVAL;
    *size = (uint32_t)((nodes + 2 * liars + 2) / 2); /* rounded up */
    return DYN_OK;
}

/* ---- The program ---- */

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

static int choose(const struct config *config,
                  const struct register_reply *replies, size_t count,
                  size_t *chosen, uint32_t *needed)
{
    int code = masking_choose(replies, count, config->f, chosen);
    if (code == DYN_OK)
        *needed = 0;
    return code;
}

static const struct register_rules rules = {
    .name = "masking",
    .suits = suits,
    .counter = counter_of,
    .choose = choose,
};

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    return register_open(node, config, env, &rules);
}

const struct program masking_program = {
    .name = "masking",
    .open = node_open,
    .on_request = register_on_request,
    .on_message = register_on_message,
    .on_timer = register_on_timer,
    .close = register_close,
};
