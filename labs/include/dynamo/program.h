/* program.h: what a node is: five functions over a state of its own.
 *
 * The runtime calls them one at a time. All state is in struct node, which the
 * program defines; nothing outlives a call but that and the store (env.h).
 * What a handler receives is borrowed until it returns. */
#ifndef DYNAMO_PROGRAM_H
#define DYNAMO_PROGRAM_H

#include "dynamo/env.h"
#include "dynamo/message.h"
#include "dynamo/node.h"
#include "dynamo/ring.h"

#include <stddef.h>
#include <stdint.h>

struct node; /* the program's own */

/* The same on all nodes of a cluster, but for `self`. */
struct config {
    node_id self;
    const node_id
        *members; /* all nodes, `self` among them, in ascending order */
    size_t member_count;
    struct ring_config ring; /* what the ring is opened with; every member joins
                                in the order of `members`, with weight 1 */
    uint32_t n;              /* replicas of a key: 1 .. member_count */
    uint32_t r, w;       /* answers that a read, a write waits for: 1 .. n */
    uint32_t f;          /* liars to be borne (masking quorums), or 0 */
    uint32_t retry_ms;   /* when to ask again those that did not answer */
    uint32_t give_up_ms; /* when to answer a client DYN_EUNAVAILABLE */
    /* From lab 4 on, 0 before. */
    /* 1: others stand in for replicas that do not answer; 0 */
    uint32_t sloppy;
    /* Between two looks at the hints that are kept: 1 .. */
    uint32_t handoff_ms;
    /* Between two looks at what other replicas hold; 0: none. */
    uint32_t sync_ms;
    /* Between two questions for the view of another node; 0: membership never changes,
     * and all of `members` belong to the store. */
    uint32_t gossip_ms;
    /* With gossip: so many of `members`, the first, are the store at the beginning: n
     * or more; 0: all of them. */
    uint32_t first;
    /* 1 for the first store of this node; more than any before when it begins again
     * without its store. */
    uint32_t disk;
};

struct program {
    const char *name;

    /* Begins, and begins again after a crash: then the store holds what was
     * durable, and all else is new. `config` is borrowed until open returns.
     * Stores the new state, which the runtime hands to the other functions and
     * ends by close. DYN_OK, DYN_EINVAL for a config outside its ranges,
     * DYN_ENOMEM, DYN_ECORRUPT for a store that the program did not write. */
    int (*open)(struct node **node, const struct config *config,
                struct env *env);

    /* A client asks something of this node, which is then the coordinator of
     * the request (§4.5): it is to call env_reply once, now or in a later
     * handler. */
    void (*on_request)(struct node *node, struct env *env, request_id request,
                       const struct request *asked);

    void (*on_message)(struct node *node, struct env *env, node_id from,
                       const struct message *message);

    void (*on_timer)(struct node *node, struct env *env, timer_id timer,
                     int kind, uint64_t arg);

    /* Frees everything. NULL is ignored. Not called in a crash. */
    void (*close)(struct node *node);
};

/* The programs of the labs, each defined in the file of its name. */
extern const struct program register_program; /* lab 2, register.c */
extern const struct program masking_program;  /* lab 2, masking.c */
extern const struct program vclock_program;   /* lab 3, coordinator.c */
extern const struct program dvv_program;      /* lab 3, dvv.c */
extern const struct program failure_program;  /* lab 4, given */

#endif
