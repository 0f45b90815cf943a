/* pipeline.h: a client's commands that are under way: their answers are made in
 * any order, and leave in that of the commands. */
#ifndef UV_PIPELINE_H
#define UV_PIPELINE_H

#include "uv/buffer.h"
#include "uv/clients.h"
#include "uv/redis.h"

#include <stdbool.h>
#include <stddef.h>
#include <uthash.h>

/* One command's place in the order; the pipeline's own. Who added it writes to
 * `bytes` until pipeline_finish. */
struct answer {
    struct pipeline *pipeline;
    request_id id; /* 0: the node is not asked */
    struct call call;
    enum answer_form form;
    bool done;
    enum request_kind kind; /* what the node is asked */
    uint64_t asked_us;      /* when */
    struct buffer bytes;
    /* Of ANSWER_LATER: what is to be put, and with which context. */
    struct buffer key, value, context;
    bool to_put; /* the context is there; clients_take asks */
    struct answer *next;
    UT_hash_handle hh; /* clients.c's, by id, while the node is asked */
};

/* All zero: nothing is under way. */
struct pipeline {
    struct answer *answers, *last; /* in the order of the commands */
    size_t under_way;
    size_t held;   /* bytes of answers that are done */
    size_t to_put; /* answers of which that is set */
};

/* The place of the next command. NULL when there is no memory. */
struct answer *pipeline_add(struct pipeline *pipeline);

/* The answer is whole. */
void pipeline_finish(struct answer *answer);

/* Moves the answers whose turn it is to the end of `queue`, while that is
 * smaller than `most` bytes. False when something is missing for lack of
 * memory. */
bool pipeline_take(struct pipeline *pipeline, struct buffer *queue,
                   size_t most);

/* Forgets all. */
void pipeline_close(struct pipeline *pipeline);

#endif
