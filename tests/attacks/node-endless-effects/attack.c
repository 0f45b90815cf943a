#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct message said = {.kind = MESSAGE_ASK_VERSION};

    while (event->what == REQUESTED) {
        said.key = event->asked->key;
        env_send(env, node->members[said.operation++ % node->member_count],
                 &said);
    }
}
