#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    static const unsigned char key[] = "storm";
    struct message said = {.kind = MESSAGE_READ,
                           .key = {key, sizeof key},
                           .operation = node->events};

    if (event->what == OPENED)
        return;
    for (size_t i = 0; i < 2 * node->member_count; i++)
        env_send(env, node->members[i / 2], &said);
}
