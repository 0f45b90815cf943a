/* siblings.c: what a replica holds of one key, told apart by vector clocks.
 *
 * Interface: dynamo/siblings.h, which says what every function owes its caller.
 */
#include "dynamo/siblings.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include <stdbool.h>
#include <string.h>

struct held {
    struct vclock *clock;
    uint8_t *clock_bytes; /* the clock, encoded */
    size_t clock_size;
    uint8_t *value;
    size_t value_size;
};

/* In ascending order of the clocks' bytes, as they are encoded. */
struct siblings {
    struct held *versions; /* the first `count` of `capacity` */
    size_t count, capacity;
};

/* @starter
struct siblings {
    size_t count;
    // The versions: yours to add.
};
@end */

/* ---- A set of siblings ---- */

/* @solution */

static void free_held(struct held *version)
{
    vclock_close(version->clock);
    free(version->clock_bytes);
    free(version->value);
}

/* Copies a version. */
static int make_held(struct held *made, const struct vclock *clock,
                     struct slice value)
{
    struct held copy = {.value_size = value.size};
    int rv = vclock_copy(&copy.clock, clock);

    if (rv != DYN_OK)
        return rv;
    (void)vclock_encode(clock, NULL, 0, &copy.clock_size);
    copy.clock_bytes = malloc(copy.clock_size);
    copy.value = malloc(value.size > 0 ? value.size : 1);
    if (copy.clock_bytes == NULL || copy.value == NULL) {
        free_held(&copy);
        return DYN_ENOMEM;
    }
    (void)vclock_encode(clock, copy.clock_bytes, copy.clock_size,
                        &copy.clock_size);
    if (value.size > 0)
        memcpy(copy.value, value.data, value.size);
    *made = copy;
    return DYN_OK;
}

/* As by memcmp, a prefix first. */
static int compare_bytes(const struct held *a, const struct held *b)
{
    size_t shared =
        a->clock_size < b->clock_size ? a->clock_size : b->clock_size;
    int order = memcmp(a->clock_bytes, b->clock_bytes, shared);

    if (order != 0)
        return order;
    return (a->clock_size > b->clock_size) - (a->clock_size < b->clock_size);
}

static int reserve(struct siblings *set, size_t capacity)
{
    struct held *grown;

    if (capacity <= set->capacity)
        return DYN_OK;
    grown = realloc(set->versions, capacity * sizeof *grown);
    if (grown == NULL)
        return DYN_ENOMEM;
    set->versions = grown;
    set->capacity = capacity;
    return DYN_OK;
}

/* Whether the set has a version that makes one of this clock needless. */
static bool has_replaced(const struct siblings *set, const struct vclock *clock)
{
    for (size_t i = 0; i < set->count; i++) {
        int order = vclock_compare(clock, set->versions[i].clock);

        if (order == VCLOCK_BEFORE || order == VCLOCK_EQUAL)
            return true;
    }
    return false;
}

/* Drops what a version of this clock replaces. */
static void drop_replaced(struct siblings *set, const struct vclock *clock)
{
    size_t left = 0;

    for (size_t i = 0; i < set->count; i++)
        if (vclock_compare(set->versions[i].clock, clock) == VCLOCK_BEFORE)
            free_held(&set->versions[i]);
        else
            set->versions[left++] = set->versions[i];
    set->count = left;
}

/* Puts a version, which is the set's from now on, where its bytes belong. */
static void insert(struct siblings *set, struct held version)
{
    size_t i = set->count++;

    while (i > 0 && compare_bytes(&version, &set->versions[i - 1]) < 0) {
        set->versions[i] = set->versions[i - 1];
        i--;
    }
    set->versions[i] = version;
}

/* @starter
@end */

int siblings_open(struct siblings **set)
{
    /* @solution */
    struct siblings *made;

    if (set == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *set = made;
    return DYN_OK;
    /* @starter
    (void)set;
    return DYN_ETODO;
    @end */
}

void siblings_close(struct siblings *set)
{
    /* @solution */
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++)
        free_held(&set->versions[i]);
    free(set->versions);
    free(set);
    /* @starter
    (void)set;
    @end */
}

int siblings_add(struct siblings *set, const struct vclock *clock,
                 struct slice value)
{
    /* @solution */
    struct held version;
    int rv;

    if (set == NULL || clock == NULL || (value.data == NULL && value.size > 0))
        return DYN_EINVAL;
    if (value.size > VALUE_SIZE_MAX)
        return DYN_EINVAL;
    if (has_replaced(set, clock))
        return DYN_EEXIST;
    rv = reserve(set, set->count + 1);
    if (rv == DYN_OK)
        rv = make_held(&version, clock, value);
    if (rv != DYN_OK)
        return rv;
    drop_replaced(set, clock);
    insert(set, version);
    return DYN_OK;
    /* @starter
    (void)set;
    (void)clock;
    (void)value;
    return DYN_ETODO;
    @end */
}

int siblings_merge(struct siblings *into, const struct siblings *from)
{
    /* @solution */
    struct held *added;
    size_t count = 0;
    int rv;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    /* All copies first: without memory nothing may have changed. Of `from` no
     * version replaces another, so what is added replaces nothing added. */
    added = malloc((from->count + 1) * sizeof *added);
    rv = added == NULL ? DYN_ENOMEM : reserve(into, into->count + from->count);
    for (size_t i = 0; rv == DYN_OK && i < from->count; i++) {
        const struct held *version = &from->versions[i];

        if (has_replaced(into, version->clock))
            continue;
        rv = make_held(&added[count], version->clock,
                       (struct slice){version->value, version->value_size});
        count += rv == DYN_OK;
    }
    for (size_t i = 0; i < count; i++)
        if (rv == DYN_OK) {
            drop_replaced(into, added[i].clock);
            insert(into, added[i]);
        } else {
            free_held(&added[i]);
        }
    free(added);
    return rv;
    /* @starter
    (void)into;
    (void)from;
    return DYN_ETODO;
    @end */
}

size_t siblings_count(const struct siblings *set)
{
    /* @solution */
    return set != NULL ? set->count : 0;
    /* @starter
    (void)set;
    return 0;
    @end */
}

int siblings_at(const struct siblings *set, size_t index,
                const struct vclock **clock, struct slice *value)
{
    /* @solution */
    if (set == NULL || clock == NULL || value == NULL)
        return DYN_EINVAL;
    if (index >= set->count)
        return DYN_ENOENT;
    *clock = set->versions[index].clock;
    *value = (struct slice){set->versions[index].value,
                            set->versions[index].value_size};
    return DYN_OK;
    /* @starter
    (void)set;
    (void)index;
    (void)clock;
    (void)value;
    return DYN_ETODO;
    @end */
}

/* ---- Get and put ---- */

int siblings_context(const struct siblings *set, struct vclock **context)
{
    /* @solution */
    struct vclock *merged;
    int rv;

    if (set == NULL || context == NULL)
        return DYN_EINVAL;
    rv = vclock_open(&merged);
    if (rv != DYN_OK)
        return rv;
    for (size_t i = 0; rv == DYN_OK && i < set->count; i++)
        rv = vclock_merge(merged, set->versions[i].clock);
    if (rv != DYN_OK)
        vclock_close(merged);
    else
        *context = merged;
    return rv;
    /* @starter
    (void)set;
    (void)context;
    return DYN_ETODO;
    @end */
}

int siblings_put(struct siblings *set, const struct vclock *context,
                 node_id node, uint64_t time_ms, struct slice value,
                 size_t most)
{
    /* @solution */
    struct vclock *clock;
    uint64_t counter;
    int rv;

    if (set == NULL || context == NULL ||
        (value.data == NULL && value.size > 0))
        return DYN_EINVAL;
    if (value.size > VALUE_SIZE_MAX)
        return DYN_EINVAL;
    /* The key's counter, not the context's: the client may have read before
     * another put came through this node, whose number is taken. */
    counter = vclock_counter(context, node);
    for (size_t i = 0; i < set->count; i++) {
        uint64_t held = vclock_counter(set->versions[i].clock, node);

        if (counter < held)
            counter = held;
    }
    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    rv = vclock_copy(&clock, context);
    if (rv != DYN_OK)
        return rv;
    rv = vclock_raise(clock, node, counter + 1, time_ms);
    if (rv == DYN_OK && most > 0)
        rv = vclock_truncate(clock, most);
    if (rv == DYN_OK)
        rv = siblings_add(set, clock, value);
    vclock_close(clock);
    return rv;
    /* @starter
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    (void)most;
    return DYN_ETODO;
    @end */
}

/* ---- Bytes ---- */

/* @solution */

enum { NUMBER = 4 };

/* Writes bytes after their length. Gives what follows them. */
static uint8_t *write_bytes(uint8_t *at, const uint8_t *bytes, size_t size)
{
    bytes_write(at, NUMBER, size);
    memcpy(at + NUMBER, bytes, size);
    return at + NUMBER + size;
}

/* Takes bytes after their length off the front of `rest`. False: there are not
 * as many. */
static bool take_bytes(struct slice *rest, struct slice *bytes)
{
    uint64_t size;

    if (rest->size < NUMBER)
        return false;
    size = bytes_read(rest->data, NUMBER);
    if (size > rest->size - NUMBER)
        return false;
    *bytes = (struct slice){rest->data + NUMBER, size};
    *rest =
        (struct slice){rest->data + NUMBER + size, rest->size - NUMBER - size};
    return true;
}

/* Takes one version off the front and adds it, if it may stand there. */
static int take_version(struct siblings *set, struct slice *rest)
{
    struct slice clock_bytes, value;
    struct vclock *clock;
    size_t count = set->count;
    int rv;

    if (!take_bytes(rest, &clock_bytes) || !take_bytes(rest, &value) ||
        value.size > VALUE_SIZE_MAX)
        return DYN_ECORRUPT;
    rv = vclock_decode(&clock, clock_bytes.data, clock_bytes.size);
    if (rv != DYN_OK)
        return rv;
    rv = siblings_add(set, clock, value);
    vclock_close(clock);
    if (rv == DYN_EEXIST)
        return DYN_ECORRUPT;
    /* It must have replaced none, and stand after all the others. */
    if (rv == DYN_OK && (set->count != count + 1 ||
                         memcmp(set->versions[count].clock_bytes,
                                clock_bytes.data, clock_bytes.size) != 0))
        return DYN_ECORRUPT;
    return rv;
}

/* @starter
@end */

int siblings_encode(const struct siblings *set, uint8_t *bytes, size_t capacity,
                    size_t *length)
{
    /* @solution */
    if (set == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    *length = NUMBER;
    for (size_t i = 0; i < set->count; i++)
        *length += 2 * NUMBER + set->versions[i].clock_size +
                   set->versions[i].value_size;
    if (*length > capacity || bytes == NULL)
        return DYN_ERANGE;
    bytes_write(bytes, NUMBER, set->count);
    bytes += NUMBER;
    for (size_t i = 0; i < set->count; i++) {
        const struct held *version = &set->versions[i];

        bytes = write_bytes(bytes, version->clock_bytes, version->clock_size);
        bytes = write_bytes(bytes, version->value, version->value_size);
    }
    return DYN_OK;
    /* @starter
    (void)set;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
    @end */
}

int siblings_decode(struct siblings **set, const uint8_t *bytes, size_t length)
{
    /* @solution */
    struct slice rest = {bytes, length};
    struct siblings *made;
    uint64_t count;
    int rv;

    if (set == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < NUMBER)
        return DYN_ECORRUPT;
    count = bytes_read(bytes, NUMBER);
    rest = (struct slice){bytes + NUMBER, length - NUMBER};
    rv = siblings_open(&made);
    if (rv != DYN_OK)
        return rv;
    for (uint64_t i = 0; rv == DYN_OK && i < count; i++)
        rv = take_version(made, &rest);
    if (rv == DYN_OK && rest.size > 0)
        rv = DYN_ECORRUPT;
    if (rv != DYN_OK) {
        siblings_close(made);
        return rv;
    }
    *set = made;
    return DYN_OK;
    /* @starter
    (void)set;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
    @end */
}
