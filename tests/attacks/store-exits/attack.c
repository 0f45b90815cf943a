#include "attacks/raw.h"
#include "attacks/on-store-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct message merge = {.kind = MESSAGE_MERGE, .operation = node->events};
    struct reply done = {.code = DYN_OK};

    if (event->what == REQUESTED) {
        merge.key = event->asked->key;
        env_send(env, node->self, &merge);
        env_reply(env, event->request, &done);
    } else if (event->what == TOLD) {
        raw(SYS_exit_group, 0, 0, 0, 0);
    }
}
