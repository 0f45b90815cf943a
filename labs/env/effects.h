/* effects.h: what handlers have recorded, and the one interpreter of it.
 *
 * A runtime (the host in a simulated world, dynamo-node in the real one) owns
 * one env a node. For each event it calls env_begin, one handler of the
 * program, and then effects_apply, which does in order what was recorded. */
#ifndef ENV_EFFECTS_H
#define ENV_EFFECTS_H

#include "dynamo/env.h"
#include "store/store.h"

#include <stdbool.h>

enum effect_kind {
    EFFECT_SEND = 1, /* to, bytes: an encoded message */
    EFFECT_REPLY,    /* id: the request, bytes: an encoded reply */
    EFFECT_TIMER,    /* id, after_ms, timer_kind, arg */
    EFFECT_CANCEL,   /* id */
    EFFECT_PUT,      /* key, bytes: the value */
    EFFECT_DELETE,   /* key */
    EFFECT_NOTE,     /* bytes: text */
};

struct effect {
    enum effect_kind kind;
    node_id to;
    uint64_t id;
    uint64_t after_ms;
    int timer_kind;
    uint64_t arg;
    struct slice key;
    struct slice bytes;
};

/* What one event may record. */
enum {
    EFFECTS_MAX = 65536,          /* effects */
    EFFECTS_BYTES_MAX = 32 << 20, /* bytes that they point to */
    NOTE_SIZE_MAX = 500,          /* bytes of a note */
};

/* `store` is borrowed as long as the env lives: puts and deletes change it when
 * they are recorded; it is never synced from here. `random_seed` begins
 * env_random's sequence. NULL when there is no memory. */
struct env *env_open(struct store *store, uint64_t random_seed);
void env_close(struct env *env);

/* A new event at `now_ms`: what was recorded before is forgotten. */
void env_begin(struct env *env, uint64_t now_ms);

/* All that was recorded since, in order; borrowed until the next env_begin. */
const struct effect *env_effects(const struct env *env, size_t *count);

/* DYN_OK, or the first error since env_begin: what the store gave, DYN_ENOMEM,
 * or DYN_ERANGE when more was recorded than one event may. Then the node has to
 * end, as in a crash (its handler may not have been told); nothing was recorded
 * or put from the error on. */
int env_error(const struct env *env);

/* What a world does for an effect. */
struct world_actions {
    /* What was put and deleted is to be durable when it returns. */
    int (*sync)(void *world);
    void (*send)(void *world, node_id to, struct slice message);
    void (*reply)(void *world, request_id request, struct slice reply);
    void (*timer)(void *world, timer_id timer, uint64_t after_ms, int kind,
                  uint64_t arg);
    void (*cancel)(void *world, timer_id timer);
    /* Already seen by the node's own store; a world that keeps another copy
     * changes it here. A NULL value: a delete. Both may be NULL functions. */
    void (*put)(void *world, struct slice key, const struct slice *value);
    void (*note)(void *world, struct slice text);
};

/* Applies effects in order, and syncs before the first send or reply that
 * follows a put or delete. `*unsynced` tells between calls whether a put or
 * delete still waits for that; it begins as false. Returns DYN_OK, or sync's
 * error: then the rest was not applied, and nothing unsynced has left. */
int effects_apply(const struct effect *effects, size_t count, bool *unsynced,
                  const struct world_actions *actions, void *world);

#endif
