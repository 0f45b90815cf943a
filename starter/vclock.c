/* vclock.c: vector clocks.
 *
 * Interface: dynamo/vclock.h, which says what every function owes its caller.
 */
#include "dynamo/vclock.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdlib.h>

struct vclock {
    size_t count;
    // The pairs: yours to add.
};

/* ---- Clocks ---- */

int vclock_open(struct vclock **clock)
{
    (void)clock;
    return DYN_ETODO;
}

int vclock_copy(struct vclock **copy, const struct vclock *clock)
{
    (void)copy;
    (void)clock;
    return DYN_ETODO;
}

void vclock_close(struct vclock *clock)
{
    (void)clock;
}

int vclock_raise(struct vclock *clock, node_id node, uint64_t counter,
                 uint64_t time_ms)
{
    (void)clock;
    (void)node;
    (void)counter;
    (void)time_ms;
    return DYN_ETODO;
}

int vclock_increment(struct vclock *clock, node_id node, uint64_t time_ms)
{
    (void)clock;
    (void)node;
    (void)time_ms;
    return DYN_ETODO;
}

uint64_t vclock_counter(const struct vclock *clock, node_id node)
{
    (void)clock;
    (void)node;
    return 0;
}

size_t vclock_pairs(const struct vclock *clock, struct vclock_pair *pairs,
                    size_t capacity)
{
    (void)clock;
    (void)pairs;
    (void)capacity;
    return 0;
}

/* ---- Order ---- */

int vclock_compare(const struct vclock *a, const struct vclock *b)
{
    (void)a;
    (void)b;
    return DYN_ETODO;
}

int vclock_merge(struct vclock *into, const struct vclock *from)
{
    (void)into;
    (void)from;
    return DYN_ETODO;
}

/* ---- Bytes ---- */

int vclock_encode(const struct vclock *clock, uint8_t *bytes, size_t capacity,
                  size_t *length)
{
    (void)clock;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
}

int vclock_decode(struct vclock **clock, const uint8_t *bytes, size_t length)
{
    (void)clock;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
}

/* ---- Truncation ---- */

int vclock_truncate(struct vclock *clock, size_t most)
{
    (void)clock;
    (void)most;
    return DYN_ETODO;
}

int vclock_false_conflict(struct vclock_history *history, size_t most)
{
    (void)history;
    (void)most;
    return DYN_ETODO;
}

int vclock_lost_write(struct vclock_history *history, size_t most)
{
    (void)history;
    (void)most;
    return DYN_ETODO;
}
