/* connection.h: a connection to a target, which is made again when it breaks.
 *
 * Requests are answered in their order. Those under way when it breaks are
 * lost: nobody knows whether they were done. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "load/answer.h"
#include "load/stream.h"
#include "uv/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { CONNECTION_READ_SIZE = 64 << 10 };

struct connection;

/* A request under way. */
struct flight {
    struct op op;
    uint64_t due_ns;  /* when it should have been sent, by uv_hrtime */
    uint64_t sent_ns; /* when it was */
    bool counted;     /* not of the warm-up */
};

/* Whom a connection tells; `owner` is its owner's. All is borrowed. */
struct connection_watcher {
    /* It is up, or was answered: there is room. */
    void (*ready)(void *owner);
    void (*answered)(void *owner, const struct flight *flight,
                     const struct answer *answer);
    /* `kind` is one word for it, `why` a sentence without its end. */
    void (*lost)(void *owner, const struct flight *flight, const char *kind,
                 const char *why);
    /* It broke, or could not be made, after all its flights were lost. */
    void (*broke)(void *owner, bool was_up, const char *why);
};

struct connection_setup {
    uv_loop_t *loop;
    const struct sockaddr *address;
    size_t most; /* requests under way at a time */
    char *room;  /* CONNECTION_READ_SIZE bytes that all connections share */
    const struct connection_watcher *watcher;
    void *owner;
};

/* Begins to connect. What `setup` points to is borrowed until it is closed.
 * NULL when there is no memory. */
struct connection *connection_open(const struct connection_setup *setup);

/* How many requests may be asked now. */
size_t connection_vacancies(const struct connection *connection);

/* Whether it is up. */
bool connection_is_up(const struct connection *connection);

/* How many requests are under way. */
size_t connection_flights(const struct connection *connection);

/* Where the next request is to be written before connection_ask. */
struct buffer *connection_buffer(struct connection *connection);

/* What was written is a request; only while there are vacancies. */
void connection_ask(struct connection *connection, const struct flight *flight);

/* Sends what was asked. */
void connection_flush(struct connection *connection);

/* Breaks the connection if its oldest request was sent before `since_ns`. */
void connection_expire(struct connection *connection, uint64_t since_ns);

/* Ends it, and tells nobody of what is under way; the loop has to run on until
 * its handles are closed. NULL is ignored. */
void connection_close(struct connection *connection);

#endif
