/* runtime.h: the real world of one node: it runs the program's handlers and
 * does what they record, over TCP, the monotonic clock and a store.
 *
 * One turn of the event loop is one step: the handlers of all that happened run,
 * then the store is made durable, once, and only then does anything that they
 * sent or replied leave. So nobody hears of what a crash could take back, and a
 * busy node still syncs seldom. */
#ifndef UV_RUNTIME_H
#define UV_RUNTIME_H

#include "uv/options.h"

#include <uv.h>

struct runtime;

/* Opens the store and the program, listens, and tells the parent where.
 * `options` is borrowed until runtime_close. DYN_OK, or another code after a
 * sentence on standard error. */
int runtime_open(struct runtime **runtime, const struct node_options *options,
                 uv_loop_t *loop);

/* Ends in good order: syncs, closes the program and all connections. The loop
 * has to run on until all handles are closed. */
void runtime_close(struct runtime *runtime);

#endif
