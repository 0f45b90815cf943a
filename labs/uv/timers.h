/* timers.h: the timers that a node's program has set. */
#ifndef UV_TIMERS_H
#define UV_TIMERS_H

#include "dynamo/env.h"

#include <uv.h>

struct timers;

/* Called once a timer, when it is due; it may set and cancel others. */
typedef void (*timers_fired)(void *owner, timer_id timer, int kind,
                             uint64_t arg);

/* `owner` is handed to `fired`, and both outlive the timers. NULL when there is
 * no memory. */
struct timers *timers_open(uv_loop_t *loop, timers_fired fired, void *owner);

/* DYN_OK or DYN_ENOMEM. */
int timers_set(struct timers *timers, timer_id timer, uint64_t after_ms,
               int kind, uint64_t arg);

/* Unknown timers are ignored. */
void timers_cancel(struct timers *timers, timer_id timer);

/* Forgets all of them; the loop has to run on until their handles are closed. */
void timers_close(struct timers *timers);

#endif
