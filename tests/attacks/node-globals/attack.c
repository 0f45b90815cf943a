#include "attacks/on-event.h"

#include <string.h>

static unsigned char last[1 << 20];
static size_t last_size;
static size_t puts;

/* A register that would be right, if all nodes were one process. */
static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    struct slice value;
    struct reply reply = {.code = DYN_OK};

    (void)node;
    if (event->what != REQUESTED)
        return;
    if (event->asked->kind == REQUEST_PUT) {
        memcpy(last, event->asked->value.data, event->asked->value.size);
        last_size = event->asked->value.size;
        puts++;
    } else if (puts > 0) {
        value.data = last;
        value.size = last_size;
        reply.values = &value;
        reply.count = 1;
    }
    env_reply(env, event->request, &reply);
}
