/* turn.c: see turn.h. */
#define _GNU_SOURCE
#include "uv/turn.h"

#include "dynamo/err.h"
#include "uv/frame.h"
#include "wire/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { NS_IN_MS = 1000000 };

void runtime_complain(const struct runtime *runtime, const char *what,
                      const char *why)
{
    fprintf(stderr, "dynamo-node %" PRIu32 ": %s: %s\n",
            runtime->options->config.self, what, why);
}

/* The node cannot go on: it ends as in a crash, and nothing more leaves. */
static _Noreturn void fail(const struct runtime *runtime, const char *what,
                           int code)
{
    const char *why = dyn_error_text(code);

    if (code == DYN_EIO && runtime->options->store_folder != NULL)
        why = store_lmdb_why(runtime->store);
    runtime_complain(runtime, what, why);
    _Exit(EX_SOFTWARE);
}

/* ---- Effects ---- */

/* Nothing leaves before the end of the turn, so that one sync then serves all
 * handlers of the turn. */
static int do_sync(void *world)
{
    struct runtime *runtime = world;

    runtime->sync_due = true;
    trace_sync(runtime->trace);
    return DYN_OK;
}

/* Counts read repairs. Of a put's sets nobody was asked before. */
static void look_at(struct runtime *runtime, struct slice bytes)
{
    struct message message;
    uint64_t *asked;

    if (message_decode(&message, bytes) != DYN_OK)
        return;
    asked = &runtime->asked[message.operation % ASKED_KEPT];
    if (message.kind == MESSAGE_ASK_VERSIONS)
        *asked = message.operation;
    else if (message.kind == MESSAGE_MERGE && *asked == message.operation)
        runtime->counts.repairs++;
}

static void do_send(void *world, node_id to, struct slice message)
{
    struct runtime *runtime = world;
    uint64_t number = ++runtime->number;
    uint8_t header[FRAME_HEADER_SIZE];

    trace_send(runtime->trace, to, number, message);
    if (runtime->about.contexts)
        look_at(runtime, message);
    if (to != runtime->options->config.self) {
        if (!peers_send(runtime->peers, to, number, message))
            trace_lose(runtime->trace, runtime->options->config.self, number,
                       "down");
        return;
    }
    frame_write_header(header, number, message.size);
    if (!buffer_add(&runtime->own, header, sizeof header) ||
        !buffer_add(&runtime->own, message.data, message.size))
        fail(runtime, "a message to itself", DYN_ENOMEM);
}

static void do_reply(void *world, request_id request, struct slice bytes)
{
    struct runtime *runtime = world;
    struct reply reply;
    struct call call;

    if (reply_decode(&reply, runtime->values, bytes) != DYN_OK)
        fail(runtime, "the program's reply", DYN_ECORRUPT);
    if (clients_reply(runtime->clients, request, &reply, &call))
        trace_reply(runtime->trace, &call, request, &reply);
}

static void do_timer(void *world, timer_id timer, uint64_t after_ms, int kind,
                     uint64_t arg)
{
    struct runtime *runtime = world;

    trace_timer(runtime->trace, timer, after_ms, kind, arg);
    if (timers_set(runtime->timers, timer, after_ms, kind, arg) != DYN_OK)
        fail(runtime, "a timer", DYN_ENOMEM);
}

static void do_cancel(void *world, timer_id timer)
{
    struct runtime *runtime = world;

    trace_cancel(runtime->trace, timer);
    timers_cancel(runtime->timers, timer);
}

static void do_put(void *world, struct slice key, const struct slice *value)
{
    struct runtime *runtime = world;

    trace_put(runtime->trace, key, value);
}

static void do_note(void *world, struct slice text)
{
    struct runtime *runtime = world;

    trace_note(runtime->trace, text);
}

static const struct world_actions actions = {
    do_sync, do_send, do_reply, do_timer, do_cancel, do_put, do_note,
};

/* ---- Handlers ---- */

void turn_begin(struct runtime *runtime)
{
    env_begin(runtime->env, uv_hrtime() / NS_IN_MS);
}

/* What the handler recorded is done. */
void turn_finish(struct runtime *runtime)
{
    size_t count;
    const struct effect *effects;
    int rv = env_error(runtime->env);

    if (rv == DYN_OK) {
        effects = env_effects(runtime->env, &count);
        rv = effects_apply(effects, count, &runtime->unsynced, &actions,
                           runtime);
    }
    if (rv != DYN_OK)
        fail(runtime, "the store or memory failed in a handler", rv);
}

int turn_frame(void *owner, node_id from, const struct frame *frame)
{
    struct runtime *runtime = owner;
    struct message message;
    int rv = message_decode(&message, frame->message);

    if (rv != DYN_OK) {
        trace_lose(runtime->trace, from, frame->number, "malformed");
        if (rv != DYN_EUNKNOWN)
            return rv;
        /* From a newer node, perhaps: not for this one. */
        runtime->counts.messages_unknown++;
        return DYN_OK;
    }
    trace_receive(runtime->trace, from, frame->number);
    runtime->counts.messages_received++;
    turn_begin(runtime);
    runtime->program->on_message(runtime->node, runtime->env, from, &message);
    turn_finish(runtime);
    return DYN_OK;
}

void turn_request(void *owner, request_id id, const struct request *request,
                  const struct call *call)
{
    struct runtime *runtime = owner;

    trace_request(runtime->trace, call, id);
    turn_begin(runtime);
    runtime->program->on_request(runtime->node, runtime->env, id, request);
    turn_finish(runtime);
}

void turn_timer(void *owner, timer_id timer, int kind, uint64_t arg)
{
    struct runtime *runtime = owner;

    trace_fire(runtime->trace, timer, kind, arg);
    turn_begin(runtime);
    runtime->program->on_timer(runtime->node, runtime->env, timer, kind, arg);
    turn_finish(runtime);
}

/* ---- The turn ---- */

/* What the node sent to itself up to now; what that makes it send to itself
 * waits for the next turn, so that others get theirs. */
static void take_own(struct runtime *runtime)
{
    struct buffer frames = runtime->own;
    struct frame frame;
    size_t at = 0, used;

    runtime->own = (struct buffer){0};
    while (at < frames.size) {
        struct slice rest = {frames.data + at, frames.size - at};

        if (frame_read(rest, &frame, &used) != DYN_OK || used == 0)
            fail(runtime, "a message to itself is too large", DYN_ERANGE);
        at += used;
        if (turn_frame(runtime, runtime->options->config.self, &frame) !=
            DYN_OK)
            fail(runtime, "a message to itself", DYN_ECORRUPT);
    }
    buffer_free(&frames);
}

/* First durable, then told to others. The trace is written in between, so that
 * it never says more than what has happened. */
void turn_commit(struct runtime *runtime)
{
    int rv;

    if (runtime->unsynced)
        do_sync(runtime);
    runtime->unsynced = false;
    if (runtime->sync_due) {
        rv = runtime->store->engine->sync(runtime->store);
        if (rv != DYN_OK)
            fail(runtime, "the store cannot be made durable", rv);
        runtime->counts.syncs++;
        runtime->sync_due = false;
    }
    if (!trace_flush(runtime->trace))
        runtime_complain(runtime, "the trace ends here", strerror(errno));
    peers_flush(runtime->peers);
    clients_flush(runtime->clients);
}

static void on_again(uv_idle_t *idle)
{
    (void)idle; /* the loop does not sleep while this is started */
}

static void on_turn(uv_prepare_t *turn)
{
    struct runtime *runtime = turn->data;

    take_own(runtime);
    clients_take(runtime->clients);
    turn_commit(runtime);
    if (runtime->own.size > 0 || clients_wait(runtime->clients))
        uv_idle_start(&runtime->again, on_again);
    else
        uv_idle_stop(&runtime->again);
}

void turn_start(struct runtime *runtime)
{
    uv_prepare_init(runtime->loop, &runtime->turn);
    uv_idle_init(runtime->loop, &runtime->again);
    runtime->turn.data = runtime;
    runtime->again.data = runtime;
    runtime->handles = 2;
    uv_prepare_start(&runtime->turn, on_turn);
}
