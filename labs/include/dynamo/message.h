/* message.h: what nodes say to each other, and what clients ask of a node.
 *
 * There is one struct for all kinds of messages; message.def says which fields
 * a kind has. Slices in a message that a handler receives are borrowed until
 * the handler returns; those in a message that it sends are copied. */
#ifndef DYNAMO_MESSAGE_H
#define DYNAMO_MESSAGE_H

#include "dynamo/node.h"
#include "dynamo/slice.h"

#include <stddef.h>
#include <stdint.h>

enum {
    KEY_SIZE_MAX = 256,       /* bytes of a client's key, at least 1 */
    VALUE_SIZE_MAX = 1 << 20, /* bytes of a value or a context, at least 0 */
};

/* The version of a register: ordered by counter, then by writer (the node that
 * coordinated the write). {0, 0} is the version of what was never written;
 * counters of writes begin at 1. */
struct version {
    uint64_t counter;
    node_id writer;
};

enum message_kind {
#define MESSAGE_KIND(number, name, label, fields, text) name = number,
#include "dynamo/message.def"
};

struct message {
    enum message_kind kind;
    uint64_t operation;
    struct slice key;
    struct version version;
    struct slice value;
    struct slice versions; /* at most STORE_VALUE_MAX bytes (env.h) */
    struct slice context;
    int code;
    /* From lab 4 on: */
    node_id owner;
    struct slice range, path, hash, tree, view;
    uint64_t disk;
};

/* What a client asks of a node, and what the node answers; from lab 4 on also what an
 * administrator says to it: that a node joins the store, or leaves it. */
enum request_kind {
    REQUEST_GET = 1,
    REQUEST_PUT = 2,
    REQUEST_JOIN = 3,
    REQUEST_LEAVE = 4,
};

struct request {
    enum request_kind kind;
    struct slice key;
    struct slice value;   /* of a put */
    struct slice context; /* of a put, from the get before it; from lab 3 on */
    node_id node;         /* of a join or a leave, which have no key */
    uint32_t weight;      /* of a join */
};

/* get(key) -> (context, values), put(key, context, value) (§4.4). */
struct reply {
    int code; /* DYN_OK, or why there is no answer */
    /* What a get found: none if the key was never written; in lab 2 one at the
     * most, from lab 3 on all that are concurrent. An array of `count`. */
    const struct slice *values;
    size_t count;         /* at most REPLY_VALUES_MAX */
    struct slice context; /* from lab 3 on */
};

enum { REPLY_VALUES_MAX = 1024 };

#endif
