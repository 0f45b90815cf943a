#include "attacks/raw.h"
#include "attacks/on-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct reply done = {.code = DYN_OK};

    (void)node;
#ifdef SYS_fork
    raw(SYS_fork, 0, 0, 0, 0);
#else
    raw(SYS_clone, 17, 0, 0, 0);
#endif
    if (event->what == REQUESTED)
        env_reply(env, event->request, &done);
}
