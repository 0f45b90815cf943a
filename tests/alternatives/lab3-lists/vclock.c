/* vclock.c: vector clocks.
 *
 * Interface: dynamo/vclock.h, which says what every function owes its caller.
 *
 * A clock is a singly linked list of pairs in no order at all. Order is made
 * only where somebody sees it: in vclock_pairs and in vclock_encode.
 */
#include "dynamo/vclock.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_SIZE = 4,  /* the number of pairs */
    NODE_SIZE = 4,  /* the beginning of a pair, by which pairs ascend */
    PAIR_SIZE = 20, /* node, counter, time */
};

struct link {
    struct link *next;
    struct vclock_pair pair;
};

struct vclock {
    struct link *first;
    size_t count;
};

/* ---- Lists ---- */

static struct link *link_new(const struct vclock_pair *pair, struct link *next)
{
    struct link *made = malloc(sizeof *made);

    if (made != NULL)
        *made = (struct link){.next = next, .pair = *pair};
    return made;
}

static void links_free(struct link *first)
{
    while (first != NULL) {
        struct link *next = first->next;

        free(first);
        first = next;
    }
}

static struct link *find(const struct vclock *clock, node_id node)
{
    struct link *link = clock->first;

    while (link != NULL && link->pair.node != node)
        link = link->next;
    return link;
}

/* ---- Clocks ---- */

int vclock_open(struct vclock **clock)
{
    struct vclock *opened;

    if (clock == NULL)
        return DYN_EINVAL;
    opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return DYN_ENOMEM;
    *clock = opened;
    return DYN_OK;
}

int vclock_copy(struct vclock **copy, const struct vclock *clock)
{
    struct vclock *opened = NULL;
    int code;

    if (copy == NULL || clock == NULL)
        return DYN_EINVAL;
    code = vclock_open(&opened);
    if (code == DYN_OK)
        code = vclock_merge(opened, clock);
    if (code != DYN_OK) {
        vclock_close(opened);
        return code;
    }
    *copy = opened;
    return DYN_OK;
}

void vclock_close(struct vclock *clock)
{
    if (clock == NULL)
        return;
    links_free(clock->first);
    free(clock);
}

int vclock_raise(struct vclock *clock, node_id node, uint64_t counter,
                 uint64_t time_ms)
{
    struct vclock_pair pair = {node, counter, time_ms};
    struct link *link;

    if (clock == NULL || counter <= vclock_counter(clock, node))
        return DYN_EINVAL;
    link = find(clock, node);
    if (link != NULL) {
        link->pair = pair;
        return DYN_OK;
    }
    link = link_new(&pair, clock->first);
    if (link == NULL)
        return DYN_ENOMEM;
    clock->first = link;
    clock->count++;
    return DYN_OK;
}

int vclock_increment(struct vclock *clock, node_id node, uint64_t time_ms)
{
    uint64_t counter = vclock_counter(clock, node);

    if (clock == NULL)
        return DYN_EINVAL;
    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    return vclock_raise(clock, node, counter + 1, time_ms);
}

uint64_t vclock_counter(const struct vclock *clock, node_id node)
{
    const struct link *link = clock == NULL ? NULL : find(clock, node);

    return link == NULL ? 0 : link->pair.counter;
}

static int by_node(const void *a, const void *b)
{
    node_id left = ((const struct vclock_pair *)a)->node;
    node_id right = ((const struct vclock_pair *)b)->node;

    return (left > right) - (left < right);
}

size_t vclock_pairs(const struct vclock *clock, struct vclock_pair *pairs,
                    size_t capacity)
{
    size_t stored = 0;

    if (clock == NULL || (pairs == NULL && capacity > 0))
        return 0;
    if (capacity >= clock->count) {
        for (const struct link *at = clock->first; at != NULL; at = at->next)
            pairs[stored++] = at->pair;
        if (stored > 1)
            qsort(pairs, stored, sizeof *pairs, by_node);
        return clock->count;
    }

    // No room for all: the smallest so far are kept in order, and each new one
    // pushes the larger ones up, the last of them out.
    for (const struct link *at = clock->first; at != NULL; at = at->next) {
        size_t place = stored;

        while (place > 0 && pairs[place - 1].node > at->pair.node)
            place--;
        if (place == capacity)
            continue;
        if (stored < capacity)
            stored++;
        memmove(&pairs[place + 1], &pairs[place],
                (stored - place - 1) * sizeof *pairs);
        pairs[place] = at->pair;
    }
    return clock->count;
}

/* ---- Order ---- */

/* Whether a <= b. */
static bool covered(const struct vclock *a, const struct vclock *b)
{
    for (const struct link *at = a->first; at != NULL; at = at->next)
        if (at->pair.counter > vclock_counter(b, at->pair.node))
            return false;
    return true;
}

int vclock_compare(const struct vclock *a, const struct vclock *b)
{
    bool below, above;

    if (a == NULL || b == NULL)
        return DYN_EINVAL;
    below = covered(a, b);
    above = covered(b, a);
    if (below)
        return above ? VCLOCK_EQUAL : VCLOCK_BEFORE;
    return above ? VCLOCK_AFTER : VCLOCK_CONCURRENT;
}

int vclock_merge(struct vclock *into, const struct vclock *from)
{
    struct link *fresh = NULL, *last = NULL;
    size_t count = 0;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;

    // What may fail comes first: links for the nodes that `into` lacks.
    for (const struct link *at = from->first; at != NULL; at = at->next) {
        struct link *made;

        if (find(into, at->pair.node) != NULL)
            continue;
        made = link_new(&at->pair, fresh);
        if (made == NULL) {
            links_free(fresh);
            return DYN_ENOMEM;
        }
        if (last == NULL)
            last = made;
        fresh = made;
        count++;
    }

    for (struct link *at = into->first; at != NULL; at = at->next) {
        const struct link *other = find(from, at->pair.node);

        if (other == NULL || other->pair.counter < at->pair.counter)
            continue;
        if (other->pair.counter > at->pair.counter ||
            other->pair.time_ms > at->pair.time_ms)
            at->pair = other->pair;
    }
    if (last != NULL) {
        last->next = into->first;
        into->first = fresh;
        into->count += count;
    }
    return DYN_OK;
}

/* ---- Bytes ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, NODE_SIZE);
}

int vclock_encode(const struct vclock *clock, uint8_t *bytes, size_t capacity,
                  size_t *length)
{
    uint8_t *end;

    if (clock == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    *length = HEAD_SIZE + clock->count * PAIR_SIZE;
    if (*length > capacity)
        return DYN_ERANGE;

    // Big-endian numbers are ordered as their bytes are, so the pairs can be
    // written as they come and sorted where they stand.
    bytes_write(bytes, HEAD_SIZE, clock->count);
    end = bytes + HEAD_SIZE;
    for (const struct link *at = clock->first; at != NULL; at = at->next) {
        bytes_write(end, 4, at->pair.node);
        bytes_write(end + 4, 8, at->pair.counter);
        bytes_write(end + 12, 8, at->pair.time_ms);
        end += PAIR_SIZE;
    }
    if (clock->count > 1)
        qsort(bytes + HEAD_SIZE, clock->count, PAIR_SIZE, by_bytes);
    return DYN_OK;
}

/* Whether vclock_encode can have written the bytes. */
static bool is_clock(const uint8_t *bytes, size_t length)
{
    const uint8_t *at, *end;

    if (length < HEAD_SIZE || (length - HEAD_SIZE) % PAIR_SIZE != 0 ||
        (length - HEAD_SIZE) / PAIR_SIZE != bytes_read(bytes, HEAD_SIZE))
        return false;
    end = bytes + length;
    for (at = bytes + HEAD_SIZE; at < end; at += PAIR_SIZE) {
        if (bytes_read(at + 4, 8) == 0)
            return false;
        if (at > bytes + HEAD_SIZE && by_bytes(at - PAIR_SIZE, at) >= 0)
            return false;
    }
    return true;
}

int vclock_decode(struct vclock **clock, const uint8_t *bytes, size_t length)
{
    struct vclock *opened;
    int code;

    if (clock == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (!is_clock(bytes, length))
        return DYN_ECORRUPT;
    code = vclock_open(&opened);
    if (code != DYN_OK)
        return code;
    for (size_t at = HEAD_SIZE; at < length; at += PAIR_SIZE) {
        struct vclock_pair pair = {
            .node = (node_id)bytes_read(bytes + at, 4),
            .counter = bytes_read(bytes + at + 4, 8),
            .time_ms = bytes_read(bytes + at + 12, 8),
        };
        struct link *made = link_new(&pair, opened->first);

        if (made == NULL) {
            vclock_close(opened);
            return DYN_ENOMEM;
        }
        opened->first = made;
        opened->count++;
    }
    *clock = opened;
    return DYN_OK;
}

/* ---- Truncation ---- */

/* Whether pair a is dropped before pair b. */
static bool drops_before(const struct vclock_pair *a,
                         const struct vclock_pair *b)
{
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms;
    return a->node < b->node;
}

/* Merge sort of a list, so that what is dropped first stands last. */
static struct link *sort_by_age(struct link *list, size_t count)
{
    struct link *left = list, *right, **end = &list, *cut = list;

    if (count < 2)
        return list;
    for (size_t i = 1; i < count / 2; i++)
        cut = cut->next;
    right = cut->next;
    cut->next = NULL;
    left = sort_by_age(left, count / 2);
    right = sort_by_age(right, count - count / 2);
    while (left != NULL && right != NULL) {
        struct link **younger =
            drops_before(&left->pair, &right->pair) ? &right : &left;

        *end = *younger;
        end = &(*end)->next;
        *younger = *end;
    }
    *end = left != NULL ? left : right;
    return list;
}

int vclock_truncate(struct vclock *clock, size_t most)
{
    struct link **cut;

    if (clock == NULL)
        return DYN_EINVAL;
    if (clock->count <= most)
        return DYN_OK;
    clock->first = sort_by_age(clock->first, clock->count);
    cut = &clock->first;
    for (size_t i = 0; i < most; i++)
        cut = &(*cut)->next;
    links_free(*cut);
    *cut = NULL;
    clock->count = most;
    return DYN_OK;
}

/* Adds a write that has read one earlier one, or none if `read` is negative. */
static void history_add(struct vclock_history *history, node_id node,
                        uint64_t time_ms, int read)
{
    history->writes[history->count++] = (struct vclock_write){
        .node = node,
        .time_ms = time_ms,
        .read = read < 0 ? 0 : UINT32_C(1) << read,
    };
}

/* A chain of writes through nodes 1, 2, 3 ..., each of which has read the one
 * before, at times that ascend from 100. */
static void history_chain(struct vclock_history *history, size_t count)
{
    memset(history, 0, sizeof *history);
    for (size_t i = 0; i < count; i++)
        history_add(history, (node_id)(i + 1), 100 + i, (int)i - 1);
}

/* The chain is one longer than a clock may be: the last write has seen the
 * first, and its clock has forgotten it. */
int vclock_false_conflict(struct vclock_history *history, size_t most)
{
    if (history == NULL || most < 1 || most > VCLOCK_PAIRS_MAX)
        return DYN_EINVAL;
    history_chain(history, most + 1);
    history->first = 0;
    history->second = most;
    return DYN_OK;
}

/* The chain fills a clock. Two writes follow its end, and do not know each
 * other. The first is that of a new node whose time is so early that its own
 * pair, the only place where it is ahead, is dropped at once: its clock is that
 * of the chain's end. The second goes through the last node of the chain, needs
 * no new pair, and is so ahead of that. */
int vclock_lost_write(struct vclock_history *history, size_t most)
{
    if (history == NULL || most < 1 || most > VCLOCK_PAIRS_MAX)
        return DYN_EINVAL;
    history_chain(history, most);
    history->first = most;
    history->second = most + 1;
    history_add(history, (node_id)(most + 1), 1, (int)most - 1);
    history_add(history, (node_id)most, 1000, (int)most - 1);
    return DYN_OK;
}
