#include "attacks/on-hint.h"

static void attack(struct env *env)
{
    static const uint8_t bytes[1] = {'x'};
    const struct slice x = {bytes, sizeof bytes};

    for (node_id to = 0;; to++)
        env_send(env, to % 16,
                 &(struct message){.kind = MESSAGE_HINTED, .key = x});
}
