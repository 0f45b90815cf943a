/* siblings.c with a singly linked list: the newest version first, in no order of
 * clocks. A version keeps its clock's bytes beside the clock, so that encoding
 * picks one version after the other by comparing them, and needs no memory. */
#include "dynamo/siblings.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct version_held {
    struct version_held *next;
    struct vclock *clock;
    size_t clock_size; /* of its bytes */
    size_t value_size;
    uint8_t bytes[]; /* the clock's, then the value */
};

struct siblings {
    struct version_held *versions;
};

/* ---- Versions ---- */

static void free_version(struct version_held *version)
{
    vclock_close(version->clock);
    free(version);
}

static void free_versions(struct version_held *version)
{
    while (version) {
        struct version_held *next = version->next;
        free_version(version);
        version = next;
    }
}

static int new_version(struct version_held **version,
                       const struct vclock *clock, struct slice value)
{
    size_t size;
    int code = vclock_encode(clock, NULL, 0, &size);
    if (code != DYN_ERANGE)
        return code;
    struct version_held *made = malloc(sizeof *made + size + value.size);
    if (!made)
        return DYN_ENOMEM;
    code = vclock_copy(&made->clock, clock);
    if (code != DYN_OK) {
        free(made);
        return code;
    }
    made->next = NULL;
    made->clock_size = size;
    made->value_size = value.size;
    (void)vclock_encode(clock, made->bytes, size, &size);
    if (value.size > 0)
        memcpy(made->bytes + size, value.data, value.size);
    *version = made;
    return DYN_OK;
}

static struct slice value_of(const struct version_held *version)
{
    return (struct slice){version->bytes + version->clock_size,
                          version->value_size};
}

static bool is_value(struct slice value)
{
    return value.size <= VALUE_SIZE_MAX && (value.data || value.size == 0);
}

/* ---- A set of siblings ---- */

int siblings_open(struct siblings **set)
{
    if (!set)
        return DYN_EINVAL;
    struct siblings *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    *set = made;
    return DYN_OK;
}

void siblings_close(struct siblings *set)
{
    if (!set)
        return;
    free_versions(set->versions);
    free(set);
}

/* Whether a version in the set replaces one of this clock, or is the same. */
static bool is_old(const struct siblings *set, const struct vclock *clock)
{
    for (const struct version_held *v = set->versions; v; v = v->next) {
        int order = vclock_compare(clock, v->clock);
        if (order == VCLOCK_BEFORE || order == VCLOCK_EQUAL)
            return true;
    }
    return false;
}

/* Adds a version that is not old, and takes it over. */
static void insert(struct siblings *set, struct version_held *version)
{
    struct version_held **link = &set->versions;
    while (*link) {
        struct version_held *v = *link;
        if (vclock_compare(v->clock, version->clock) == VCLOCK_BEFORE) {
            *link = v->next;
            free_version(v);
        } else {
            link = &v->next;
        }
    }
    version->next = set->versions;
    set->versions = version;
}

int siblings_add(struct siblings *set, const struct vclock *clock,
                 struct slice value)
{
    struct version_held *version;
    if (!set || !clock || !is_value(value))
        return DYN_EINVAL;
    if (is_old(set, clock))
        return DYN_EEXIST;
    int code = new_version(&version, clock, value);
    if (code == DYN_OK)
        insert(set, version);
    return code;
}

int siblings_merge(struct siblings *into, const struct siblings *from)
{
    struct version_held *added = NULL;
    if (!into || !from)
        return DYN_EINVAL;
    /* None of them makes another one old: they are concurrent. */
    for (const struct version_held *v = from->versions; v; v = v->next) {
        struct version_held *version;
        if (is_old(into, v->clock))
            continue;
        int code = new_version(&version, v->clock, value_of(v));
        if (code != DYN_OK) {
            free_versions(added);
            return code;
        }
        version->next = added;
        added = version;
    }
    while (added) {
        struct version_held *next = added->next;
        insert(into, added);
        added = next;
    }
    return DYN_OK;
}

size_t siblings_count(const struct siblings *set)
{
    size_t count = 0;
    for (const struct version_held *v = set ? set->versions : NULL; v;
         v = v->next)
        count++;
    return count;
}

int siblings_at(const struct siblings *set, size_t index,
                const struct vclock **clock, struct slice *value)
{
    if (!set || !clock || !value)
        return DYN_EINVAL;
    const struct version_held *v = set->versions;
    while (v && index-- > 0)
        v = v->next;
    if (!v)
        return DYN_ENOENT;
    *clock = v->clock;
    *value = value_of(v);
    return DYN_OK;
}

/* ---- Get and put ---- */

int siblings_context(const struct siblings *set, struct vclock **context)
{
    struct vclock *merged;
    if (!set || !context)
        return DYN_EINVAL;
    int code = vclock_open(&merged);
    if (code != DYN_OK)
        return code;
    for (const struct version_held *v = set->versions; v && code == DYN_OK;
         v = v->next)
        code = vclock_merge(merged, v->clock);
    if (code == DYN_OK)
        *context = merged;
    else
        vclock_close(merged);
    return code;
}

int siblings_put(struct siblings *set, const struct vclock *context,
                 node_id node, uint64_t time_ms, struct slice value,
                 size_t most)
{
    struct vclock *clock;
    if (!set || !context || !is_value(value))
        return DYN_EINVAL;
    uint64_t counter = vclock_counter(context, node);
    for (const struct version_held *v = set->versions; v; v = v->next)
        if (vclock_counter(v->clock, node) > counter)
            counter = vclock_counter(v->clock, node);
    if (counter == UINT64_MAX)
        return DYN_ERANGE;
    int code = vclock_copy(&clock, context);
    if (code != DYN_OK)
        return code;
    code = vclock_raise(clock, node, counter + 1, time_ms);
    if (code == DYN_OK && most > 0)
        code = vclock_truncate(clock, most);
    if (code == DYN_OK)
        code = siblings_add(set, clock, value);
    vclock_close(clock);
    return code;
}

/* ---- Bytes ---- */

/* As by memcmp, a prefix first. */
static int order_of(const uint8_t *a, size_t a_size, const uint8_t *b,
                    size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* The version that stands after `last`, or first if that is NULL. */
static const struct version_held *after(const struct siblings *set,
                                        const struct version_held *last)
{
    const struct version_held *found = NULL;
    for (const struct version_held *v = set->versions; v; v = v->next) {
        if (last && order_of(v->bytes, v->clock_size, last->bytes,
                             last->clock_size) <= 0)
            continue;
        if (!found || order_of(v->bytes, v->clock_size, found->bytes,
                               found->clock_size) < 0)
            found = v;
    }
    return found;
}

static uint8_t *write_bytes(uint8_t *at, const uint8_t *bytes, size_t size)
{
    bytes_write(at, 4, size);
    if (size > 0)
        memcpy(at + 4, bytes, size);
    return at + 4 + size;
}

int siblings_encode(const struct siblings *set, uint8_t *bytes, size_t capacity,
                    size_t *length)
{
    if (!set || !length || (!bytes && capacity > 0))
        return DYN_EINVAL;
    size_t size = 4;
    for (const struct version_held *v = set->versions; v; v = v->next)
        size += 4 + v->clock_size + 4 + v->value_size;
    *length = size;
    if (size > capacity)
        return DYN_ERANGE;
    bytes_write(bytes, 4, siblings_count(set));
    uint8_t *at = bytes + 4;
    for (const struct version_held *v = after(set, NULL); v;
         v = after(set, v)) {
        at = write_bytes(at, v->bytes, v->clock_size);
        at = write_bytes(at, v->bytes + v->clock_size, v->value_size);
    }
    return DYN_OK;
}

/* Takes a length and as many bytes from the beginning of *from. */
static bool take(struct slice *from, struct slice *taken)
{
    if (from->size < 4)
        return false;
    size_t size = (size_t)bytes_read(from->data, 4);
    if (size > from->size - 4)
        return false;
    *taken = (struct slice){from->data + 4, size};
    *from = (struct slice){from->data + 4 + size, from->size - 4 - size};
    return true;
}

/* Adds the version that stands at the beginning of *from. `last`: the bytes of
 * the clock before, NULL if there is none; becomes this one's. */
static int take_version(struct siblings *set, struct slice *from,
                        struct slice *last)
{
    struct slice bytes, value;
    struct vclock *clock;
    struct version_held *version;
    if (!take(from, &bytes) || !take(from, &value) ||
        value.size > VALUE_SIZE_MAX)
        return DYN_ECORRUPT;
    int code = vclock_decode(&clock, bytes.data, bytes.size);
    if (code != DYN_OK)
        return code;
    if (last->data &&
        order_of(last->data, last->size, bytes.data, bytes.size) >= 0)
        code = DYN_ECORRUPT;
    for (const struct version_held *v = set->versions; v && code == DYN_OK;
         v = v->next)
        if (vclock_compare(v->clock, clock) != VCLOCK_CONCURRENT)
            code = DYN_ECORRUPT;
    if (code == DYN_OK)
        code = new_version(&version, clock, value);
    if (code == DYN_OK) {
        version->next = set->versions;
        set->versions = version;
        *last = bytes;
    }
    vclock_close(clock);
    return code;
}

int siblings_decode(struct siblings **set, const uint8_t *bytes, size_t length)
{
    struct siblings *made;
    struct slice last = {NULL, 0};
    if (!set || (!bytes && length > 0))
        return DYN_EINVAL;
    if (length < 4)
        return DYN_ECORRUPT;
    struct slice from = {bytes + 4, length - 4};
    int code = siblings_open(&made);
    if (code != DYN_OK)
        return code;
    for (uint64_t left = bytes_read(bytes, 4); left > 0 && code == DYN_OK;
         left--)
        code = take_version(made, &from, &last);
    if (code == DYN_OK && from.size > 0)
        code = DYN_ECORRUPT;
    if (code == DYN_OK)
        *set = made;
    else
        siblings_close(made);
    return code;
}
