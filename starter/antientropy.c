/* antientropy.c: replicas compare what they hold.
 *
 * Interface: dynamo/antientropy.h.
 */
#include "dynamo/antientropy.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct antientropy {
    struct antientropy_config config;
    // A tree for each range, and the comparison that is on: yours to add.
};

int antientropy_open(struct antientropy **antientropy,
                     const struct antientropy_config *config, struct env *env)
{
    (void)antientropy;
    (void)config;
    (void)env;
    return DYN_ETODO;
}

void antientropy_close(struct antientropy *antientropy)
{
    (void)antientropy;
}

int antientropy_storing(struct antientropy *antientropy, struct slice key,
                        struct slice set)
{
    (void)antientropy;
    (void)key;
    (void)set;
    return DYN_ETODO;
}

/* ---- Comparing ---- */

void antientropy_look(struct antientropy *antientropy, struct env *env)
{
    (void)antientropy;
    (void)env;
}

bool antientropy_take(struct antientropy *antientropy, struct env *env,
                      node_id from, const struct message *message)
{
    (void)antientropy;
    (void)env;
    (void)from;
    (void)message;
    return false;
}
