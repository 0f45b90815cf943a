/* coordinator.c: Dynamo's get and put on N replicas.
 *
 * Interface: dynamo/coordinator.h, and the contract of a node, dynamo/program.h.
 */
#include "dynamo/coordinator.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"
#include "dynamo/surroundings.h"

#include <stdlib.h>

struct node {
    struct config config;
    // The ring, and the operations that are under way: yours to add.
};

void coordinator_close(struct node *node)
{
    (void)node;
}

int coordinator_open(struct node **node, const struct config *config,
                     struct env *env, const struct version_rules *rules)
{
    (void)node;
    (void)config;
    (void)env;
    (void)rules;
    return DYN_ETODO;
}

void coordinator_on_request(struct node *node, struct env *env,
                            request_id request, const struct request *asked)
{
    (void)node;
    (void)env;
    (void)request;
    (void)asked;
}

void coordinator_on_message(struct node *node, struct env *env, node_id from,
                            const struct message *message)
{
    (void)node;
    (void)env;
    (void)from;
    (void)message;
}

void coordinator_on_timer(struct node *node, struct env *env, timer_id timer,
                          int kind, uint64_t arg)
{
    (void)node;
    (void)env;
    (void)timer;
    (void)kind;
    (void)arg;
}

/* ---- Lab 4 (surroundings.h); in lab 3 these stay as they are ---- */

void coordinator_surround(struct node *node, const struct surroundings *around)
{
    (void)node;
    (void)around;
}

const struct version_rules *coordinator_rules(const struct node *node)
{
    (void)node;
    return NULL;
}

int coordinator_next(struct node *node, struct env *env, struct slice after,
                     struct slice *key, struct slice *set)
{
    (void)node;
    (void)env;
    (void)after;
    (void)key;
    (void)set;
    return DYN_ETODO;
}

int coordinator_merge(struct node *node, struct env *env, struct slice key,
                      struct slice set, struct slice *held)
{
    (void)node;
    (void)env;
    (void)key;
    (void)set;
    (void)held;
    return DYN_ETODO;
}

int coordinator_drop(struct node *node, struct env *env, struct slice key)
{
    (void)node;
    (void)env;
    (void)key;
    return DYN_ETODO;
}

/* ---- The rules of the paper's clocks ---- */

static int put_version(struct slice set, const struct vclock *context,
                       node_id node, uint64_t time_ms, struct slice value,
                       struct slice *made)
{
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    (void)made;
    return DYN_ETODO;
}

static int merge_versions(struct slice a, struct slice b, struct slice *merged)
{
    (void)a;
    (void)b;
    (void)merged;
    return DYN_ETODO;
}

static int read_versions(struct slice set, struct slice **values, size_t *count,
                         struct vclock **context)
{
    (void)set;
    (void)values;
    (void)count;
    (void)context;
    return DYN_ETODO;
}

static const struct version_rules rules = {
    .name = "vclock",
    .put = put_version,
    .merge = merge_versions,
    .read = read_versions,
};

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    return coordinator_open(node, config, env, &rules);
}

const struct program vclock_program = {
    .name = "vclock",
    .open = node_open,
    .on_request = coordinator_on_request,
    .on_message = coordinator_on_message,
    .on_timer = coordinator_on_timer,
    .close = coordinator_close,
};
