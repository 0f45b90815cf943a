/* env.c: records what a handler asks for (env.h) until the runtime takes it
 * (effects.h). */
#include "dynamo/prng.h"
#include "env/arena.h"
#include "env/effects.h"
#include "env/loans.h"
#include "wire/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct env {
    struct store *store; /* borrowed */
    struct prng prng;
    uint64_t now_ms;
    timer_id last_timer;
    int error;
    struct effect *effects; /* the first `count` of `capacity` are recorded */
    size_t count, capacity;
    struct arena arena; /* what they point to */
    struct loans loans;
};

/* ---- For the runtime ---- */

struct env *env_open(struct store *store, uint64_t random_seed)
{
    struct env *env = calloc(1, sizeof *env);

    if (env == NULL)
        return NULL;
    env->store = store;
    env->prng = prng_seeded(random_seed);
    return env;
}

void env_close(struct env *env)
{
    if (env == NULL)
        return;
    loans_end(&env->loans);
    arena_close(&env->arena);
    free(env->effects);
    free(env);
}

void env_begin(struct env *env, uint64_t now_ms)
{
    loans_end(&env->loans);
    arena_empty(&env->arena);
    env->count = 0;
    env->error = DYN_OK;
    env->now_ms = now_ms;
}

const struct effect *env_effects(const struct env *env, size_t *count)
{
    *count = env->count;
    return env->effects;
}

int env_error(const struct env *env)
{
    return env->error;
}

/* ---- Recording ---- */

static int fail(struct env *env, int error)
{
    if (env->error == DYN_OK)
        env->error = error;
    return error;
}

/* The effect that is to be recorded next, all zero but for its kind: it counts
 * when `record` is called. NULL after an error, and when there is no room. */
static struct effect *prepare(struct env *env, enum effect_kind kind)
{
    struct effect *effect;

    if (env->error != DYN_OK)
        return NULL;
    if (env->count == EFFECTS_MAX) {
        fail(env, DYN_ERANGE);
        return NULL;
    }
    if (env->count == env->capacity) {
        size_t capacity = env->capacity > 0 ? 2 * env->capacity : 16;
        struct effect *grown =
            realloc(env->effects, capacity * sizeof *env->effects);

        if (grown == NULL) {
            fail(env, DYN_ENOMEM);
            return NULL;
        }
        env->effects = grown;
        env->capacity = capacity;
    }
    effect = &env->effects[env->count];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    return effect;
}

static void record(struct env *env)
{
    env->count++;
}

/* A block for an effect's bytes. NULL: too many of them, or no memory. */
static uint8_t *take(struct env *env, size_t size)
{
    uint8_t *block;

    if (size > EFFECTS_BYTES_MAX - env->arena.taken) {
        fail(env, DYN_ERANGE);
        return NULL;
    }
    block = arena_take(&env->arena, size);
    if (block == NULL)
        fail(env, DYN_ENOMEM);
    return block;
}

static bool copy(struct env *env, struct slice *copied, struct slice bytes)
{
    uint8_t *block = take(env, bytes.size);

    if (block == NULL)
        return false;
    if (bytes.size > 0)
        memcpy(block, bytes.data, bytes.size);
    *copied = (struct slice){block, bytes.size};
    return true;
}

typedef size_t encode_fn(const void *what, uint8_t *room, size_t capacity);

static size_t encode_message(const void *what, uint8_t *room, size_t capacity)
{
    return message_encode(what, room, capacity);
}

static size_t encode_reply(const void *what, uint8_t *room, size_t capacity)
{
    return reply_encode(what, room, capacity);
}

/* Encodes in place, and a second time only where the place was too small. */
static bool copy_encoded(struct env *env, struct slice *copied,
                         encode_fn *encode, const void *what)
{
    size_t free_size, size;
    uint8_t *room = arena_room(&env->arena, &free_size), *block;

    size = encode(what, room, free_size);
    block = take(env, size);
    if (block == NULL)
        return false;
    if (size > free_size)
        encode(what, block, size);
    *copied = (struct slice){block, size};
    return true;
}

void env_send(struct env *env, node_id to, const struct message *message)
{
    struct effect *effect = prepare(env, EFFECT_SEND);

    if (effect == NULL ||
        !copy_encoded(env, &effect->bytes, encode_message, message))
        return;
    effect->to = to;
    record(env);
}

void env_reply(struct env *env, request_id request, const struct reply *reply)
{
    struct effect *effect = prepare(env, EFFECT_REPLY);

    if (effect == NULL ||
        !copy_encoded(env, &effect->bytes, encode_reply, reply))
        return;
    effect->id = request;
    record(env);
}

timer_id env_timer(struct env *env, uint64_t after_ms, int kind, uint64_t arg)
{
    timer_id id = ++env->last_timer;
    struct effect *effect = prepare(env, EFFECT_TIMER);

    if (effect != NULL) {
        effect->id = id;
        effect->after_ms = after_ms;
        effect->timer_kind = kind;
        effect->arg = arg;
        record(env);
    }
    return id;
}

void env_cancel(struct env *env, timer_id timer)
{
    struct effect *effect = timer != 0 ? prepare(env, EFFECT_CANCEL) : NULL;

    if (effect != NULL) {
        effect->id = timer;
        record(env);
    }
}

void env_note(struct env *env, const char *format, ...)
{
    struct effect *effect = prepare(env, EFFECT_NOTE);
    char text[NOTE_SIZE_MAX + 1];
    va_list arguments;
    int length;

    if (effect == NULL)
        return;
    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    if (length > NOTE_SIZE_MAX)
        length = NOTE_SIZE_MAX;
    if (copy(env, &effect->bytes,
             (struct slice){(const uint8_t *)text, (size_t)length}))
        record(env);
}

/* ---- Time and chance ---- */

uint64_t env_now_ms(const struct env *env)
{
    return env->now_ms;
}

uint64_t env_random(struct env *env, uint64_t bound)
{
    return prng_below(&env->prng, bound);
}

/* ---- The store ---- */

static bool is_key(struct slice key)
{
    return key.size >= 1 && key.size <= STORE_KEY_MAX;
}

int env_get(struct env *env, struct slice key, struct slice *value)
{
    struct slice found;
    int rv;

    if (!is_key(key))
        return DYN_ENOENT;
    rv = env->store->engine->get(env->store, key, &found);
    if (rv == DYN_ENOENT)
        return rv;
    if (rv == DYN_OK)
        rv = loans_add(&env->loans, key, &found, NULL);
    if (rv != DYN_OK)
        return fail(env, rv);
    *value = found;
    return DYN_OK;
}

int env_put(struct env *env, struct slice key, struct slice value)
{
    struct effect *effect;
    int rv;

    if (!is_key(key) || value.size > STORE_VALUE_MAX)
        return DYN_EINVAL;
    effect = prepare(env, EFFECT_PUT);
    /* The store gets the copies: the originals may be what it lent. */
    if (effect == NULL || !copy(env, &effect->key, key) ||
        !copy(env, &effect->bytes, value))
        return env->error;
    rv = env->store->engine->put(env->store, effect->key, effect->bytes);
    if (rv != DYN_OK)
        return fail(env, rv);
    loans_end_of_key(&env->loans, effect->key);
    record(env);
    return DYN_OK;
}

int env_delete(struct env *env, struct slice key)
{
    struct effect *effect;
    int rv;

    if (!is_key(key))
        return DYN_EINVAL;
    effect = prepare(env, EFFECT_DELETE);
    if (effect == NULL || !copy(env, &effect->key, key))
        return env->error;
    rv = env->store->engine->remove(env->store, effect->key);
    if (rv != DYN_OK)
        return fail(env, rv);
    loans_end_of_key(&env->loans, effect->key);
    record(env);
    return DYN_OK;
}

int env_next(struct env *env, struct slice after, struct slice *key,
             struct slice *value)
{
    struct slice found_key, found_value, lent_key;
    int rv;

    /* No key is longer, so none lies between `after` and its beginning. */
    if (after.size > STORE_KEY_MAX)
        after.size = STORE_KEY_MAX;
    rv = env->store->engine->next(env->store, after, &found_key, &found_value);
    if (rv == DYN_ENOENT)
        return rv;
    if (rv == DYN_OK)
        rv = loans_add(&env->loans, found_key, &found_value, &lent_key);
    if (rv != DYN_OK)
        return fail(env, rv);
    *key = lent_key;
    *value = found_value;
    return DYN_OK;
}
