/* register.c: the lecture's versioned register on N replicas.
 *
 * Interface: dynamo/register.h, and the contract of a node, dynamo/program.h.
 */
#include "dynamo/register.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct config config;
    // The ring, and the operations that are under way: yours to add.
};

void register_close(struct node *node)
{
    (void)node;
}

int register_open(struct node **node, const struct config *config,
                  struct env *env, const struct register_rules *rules)
{
    (void)node;
    (void)config;
    (void)env;
    (void)rules;
    return DYN_ETODO;
}

void register_on_request(struct node *node, struct env *env, request_id request,
                         const struct request *asked)
{
    (void)node;
    (void)env;
    (void)request;
    (void)asked;
}

void register_on_message(struct node *node, struct env *env, node_id from,
                         const struct message *message)
{
    (void)node;
    (void)env;
    (void)from;
    (void)message;
}

void register_on_timer(struct node *node, struct env *env, timer_id timer,
                       int kind, uint64_t arg)
{
    (void)node;
    (void)env;
    (void)timer;
    (void)kind;
    (void)arg;
}

/* ---- The rules of a register whose replicas tell the truth ---- */

static bool suits(const struct config *config)
{
    (void)config;
    return false;
}

static int counter_of(const struct config *config,
                      const struct register_reply *replies, size_t count,
                      uint64_t *counter)
{
    (void)config;
    (void)replies;
    (void)count;
    (void)counter;
    return DYN_ETODO;
}

static int choose(const struct config *config,
                  const struct register_reply *replies, size_t count,
                  size_t *chosen, uint32_t *needed)
{
    (void)config;
    (void)replies;
    (void)count;
    (void)chosen;
    (void)needed;
    return DYN_ETODO;
}

static const struct register_rules rules = {
    .name = "register",
    .suits = suits,
    .counter = counter_of,
    .choose = choose,
};

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    return register_open(node, config, env, &rules);
}

const struct program register_program = {
    .name = "register",
    .open = node_open,
    .on_request = register_on_request,
    .on_message = register_on_message,
    .on_timer = register_on_timer,
    .close = register_close,
};
