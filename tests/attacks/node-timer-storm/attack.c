#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    (void)node;
    (void)event;
    env_timer(env, 0, 0, 0);
    env_timer(env, 0, 1, 0);
}
