/* alarm.c: see alarm.h. The kernel's clock is uv_hrtime's. */
#define _GNU_SOURCE
#include "load/alarm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const uint64_t NS_IN_S = 1000000000;

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct alarm *alarm = poll->data;
    uint64_t times;

    (void)events;
    /* Nothing to read: it was set anew in the meantime. */
    if (status != 0 || read(alarm->fd, &times, sizeof times) < 0)
        return;
    alarm->set_ns = 0;
    alarm->rings(alarm->owner);
}

int alarm_open(struct alarm *alarm, uv_loop_t *loop, void (*rings)(void *owner),
               void *owner)
{
    int rv;

    *alarm = (struct alarm){.rings = rings, .owner = owner};
    alarm->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (alarm->fd < 0)
        return -errno;
    rv = uv_poll_init(loop, &alarm->poll, alarm->fd);
    if (rv != 0) {
        close(alarm->fd);
        return rv;
    }
    alarm->poll.data = alarm;
    return uv_poll_start(&alarm->poll, UV_READABLE, on_poll);
}

void alarm_set(struct alarm *alarm, uint64_t at_ns)
{
    const struct itimerspec at = {
        .it_value = {(time_t)(at_ns / NS_IN_S), (long)(at_ns % NS_IN_S)}};

    if (alarm->set_ns == at_ns)
        return;
    alarm->set_ns = at_ns;
    timerfd_settime(alarm->fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void on_closed(uv_handle_t *poll)
{
    struct alarm *alarm = poll->data;

    close(alarm->fd);
}

void alarm_close(struct alarm *alarm)
{
    uv_close((uv_handle_t *)&alarm->poll, on_closed);
}
