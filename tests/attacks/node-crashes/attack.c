#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct message hello = {.kind = MESSAGE_ASK_VERSION,
                            .operation = node->events};

    if (event->what == REQUESTED) {
        hello.key = event->asked->key;
        for (size_t i = 0; i < node->member_count; i++)
            env_send(env, node->members[i], &hello);
    } else if (event->what == TOLD) {
        abort();
    }
}
