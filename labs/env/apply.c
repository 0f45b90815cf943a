/* apply.c: the one interpreter of recorded effects; see effects.h. */
#include "env/effects.h"

#include "dynamo/err.h"

static void apply(const struct effect *effect,
                  const struct world_actions *actions, void *world)
{
    switch (effect->kind) {
    case EFFECT_SEND:
        actions->send(world, effect->to, effect->bytes);
        break;
    case EFFECT_REPLY:
        actions->reply(world, effect->id, effect->bytes);
        break;
    case EFFECT_TIMER:
        actions->timer(world, effect->id, effect->after_ms, effect->timer_kind,
                       effect->arg);
        break;
    case EFFECT_CANCEL:
        actions->cancel(world, effect->id);
        break;
    case EFFECT_PUT:
        if (actions->put != NULL)
            actions->put(world, effect->key, &effect->bytes);
        break;
    case EFFECT_DELETE:
        if (actions->put != NULL)
            actions->put(world, effect->key, NULL);
        break;
    case EFFECT_NOTE:
        if (actions->note != NULL)
            actions->note(world, effect->bytes);
        break;
    }
}

int effects_apply(const struct effect *effects, size_t count, bool *unsynced,
                  const struct world_actions *actions, void *world)
{
    for (size_t i = 0; i < count; i++) {
        enum effect_kind kind = effects[i].kind;

        /* Whoever hears from this node must not find that it forgot. */
        if (*unsynced && (kind == EFFECT_SEND || kind == EFFECT_REPLY)) {
            int rv = actions->sync(world);

            if (rv != DYN_OK)
                return rv;
            *unsynced = false;
        }
        if (kind == EFFECT_PUT || kind == EFFECT_DELETE)
            *unsynced = true;
        apply(&effects[i], actions, world);
    }
    return DYN_OK;
}
