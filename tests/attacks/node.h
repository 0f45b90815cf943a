/* node.h: a node that opens, and leaves every event to attack(). */
#include "dynamo/err.h"
#include "dynamo/program.h"

#include <stdlib.h>

struct node {
    node_id self;
    size_t member_count;
    node_id members[64];
    uint64_t events;
};

struct event {
    enum { OPENED, REQUESTED, TOLD, TIMED } what;
    request_id request;          /* REQUESTED */
    const struct request *asked; /* REQUESTED */
    node_id from;                /* TOLD */
    const struct message *said;  /* TOLD */
};

static void attack(struct node *node, struct env *env,
                   const struct event *event);

static int attacker_open(struct node **node, const struct config *config,
                         struct env *env)
{
    struct event event = {.what = OPENED};

    if (config->member_count > 64)
        return DYN_EINVAL;
    *node = calloc(1, sizeof **node);
    if (*node == NULL)
        return DYN_ENOMEM;
    (*node)->self = config->self;
    (*node)->member_count = config->member_count;
    for (size_t i = 0; i < config->member_count; i++)
        (*node)->members[i] = config->members[i];
    attack(*node, env, &event);
    return DYN_OK;
}

static void attacker_on_request(struct node *node, struct env *env,
                                request_id request, const struct request *asked)
{
    struct event event = {
        .what = REQUESTED, .request = request, .asked = asked};

    node->events++;
    attack(node, env, &event);
}

static void attacker_on_message(struct node *node, struct env *env,
                                node_id from, const struct message *message)
{
    struct event event = {.what = TOLD, .from = from, .said = message};

    node->events++;
    attack(node, env, &event);
}

static void attacker_on_timer(struct node *node, struct env *env,
                              timer_id timer, int kind, uint64_t arg)
{
    struct event event = {.what = TIMED};

    (void)timer;
    (void)kind;
    (void)arg;
    node->events++;
    attack(node, env, &event);
}

static void attacker_close(struct node *node)
{
    free(node);
}
