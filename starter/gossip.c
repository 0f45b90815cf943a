/* gossip.c: nodes tell each other who belongs to the store.
 *
 * Interface: dynamo/gossip.h.
 */
#include "dynamo/gossip.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct gossip {
    struct gossip_config config;
    // The view: yours to add.
};

int gossip_open(struct gossip **gossip, const struct gossip_config *config,
                struct env *env)
{
    (void)gossip;
    (void)config;
    (void)env;
    return DYN_ETODO;
}

void gossip_close(struct gossip *gossip)
{
    (void)gossip;
}

const struct view *gossip_view(const struct gossip *gossip)
{
    (void)gossip;
    return NULL;
}

/* ---- What is said to this node ---- */

int gossip_join(struct gossip *gossip, struct env *env, node_id node,
                uint32_t weight)
{
    (void)gossip;
    (void)env;
    (void)node;
    (void)weight;
    return DYN_ETODO;
}

int gossip_leave(struct gossip *gossip, struct env *env, node_id node)
{
    (void)gossip;
    (void)env;
    (void)node;
    return DYN_ETODO;
}

/* ---- Telling each other ---- */

void gossip_look(struct gossip *gossip, struct env *env)
{
    (void)gossip;
    (void)env;
}

bool gossip_take(struct gossip *gossip, struct env *env, node_id from,
                 const struct message *message, bool *changed)
{
    (void)gossip;
    (void)env;
    (void)from;
    (void)message;
    (void)changed;
    return false;
}
