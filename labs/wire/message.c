/* message.c: messages between nodes as bytes; message.def says what they are
 * made of. */
#include "dynamo/env.h"
#include "wire/fields.h"
#include "wire/wire.h"

#include <msgpuck.h>

enum field {
#define MESSAGE_FIELD(number, type, name, text) FIELD_##name = number,
#include "dynamo/message.def"
    FIELDS_MAX = 64 /* their numbers are below it */
};

#define BIT(number) ((uint64_t)1 << (number))

/* What a kind is called, and the set of the fields that it has. */
static const struct kind {
    const char *label;
    uint64_t has;
} kinds[] = {
#define HAS(name) | BIT(FIELD_##name)
#define MESSAGE_KIND(number, name, label, fields, text)                        \
    [number] = {label, 0 fields},
#include "dynamo/message.def"
#undef HAS
};

/* The fields that a kind may have. */
static const uint64_t optional[] = {
#define HAS(name)
#define MAY(name) | BIT(FIELD_##name)
#define MESSAGE_KIND(number, name, label, fields, text) [number] = 0 fields,
#include "dynamo/message.def"
#undef HAS
};

/* NULL for an unknown kind. */
static const struct kind *find_kind(uint64_t number)
{
    if (number >= sizeof kinds / sizeof *kinds || kinds[number].label == NULL)
        return NULL;
    return &kinds[number];
}

const char *message_label(enum message_kind kind)
{
    const struct kind *found = find_kind((unsigned)kind);

    return found != NULL ? found->label : "?";
}

/* ---- Encoding: for each type of field its size and its form ---- */

static size_t uint_size(uint64_t value)
{
    return mp_sizeof_uint(value);
}

static char *uint_write(char *at, uint64_t value)
{
    return mp_encode_uint(at, value);
}

static size_t bytes_size(struct slice value)
{
    return packed_size(value, VALUE_SIZE_MAX);
}

static char *bytes_write(char *at, struct slice value)
{
    return pack_bytes(at, value, VALUE_SIZE_MAX);
}

static size_t set_size(struct slice value)
{
    return packed_size(value, STORE_VALUE_MAX);
}

static char *set_write(char *at, struct slice value)
{
    return pack_bytes(at, value, STORE_VALUE_MAX);
}

static size_t version_size(struct version value)
{
    return mp_sizeof_array(2) + mp_sizeof_uint(value.counter) +
           mp_sizeof_uint(value.writer);
}

static char *version_write(char *at, struct version value)
{
    at = mp_encode_array(at, 2);
    at = mp_encode_uint(at, value.counter);
    return mp_encode_uint(at, value.writer);
}

static size_t node_size(node_id value)
{
    return mp_sizeof_uint(value);
}

static char *node_write(char *at, node_id value)
{
    return mp_encode_uint(at, value);
}

/* Those of its optional fields that are not 0. */
static uint64_t given(const struct message *message)
{
    const uint64_t may = optional[message->kind];
    uint64_t some = 0;

    if ((may & BIT(FIELD_disk)) && message->disk != 0)
        some |= BIT(FIELD_disk);
    return some;
}

static size_t encoded_size(const struct message *message, uint64_t has)
{
    size_t size = mp_sizeof_map(1 + (uint32_t)__builtin_popcountll(has)) +
                  mp_sizeof_uint(0) + mp_sizeof_uint((unsigned)message->kind);

#define MESSAGE_FIELD(number, type, name, text)                                \
    if (has & BIT(number))                                                     \
        size += mp_sizeof_uint(number) + type##_size(message->name);
#include "dynamo/message.def"
    return size;
}

size_t message_encode(const struct message *message, uint8_t *room,
                      size_t capacity)
{
    const struct kind *kind = find_kind((unsigned)message->kind);
    uint64_t has = kind != NULL ? kind->has | given(message) : 0;
    size_t size = encoded_size(message, has);
    char *at = (char *)room;

    if (size > capacity)
        return size;
    at = mp_encode_map(at, 1 + (uint32_t)__builtin_popcountll(has));
    at = mp_encode_uint(at, 0);
    at = mp_encode_uint(at, (unsigned)message->kind);
#define MESSAGE_FIELD(number, type, name, text)                                \
    if (has & BIT(number))                                                     \
        at = type##_write(mp_encode_uint(at, number), message->name);
#include "dynamo/message.def"
    return size;
}

/* ---- Decoding ---- */

static bool read_uint(struct cursor *in, enum field field, uint64_t *value)
{
    (void)field;
    return cursor_uint(in, value);
}

static bool read_int(struct cursor *in, enum field field, int *value)
{
    (void)field;
    return int_read(in, value);
}

static bool read_set(struct cursor *in, enum field field, struct slice *value)
{
    (void)field;
    return cursor_bytes(in, value) && value->size <= STORE_VALUE_MAX;
}

static bool read_bytes(struct cursor *in, enum field field, struct slice *value)
{
    if (!cursor_bytes(in, value))
        return false;
    if (field == FIELD_key)
        return value->size >= 1 && value->size <= KEY_SIZE_MAX;
    return value->size <= VALUE_SIZE_MAX;
}

static bool read_node(struct cursor *in, enum field field, node_id *value)
{
    uint64_t number;

    (void)field;
    if (!cursor_uint(in, &number) || number > UINT32_MAX)
        return false;
    *value = (node_id)number;
    return true;
}

static bool read_version(struct cursor *in, enum field field,
                         struct version *value)
{
    uint32_t elements;

    return cursor_array(in, &elements) && elements == 2 &&
           cursor_uint(in, &value->counter) &&
           read_node(in, field, &value->writer);
}

static bool read_field(struct cursor *in, uint64_t number,
                       struct message *message)
{
    switch (number) {
#define MESSAGE_FIELD(number, type, name, text)                                \
    case number:                                                               \
        return read_##type(in, FIELD_##name, &message->name);
#include "dynamo/message.def"
    default:
        return false;
    }
}

int message_decode(struct message *message, struct slice bytes)
{
    struct message found = {0};
    struct fields fields;
    const struct kind *kind;
    uint64_t number, has, may, seen = 0;

    if (!fields_begin(&fields, bytes) || !cursor_uint(&fields.in, &number))
        return DYN_ECORRUPT;
    kind = find_kind(number);
    has = kind != NULL ? kind->has : 0;
    may = kind != NULL ? optional[number] : 0;
    while (fields_next(&fields)) {
        /* What this kind has not, a later version of it may have. */
        if (fields.number >= FIELDS_MAX || !((has | may) & BIT(fields.number)))
            fields.damaged = !cursor_skip(&fields.in);
        else if (read_field(&fields.in, fields.number, &found))
            seen |= BIT(fields.number);
        else
            fields.damaged = true;
    }
    if (!fields_whole(&fields) || (seen & has) != has)
        return DYN_ECORRUPT;
    if (kind == NULL)
        return DYN_EUNKNOWN;
    found.kind = (enum message_kind)number;
    *message = found;
    return DYN_OK;
}
