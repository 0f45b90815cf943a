/* on-event.h: register.c, whose nodes leave every event to attack(). */
#include "attacks/node.h"
#include "dynamo/register.h"

int register_open(struct node **node, const struct config *config,
                struct env *env, const struct register_rules *rules)
{
    (void)rules;
    return attacker_open(node, config, env);
}

void register_on_request(struct node *node, struct env *env, request_id request,
                       const struct request *asked)
{
    attacker_on_request(node, env, request, asked);
}

void register_on_message(struct node *node, struct env *env, node_id from,
                       const struct message *message)
{
    attacker_on_message(node, env, from, message);
}

void register_on_timer(struct node *node, struct env *env, timer_id timer,
                     int kind, uint64_t arg)
{
    attacker_on_timer(node, env, timer, kind, arg);
}

void register_close(struct node *node)
{
    attacker_close(node);
}

const struct program register_program = {
    .name = "register",
    .open = attacker_open,
    .on_request = attacker_on_request,
    .on_message = attacker_on_message,
    .on_timer = attacker_on_timer,
    .close = attacker_close,
};
