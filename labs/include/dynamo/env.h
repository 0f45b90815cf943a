/* env.h: all that a node may ask of the world.
 *
 * A node does no I/O. A handler (program.h) calls the functions below, which
 * *record* what is to be done; when the handler has returned, the runtime does
 * it, in the order of the calls. The node may crash between any two effects:
 * then the later ones never happen. What is passed in is copied before the
 * call returns. */
#ifndef DYNAMO_ENV_H
#define DYNAMO_ENV_H

#include "dynamo/message.h"
#include "dynamo/node.h"
#include "dynamo/slice.h"

#include <stdint.h>

struct env;

typedef uint64_t request_id; /* chosen by the runtime, never used twice */
typedef uint64_t timer_id;   /* never 0, never used twice by a node */

/* This node's clock, in milliseconds. It never goes backwards while the node
 * runs, and need not agree with any other node's. The same during a handler. */
uint64_t env_now_ms(const struct env *env);

/* A random number in [0, bound); 0 when bound is 0. */
uint64_t env_random(struct env *env, uint64_t bound);

/* Sends a message. It may be lost, delayed, doubled and overtaken by others;
 * one to the node itself arrives once, after the handler has returned. */
void env_send(struct env *env, node_id to, const struct message *message);

/* Answers a client. Only the first answer to a request counts. */
void env_reply(struct env *env, request_id request, const struct reply *reply);

/* Has on_timer called once, `after_ms` from now, with `kind` and `arg`. */
timer_id env_timer(struct env *env, uint64_t after_ms, int kind, uint64_t arg);

/* Forgets a timer. One that has run, or was cancelled, or is 0, is ignored. */
void env_cancel(struct env *env, timer_id timer);

/* ---- This node's own store: what outlives a crash ----
 *
 * Keys have 1 to STORE_KEY_MAX bytes and are ordered as by memcmp, a prefix
 * first. What is put is seen at once by env_get; it is durable before any later
 * send or reply of this node leaves. In a crash the puts and deletes since the
 * last send or reply may be lost, the latest ones first; none is there in part.
 *
 * A disk may be full, or fail. Then the node ends, as in a crash, with what was
 * durable: nothing of what the handler recorded is done, or nothing from the send
 * or reply on that could not be made durable. No handler can, or has to, mend that. */

enum { STORE_KEY_MAX = 511, STORE_VALUE_MAX = 4 << 20 }; /* bytes */

/* Finds the value of `key`, borrowed until the handler returns or changes that
 * key. DYN_ENOENT if there is none: *value is untouched. */
int env_get(struct env *env, struct slice key, struct slice *value);

/* DYN_OK, or DYN_EINVAL if the key's or the value's size is out of range; any
 * other error (DYN_EIO, DYN_ENOMEM, DYN_ERANGE) if the node ends after this handler. */
int env_put(struct env *env, struct slice key, struct slice value);

/* Removes the key; DYN_OK as well if there is none. DYN_EINVAL as above. */
int env_delete(struct env *env, struct slice key);

/* Finds the first key greater than `after` (an empty slice: the first of all),
 * and its value, both borrowed until the handler returns or changes the store.
 * DYN_ENOENT if there is none: nothing is written. */
int env_next(struct env *env, struct slice after, struct slice *key,
             struct slice *value);

/* A line on the trace, for whoever reads it: as printf. At most 500 bytes are
 * kept. */
void env_note(struct env *env, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
