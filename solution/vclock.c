/* vclock.c: vector clocks.
 *
 * Interface: dynamo/vclock.h, which says what every function owes its caller.
 */
#include "dynamo/vclock.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include <stdbool.h>
#include <string.h>

/* Pairs in ascending order of the node, as they are encoded. Clocks are small:
 * finding one among them needs no more than a look at each. */
struct vclock {
    struct vclock_pair *pairs; /* the first `count` of `capacity` */
    size_t count, capacity;
};

/* @starter
struct vclock {
    size_t count;
    // The pairs: yours to add.
};
@end */

/* ---- Clocks ---- */

/* @solution */

/* Where the node's pair is, or would have to stand. */
static size_t place_of(const struct vclock *clock, node_id node)
{
    size_t i = 0;

    while (i < clock->count && clock->pairs[i].node < node)
        i++;
    return i;
}

static bool stands_at(const struct vclock *clock, size_t i, node_id node)
{
    return i < clock->count && clock->pairs[i].node == node;
}

static int reserve(struct vclock *clock, size_t capacity)
{
    struct vclock_pair *grown;

    if (capacity <= clock->capacity)
        return DYN_OK;
    if (capacity > SIZE_MAX / sizeof *grown)
        return DYN_ENOMEM;
    grown = realloc(clock->pairs, capacity * sizeof *grown);
    if (grown == NULL)
        return DYN_ENOMEM;
    clock->pairs = grown;
    clock->capacity = capacity;
    return DYN_OK;
}

/* Sets a node's pair, whatever it was. */
static int set(struct vclock *clock, struct vclock_pair pair)
{
    size_t i = place_of(clock, pair.node);
    int rv;

    if (!stands_at(clock, i, pair.node)) {
        rv = reserve(clock, clock->count + 1);
        if (rv != DYN_OK)
            return rv;
        memmove(clock->pairs + i + 1, clock->pairs + i,
                (clock->count - i) * sizeof *clock->pairs);
        clock->count++;
    }
    clock->pairs[i] = pair;
    return DYN_OK;
}

/* @starter
@end */

int vclock_open(struct vclock **clock)
{
    /* @solution */
    struct vclock *made;

    if (clock == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *clock = made;
    return DYN_OK;
    /* @starter
    (void)clock;
    return DYN_ETODO;
    @end */
}

int vclock_copy(struct vclock **copy, const struct vclock *clock)
{
    /* @solution */
    struct vclock *made;
    int rv;

    if (copy == NULL || clock == NULL)
        return DYN_EINVAL;
    rv = vclock_open(&made);
    if (rv != DYN_OK)
        return rv;
    rv = reserve(made, clock->count);
    if (rv != DYN_OK) {
        vclock_close(made);
        return rv;
    }
    if (clock->count > 0)
        memcpy(made->pairs, clock->pairs, clock->count * sizeof *made->pairs);
    made->count = clock->count;
    *copy = made;
    return DYN_OK;
    /* @starter
    (void)copy;
    (void)clock;
    return DYN_ETODO;
    @end */
}

void vclock_close(struct vclock *clock)
{
    /* @solution */
    if (clock == NULL)
        return;
    free(clock->pairs);
    free(clock);
    /* @starter
    (void)clock;
    @end */
}

int vclock_raise(struct vclock *clock, node_id node, uint64_t counter,
                 uint64_t time_ms)
{
    /* @solution */
    if (clock == NULL || counter <= vclock_counter(clock, node))
        return DYN_EINVAL;
    return set(clock, (struct vclock_pair){node, counter, time_ms});
    /* @starter
    (void)clock;
    (void)node;
    (void)counter;
    (void)time_ms;
    return DYN_ETODO;
    @end */
}

int vclock_increment(struct vclock *clock, node_id node, uint64_t time_ms)
{
    /* @solution */
    uint64_t counter;

    if (clock == NULL)
        return DYN_EINVAL;
    counter = vclock_counter(clock, node);
    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    return vclock_raise(clock, node, counter + 1, time_ms);
    /* @starter
    (void)clock;
    (void)node;
    (void)time_ms;
    return DYN_ETODO;
    @end */
}

uint64_t vclock_counter(const struct vclock *clock, node_id node)
{
    /* @solution */
    size_t i;

    if (clock == NULL)
        return 0;
    i = place_of(clock, node);
    return stands_at(clock, i, node) ? clock->pairs[i].counter : 0;
    /* @starter
    (void)clock;
    (void)node;
    return 0;
    @end */
}

size_t vclock_pairs(const struct vclock *clock, struct vclock_pair *pairs,
                    size_t capacity)
{
    /* @solution */
    size_t stored;

    if (clock == NULL || (pairs == NULL && capacity > 0))
        return 0;
    stored = clock->count < capacity ? clock->count : capacity;
    if (stored > 0)
        memcpy(pairs, clock->pairs, stored * sizeof *pairs);
    return clock->count;
    /* @starter
    (void)clock;
    (void)pairs;
    (void)capacity;
    return 0;
    @end */
}

/* ---- Order ---- */

/* @solution */

/* Whether a <= b: no node's counter is higher in a. A node that a has no pair of
 * has the counter 0 there, which is higher than nothing. */
static bool descends(const struct vclock *a, const struct vclock *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->pairs[i].counter > vclock_counter(b, a->pairs[i].node))
            return false;
    return true;
}

/* @starter
@end */

int vclock_compare(const struct vclock *a, const struct vclock *b)
{
    /* @solution */
    bool before, after;

    if (a == NULL || b == NULL)
        return DYN_EINVAL;
    before = descends(a, b);
    after = descends(b, a);
    if (before)
        return after ? VCLOCK_EQUAL : VCLOCK_BEFORE;
    return after ? VCLOCK_AFTER : VCLOCK_CONCURRENT;
    /* @starter
    (void)a;
    (void)b;
    return DYN_ETODO;
    @end */
}

int vclock_merge(struct vclock *into, const struct vclock *from)
{
    /* @solution */
    size_t added = 0;
    int rv;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    /* Room first: without memory nothing may have changed. */
    for (size_t i = 0; i < from->count; i++)
        added += vclock_counter(into, from->pairs[i].node) == 0;
    rv = reserve(into, into->count + added);
    if (rv != DYN_OK)
        return rv;
    for (size_t i = 0; i < from->count; i++) {
        const struct vclock_pair *pair = &from->pairs[i];
        size_t at = place_of(into, pair->node);

        if (!stands_at(into, at, pair->node) ||
            into->pairs[at].counter < pair->counter)
            (void)set(into, *pair);
        else if (into->pairs[at].counter == pair->counter &&
                 into->pairs[at].time_ms < pair->time_ms)
            into->pairs[at].time_ms = pair->time_ms;
    }
    return DYN_OK;
    /* @starter
    (void)into;
    (void)from;
    return DYN_ETODO;
    @end */
}

/* ---- Bytes ---- */

/* @solution */

enum { HEAD = 4, PAIR = 20 };

/* @starter
@end */

int vclock_encode(const struct vclock *clock, uint8_t *bytes, size_t capacity,
                  size_t *length)
{
    /* @solution */
    if (clock == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    *length = HEAD + PAIR * clock->count;
    if (*length > capacity || bytes == NULL)
        return DYN_ERANGE;
    bytes_write(bytes, 4, clock->count);
    for (size_t i = 0; i < clock->count; i++) {
        uint8_t *at = bytes + HEAD + PAIR * i;

        bytes_write(at, 4, clock->pairs[i].node);
        bytes_write(at + 4, 8, clock->pairs[i].counter);
        bytes_write(at + 12, 8, clock->pairs[i].time_ms);
    }
    return DYN_OK;
    /* @starter
    (void)clock;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
    @end */
}

int vclock_decode(struct vclock **clock, const uint8_t *bytes, size_t length)
{
    /* @solution */
    struct vclock *made;
    uint64_t count;
    int rv;

    if (clock == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < HEAD)
        return DYN_ECORRUPT;
    count = bytes_read(bytes, 4);
    if ((length - HEAD) % PAIR != 0 || (length - HEAD) / PAIR != count)
        return DYN_ECORRUPT;
    rv = vclock_open(&made);
    if (rv != DYN_OK)
        return rv;
    rv = reserve(made, count);
    for (size_t i = 0; rv == DYN_OK && i < count; i++) {
        const uint8_t *at = bytes + HEAD + PAIR * i;
        struct vclock_pair pair = {(node_id)bytes_read(at, 4),
                                   bytes_read(at + 4, 8),
                                   bytes_read(at + 12, 8)};

        if (pair.counter == 0 ||
            (i > 0 && pair.node <= made->pairs[i - 1].node))
            rv = DYN_ECORRUPT;
        else
            made->pairs[made->count++] = pair;
    }
    if (rv != DYN_OK) {
        vclock_close(made);
        return rv;
    }
    *clock = made;
    return DYN_OK;
    /* @starter
    (void)clock;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
    @end */
}

/* ---- Truncation ---- */

int vclock_truncate(struct vclock *clock, size_t most)
{
    /* @solution */
    if (clock == NULL)
        return DYN_EINVAL;
    while (clock->count > most) {
        size_t oldest = 0;

        /* Of those of one time the first, which has the smallest node. */
        for (size_t i = 1; i < clock->count; i++)
            if (clock->pairs[i].time_ms < clock->pairs[oldest].time_ms)
                oldest = i;
        clock->count--;
        memmove(clock->pairs + oldest, clock->pairs + oldest + 1,
                (clock->count - oldest) * sizeof *clock->pairs);
    }
    return DYN_OK;
    /* @starter
    (void)clock;
    (void)most;
    return DYN_ETODO;
    @end */
}

/* @solution */

/* One more write, at a later time, which has read what `read` says. */
static void add(struct vclock_history *history, node_id node, uint32_t read)
{
    history->writes[history->count] =
        (struct vclock_write){node, 1000 + history->count, read};
    history->count++;
}

/* What has read the latest write, as a mask. */
static uint32_t latest(const struct vclock_history *history)
{
    return history->count > 0 ? (uint32_t)1 << (history->count - 1) : 0;
}

/* `count` writes through as many nodes, each of which has read the one before;
 * the first of them what `read` says. */
static void add_chain(struct vclock_history *history, size_t count,
                      uint32_t read)
{
    for (size_t i = 0; i < count; i++) {
        add(history, (node_id)history->count + 1, read);
        read = latest(history);
    }
}

static int check_history(const struct vclock_history *history, size_t most)
{
    if (history == NULL || most < 1 || most > VCLOCK_PAIRS_MAX)
        return DYN_EINVAL;
    return DYN_OK;
}

/* @starter
@end */

int vclock_false_conflict(struct vclock_history *history, size_t most)
{
    /* @solution */
    struct vclock_history made = {.count = 0};

    if (check_history(history, most) != DYN_OK)
        return DYN_EINVAL;
    /* The end of a chain of most + 1 has lost the pair of its beginning, which
     * is all that the first write has: <A1> and <B1,C1>. */
    add_chain(&made, most + 1, 0);
    made.first = 0;
    made.second = most;
    *history = made;
    return DYN_OK;
    /* @starter
    (void)history;
    (void)most;
    return DYN_ETODO;
    @end */
}

int vclock_lost_write(struct vclock_history *history, size_t most)
{
    /* @solution */
    struct vclock_history made = {.count = 0};
    const node_id node = 1000;
    uint32_t chain;

    if (check_history(history, most) != DYN_OK)
        return DYN_EINVAL;
    /* Two writes through one node. All that tells them apart is that the first
     * has read X, whose pair is the oldest of one too many: <X1,B1,A1> becomes
     * <B1,A1>, which is before <B1,A2>. */
    add(&made, 1, 0);
    add_chain(&made, most - 1, 0);
    chain = most > 1 ? latest(&made) : 0;
    made.first = made.count;
    add(&made, node, chain | 1);
    made.second = made.count;
    add(&made, node, chain);
    *history = made;
    return DYN_OK;
    /* @starter
    (void)history;
    (void)most;
    return DYN_ETODO;
    @end */
}
