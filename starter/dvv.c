/* dvv.c: siblings told apart by dots.
 *
 * Interface: dynamo/dvv.h, which says what every function owes its caller.
 */
#include "dynamo/dvv.h"

#include "dynamo/bytes.h"
#include "dynamo/coordinator.h"
#include "dynamo/err.h"

#include <stdlib.h>

struct dvv {
    size_t count;
    // The clock and the versions: yours to add.
};

/* ---- A set with dots ---- */

int dvv_open(struct dvv **set)
{
    (void)set;
    return DYN_ETODO;
}

void dvv_close(struct dvv *set)
{
    (void)set;
}

int dvv_put(struct dvv *set, const struct vclock *context, node_id node,
            uint64_t time_ms, struct slice value)
{
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    return DYN_ETODO;
}

int dvv_merge(struct dvv *into, const struct dvv *from)
{
    (void)into;
    (void)from;
    return DYN_ETODO;
}

size_t dvv_count(const struct dvv *set)
{
    (void)set;
    return 0;
}

int dvv_at(const struct dvv *set, size_t index, struct dot *dot,
           struct slice *value)
{
    (void)set;
    (void)index;
    (void)dot;
    (void)value;
    return DYN_ETODO;
}

int dvv_context(const struct dvv *set, struct vclock **context)
{
    (void)set;
    (void)context;
    return DYN_ETODO;
}

/* ---- Bytes ---- */

int dvv_encode(const struct dvv *set, uint8_t *bytes, size_t capacity,
               size_t *length)
{
    (void)set;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
}

int dvv_decode(struct dvv **set, const uint8_t *bytes, size_t length)
{
    (void)set;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
}

/* ---- The rules of dots ---- */

static int put_version(struct slice set, const struct vclock *context,
                       node_id node, uint64_t time_ms, struct slice value,
                       struct slice *made)
{
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    (void)made;
    return DYN_ETODO;
}

static int merge_versions(struct slice a, struct slice b, struct slice *merged)
{
    (void)a;
    (void)b;
    (void)merged;
    return DYN_ETODO;
}

static int read_versions(struct slice set, struct slice **values, size_t *count,
                         struct vclock **context)
{
    (void)set;
    (void)values;
    (void)count;
    (void)context;
    return DYN_ETODO;
}

static const struct version_rules rules = {
    .name = "dvv",
    .put = put_version,
    .merge = merge_versions,
    .read = read_versions,
};

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    return coordinator_open(node, config, env, &rules);
}

const struct program dvv_program = {
    .name = "dvv",
    .open = node_open,
    .on_request = coordinator_on_request,
    .on_message = coordinator_on_message,
    .on_timer = coordinator_on_timer,
    .close = coordinator_close,
};
