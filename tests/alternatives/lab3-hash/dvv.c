/* dvv.c as the compact 'dotted version vector set' of Almeida and others: there
 * is no clock apart from the versions, but one entry for each node, in ascending
 * order, with its counter and a list of those of its versions that are left. A
 * put is a merge, too: with a set that has seen the context and holds nothing. */
#include "dynamo/dvv.h"

#include "dynamo/bytes.h"
#include "dynamo/coordinator.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PAIR_SIZE = 20 }; /* of a clock's bytes; before them, 4 */

struct living {
    struct living *next; /* in ascending order of the counter */
    uint64_t counter;
    size_t size;
    uint8_t data[];
};

struct entry {
    struct entry *next;
    node_id node;
    uint64_t counter;
    uint64_t time_ms;
    struct living *living;
};

struct dvv {
    struct entry *entries;
};

/* ---- Entries ---- */

static void free_entries(struct entry *entry)
{
    while (entry) {
        struct entry *next = entry->next;
        while (entry->living) {
            struct living *first = entry->living;
            entry->living = first->next;
            free(first);
        }
        free(entry);
        entry = next;
    }
}

static struct entry *new_entry(struct vclock_pair pair)
{
    struct entry *made = calloc(1, sizeof *made);
    if (made) {
        made->node = pair.node;
        made->counter = pair.counter;
        made->time_ms = pair.time_ms;
    }
    return made;
}

static struct living *new_living(uint64_t counter, const uint8_t *data,
                                 size_t size)
{
    struct living *made = malloc(sizeof *made + size);
    if (!made)
        return NULL;
    made->next = NULL;
    made->counter = counter;
    made->size = size;
    if (size > 0)
        memcpy(made->data, data, size);
    return made;
}

static struct entry *find(const struct dvv *set, node_id node)
{
    struct entry *entry = set->entries;
    while (entry && entry->node != node)
        entry = entry->next;
    return entry;
}

/* Entries of which none holds a version, with the clock's pairs. */
static int entries_of_clock(struct entry **entries, const struct vclock *clock)
{
    struct entry *made = NULL;
    size_t count = vclock_pairs(clock, NULL, 0);
    struct vclock_pair *pairs = calloc(count ? count : 1, sizeof *pairs);
    if (!pairs)
        return DYN_ENOMEM;
    (void)vclock_pairs(clock, pairs, count);
    while (count > 0) {
        struct entry *entry = new_entry(pairs[--count]);
        if (!entry) {
            free_entries(made);
            free(pairs);
            return DYN_ENOMEM;
        }
        entry->next = made;
        made = entry;
    }
    free(pairs);
    *entries = made;
    return DYN_OK;
}

static int copy_entries(struct entry **entries, const struct entry *from)
{
    struct entry *made = NULL, **end = &made;
    for (; from; from = from->next) {
        *end = new_entry(
            (struct vclock_pair){from->node, from->counter, from->time_ms});
        if (!*end)
            goto no_memory;
        struct living **last = &(*end)->living;
        for (const struct living *v = from->living; v; v = v->next) {
            *last = new_living(v->counter, v->data, v->size);
            if (!*last)
                goto no_memory;
            last = &(*last)->next;
        }
        end = &(*end)->next;
    }
    *entries = made;
    return DYN_OK;
no_memory:
    free_entries(made);
    return DYN_ENOMEM;
}

/* ---- Merging: nothing here can fail ---- */

/* Moves those of their versions to ours that stay, and frees all others. */
static void merge_living(struct entry *ours, struct entry *theirs)
{
    struct living *a = ours->living, *b = theirs->living;
    struct living **end = &ours->living;
    while (a || b) {
        bool both = a && b && a->counter == b->counter;
        bool first = a && (!b || a->counter <= b->counter);
        struct living *v = first ? a : b;
        bool seen = v->counter <= (first ? theirs->counter : ours->counter);
        if (first)
            a = a->next;
        if (both || !first) {
            struct living *next = b->next;
            if (both)
                free(b);
            b = next;
        }
        if (seen && !both) {
            free(v);
        } else {
            *end = v;
            end = &v->next;
        }
    }
    *end = NULL;
    theirs->living = NULL;
}

static void merge_entry(struct entry *ours, struct entry *theirs)
{
    merge_living(ours, theirs);
    if (theirs->counter > ours->counter ||
        (theirs->counter == ours->counter && theirs->time_ms > ours->time_ms)) {
        ours->counter = theirs->counter;
        ours->time_ms = theirs->time_ms;
    }
}

/* Merges the entries into the set, and takes them over. */
static void merge_entries(struct dvv *into, struct entry *from)
{
    struct entry **link = &into->entries;
    while (from) {
        struct entry *theirs = from;
        from = from->next;
        while (*link && (*link)->node < theirs->node)
            link = &(*link)->next;
        if (*link && (*link)->node == theirs->node) {
            merge_entry(*link, theirs);
            free(theirs);
        } else {
            theirs->next = *link;
            *link = theirs;
        }
    }
}

/* ---- A set with dots ---- */

int dvv_open(struct dvv **set)
{
    if (!set)
        return DYN_EINVAL;
    struct dvv *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    *set = made;
    return DYN_OK;
}

void dvv_close(struct dvv *set)
{
    if (!set)
        return;
    free_entries(set->entries);
    free(set);
}

int dvv_put(struct dvv *set, const struct vclock *context, node_id node,
            uint64_t time_ms, struct slice value)
{
    struct entry *seen = NULL;
    if (!set || !context || value.size > VALUE_SIZE_MAX ||
        (!value.data && value.size > 0))
        return DYN_EINVAL;
    const struct entry *before = find(set, node);
    uint64_t counter = vclock_counter(context, node);
    if (before && before->counter > counter)
        counter = before->counter;
    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    struct living *made = new_living(++counter, value.data, value.size);
    struct entry *own = new_entry((struct vclock_pair){.node = node});
    if (!made || !own || entries_of_clock(&seen, context) != DYN_OK) {
        free(made);
        free(own);
        return DYN_ENOMEM;
    }
    merge_entries(set, seen);
    merge_entries(set, own); /* says nothing, but then there is one */
    struct entry *entry = find(set, node);
    entry->counter = counter;
    entry->time_ms = time_ms;
    struct living **end = &entry->living;
    while (*end)
        end = &(*end)->next;
    *end = made;
    return DYN_OK;
}

int dvv_merge(struct dvv *into, const struct dvv *from)
{
    struct entry *copy;
    if (!into || !from)
        return DYN_EINVAL;
    int code = copy_entries(&copy, from->entries);
    if (code == DYN_OK)
        merge_entries(into, copy);
    return code;
}

size_t dvv_count(const struct dvv *set)
{
    size_t count = 0;
    for (const struct entry *e = set ? set->entries : NULL; e; e = e->next)
        for (const struct living *v = e->living; v; v = v->next)
            count++;
    return count;
}

int dvv_at(const struct dvv *set, size_t index, struct dot *dot,
           struct slice *value)
{
    if (!set || !dot || !value)
        return DYN_EINVAL;
    for (const struct entry *e = set->entries; e; e = e->next)
        for (const struct living *v = e->living; v; v = v->next)
            if (index-- == 0) {
                *dot = (struct dot){e->node, v->counter};
                *value = (struct slice){v->data, v->size};
                return DYN_OK;
            }
    return DYN_ENOENT;
}

int dvv_context(const struct dvv *set, struct vclock **context)
{
    struct vclock *made;
    if (!set || !context)
        return DYN_EINVAL;
    int code = vclock_open(&made);
    if (code != DYN_OK)
        return code;
    for (const struct entry *e = set->entries; e && code == DYN_OK; e = e->next)
        code = vclock_raise(made, e->node, e->counter, e->time_ms);
    if (code == DYN_OK)
        *context = made;
    else
        vclock_close(made);
    return code;
}

/* ---- Bytes ---- */

static uint8_t *write_number(uint8_t *at, size_t size, uint64_t number)
{
    bytes_write(at, size, number);
    return at + size;
}

int dvv_encode(const struct dvv *set, uint8_t *bytes, size_t capacity,
               size_t *length)
{
    if (!set || !length || (!bytes && capacity > 0))
        return DYN_EINVAL;
    size_t entry_count = 0, size = 4 + 4 + 4;
    for (const struct entry *e = set->entries; e; e = e->next) {
        entry_count++;
        size += PAIR_SIZE;
        for (const struct living *v = e->living; v; v = v->next)
            size += 4 + 8 + 4 + v->size;
    }
    *length = size;
    if (size > capacity)
        return DYN_ERANGE;
    uint8_t *at = write_number(bytes, 4, 4 + PAIR_SIZE * entry_count);
    at = write_number(at, 4, entry_count);
    for (const struct entry *e = set->entries; e; e = e->next) {
        at = write_number(at, 4, e->node);
        at = write_number(at, 8, e->counter);
        at = write_number(at, 8, e->time_ms);
    }
    at = write_number(at, 4, dvv_count(set));
    for (const struct entry *e = set->entries; e; e = e->next)
        for (const struct living *v = e->living; v; v = v->next) {
            at = write_number(at, 4, e->node);
            at = write_number(at, 8, v->counter);
            at = write_number(at, 4, v->size);
            if (v->size > 0)
                memcpy(at, v->data, v->size);
            at += v->size;
        }
    return DYN_OK;
}

/* What is left to be decoded: from `at` to `end`. */
struct input {
    const uint8_t *at, *end;
};

static bool take_number(struct input *input, size_t size, uint64_t *number)
{
    if ((size_t)(input->end - input->at) < size)
        return false;
    *number = bytes_read(input->at, size);
    input->at += size;
    return true;
}

/* As many bytes as the number before them says. */
static bool take_bytes(struct input *input, struct slice *taken)
{
    uint64_t size;
    if (!take_number(input, 4, &size) ||
        (uint64_t)(input->end - input->at) < size)
        return false;
    *taken = (struct slice){input->at, (size_t)size};
    input->at += size;
    return true;
}

static int take_clock(struct dvv *set, struct input *input)
{
    struct slice bytes;
    struct vclock *clock;
    if (!take_bytes(input, &bytes))
        return DYN_ECORRUPT;
    int code = vclock_decode(&clock, bytes.data, bytes.size);
    if (code != DYN_OK)
        return code;
    code = entries_of_clock(&set->entries, clock);
    vclock_close(clock);
    return code;
}

static int take_versions(struct dvv *set, struct input *input)
{
    uint64_t left, node, counter, last = 0;
    struct entry *entry = set->entries;
    struct living **end = entry ? &entry->living : NULL;
    if (!take_number(input, 4, &left))
        return DYN_ECORRUPT;
    for (; left > 0; left--) {
        struct slice value;
        if (!take_number(input, 4, &node) || !take_number(input, 8, &counter) ||
            !take_bytes(input, &value) || value.size > VALUE_SIZE_MAX)
            return DYN_ECORRUPT;
        while (entry && entry->node < node) {
            entry = entry->next;
            end = entry ? &entry->living : NULL;
            last = 0;
        }
        if (!entry || entry->node != node || counter <= last ||
            counter > entry->counter)
            return DYN_ECORRUPT;
        *end = new_living(counter, value.data, value.size);
        if (!*end)
            return DYN_ENOMEM;
        end = &(*end)->next;
        last = counter;
    }
    return DYN_OK;
}

int dvv_decode(struct dvv **set, const uint8_t *bytes, size_t length)
{
    struct dvv *made;
    if (!set || (!bytes && length > 0))
        return DYN_EINVAL;
    if (length == 0)
        return DYN_ECORRUPT;
    struct input input = {bytes, bytes + length};
    int code = dvv_open(&made);
    if (code != DYN_OK)
        return code;
    code = take_clock(made, &input);
    if (code == DYN_OK)
        code = take_versions(made, &input);
    if (code == DYN_OK && input.at != input.end)
        code = DYN_ECORRUPT;
    if (code == DYN_OK)
        *set = made;
    else
        dvv_close(made);
    return code;
}

/* ---- The rules of dots ---- */

/* Decodes a set; one of no bytes is empty. The caller closes it. */
static int open_set(struct slice bytes, struct dvv **set)
{
    return bytes.size == 0 ? dvv_open(set)
                           : dvv_decode(set, bytes.data, bytes.size);
}

static int encode_set(const struct dvv *set, struct slice *bytes)
{
    uint8_t *room;
    size_t size;

    (void)dvv_encode(set, NULL, 0, &size);
    room = malloc(size > 0 ? size : 1);
    if (room == NULL)
        return DYN_ENOMEM;
    (void)dvv_encode(set, room, size, &size);
    *bytes = (struct slice){room, size};
    return DYN_OK;
}

static int put_version(struct slice set, const struct vclock *context,
                       node_id node, uint64_t time_ms, struct slice value,
                       struct slice *made)
{
    struct dvv *held;
    int rv = open_set(set, &held);

    if (rv != DYN_OK)
        return rv;
    rv = dvv_put(held, context, node, time_ms, value);
    if (rv == DYN_OK && dvv_count(held) > REPLY_VALUES_MAX)
        rv = DYN_ERANGE;
    if (rv == DYN_OK)
        rv = encode_set(held, made);
    dvv_close(held);
    return rv;
}

static int merge_versions(struct slice a, struct slice b, struct slice *merged)
{
    struct dvv *into, *from;
    int rv = open_set(a, &into);

    if (rv != DYN_OK)
        return rv;
    rv = open_set(b, &from);
    if (rv == DYN_OK) {
        rv = dvv_merge(into, from);
        dvv_close(from);
    }
    if (rv == DYN_OK && a.size == 0 && b.size == 0)
        *merged = (struct slice){NULL, 0}; /* never stored */
    else if (rv == DYN_OK)
        rv = encode_set(into, merged);
    dvv_close(into);
    return rv;
}

static int read_versions(struct slice set, struct slice **values, size_t *count,
                         struct vclock **context)
{
    struct dvv *held;
    struct slice *made, value;
    struct dot dot;
    size_t size = 0, versions;
    uint8_t *at;
    int rv = open_set(set, &held);

    if (rv != DYN_OK)
        return rv;
    versions = dvv_count(held);
    for (size_t i = 0; dvv_at(held, i, &dot, &value) == DYN_OK; i++)
        size += value.size;
    made = malloc(versions * sizeof *made + size + 1);
    rv = made == NULL ? DYN_ENOMEM : dvv_context(held, context);
    if (rv != DYN_OK) {
        free(made);
        dvv_close(held);
        return rv;
    }
    at = (uint8_t *)(made + versions);
    for (size_t i = 0; dvv_at(held, i, &dot, &value) == DYN_OK; i++) {
        if (value.size > 0)
            memcpy(at, value.data, value.size);
        made[i] = (struct slice){at, value.size};
        at += value.size;
    }
    *values = made;
    *count = versions;
    dvv_close(held);
    return DYN_OK;
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
