/* vclock.c with a hash table: pairs lie in slots of an open-addressing table
 * with linear probing, at most half full; a slot without a pair has the counter
 * 0. Nothing is in order: pairs are sorted where they are listed or encoded, in
 * the caller's own array, so that neither needs memory. */
#include "dynamo/vclock.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 8, HEAD_SIZE = 4, PAIR_SIZE = 20 };

struct vclock {
    struct vclock_pair *slots;
    size_t slot_count; /* 0 or a power of two */
    size_t count;      /* of pairs */
};

/* ---- The table ---- */

static size_t home_of(const struct vclock *clock, node_id node)
{
    uint32_t mixed = node;
    mixed ^= mixed >> 16;
    mixed *= 0x7feb352dU;
    mixed ^= mixed >> 15;
    mixed *= 0x846ca68bU;
    mixed ^= mixed >> 16;
    return mixed & (clock->slot_count - 1);
}

/* The node's slot, or the empty one in which it would be; NULL in a table
 * without slots. */
static struct vclock_pair *slot_of(const struct vclock *clock, node_id node)
{
    if (clock->slot_count == 0)
        return NULL;
    size_t at = home_of(clock, node);
    while (clock->slots[at].counter > 0 && clock->slots[at].node != node)
        at = (at + 1) & (clock->slot_count - 1);
    return &clock->slots[at];
}

/* The node's pair or NULL. */
static struct vclock_pair *find(const struct vclock *clock, node_id node)
{
    struct vclock_pair *slot = slot_of(clock, node);
    return slot && slot->counter > 0 ? slot : NULL;
}

/* Makes room for `count` pairs. */
static int reserve(struct vclock *clock, size_t count)
{
    struct vclock larger = {.slot_count = SLOTS_MIN, .count = clock->count};
    if (count <= clock->slot_count / 2)
        return DYN_OK;
    while (larger.slot_count / 2 < count) {
        if (larger.slot_count > SIZE_MAX / 2)
            return DYN_ENOMEM;
        larger.slot_count *= 2;
    }
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return DYN_ENOMEM;
    for (size_t i = 0; i < clock->slot_count; i++)
        if (clock->slots[i].counter > 0)
            *slot_of(&larger, clock->slots[i].node) = clock->slots[i];
    free(clock->slots);
    *clock = larger;
    return DYN_OK;
}

/* Sets the pair of a node, for which there is room. */
static void set(struct vclock *clock, struct vclock_pair pair)
{
    struct vclock_pair *slot = slot_of(clock, pair.node);
    if (slot->counter == 0)
        clock->count++;
    *slot = pair;
}

/* Empties a slot, and moves up the pairs that were pushed beyond it. */
static void empty(struct vclock *clock, size_t hole)
{
    size_t mask = clock->slot_count - 1;
    for (size_t at = (hole + 1) & mask; clock->slots[at].counter > 0;
         at = (at + 1) & mask) {
        size_t home = home_of(clock, clock->slots[at].node);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            clock->slots[hole] = clock->slots[at];
            hole = at;
        }
    }
    clock->slots[hole].counter = 0;
    clock->count--;
}

/* ---- Clocks ---- */

int vclock_open(struct vclock **clock)
{
    if (!clock)
        return DYN_EINVAL;
    struct vclock *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    *clock = made;
    return DYN_OK;
}

int vclock_copy(struct vclock **copy, const struct vclock *clock)
{
    struct vclock *made;
    if (!copy || !clock)
        return DYN_EINVAL;
    int code = vclock_open(&made);
    if (code == DYN_OK)
        code = vclock_merge(made, clock);
    else
        return code;
    if (code == DYN_OK)
        *copy = made;
    else
        vclock_close(made);
    return code;
}

void vclock_close(struct vclock *clock)
{
    if (!clock)
        return;
    free(clock->slots);
    free(clock);
}

int vclock_raise(struct vclock *clock, node_id node, uint64_t counter,
                 uint64_t time_ms)
{
    if (!clock || counter <= vclock_counter(clock, node))
        return DYN_EINVAL;
    if (!find(clock, node)) {
        int code = reserve(clock, clock->count + 1);
        if (code != DYN_OK)
            return code;
    }
    set(clock, (struct vclock_pair){node, counter, time_ms});
    return DYN_OK;
}

int vclock_increment(struct vclock *clock, node_id node, uint64_t time_ms)
{
    if (!clock)
        return DYN_EINVAL;
    uint64_t counter = vclock_counter(clock, node);
    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    return vclock_raise(clock, node, counter + 1, time_ms);
}

uint64_t vclock_counter(const struct vclock *clock, node_id node)
{
    const struct vclock_pair *pair = clock ? find(clock, node) : NULL;
    return pair ? pair->counter : 0;
}

static int by_node(const void *a, const void *b)
{
    const struct vclock_pair *x = a, *y = b;
    return (x->node > y->node) - (x->node < y->node);
}

/* Restores a heap, the highest node first, that is wrong at most at `at`. */
static void sift(struct vclock_pair *heap, size_t count, size_t at)
{
    for (;;) {
        size_t highest = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < count && heap[child].node > heap[highest].node)
                highest = child;
        if (highest == at)
            return;
        struct vclock_pair pair = heap[at];
        heap[at] = heap[highest];
        heap[highest] = pair;
        at = highest;
    }
}

size_t vclock_pairs(const struct vclock *clock, struct vclock_pair *pairs,
                    size_t capacity)
{
    if (!clock || (!pairs && capacity > 0))
        return 0;
    size_t kept = 0;
    if (capacity == 0)
        return clock->count;
    for (size_t i = 0; i < clock->slot_count; i++) {
        const struct vclock_pair *pair = &clock->slots[i];
        if (pair->counter == 0)
            continue;
        if (kept < capacity) {
            pairs[kept++] = *pair;
            for (size_t at = kept / 2; kept == capacity && at-- > 0;)
                sift(pairs, kept, at);
        } else if (pair->node < pairs[0].node) {
            pairs[0] = *pair;
            sift(pairs, kept, 0);
        }
    }
    qsort(pairs, kept, sizeof *pairs, by_node);
    return clock->count;
}

/* ---- Order ---- */

/* a <= b */
static bool covered(const struct vclock *a, const struct vclock *b)
{
    for (size_t i = 0; i < a->slot_count; i++)
        if (a->slots[i].counter > vclock_counter(b, a->slots[i].node))
            return false;
    return true;
}

int vclock_compare(const struct vclock *a, const struct vclock *b)
{
    if (!a || !b)
        return DYN_EINVAL;
    bool below = covered(a, b), above = covered(b, a);
    if (below)
        return above ? VCLOCK_EQUAL : VCLOCK_BEFORE;
    return above ? VCLOCK_AFTER : VCLOCK_CONCURRENT;
}

int vclock_merge(struct vclock *into, const struct vclock *from)
{
    if (!into || !from)
        return DYN_EINVAL;
    size_t count = into->count;
    for (size_t i = 0; i < from->slot_count; i++)
        if (from->slots[i].counter > 0 && !find(into, from->slots[i].node))
            count++;
    int code = reserve(into, count);
    if (code != DYN_OK)
        return code;
    for (size_t i = 0; i < from->slot_count; i++) {
        const struct vclock_pair *theirs = &from->slots[i];
        if (theirs->counter == 0)
            continue;
        const struct vclock_pair *ours = find(into, theirs->node);
        if (!ours || theirs->counter > ours->counter ||
            (theirs->counter == ours->counter &&
             theirs->time_ms > ours->time_ms))
            set(into, *theirs);
    }
    return DYN_OK;
}

/* ---- Bytes ---- */

/* Big-endian nodes are in order as bytes, too. */
static int by_node_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(node_id));
}

int vclock_encode(const struct vclock *clock, uint8_t *bytes, size_t capacity,
                  size_t *length)
{
    if (!clock || !length || (!bytes && capacity > 0))
        return DYN_EINVAL;
    *length = HEAD_SIZE + PAIR_SIZE * clock->count;
    if (*length > capacity)
        return DYN_ERANGE;
    bytes_write(bytes, HEAD_SIZE, clock->count);
    uint8_t *at = bytes + HEAD_SIZE;
    for (size_t i = 0; i < clock->slot_count; i++) {
        const struct vclock_pair *pair = &clock->slots[i];
        if (pair->counter == 0)
            continue;
        bytes_write(at, 4, pair->node);
        bytes_write(at + 4, 8, pair->counter);
        bytes_write(at + 12, 8, pair->time_ms);
        at += PAIR_SIZE;
    }
    qsort(bytes + HEAD_SIZE, clock->count, PAIR_SIZE, by_node_bytes);
    return DYN_OK;
}

static bool is_encoding(const uint8_t *bytes, size_t length)
{
    if (length < HEAD_SIZE || (length - HEAD_SIZE) % PAIR_SIZE != 0 ||
        bytes_read(bytes, HEAD_SIZE) != (length - HEAD_SIZE) / PAIR_SIZE)
        return false;
    for (size_t at = HEAD_SIZE; at < length; at += PAIR_SIZE) {
        if (bytes_read(bytes + at + 4, 8) == 0)
            return false;
        if (at > HEAD_SIZE &&
            by_node_bytes(bytes + at - PAIR_SIZE, bytes + at) >= 0)
            return false;
    }
    return true;
}

int vclock_decode(struct vclock **clock, const uint8_t *bytes, size_t length)
{
    struct vclock *made;
    if (!clock || (!bytes && length > 0))
        return DYN_EINVAL;
    if (!is_encoding(bytes, length))
        return DYN_ECORRUPT;
    int code = vclock_open(&made);
    if (code != DYN_OK)
        return code;
    code = reserve(made, (length - HEAD_SIZE) / PAIR_SIZE);
    if (code != DYN_OK) {
        vclock_close(made);
        return code;
    }
    for (size_t at = HEAD_SIZE; at < length; at += PAIR_SIZE)
        set(made, (struct vclock_pair){(node_id)bytes_read(bytes + at, 4),
                                       bytes_read(bytes + at + 4, 8),
                                       bytes_read(bytes + at + 12, 8)});
    *clock = made;
    return DYN_OK;
}

/* ---- Truncation ---- */

static size_t oldest(const struct vclock *clock)
{
    size_t found = clock->slot_count;
    for (size_t i = 0; i < clock->slot_count; i++) {
        const struct vclock_pair *pair = &clock->slots[i];
        if (pair->counter == 0)
            continue;
        if (found == clock->slot_count ||
            pair->time_ms < clock->slots[found].time_ms ||
            (pair->time_ms == clock->slots[found].time_ms &&
             pair->node < clock->slots[found].node))
            found = i;
    }
    return found;
}

int vclock_truncate(struct vclock *clock, size_t most)
{
    if (!clock)
        return DYN_EINVAL;
    while (clock->count > most)
        empty(clock, oldest(clock));
    return DYN_OK;
}

static void append(struct vclock_history *history, node_id node,
                   uint64_t time_ms, uint32_t read)
{
    history->writes[history->count++] =
        (struct vclock_write){node, time_ms, read};
}

/* A history of `most` writes through as many nodes, 1 .. most, each of which has
 * read the one before: the last one's clock is full. */
static int start(struct vclock_history *history, size_t most)
{
    if (!history || most < 1 || most > VCLOCK_PAIRS_MAX)
        return DYN_EINVAL;
    *history = (struct vclock_history){.count = 0};
    for (uint32_t i = 0; i < most; i++)
        append(history, i + 1, 1000 + i, i > 0 ? 1U << (i - 1) : 0);
    return DYN_OK;
}

/* The last of them and one more, which pushes out node 1. */
int vclock_false_conflict(struct vclock_history *history, size_t most)
{
    int code = start(history, most);
    if (code != DYN_OK)
        return code;
    append(history, (node_id)most + 1, 2000, 1U << (most - 1));
    history->first = most - 1;
    history->second = most;
    return DYN_OK;
}

/* Two that have both read the last of them: one through a node whose clock is
 * so slow that its own pair is pushed out, one through node 1. */
int vclock_lost_write(struct vclock_history *history, size_t most)
{
    int code = start(history, most);
    if (code != DYN_OK)
        return code;
    append(history, (node_id)most + 1, 1, 1U << (most - 1));
    append(history, 1, 2000, 1U << (most - 1));
    history->first = most;
    history->second = most + 1;
    return DYN_OK;
}
