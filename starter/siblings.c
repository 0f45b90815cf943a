/* siblings.c: what a replica holds of one key, told apart by vector clocks.
 *
 * Interface: dynamo/siblings.h, which says what every function owes its caller.
 */
#include "dynamo/siblings.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdlib.h>

struct siblings {
    size_t count;
    // The versions: yours to add.
};

/* ---- A set of siblings ---- */

int siblings_open(struct siblings **set)
{
    (void)set;
    return DYN_ETODO;
}

void siblings_close(struct siblings *set)
{
    (void)set;
}

int siblings_add(struct siblings *set, const struct vclock *clock,
                 struct slice value)
{
    (void)set;
    (void)clock;
    (void)value;
    return DYN_ETODO;
}

int siblings_merge(struct siblings *into, const struct siblings *from)
{
    (void)into;
    (void)from;
    return DYN_ETODO;
}

size_t siblings_count(const struct siblings *set)
{
    (void)set;
    return 0;
}

int siblings_at(const struct siblings *set, size_t index,
                const struct vclock **clock, struct slice *value)
{
    (void)set;
    (void)index;
    (void)clock;
    (void)value;
    return DYN_ETODO;
}

/* ---- Get and put ---- */

int siblings_context(const struct siblings *set, struct vclock **context)
{
    (void)set;
    (void)context;
    return DYN_ETODO;
}

int siblings_put(struct siblings *set, const struct vclock *context,
                 node_id node, uint64_t time_ms, struct slice value,
                 size_t most)
{
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    (void)most;
    return DYN_ETODO;
}

/* ---- Bytes ---- */

int siblings_encode(const struct siblings *set, uint8_t *bytes, size_t capacity,
                    size_t *length)
{
    (void)set;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
}

int siblings_decode(struct siblings **set, const uint8_t *bytes, size_t length)
{
    (void)set;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
}
