/* alarm.h: a timer that is exact to far less than libuv's millisecond. */
#ifndef LOAD_ALARM_H
#define LOAD_ALARM_H

#include <stdint.h>
#include <uv.h>

/* Its owner's, at one place until the loop has closed its handle. */
struct alarm {
    uv_poll_t poll;
    int fd;
    uint64_t set_ns; /* 0: it is not set */
    void (*rings)(void *owner);
    void *owner;
};

/* 0, or libuv's error. */
int alarm_open(struct alarm *alarm, uv_loop_t *loop, void (*rings)(void *owner),
               void *owner);

/* Lets it ring once, at that time of uv_hrtime; soon, if it has passed. */
void alarm_set(struct alarm *alarm, uint64_t at_ns);

void alarm_close(struct alarm *alarm);

#endif
