#include "attacks/raw.h"
#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct message hello = {.kind = MESSAGE_ASK_VERSION,
                            .operation = node->events};
    struct reply done = {.code = DYN_OK};

    if (event->what == REQUESTED) {
        hello.key = event->asked->key;
        env_reply(env, event->request, &done);
        env_send(env, node->self, &hello);
    } else if (event->what == TOLD) {
        raw(SYS_exit_group, 0, 0, 0, 0);
    }
}
