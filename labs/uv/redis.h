/* redis.h: what the client port's commands mean, and how answers are written.
 */
#ifndef UV_REDIS_H
#define UV_REDIS_H

#include "dynamo/message.h"
#include "uv/buffer.h"
#include "uv/command.h"
#include "uv/counts.h"
#include "uv/latency.h"

#include <stdbool.h>

/* How the answer to a request is to look. */
enum answer_form {
    ANSWER_VALUE,   /* GET: the value or nil; an error if there are several */
    ANSWER_VALUES,  /* DYN.GET: the context, and the array of values */
    ANSWER_WRITTEN, /* SET, DYN.PUT, DYN.JOIN, DYN.LEAVE: OK */
    ANSWER_LATER,   /* SET: what is there is read; then it is to be put */
};

enum redis_outcome {
    REDIS_ANSWERED, /* the answer was written */
    REDIS_ASK,      /* the node is to be asked */
    REDIS_QUIT,     /* answered, and the connection is to end */
};

/* What INFO tells; borrowed. */
struct redis_about {
    node_id node;
    const char *program;
    bool contexts;   /* its puts replace what their context says */
    bool membership; /* it takes joins and leaves */
    uint16_t peer_port, client_port;
    const struct counts *counts;
    const struct latency *gets, *puts;
};

/* Either writes to `answer`, or sets *request, whose slices are the command's
 * and `room`'s, and *form. With ANSWER_LATER the request is a get, and the third
 * word is what is to be put with its context. */
enum redis_outcome redis_command(const struct command *command,
                                 const struct redis_about *about,
                                 struct buffer *answer, struct buffer *room,
                                 struct request *request,
                                 enum answer_form *form);

/* Writes what the node replied. */
void redis_reply(struct buffer *answer, enum answer_form form,
                 const struct reply *reply);

/* "-text\r\n" */
void redis_error(struct buffer *answer, const char *text);

#endif
