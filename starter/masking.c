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

int masking_choose(const struct register_reply *replies, size_t count,
                   uint32_t f, size_t *chosen)
{
    (void)replies;
    (void)count;
    (void)f;
    (void)chosen;
    return DYN_ETODO;
}

int masking_counter(const struct register_reply *replies, size_t count,
                    uint32_t f, uint64_t *counter)
{
    (void)replies;
    (void)count;
    (void)f;
    (void)counter;
    return DYN_ETODO;
}

int masking_size(uint32_t n, uint32_t f, uint32_t *size)
{
    (void)n;
    (void)f;
    (void)size;
    return DYN_ETODO;
}

/* ---- The program ---- */

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    (void)node;
    (void)config;
    (void)env;
    return DYN_ETODO;
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
