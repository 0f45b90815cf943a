/* siblings.c: what a replica holds of one key, told apart by vector clocks.
 *
 * Interface: dynamo/siblings.h, which says what every function owes its caller.
 *
 * A set is a singly linked list of versions. A version never changes, so the
 * bytes of its clock are made once, when it is; the list ascends by them, and
 * writing a set needs no sorting and no memory.
 */
#include "dynamo/siblings.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_SIZE = 4, /* of a count or a length */
    PAIR_SIZE = 20,  /* of a pair in a clock's bytes */
};

struct entry {
    struct entry *next;
    struct vclock *clock; /* the entry's own */
    size_t clock_size, value_size;
    uint8_t bytes[]; /* the clock's, then the value's */
};

struct siblings {
    struct entry *first;
    size_t count;
};

/* ---- Versions ---- */

static void entry_free(struct entry *entry)
{
    vclock_close(entry->clock);
    free(entry);
}

static void entries_free(struct entry *first)
{
    while (first != NULL) {
        struct entry *next = first->next;

        entry_free(first);
        first = next;
    }
}

/* A version with copies of what is given; NULL: no memory. */
static struct entry *entry_new(const struct vclock *clock, struct slice value)
{
    size_t clock_size = 0;
    struct entry *made;

    vclock_encode(clock, NULL, 0, &clock_size);
    made = malloc(sizeof *made + clock_size + value.size);
    if (made == NULL)
        return NULL;
    made->next = NULL;
    made->clock_size = clock_size;
    made->value_size = value.size;
    if (vclock_copy(&made->clock, clock) != DYN_OK) {
        free(made);
        return NULL;
    }
    vclock_encode(clock, made->bytes, clock_size, &clock_size);
    if (value.size > 0)
        memcpy(made->bytes + clock_size, value.data, value.size);
    return made;
}

/* The order of bytes as by memcmp, a prefix first. */
static int bytes_order(const uint8_t *a, size_t a_size, const uint8_t *b,
                       size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* Hangs an entry in at its place. */
static void insert(struct siblings *set, struct entry *entry)
{
    struct entry **at = &set->first;

    while (*at != NULL && bytes_order((*at)->bytes, (*at)->clock_size,
                                      entry->bytes, entry->clock_size) < 0)
        at = &(*at)->next;
    entry->next = *at;
    *at = entry;
    set->count++;
}

/* Whether a version of the set replaces one with that clock, or is it. */
static bool replaces(const struct siblings *set, const struct vclock *clock)
{
    for (const struct entry *at = set->first; at != NULL; at = at->next) {
        int order = vclock_compare(clock, at->clock);

        if (order == VCLOCK_BEFORE || order == VCLOCK_EQUAL)
            return true;
    }
    return false;
}

/* Drops the versions that one with that clock replaces. */
static void drop_replaced(struct siblings *set, const struct vclock *clock)
{
    for (struct entry **at = &set->first; *at != NULL;) {
        struct entry *entry = *at;

        if (vclock_compare(entry->clock, clock) != VCLOCK_BEFORE) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        set->count--;
        entry_free(entry);
    }
}

static bool is_value(struct slice value)
{
    return value.size <= VALUE_SIZE_MAX &&
           (value.data != NULL || value.size == 0);
}

/* ---- A set of siblings ---- */

int siblings_open(struct siblings **set)
{
    struct siblings *opened;

    if (set == NULL)
        return DYN_EINVAL;
    opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return DYN_ENOMEM;
    *set = opened;
    return DYN_OK;
}

void siblings_close(struct siblings *set)
{
    if (set == NULL)
        return;
    entries_free(set->first);
    free(set);
}

int siblings_add(struct siblings *set, const struct vclock *clock,
                 struct slice value)
{
    struct entry *made;

    if (set == NULL || clock == NULL || !is_value(value))
        return DYN_EINVAL;
    if (replaces(set, clock))
        return DYN_EEXIST;
    made = entry_new(clock, value);
    if (made == NULL)
        return DYN_ENOMEM;
    drop_replaced(set, made->clock);
    insert(set, made);
    return DYN_OK;
}

int siblings_merge(struct siblings *into, const struct siblings *from)
{
    struct entry *fresh = NULL;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;

    // What may fail comes first: copies of what `into` has not, nor anything
    // newer. These cannot replace each other, being siblings in `from`.
    for (const struct entry *at = from->first; at != NULL; at = at->next) {
        struct slice value = {at->bytes + at->clock_size, at->value_size};
        struct entry *made;

        if (replaces(into, at->clock))
            continue;
        made = entry_new(at->clock, value);
        if (made == NULL) {
            entries_free(fresh);
            return DYN_ENOMEM;
        }
        made->next = fresh;
        fresh = made;
    }

    while (fresh != NULL) {
        struct entry *made = fresh;

        fresh = made->next;
        drop_replaced(into, made->clock);
        insert(into, made);
    }
    return DYN_OK;
}

size_t siblings_count(const struct siblings *set)
{
    return set == NULL ? 0 : set->count;
}

int siblings_at(const struct siblings *set, size_t index,
                const struct vclock **clock, struct slice *value)
{
    const struct entry *at;

    if (set == NULL || clock == NULL || value == NULL)
        return DYN_EINVAL;
    if (index >= set->count)
        return DYN_ENOENT;
    at = set->first;
    while (index-- > 0)
        at = at->next;
    *clock = at->clock;
    *value = (struct slice){at->bytes + at->clock_size, at->value_size};
    return DYN_OK;
}

/* ---- Get and put ---- */

int siblings_context(const struct siblings *set, struct vclock **context)
{
    struct vclock *merged = NULL;
    int code;

    if (set == NULL || context == NULL)
        return DYN_EINVAL;
    code = vclock_open(&merged);
    for (const struct entry *at = set->first; at != NULL && code == DYN_OK;
         at = at->next)
        code = vclock_merge(merged, at->clock);
    if (code != DYN_OK) {
        vclock_close(merged);
        return code;
    }
    *context = merged;
    return DYN_OK;
}

int siblings_put(struct siblings *set, const struct vclock *context,
                 node_id node, uint64_t time_ms, struct slice value,
                 size_t most)
{
    struct vclock *clock = NULL;
    uint64_t highest;
    int code;

    if (set == NULL || context == NULL || !is_value(value))
        return DYN_EINVAL;
    highest = vclock_counter(context, node);
    for (const struct entry *at = set->first; at != NULL; at = at->next) {
        uint64_t counter = vclock_counter(at->clock, node);

        if (counter > highest)
            highest = counter;
    }
    if (highest == UINT64_MAX)
        return DYN_ERANGE;

    code = vclock_copy(&clock, context);
    if (code == DYN_OK)
        code = vclock_raise(clock, node, highest + 1, time_ms);
    if (code == DYN_OK && most > 0)
        code = vclock_truncate(clock, most);
    if (code == DYN_OK)
        code = siblings_add(set, clock, value);
    vclock_close(clock);
    return code;
}

/* ---- Bytes ---- */

static uint8_t *write_run(uint8_t *at, const uint8_t *bytes, size_t size)
{
    bytes_write(at, NUMBER_SIZE, size);
    at += NUMBER_SIZE;
    if (size > 0)
        memcpy(at, bytes, size);
    return at + size;
}

int siblings_encode(const struct siblings *set, uint8_t *bytes, size_t capacity,
                    size_t *length)
{
    size_t size = NUMBER_SIZE;

    if (set == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    for (const struct entry *at = set->first; at != NULL; at = at->next)
        size += NUMBER_SIZE + at->clock_size + NUMBER_SIZE + at->value_size;
    *length = size;
    if (size > capacity)
        return DYN_ERANGE;

    bytes_write(bytes, NUMBER_SIZE, set->count);
    bytes += NUMBER_SIZE;
    for (const struct entry *at = set->first; at != NULL; at = at->next) {
        bytes = write_run(bytes, at->bytes, at->clock_size);
        bytes = write_run(bytes, at->bytes + at->clock_size, at->value_size);
    }
    return DYN_OK;
}

/* Takes a length and so many bytes from the front of *rest. */
static bool take_run(struct slice *rest, struct slice *run)
{
    size_t size;

    if (rest->size < NUMBER_SIZE)
        return false;
    size = (size_t)bytes_read(rest->data, NUMBER_SIZE);
    if (size > rest->size - NUMBER_SIZE)
        return false;
    *run = (struct slice){rest->data + NUMBER_SIZE, size};
    rest->data += NUMBER_SIZE + size;
    rest->size -= NUMBER_SIZE + size;
    return true;
}

static bool take_version(struct slice *rest, struct slice *clock,
                         struct slice *value)
{
    return take_run(rest, clock) && take_run(rest, value);
}

/* Whether vclock_decode would take the bytes. It is asked without making a
 * clock, so that damage is found whatever memory there is. */
static bool is_clock(struct slice bytes)
{
    const uint8_t *last = NULL;

    if (bytes.size < NUMBER_SIZE ||
        (bytes.size - NUMBER_SIZE) % PAIR_SIZE != 0 ||
        (bytes.size - NUMBER_SIZE) / PAIR_SIZE !=
            bytes_read(bytes.data, NUMBER_SIZE))
        return false;
    for (size_t i = NUMBER_SIZE; i < bytes.size; i += PAIR_SIZE) {
        const uint8_t *pair = bytes.data + i;

        if (bytes_read(pair + 4, 8) == 0 ||
            (last != NULL && memcmp(last, pair, 4) >= 0))
            return false;
        last = pair;
    }
    return true;
}

/* Whether of two clocks, as bytes, a <= b. */
static bool bytes_covered(struct slice a, struct slice b)
{
    size_t j = NUMBER_SIZE;

    for (size_t i = NUMBER_SIZE; i < a.size; i += PAIR_SIZE) {
        while (j < b.size && memcmp(b.data + j, a.data + i, 4) < 0)
            j += PAIR_SIZE;
        if (j >= b.size || memcmp(b.data + j, a.data + i, 4) != 0 ||
            memcmp(b.data + j + 4, a.data + i + 4, 8) < 0)
            return false;
    }
    return true;
}

/* Whether siblings_encode can have written the bytes. */
static bool is_set(struct slice bytes)
{
    struct slice rest, clock, value, last = {NULL, 0};
    uint64_t count;

    if (bytes.size < NUMBER_SIZE)
        return false;
    count = bytes_read(bytes.data, NUMBER_SIZE);
    bytes.data += NUMBER_SIZE;
    bytes.size -= NUMBER_SIZE;

    rest = bytes;
    for (uint64_t i = 0; i < count; i++) {
        if (!take_version(&rest, &clock, &value) || !is_clock(clock) ||
            value.size > VALUE_SIZE_MAX)
            return false;
        if (i > 0 &&
            bytes_order(last.data, last.size, clock.data, clock.size) >= 0)
            return false;
        last = clock;
    }
    if (rest.size > 0)
        return false;

    // Each with each: they are concurrent.
    rest = bytes;
    while (rest.size > 0) {
        struct slice others, other;

        take_version(&rest, &clock, &value);
        others = rest;
        while (others.size > 0) {
            take_version(&others, &other, &value);
            if (bytes_covered(clock, other) || bytes_covered(other, clock))
                return false;
        }
    }
    return true;
}

int siblings_decode(struct siblings **set, const uint8_t *bytes, size_t length)
{
    struct slice rest = {bytes, length}, clock_bytes, value;
    struct siblings *opened = NULL;
    struct entry **end;
    int code;

    if (set == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (!is_set(rest))
        return DYN_ECORRUPT;
    code = siblings_open(&opened);
    if (code != DYN_OK)
        return code;
    rest.data += NUMBER_SIZE;
    rest.size -= NUMBER_SIZE;
    end = &opened->first;
    while (rest.size > 0 && code == DYN_OK) {
        struct vclock *clock = NULL;

        take_version(&rest, &clock_bytes, &value);
        code = vclock_decode(&clock, clock_bytes.data, clock_bytes.size);
        if (code == DYN_OK && (*end = entry_new(clock, value)) == NULL)
            code = DYN_ENOMEM;
        if (code == DYN_OK) {
            end = &(*end)->next;
            opened->count++;
        }
        vclock_close(clock);
    }
    if (code != DYN_OK) {
        siblings_close(opened);
        return code;
    }
    *set = opened;
    return DYN_OK;
}
