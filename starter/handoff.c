/* handoff.c: hints, and how they come home.
 *
 * Interface: dynamo/handoff.h.
 */
#include "dynamo/handoff.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct handoff {
    struct handoff_config config;
    // Which hint comes next, and how many are on their way: yours to add.
};

int handoff_open(struct handoff **handoff, const struct handoff_config *config,
                 struct env *env)
{
    (void)handoff;
    (void)config;
    (void)env;
    return DYN_ETODO;
}

void handoff_close(struct handoff *handoff)
{
    (void)handoff;
}

/* ---- Hints ---- */

int handoff_keep(struct handoff *handoff, struct env *env, node_id owner,
                 struct slice key, struct slice set)
{
    (void)handoff;
    (void)env;
    (void)owner;
    (void)key;
    (void)set;
    return DYN_ETODO;
}

int handoff_held(struct handoff *handoff, struct env *env, struct slice key,
                 const node_id *owners, size_t count, struct slice *set)
{
    (void)handoff;
    (void)env;
    (void)key;
    (void)owners;
    (void)count;
    (void)set;
    return DYN_ETODO;
}

bool handoff_any(struct env *env)
{
    (void)env;
    return false;
}

/* ---- Handing off ---- */

void handoff_look(struct handoff *handoff, struct env *env)
{
    (void)handoff;
    (void)env;
}

bool handoff_take(struct handoff *handoff, struct env *env, node_id from,
                  const struct message *message)
{
    (void)handoff;
    (void)env;
    (void)from;
    (void)message;
    return false;
}

/* ---- Names ---- */

node_id handoff_name(const struct handoff *handoff)
{
    (void)handoff;
    return 0;
}
