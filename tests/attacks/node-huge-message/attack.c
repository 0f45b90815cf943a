#include "attacks/on-event.h"

#include <string.h>

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    size_t size = (size_t)64 << 20;
    unsigned char *much = malloc(size);
    struct slice value = {much, size};
    struct message store = {.kind = MESSAGE_STORE, .key = value, .value = value};
    struct reply reply = {.code = DYN_OK, .values = &value, .count = 1};

    if (much != NULL && event->what == REQUESTED) {
        memset(much, 'x', size);
        env_send(env, node->self, &store);
        env_put(env, value, value);
        reply.context = value;
        env_reply(env, event->request, &reply);
        env_note(env, "%.*s", (int)size, (const char *)much);
        if (node->events > 1) {
            reply.count = SIZE_MAX / 16;
            store.value.size = SIZE_MAX;
            env_send(env, node->self, &store);
            env_reply(env, event->request, &reply);
        }
    }
    free(much);
}
