/* turn.h: one turn of a node's event loop: handlers, what they record, and the
 * commit that lets it out. For runtime.c, which opens and closes what is needed.
 */
#ifndef UV_TURN_H
#define UV_TURN_H

#include "env/effects.h"
#include "uv/buffer.h"
#include "uv/clients.h"
#include "uv/control.h"
#include "uv/inbox.h"
#include "uv/options.h"
#include "uv/peers.h"
#include "uv/timers.h"
#include "uv/trace.h"

#include <stdbool.h>
#include <uv.h>

enum { ASKED_KEPT = 4096 };

struct runtime {
    uv_loop_t *loop;
    const struct node_options *options;
    const struct program *program;
    struct store *store;
    struct env *env;
    struct node *node;
    struct timers *timers;
    struct peers *peers;
    struct inbox *inbox;
    struct clients *clients;
    struct control *control;
    struct trace *trace;
    uv_prepare_t turn;
    uv_idle_t again;   /* runs while another turn is due at once */
    size_t handles;    /* of the two above, that are open */
    struct buffer own; /* frames to this node itself */
    uint64_t number;   /* of the latest message */
    bool unsynced;     /* effects_apply's */
    bool sync_due;     /* before anything leaves */
    struct counts counts;
    struct latency gets, puts;
    /* Numbers of operations that this node has asked for sets, the latest of
     * each remainder: what it then merges elsewhere is read repair. */
    uint64_t asked[ASKED_KEPT];
    struct redis_about about;
    struct slice values[REPLY_VALUES_MAX]; /* of the reply at hand */
};

/* "dynamo-node 1: what: why" on standard error. */
void runtime_complain(const struct runtime *runtime, const char *what,
                      const char *why);

/* What runs a handler of the program: before it, and after it. */
void turn_begin(struct runtime *runtime);
void turn_finish(struct runtime *runtime);

/* What inbox, clients and timers call; `owner` is the runtime. */
int turn_frame(void *owner, node_id from, const struct frame *frame);
void turn_request(void *owner, request_id id, const struct request *request,
                  const struct call *call);
void turn_timer(void *owner, timer_id timer, int kind, uint64_t arg);

/* Makes durable what is not yet, and lets out what was sent and replied. */
void turn_commit(struct runtime *runtime);

/* Has every turn of the loop end in a commit. */
void turn_start(struct runtime *runtime);

#endif
