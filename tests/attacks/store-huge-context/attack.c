#include "attacks/on-store-event.h"

#include <string.h>

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    size_t size = (size_t)64 << 20;
    unsigned char *much = malloc(size);
    struct reply reply = {.code = DYN_OK, .context = {much, size}};

    if (much != NULL && event->what == REQUESTED) {
        memset(much, 'x', size);
        if (node->events > 1)
            reply.context.size = SIZE_MAX;
        env_reply(env, event->request, &reply);
    }
    free(much);
}
