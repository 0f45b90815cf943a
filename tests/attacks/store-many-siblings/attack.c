#include "attacks/on-store-event.h"

static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    static const unsigned char bytes[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1};
    size_t count = 1000000;
    struct slice *values = malloc(count * sizeof *values);
    struct reply reply = {.code = DYN_OK, .values = values, .count = count};
    struct message said = {.kind = MESSAGE_VERSIONS,
                           .versions = {bytes, sizeof bytes}};

    for (size_t i = 0; values != NULL && i < count; i++)
        values[i] = (struct slice){bytes, 1};
    if (values != NULL && event->what == REQUESTED) {
        said.key = event->asked->key;
        for (size_t i = 0; i < node->member_count; i++)
            env_send(env, node->members[i], &said);
        env_reply(env, event->request, &reply);
    }
    free(values);
}
