#define gossip_open starter_open
#include "starter/gossip.c"
#undef gossip_open

int gossip_open(struct gossip **gossip, const struct gossip_config *config,
                struct env *env)
{
    static const uint8_t bytes[60000];
    const struct message said = {.kind = MESSAGE_VIEW,
                                 .view = {bytes, sizeof bytes}};

    (void)gossip;
    for (size_t i = 0;; i++)
        env_send(env, config->seeds[i % config->seed_count], &said);
}
