/* clients.h: the client port: connections that speak the Redis protocol.
 *
 * Commands may be pipelined: answers leave in the order of the commands, though
 * a node replies in any. A connection has a bounded number of commands under
 * way and of bytes unsent; then it is not read from until there is room. */
#ifndef UV_CLIENTS_H
#define UV_CLIENTS_H

#include "dynamo/env.h"
#include "uv/counts.h"
#include "uv/redis.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct clients;

/* Where a request came from: the client's port, and its how manieth command on
 * that connection it is, from 1. */
struct call {
    uint16_t port;
    uint64_t number;
};

/* A client asks; everything is borrowed until the function returns. The answer
 * is due by clients_reply, once. */
typedef void (*clients_asked)(void *owner, request_id id,
                              const struct request *request,
                              const struct call *call);

/* `about` and what it points to are borrowed. */
struct clients_setup {
    uv_loop_t *loop;
    const struct redis_about *about;
    struct counts *counts;
    struct latency *gets, *puts; /* how long they took is added to these */
    clients_asked asked;
    void *owner;
};

/* Listens on `*port`, 0 for a free one, which *port becomes. 0 and *clients, or
 * libuv's error. */
int clients_open(struct clients **clients, const struct clients_setup *setup,
                 uint16_t *port);

/* The answer to a request, which is copied, until clients_flush. The second one
 * to a request, and one to a client that has left, is ignored: then false is
 * returned, and otherwise *call tells which it was. */
bool clients_reply(struct clients *clients, request_id id,
                   const struct reply *reply, struct call *call);

/* Sends the answers whose turn it is. */
void clients_flush(struct clients *clients);

/* Takes commands that had to wait for room, and puts what could not be put before
 * it was read what is there. */
void clients_take(struct clients *clients);

/* Whether there is something that clients_take would do now. */
bool clients_wait(const struct clients *clients);

/* Ends all; the loop has to run on until the handles are closed. */
void clients_close(struct clients *clients);

#endif
