/* timers.c: see timers.h. */
#define _GNU_SOURCE
#include "uv/timers.h"

#include "dynamo/err.h"

#include <stdlib.h>
#include <uthash.h>

struct timer {
    uv_timer_t handle; /* first: its address is the timer's */
    struct timers *timers;
    timer_id id;
    uint64_t due_ns; /* on the clock of uv_hrtime */
    int kind;
    uint64_t arg;
    UT_hash_handle hh;
};

struct timers {
    uv_loop_t *loop;
    timers_fired fired;
    void *owner;
    struct timer *all; /* by id */
};

enum { NS_IN_MS = 1000000 };

struct timers *timers_open(uv_loop_t *loop, timers_fired fired, void *owner)
{
    struct timers *timers = calloc(1, sizeof *timers);

    if (timers != NULL) {
        timers->loop = loop;
        timers->fired = fired;
        timers->owner = owner;
    }
    return timers;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle); /* the timer that begins with it */
}

static void forget(struct timer *timer)
{
    HASH_DEL(timer->timers->all, timer);
    uv_close((uv_handle_t *)&timer->handle, free_handle);
}

static void fire(uv_timer_t *handle)
{
    struct timer *timer = (struct timer *)handle;
    struct timers *timers = timer->timers;
    uint64_t now = uv_hrtime();
    timer_id id = timer->id;
    int kind = timer->kind;
    uint64_t arg = timer->arg;

    /* The loop's clock is coarser than the node's: it must not find that its
     * time is not up yet. */
    if (now < timer->due_ns) {
        uv_timer_start(handle, fire, (timer->due_ns - now) / NS_IN_MS + 1, 0);
        return;
    }
    forget(timer);
    timers->fired(timers->owner, id, kind, arg);
}

int timers_set(struct timers *timers, timer_id id, uint64_t after_ms, int kind,
               uint64_t arg)
{
    struct timer *timer = calloc(1, sizeof *timer);
    uint64_t now = uv_hrtime();

    if (timer == NULL)
        return DYN_ENOMEM;
    timer->timers = timers;
    timer->id = id;
    timer->due_ns = after_ms < (UINT64_MAX - now) / NS_IN_MS
                        ? now + after_ms * NS_IN_MS
                        : UINT64_MAX;
    timer->kind = kind;
    timer->arg = arg;
    uv_timer_init(timers->loop, &timer->handle);
    uv_timer_start(&timer->handle, fire, after_ms, 0);
    HASH_ADD(hh, timers->all, id, sizeof timer->id, timer);
    return DYN_OK;
}

void timers_cancel(struct timers *timers, timer_id id)
{
    struct timer *timer;

    HASH_FIND(hh, timers->all, &id, sizeof id, timer);
    if (timer != NULL)
        forget(timer);
}

void timers_close(struct timers *timers)
{
    struct timer *timer, *next;

    if (timers == NULL)
        return;
    HASH_ITER(hh, timers->all, timer, next)
    forget(timer);
    free(timers);
}
