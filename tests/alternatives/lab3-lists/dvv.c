/* dvv.c: siblings told apart by dots.
 *
 * Interface: dynamo/dvv.h, which says what every function owes its caller.
 *
 * A set is its clock and a singly linked list of versions, which ascends by
 * their dots.
 */
#include "dynamo/dvv.h"

#include "dynamo/bytes.h"
#include "dynamo/coordinator.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_SIZE = 4, /* of a count or a length */
    VERSION_SIZE =
        16, /* of a version without its value: node, counter, length */
};

struct dotted {
    struct dotted *next;
    struct dot dot;
    size_t size;
    uint8_t value[];
};

struct dvv {
    struct vclock *clock;
    struct dotted *first;
    size_t count;
};

/* ---- Versions ---- */

static struct dotted *dotted_new(struct dot dot, struct slice value)
{
    struct dotted *made = malloc(sizeof *made + value.size);

    if (made == NULL)
        return NULL;
    made->next = NULL;
    made->dot = dot;
    made->size = value.size;
    if (value.size > 0)
        memcpy(made->value, value.data, value.size);
    return made;
}

static void dotted_free(struct dotted *first)
{
    while (first != NULL) {
        struct dotted *next = first->next;

        free(first);
        first = next;
    }
}

static int dot_order(struct dot a, struct dot b)
{
    if (a.node != b.node)
        return a.node < b.node ? -1 : 1;
    return (a.counter > b.counter) - (a.counter < b.counter);
}

static bool covers(const struct vclock *clock, struct dot dot)
{
    return dot.counter <= vclock_counter(clock, dot.node);
}

/* Where a version of that dot stands in a list, or would. */
static struct dotted **place_of(struct dotted **first, struct dot dot)
{
    while (*first != NULL && dot_order((*first)->dot, dot) < 0)
        first = &(*first)->next;
    return first;
}

static bool holds(const struct dvv *set, struct dot dot)
{
    const struct dotted *at = set->first;

    while (at != NULL && dot_order(at->dot, dot) < 0)
        at = at->next;
    return at != NULL && dot_order(at->dot, dot) == 0;
}

static void insert(struct dvv *set, struct dotted *version)
{
    struct dotted **at = place_of(&set->first, version->dot);

    version->next = *at;
    *at = version;
    set->count++;
}

/* Drops the versions that the clock covers, but for those that `except` holds,
 * if there is such a set. */
static void drop_covered(struct dvv *set, const struct vclock *clock,
                         const struct dvv *except)
{
    for (struct dotted **at = &set->first; *at != NULL;) {
        struct dotted *version = *at;

        if (!covers(clock, version->dot) ||
            (except != NULL && holds(except, version->dot))) {
            at = &version->next;
            continue;
        }
        *at = version->next;
        set->count--;
        free(version);
    }
}

static bool is_value(struct slice value)
{
    return value.size <= VALUE_SIZE_MAX &&
           (value.data != NULL || value.size == 0);
}

/* ---- A set with dots ---- */

int dvv_open(struct dvv **set)
{
    struct dvv *opened;
    int code;

    if (set == NULL)
        return DYN_EINVAL;
    opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return DYN_ENOMEM;
    code = vclock_open(&opened->clock);
    if (code != DYN_OK) {
        free(opened);
        return code;
    }
    *set = opened;
    return DYN_OK;
}

void dvv_close(struct dvv *set)
{
    if (set == NULL)
        return;
    vclock_close(set->clock);
    dotted_free(set->first);
    free(set);
}

/* A clock that is the merge of two. */
static int merged_clock(const struct vclock *a, const struct vclock *b,
                        struct vclock **merged)
{
    struct vclock *clock;
    int code = vclock_copy(&clock, a);

    if (code != DYN_OK)
        return code;
    code = vclock_merge(clock, b);
    if (code != DYN_OK) {
        vclock_close(clock);
        return code;
    }
    *merged = clock;
    return DYN_OK;
}

int dvv_put(struct dvv *set, const struct vclock *context, node_id node,
            uint64_t time_ms, struct slice value)
{
    struct vclock *clock = NULL;
    struct dotted *made = NULL;
    uint64_t counter, read;
    int code;

    if (set == NULL || context == NULL || !is_value(value))
        return DYN_EINVAL;
    counter = vclock_counter(set->clock, node);
    read = vclock_counter(context, node);
    if (counter < read)
        counter = read;
    if (counter == UINT64_MAX)
        return DYN_ERANGE;

    code = merged_clock(set->clock, context, &clock);
    if (code == DYN_OK)
        code = vclock_increment(clock, node, time_ms);
    if (code == DYN_OK) {
        made = dotted_new((struct dot){node, counter + 1}, value);
        if (made == NULL)
            code = DYN_ENOMEM;
    }
    if (code != DYN_OK) {
        vclock_close(clock);
        return code;
    }

    drop_covered(set, context, NULL);
    vclock_close(set->clock);
    set->clock = clock;
    insert(set, made);
    return DYN_OK;
}

int dvv_merge(struct dvv *into, const struct dvv *from)
{
    struct vclock *clock;
    struct dotted *fresh = NULL;
    int code;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;

    // What may fail comes first: the clock, and copies of what is new here.
    // (What is held here is covered here, so it is not new.)
    code = merged_clock(into->clock, from->clock, &clock);
    if (code != DYN_OK)
        return code;
    for (const struct dotted *at = from->first; at != NULL; at = at->next) {
        struct dotted *made;

        if (covers(into->clock, at->dot))
            continue;
        made = dotted_new(at->dot, (struct slice){at->value, at->size});
        if (made == NULL) {
            dotted_free(fresh);
            vclock_close(clock);
            return DYN_ENOMEM;
        }
        made->next = fresh;
        fresh = made;
    }

    drop_covered(into, from->clock, from);
    while (fresh != NULL) {
        struct dotted *made = fresh;

        fresh = made->next;
        insert(into, made);
    }
    vclock_close(into->clock);
    into->clock = clock;
    return DYN_OK;
}

size_t dvv_count(const struct dvv *set)
{
    return set == NULL ? 0 : set->count;
}

int dvv_at(const struct dvv *set, size_t index, struct dot *dot,
           struct slice *value)
{
    const struct dotted *at;

    if (set == NULL || dot == NULL || value == NULL)
        return DYN_EINVAL;
    if (index >= set->count)
        return DYN_ENOENT;
    at = set->first;
    while (index-- > 0)
        at = at->next;
    *dot = at->dot;
    *value = (struct slice){at->value, at->size};
    return DYN_OK;
}

int dvv_context(const struct dvv *set, struct vclock **context)
{
    if (set == NULL || context == NULL)
        return DYN_EINVAL;
    return vclock_copy(context, set->clock);
}

/* ---- Bytes ---- */

int dvv_encode(const struct dvv *set, uint8_t *bytes, size_t capacity,
               size_t *length)
{
    size_t clock_size = 0, size;

    if (set == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    vclock_encode(set->clock, NULL, 0, &clock_size);
    size = NUMBER_SIZE + clock_size + NUMBER_SIZE;
    for (const struct dotted *at = set->first; at != NULL; at = at->next)
        size += VERSION_SIZE + at->size;
    *length = size;
    if (size > capacity)
        return DYN_ERANGE;

    bytes_write(bytes, NUMBER_SIZE, clock_size);
    bytes += NUMBER_SIZE;
    vclock_encode(set->clock, bytes, clock_size, &clock_size);
    bytes += clock_size;
    bytes_write(bytes, NUMBER_SIZE, set->count);
    bytes += NUMBER_SIZE;
    for (const struct dotted *at = set->first; at != NULL; at = at->next) {
        bytes_write(bytes, 4, at->dot.node);
        bytes_write(bytes + 4, 8, at->dot.counter);
        bytes_write(bytes + 12, NUMBER_SIZE, at->size);
        bytes += VERSION_SIZE;
        if (at->size > 0)
            memcpy(bytes, at->value, at->size);
        bytes += at->size;
    }
    return DYN_OK;
}

/* Takes so many bytes from the front of *rest. */
static bool take(struct slice *rest, size_t size, struct slice *taken)
{
    if (size > rest->size)
        return false;
    *taken = (struct slice){rest->data, size};
    if (size > 0) {
        rest->data += size;
        rest->size -= size;
    }
    return true;
}

static bool take_number(struct slice *rest, size_t *number)
{
    struct slice bytes;

    if (!take(rest, NUMBER_SIZE, &bytes))
        return false;
    *number = (size_t)bytes_read(bytes.data, NUMBER_SIZE);
    return true;
}

static bool take_version(struct slice *rest, struct dot *dot,
                         struct slice *value)
{
    struct slice head;

    if (!take(rest, VERSION_SIZE, &head))
        return false;
    dot->node = (node_id)bytes_read(head.data, 4);
    dot->counter = bytes_read(head.data + 4, 8);
    return take(rest, (size_t)bytes_read(head.data + 12, NUMBER_SIZE), value);
}

/* Whether so many versions, and nothing else, may stand behind that clock. */
static bool are_versions(struct slice rest, size_t count,
                         const struct vclock *clock)
{
    struct dot dot, last = {0, 0};
    struct slice value;

    for (size_t i = 0; i < count; i++) {
        if (!take_version(&rest, &dot, &value) || value.size > VALUE_SIZE_MAX ||
            dot.counter == 0 || !covers(clock, dot) ||
            (i > 0 && dot_order(last, dot) >= 0))
            return false;
        last = dot;
    }
    return rest.size == 0;
}

int dvv_decode(struct dvv **set, const uint8_t *bytes, size_t length)
{
    struct slice rest = {bytes, length}, clock_bytes, value;
    struct vclock *clock;
    struct dvv *opened = NULL;
    struct dotted **end;
    struct dot dot;
    size_t size, count;
    int code;

    if (set == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (!take_number(&rest, &size) || !take(&rest, size, &clock_bytes) ||
        !take_number(&rest, &count))
        return DYN_ECORRUPT;
    code = vclock_decode(&clock, clock_bytes.data, clock_bytes.size);
    if (code != DYN_OK)
        return code;
    code = are_versions(rest, count, clock) ? dvv_open(&opened) : DYN_ECORRUPT;
    if (code != DYN_OK) {
        vclock_close(clock);
        return code;
    }

    vclock_close(opened->clock);
    opened->clock = clock;
    end = &opened->first;
    while (rest.size > 0) {
        take_version(&rest, &dot, &value);
        *end = dotted_new(dot, value);
        if (*end == NULL) {
            dvv_close(opened);
            return DYN_ENOMEM;
        }
        end = &(*end)->next;
        opened->count++;
    }
    *set = opened;
    return DYN_OK;
}

/* ---- The rules of dots ---- */

/* The set that encoded bytes stand for: an empty one if there are none. */
static int set_of(struct slice bytes, struct dvv **set)
{
    return bytes.size == 0 ? dvv_open(set)
                           : dvv_decode(set, bytes.data, bytes.size);
}

/* The bytes of a set, allocated. */
static int bytes_of(const struct dvv *set, struct slice *bytes)
{
    size_t size = 0;
    uint8_t *block;

    dvv_encode(set, NULL, 0, &size);
    block = malloc(size);
    if (block == NULL)
        return DYN_ENOMEM;
    dvv_encode(set, block, size, &size);
    *bytes = (struct slice){block, size};
    return DYN_OK;
}

static int put_version(struct slice set, const struct vclock *context,
                       node_id node, uint64_t time_ms, struct slice value,
                       struct slice *made)
{
    struct dvv *held = NULL;
    size_t size = 0;
    int code = set_of(set, &held);

    if (code == DYN_OK)
        code = dvv_put(held, context, node, time_ms, value);
    if (code == DYN_OK) {
        dvv_encode(held, NULL, 0, &size);
        code = size > STORE_VALUE_MAX || held->count > REPLY_VALUES_MAX
                   ? DYN_ERANGE
                   : bytes_of(held, made);
    }
    dvv_close(held);
    return code;
}

static int merge_versions(struct slice a, struct slice b, struct slice *merged)
{
    struct dvv *into = NULL, *from = NULL;
    int code = set_of(a, &into);

    if (code == DYN_OK)
        code = set_of(b, &from);
    if (code == DYN_OK)
        code = dvv_merge(into, from);
    if (code == DYN_OK)
        code = bytes_of(into, merged);
    dvv_close(into);
    dvv_close(from);
    return code;
}

static int read_versions(struct slice set, struct slice **values, size_t *count,
                         struct vclock **context)
{
    struct dvv *held = NULL;
    struct slice *array = NULL;
    int code = set_of(set, &held);

    if (code == DYN_OK) {
        // The array, and all values behind it.
        size_t size = (held->count + 1) * sizeof *array, i = 0;
        uint8_t *room;

        for (const struct dotted *at = held->first; at != NULL; at = at->next)
            size += at->size;
        array = malloc(size);
        code = array == NULL ? DYN_ENOMEM : dvv_context(held, context);
        if (code == DYN_OK) {
            room = (uint8_t *)(array + held->count + 1);
            for (struct dotted *at = held->first; at != NULL; at = at->next) {
                array[i++] = (struct slice){room, at->size};
                memcpy(room, at->value, at->size);
                room += at->size;
            }
            *values = array;
            *count = held->count;
        } else {
            free(array);
        }
    }
    dvv_close(held);
    return code;
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
