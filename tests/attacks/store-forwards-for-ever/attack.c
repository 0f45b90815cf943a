#include "attacks/on-store-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    static const unsigned char key[] = "x";
    struct message said = {.kind = MESSAGE_FORWARD,
                           .key = {key, 1},
                           .value = {key, 1},
                           .operation = node->events};

    if (event->what == OPENED)
        return;
    for (size_t i = 0; i < node->member_count; i++)
        env_send(env, node->members[i], &said);
}
