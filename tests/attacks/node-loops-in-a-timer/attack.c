#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    if (event->what == REQUESTED)
        env_timer(env, 1, 0, 0);
    while (event->what == TIMED)
        node->events++;
}
