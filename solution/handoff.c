/* handoff.c: hints, and how they come home.
 *
 * Interface: dynamo/handoff.h.
 */
#include "dynamo/handoff.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include "dynamo/bytes.h"
#include "dynamo/hash.h"

#include <string.h>

struct handoff {
    struct handoff_config config;
    uint32_t forgotten;          /* names */
    uint8_t last[STORE_KEY_MAX]; /* the hint that was sent last */
    size_t last_size;            /* 0: none */
    size_t on_their_way;         /* since the last look */
};

enum { HEAD = 1 + 4 };

/* ---- Where hints are ---- */

/* Writes a hint's place to room of HEAD + KEY_SIZE_MAX bytes. */
static struct slice place_of(node_id owner, struct slice key, uint8_t *room)
{
    room[0] = HINT_PREFIX;
    bytes_write(room + 1, 4, owner);
    memcpy(room + HEAD, key.data, key.size);
    return (struct slice){room, HEAD + key.size};
}

struct hint {
    struct slice place, key, set; /* borrowed from the store */
    node_id owner;
};

/* The first hint whose place is greater than `after`. */
static bool next_hint(struct env *env, struct slice after, struct hint *hint)
{
    static const uint8_t before_all = HINT_PREFIX;

    if (after.size == 0)
        after = (struct slice){&before_all, 1};
    if (env_next(env, after, &hint->place, &hint->set) != DYN_OK ||
        hint->place.data[0] != HINT_PREFIX || hint->place.size <= HEAD)
        return false;
    hint->owner = (node_id)bytes_read(hint->place.data + 1, 4);
    hint->key =
        (struct slice){hint->place.data + HEAD, hint->place.size - HEAD};
    return true;
}

static uint64_t number_of(struct slice set)
{
    const struct digest digest = md5(set);

    return bytes_read(digest.byte, 8) | UINT64_C(1) << 63;
}

static void free_set(struct slice set)
{
    free((uint8_t *)(uintptr_t)set.data);
}

/* @starter
struct handoff {
    struct handoff_config config;
    // Which hint comes next, and how many are on their way: yours to add.
};
@end */

int handoff_open(struct handoff **handoff, const struct handoff_config *config,
                 struct env *env)
{
    /* @solution */
    static const uint8_t name_key = NAME_KEY;
    struct handoff *made;
    struct slice stored;

    if (config->self >= HANDOFF_NODES || config->disk < 1 ||
        config->disk > HANDOFF_DISKS)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    if (env_get(env, (struct slice){&name_key, 1}, &stored) == DYN_OK) {
        if (stored.size != 4) {
            free(made);
            return DYN_ECORRUPT;
        }
        made->forgotten = (uint32_t)bytes_read(stored.data, 4);
    }
    *handoff = made;
    return DYN_OK;
    /* @starter
    (void)handoff;
    (void)config;
    (void)env;
    return DYN_ETODO;
    @end */
}

void handoff_close(struct handoff *handoff)
{
    /* @solution */
    free(handoff);
    /* @starter
    (void)handoff;
    @end */
}

/* ---- Hints ---- */

int handoff_keep(struct handoff *handoff, struct env *env, node_id owner,
                 struct slice key, struct slice set)
{
    /* @solution */
    uint8_t room[HEAD + KEY_SIZE_MAX];
    const struct slice place = place_of(owner, key, room);
    struct slice held = {NULL, 0}, merged;
    int rv;

    (void)env_get(env, place, &held);
    rv = handoff->config.rules->merge(held, set, &merged);
    if (rv != DYN_OK)
        return rv;
    if (held.size != merged.size ||
        (held.size > 0 && memcmp(held.data, merged.data, held.size) != 0))
        rv = env_put(env, place, merged);
    free_set(merged);
    return rv;
    /* @starter
    (void)handoff;
    (void)env;
    (void)owner;
    (void)key;
    (void)set;
    return DYN_ETODO;
    @end */
}

int handoff_held(struct handoff *handoff, struct env *env, struct slice key,
                 const node_id *owners, size_t count, struct slice *set)
{
    /* @solution */
    uint8_t room[HEAD + KEY_SIZE_MAX];
    struct slice all = {NULL, 0}, hint, merged;

    for (size_t i = 0; i < count; i++) {
        if (env_get(env, place_of(owners[i], key, room), &hint) != DYN_OK)
            continue;
        const int rv = handoff->config.rules->merge(all, hint, &merged);
        free_set(all);
        if (rv != DYN_OK)
            return rv;
        all = merged;
    }
    *set = all;
    return DYN_OK;
    /* @starter
    (void)handoff;
    (void)env;
    (void)key;
    (void)owners;
    (void)count;
    (void)set;
    return DYN_ETODO;
    @end */
}

bool handoff_any(struct env *env)
{
    /* @solution */
    struct hint hint;

    return next_hint(env, (struct slice){NULL, 0}, &hint);
    /* @starter
    (void)env;
    return false;
    @end */
}

/* ---- Handing off ---- */

/* @solution */

static void send_hint(struct handoff *handoff, struct env *env,
                      const struct hint *hint)
{
    memcpy(handoff->last, hint->place.data, hint->place.size);
    handoff->last_size = hint->place.size;
    handoff->on_their_way++;
    (void)detector_asked(handoff->config.detector, hint->owner,
                         env_now_ms(env));
    env_send(env, hint->owner,
             &(struct message){.kind = MESSAGE_MERGE,
                               .operation = number_of(hint->set),
                               .key = hint->key,
                               .versions = hint->set});
}

/* The next hint after a place whose owner is not suspected. Of a suspected one all
 * hints are stepped over at once. */
static bool next_to_send(struct handoff *handoff, struct env *env,
                         struct slice after, struct hint *hint)
{
    uint8_t room[HEAD];

    while (next_hint(env, after, hint)) {
        if (!detector_suspects(handoff->config.detector, hint->owner,
                               env_now_ms(env)))
            return true;
        if (hint->owner == UINT32_MAX)
            return false;
        room[0] = HINT_PREFIX;
        bytes_write(room + 1, 4, hint->owner + 1);
        after = (struct slice){room, HEAD};
    }
    return false;
}

/* Sends what comes next, until enough is on its way. Each hint once at most, as the
 * first one says, which is the place where this began. */
static void go_on(struct handoff *handoff, struct env *env)
{
    struct hint hint;

    while (handoff->on_their_way < HANDOFF_MOST &&
           next_to_send(handoff, env,
                        (struct slice){handoff->last, handoff->last_size},
                        &hint))
        send_hint(handoff, env, &hint);
}

/* @starter
@end */

void handoff_look(struct handoff *handoff, struct env *env)
{
    /* @solution */
    handoff->on_their_way = 0;
    go_on(handoff, env);
    /* From the beginning again, if that was the end; but what has been sent already
     * is not sent twice. */
    if (handoff->on_their_way == 0) {
        handoff->last_size = 0;
        go_on(handoff, env);
    }
    /* @starter
    (void)handoff;
    (void)env;
    @end */
}

/* @solution */

/* Before what this node has counted in is dropped, it takes another name. False: it
 * has none left. */
static bool forget_name(struct handoff *handoff, struct env *env,
                        struct slice set)
{
    static const uint8_t name_key = NAME_KEY;
    uint8_t number[4];
    struct vclock *clock;
    struct slice *values;
    size_t count;
    uint64_t counted;

    if (handoff->config.rules->read(set, &values, &count, &clock) != DYN_OK)
        return false;
    counted = vclock_counter(clock, handoff_name(handoff));
    vclock_close(clock);
    free(values);
    if (counted == 0)
        return true;
    if (handoff->forgotten + 1 == HANDOFF_NAMES)
        return false;
    bytes_write(number, 4, handoff->forgotten + 1);
    if (env_put(env, (struct slice){&name_key, 1}, (struct slice){number, 4}) !=
        DYN_OK)
        return false;
    handoff->forgotten++;
    return true;
}

/* @starter
@end */

bool handoff_take(struct handoff *handoff, struct env *env, node_id from,
                  const struct message *message)
{
    /* @solution */
    uint8_t room[HEAD + KEY_SIZE_MAX];
    struct slice place, set;

    if (message->kind != MESSAGE_MERGED || message->operation >> 63 == 0)
        return false;
    place = place_of(from, message->key, room);
    if (env_get(env, place, &set) != DYN_OK ||
        number_of(set) != message->operation)
        return true; /* it was dropped before, or more has come since */
    if (forget_name(handoff, env, set))
        (void)env_delete(env, place);
    if (handoff->on_their_way > 0)
        handoff->on_their_way--;
    go_on(handoff, env);
    return true;
    /* @starter
    (void)handoff;
    (void)env;
    (void)from;
    (void)message;
    return false;
    @end */
}

/* ---- Names ---- */

node_id handoff_name(const struct handoff *handoff)
{
    /* @solution */
    return (handoff->config.disk - 1) << 24 | handoff->forgotten << 10 |
           handoff->config.self;
    /* @starter
    (void)handoff;
    return 0;
    @end */
}
