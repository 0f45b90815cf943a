/* dvv.c: siblings told apart by dots.
 *
 * Interface: dynamo/dvv.h, which says what every function owes its caller.
 */
#include "dynamo/dvv.h"

#include "dynamo/bytes.h"
#include "dynamo/coordinator.h"
#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include <stdbool.h>
#include <string.h>

struct held {
    struct dot dot;
    uint8_t *value;
    size_t size;
};

/* Versions in ascending order of their dots, as they are encoded. */
struct dvv {
    struct vclock *clock;
    struct held *versions; /* the first `count` of `capacity` */
    size_t count, capacity;
};

/* @starter
struct dvv {
    size_t count;
    // The clock and the versions: yours to add.
};
@end */

/* ---- A set with dots ---- */

/* @solution */

/* The clock has seen the version of that dot, whether or not it is still there. */
static bool covers(const struct vclock *clock, struct dot dot)
{
    return dot.counter <= vclock_counter(clock, dot.node);
}

static int compare_dots(struct dot a, struct dot b)
{
    if (a.node != b.node)
        return a.node < b.node ? -1 : 1;
    return (a.counter > b.counter) - (a.counter < b.counter);
}

static const struct held *find_dot(const struct dvv *set, struct dot dot)
{
    for (size_t i = 0; i < set->count; i++)
        if (compare_dots(set->versions[i].dot, dot) == 0)
            return &set->versions[i];
    return NULL;
}

static int reserve(struct dvv *set, size_t capacity)
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

/* Adds a copy of a version where its dot belongs. */
static int insert(struct dvv *set, struct dot dot, struct slice value)
{
    struct held version = {dot, NULL, value.size};
    size_t i = set->count;
    int rv = reserve(set, set->count + 1);

    if (rv != DYN_OK)
        return rv;
    version.value = malloc(value.size > 0 ? value.size : 1);
    if (version.value == NULL)
        return DYN_ENOMEM;
    if (value.size > 0)
        memcpy(version.value, value.data, value.size);
    while (i > 0 && compare_dots(dot, set->versions[i - 1].dot) < 0) {
        set->versions[i] = set->versions[i - 1];
        i--;
    }
    set->versions[i] = version;
    set->count++;
    return DYN_OK;
}

/* Adds copies of the versions of `from` that a clock does not cover, and of those
 * that `held` has too; held may be NULL. What is there already is passed over. */
static int insert_surviving(struct dvv *into, const struct dvv *from,
                            const struct vclock *clock, const struct dvv *held)
{
    int rv = DYN_OK;

    for (size_t i = 0; rv == DYN_OK && i < from->count; i++) {
        const struct held *version = &from->versions[i];

        if (covers(clock, version->dot) &&
            (held == NULL || find_dot(held, version->dot) == NULL))
            continue;
        if (find_dot(into, version->dot) != NULL)
            continue;
        rv = insert(into, version->dot,
                    (struct slice){version->value, version->size});
    }
    return rv;
}

/* The set becomes what was made in its stead. */
static void become(struct dvv *set, struct dvv *made)
{
    struct dvv old = *set;

    *set = *made;
    *made = old;
    dvv_close(made);
}

/* @starter
@end */

int dvv_open(struct dvv **set)
{
    /* @solution */
    struct dvv *made;
    int rv;

    if (set == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    rv = vclock_open(&made->clock);
    if (rv != DYN_OK) {
        free(made);
        return rv;
    }
    *set = made;
    return DYN_OK;
    /* @starter
    (void)set;
    return DYN_ETODO;
    @end */
}

void dvv_close(struct dvv *set)
{
    /* @solution */
    if (set == NULL)
        return;
    vclock_close(set->clock);
    for (size_t i = 0; i < set->count; i++)
        free(set->versions[i].value);
    free(set->versions);
    free(set);
    /* @starter
    (void)set;
    @end */
}

int dvv_put(struct dvv *set, const struct vclock *context, node_id node,
            uint64_t time_ms, struct slice value)
{
    /* @solution */
    struct dvv *made;
    int rv;

    if (set == NULL || context == NULL ||
        (value.data == NULL && value.size > 0))
        return DYN_EINVAL;
    if (value.size > VALUE_SIZE_MAX)
        return DYN_EINVAL;
    rv = dvv_open(&made);
    if (rv != DYN_OK)
        return rv;
    /* What the client has read goes, all else stays. */
    rv = insert_surviving(made, set, context, NULL);
    if (rv == DYN_OK)
        rv = vclock_merge(made->clock, set->clock);
    if (rv == DYN_OK)
        rv = vclock_merge(made->clock, context);
    if (rv == DYN_OK)
        rv = vclock_increment(made->clock, node, time_ms);
    if (rv == DYN_OK)
        rv = insert(made, (struct dot){node, vclock_counter(made->clock, node)},
                    value);
    if (rv == DYN_OK)
        become(set, made);
    else
        dvv_close(made);
    return rv;
    /* @starter
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    return DYN_ETODO;
    @end */
}

int dvv_merge(struct dvv *into, const struct dvv *from)
{
    /* @solution */
    struct dvv *made;
    int rv;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    rv = dvv_open(&made);
    if (rv != DYN_OK)
        return rv;
    rv = insert_surviving(made, into, from->clock, from);
    if (rv == DYN_OK)
        rv = insert_surviving(made, from, into->clock, into);
    if (rv == DYN_OK)
        rv = vclock_merge(made->clock, into->clock);
    if (rv == DYN_OK)
        rv = vclock_merge(made->clock, from->clock);
    if (rv == DYN_OK)
        become(into, made);
    else
        dvv_close(made);
    return rv;
    /* @starter
    (void)into;
    (void)from;
    return DYN_ETODO;
    @end */
}

size_t dvv_count(const struct dvv *set)
{
    /* @solution */
    return set != NULL ? set->count : 0;
    /* @starter
    (void)set;
    return 0;
    @end */
}

int dvv_at(const struct dvv *set, size_t index, struct dot *dot,
           struct slice *value)
{
    /* @solution */
    if (set == NULL || dot == NULL || value == NULL)
        return DYN_EINVAL;
    if (index >= set->count)
        return DYN_ENOENT;
    *dot = set->versions[index].dot;
    *value =
        (struct slice){set->versions[index].value, set->versions[index].size};
    return DYN_OK;
    /* @starter
    (void)set;
    (void)index;
    (void)dot;
    (void)value;
    return DYN_ETODO;
    @end */
}

int dvv_context(const struct dvv *set, struct vclock **context)
{
    /* @solution */
    if (set == NULL || context == NULL)
        return DYN_EINVAL;
    return vclock_copy(context, set->clock);
    /* @starter
    (void)set;
    (void)context;
    return DYN_ETODO;
    @end */
}

/* ---- Bytes ---- */

/* @solution */

enum { NUMBER = 4, VERSION_HEAD = 16 };

/* Takes one version off the front of `rest`. */
static int take_version(struct dvv *set, struct slice *rest)
{
    struct dot dot;
    uint64_t size;
    int rv;

    if (rest->size < VERSION_HEAD)
        return DYN_ECORRUPT;
    dot.node = (node_id)bytes_read(rest->data, 4);
    dot.counter = bytes_read(rest->data + 4, 8);
    size = bytes_read(rest->data + 12, NUMBER);
    if (dot.counter == 0 || !covers(set->clock, dot))
        return DYN_ECORRUPT;
    if (set->count > 0 &&
        compare_dots(set->versions[set->count - 1].dot, dot) >= 0)
        return DYN_ECORRUPT;
    if (size > VALUE_SIZE_MAX || size > rest->size - VERSION_HEAD)
        return DYN_ECORRUPT;
    rv = insert(set, dot, (struct slice){rest->data + VERSION_HEAD, size});
    rest->data += VERSION_HEAD + size;
    rest->size -= VERSION_HEAD + size;
    return rv;
}

/* Decodes the clock and the versions after it into a set that is empty. */
static int take_set(struct dvv *set, struct slice rest)
{
    uint64_t size, count;
    int rv;

    if (rest.size < NUMBER)
        return DYN_ECORRUPT;
    size = bytes_read(rest.data, NUMBER);
    if (rest.size - NUMBER < NUMBER || size > rest.size - 2 * NUMBER)
        return DYN_ECORRUPT;
    vclock_close(set->clock);
    set->clock = NULL;
    rv = vclock_decode(&set->clock, rest.data + NUMBER, size);
    if (rv != DYN_OK)
        return rv;
    count = bytes_read(rest.data + NUMBER + size, NUMBER);
    rest.data += 2 * NUMBER + size;
    rest.size -= 2 * NUMBER + size;
    for (uint64_t i = 0; rv == DYN_OK && i < count; i++)
        rv = take_version(set, &rest);
    if (rv == DYN_OK && rest.size > 0)
        return DYN_ECORRUPT;
    return rv;
}

/* @starter
@end */

int dvv_encode(const struct dvv *set, uint8_t *bytes, size_t capacity,
               size_t *length)
{
    /* @solution */
    size_t clock_size;

    if (set == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    (void)vclock_encode(set->clock, NULL, 0, &clock_size);
    *length = NUMBER + clock_size + NUMBER;
    for (size_t i = 0; i < set->count; i++)
        *length += VERSION_HEAD + set->versions[i].size;
    if (*length > capacity || bytes == NULL)
        return DYN_ERANGE;
    bytes_write(bytes, NUMBER, clock_size);
    (void)vclock_encode(set->clock, bytes + NUMBER, clock_size, &clock_size);
    bytes += NUMBER + clock_size;
    bytes_write(bytes, NUMBER, set->count);
    bytes += NUMBER;
    for (size_t i = 0; i < set->count; i++) {
        const struct held *version = &set->versions[i];

        bytes_write(bytes, 4, version->dot.node);
        bytes_write(bytes + 4, 8, version->dot.counter);
        bytes_write(bytes + 12, NUMBER, version->size);
        memcpy(bytes + VERSION_HEAD, version->value, version->size);
        bytes += VERSION_HEAD + version->size;
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

int dvv_decode(struct dvv **set, const uint8_t *bytes, size_t length)
{
    /* @solution */
    struct dvv *made;
    int rv;

    if (set == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    rv = dvv_open(&made);
    if (rv != DYN_OK)
        return rv;
    rv = take_set(made, (struct slice){bytes, length});
    if (rv != DYN_OK) {
        dvv_close(made);
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

/* ---- The rules of dots ---- */

/* @solution */

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

/* @starter
@end */

static int put_version(struct slice set, const struct vclock *context,
                       node_id node, uint64_t time_ms, struct slice value,
                       struct slice *made)
{
    /* @solution */
    struct dvv *held;
    int rv = open_set(set, &held);

    if (rv != DYN_OK)
        return rv;
    rv = dvv_put(held, context, node, time_ms, value);
    if (rv == DYN_OK && held->count > REPLY_VALUES_MAX)
        rv = DYN_ERANGE;
    if (rv == DYN_OK)
        rv = encode_set(held, made);
    dvv_close(held);
    return rv;
    /* @starter
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    (void)made;
    return DYN_ETODO;
    @end */
}

static int merge_versions(struct slice a, struct slice b, struct slice *merged)
{
    /* @solution */
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
    /* @starter
    (void)a;
    (void)b;
    (void)merged;
    return DYN_ETODO;
    @end */
}

static int read_versions(struct slice set, struct slice **values, size_t *count,
                         struct vclock **context)
{
    /* @solution */
    struct dvv *held;
    struct slice *made;
    size_t size = 0;
    uint8_t *at;
    int rv = open_set(set, &held);

    if (rv != DYN_OK)
        return rv;
    for (size_t i = 0; i < held->count; i++)
        size += held->versions[i].size;
    made = malloc(held->count * sizeof *made + size + 1);
    rv = made == NULL ? DYN_ENOMEM : dvv_context(held, context);
    if (rv != DYN_OK) {
        free(made);
        dvv_close(held);
        return rv;
    }
    at = (uint8_t *)(made + held->count);
    for (size_t i = 0; i < held->count; i++) {
        memcpy(at, held->versions[i].value, held->versions[i].size);
        made[i] = (struct slice){at, held->versions[i].size};
        at += held->versions[i].size;
    }
    *values = made;
    *count = held->count;
    dvv_close(held);
    return DYN_OK;
    /* @starter
    (void)set;
    (void)values;
    (void)count;
    (void)context;
    return DYN_ETODO;
    @end */
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
