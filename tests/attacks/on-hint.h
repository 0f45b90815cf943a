/* on-hint.h: the starter, whose node opens, and leaves what it is told to keep, and
 * each look at its hints, to attack(). */
#define handoff_open starter_open
#define handoff_close starter_close
#define handoff_keep starter_keep
#define handoff_look starter_look
#define handoff_any starter_any
#include "starter/handoff.c"
#undef handoff_open
#undef handoff_close
#undef handoff_keep
#undef handoff_look
#undef handoff_any

static void attack(struct env *env);

int handoff_open(struct handoff **handoff, const struct handoff_config *config,
                 struct env *env)
{
    (void)config;
    (void)env;
    *handoff = calloc(1, sizeof **handoff);
    return *handoff == NULL ? DYN_ENOMEM : DYN_OK;
}

void handoff_close(struct handoff *handoff)
{
    free(handoff);
}

int handoff_keep(struct handoff *handoff, struct env *env, node_id owner,
                 struct slice key, struct slice set)
{
    (void)handoff;
    (void)owner;
    (void)key;
    (void)set;
    attack(env);
    return DYN_OK;
}

void handoff_look(struct handoff *handoff, struct env *env)
{
    (void)handoff;
    attack(env);
}

bool handoff_any(struct env *env)
{
    (void)env;
    return true;
}
