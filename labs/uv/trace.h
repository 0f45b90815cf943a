/* trace.h: what happens on this node, as labs/trace/schema.md says it.
 *
 * Times are of the monotonic clock, which all nodes of a machine share. Who
 * merges the files of several nodes gives the numbers that are left out here:
 * `i`, and `op`, in whose place stands `call`, "the client's port.the number of
 * its command". A message's number is "sender.number". */
#ifndef UV_TRACE_H
#define UV_TRACE_H

#include "dynamo/message.h"
#include "uv/clients.h"
#include "uv/options.h"

#include <stdbool.h>

struct trace;

/* NULL: off. Every function below does nothing then. */
int trace_open(struct trace **trace, const struct node_options *options,
               const char **why);
void trace_close(struct trace *trace);

void trace_opened(struct trace *trace, int code);
/* `bytes` is the encoded message. */
void trace_send(struct trace *trace, node_id to, uint64_t number,
                struct slice bytes);
void trace_receive(struct trace *trace, node_id from, uint64_t number);
void trace_lose(struct trace *trace, node_id sender, uint64_t number,
                const char *why);
void trace_timer(struct trace *trace, timer_id timer, uint64_t after_ms,
                 int kind, uint64_t arg);
void trace_fire(struct trace *trace, timer_id timer, int kind, uint64_t arg);
void trace_cancel(struct trace *trace, timer_id timer);
void trace_put(struct trace *trace, struct slice key,
               const struct slice *value); /* NULL: deleted */
void trace_sync(struct trace *trace);
void trace_note(struct trace *trace, struct slice text);
void trace_request(struct trace *trace, const struct call *call, request_id id);
void trace_reply(struct trace *trace, const struct call *call, request_id id,
                 const struct reply *reply);

/* Writes to the file what was traced since. False when that failed: then the
 * trace is off, and errno says why. */
bool trace_flush(struct trace *trace);

#endif
