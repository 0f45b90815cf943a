#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct reply done = {.code = DYN_OK};

    (void)node;
    for (request_id request = 0; request < 64; request++)
        env_reply(env, event->request + request, &done);
    env_timer(env, 1, 0, 0);
}
