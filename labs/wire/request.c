/* request.c: what clients ask and what they are answered, as bytes: maps
 * {0: kind, 1: key, 2: value, 3: context, 4: node, 5: weight} (of these what the kind
 * has) and {0: code, 1: [value, ...], 2: context}. */
#include "wire/fields.h"
#include "wire/wire.h"

#include <msgpuck.h>

/* Fields of a request. */
enum { KEY = 1, VALUE, CONTEXT, NODE, WEIGHT };
enum { VALUES = 1, REPLY_CONTEXT = 2 }; /* fields of a reply */
enum { REPLY_PAIRS = 3 };

/* ---- Requests ---- */

#define BIT(field) (1u << (field))

/* The set of a kind's fields; 0 for an unknown kind. */
static unsigned fields_of(uint64_t kind)
{
    switch (kind) {
    case REQUEST_GET:
        return BIT(KEY);
    case REQUEST_PUT:
        return BIT(KEY) | BIT(VALUE) | BIT(CONTEXT);
    case REQUEST_JOIN:
        return BIT(NODE) | BIT(WEIGHT);
    case REQUEST_LEAVE:
        return BIT(NODE);
    default:
        return 0;
    }
}

static const struct slice *bytes_of(const struct request *request, int field)
{
    return field == KEY     ? &request->key
           : field == VALUE ? &request->value
                            : &request->context;
}

static uint64_t number_of(const struct request *request, int field)
{
    return field == NODE ? request->node : request->weight;
}

size_t request_encode(const struct request *request, uint8_t *room,
                      size_t capacity)
{
    const unsigned kind = (unsigned)request->kind;
    /* Of an unknown kind the key goes with it, as it always has. */
    const unsigned has = fields_of(kind) != 0 ? fields_of(kind) : BIT(KEY);
    const uint32_t pairs = 1 + (uint32_t)__builtin_popcount(has);
    size_t size =
        mp_sizeof_map(pairs) + mp_sizeof_uint(0) + mp_sizeof_uint(kind);
    char *at = (char *)room;

    for (int field = KEY; field <= WEIGHT; field++)
        if (has & BIT(field))
            size +=
                mp_sizeof_uint((unsigned)field) +
                (field <= CONTEXT
                     ? packed_size(*bytes_of(request, field), VALUE_SIZE_MAX)
                     : mp_sizeof_uint(number_of(request, field)));
    if (size > capacity)
        return size;
    at = mp_encode_map(at, pairs);
    at = mp_encode_uint(mp_encode_uint(at, 0), kind);
    for (int field = KEY; field <= WEIGHT; field++) {
        if (!(has & BIT(field)))
            continue;
        at = mp_encode_uint(at, (unsigned)field);
        if (field <= CONTEXT)
            at = pack_bytes(at, *bytes_of(request, field), VALUE_SIZE_MAX);
        else
            at = mp_encode_uint(at, number_of(request, field));
    }
    return size;
}

static bool read_value(struct cursor *in, struct slice *value)
{
    return cursor_bytes(in, value) && value->size <= VALUE_SIZE_MAX;
}

static bool read_key(struct cursor *in, struct slice *key)
{
    return cursor_bytes(in, key) && key->size >= 1 && key->size <= KEY_SIZE_MAX;
}

static bool read_number(struct cursor *in, uint32_t *number)
{
    uint64_t value;

    if (!cursor_uint(in, &value) || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool read_field(struct cursor *in, uint64_t field,
                       struct request *request)
{
    switch (field) {
    case KEY:
        return read_key(in, &request->key);
    case VALUE:
        return read_value(in, &request->value);
    case CONTEXT:
        return read_value(in, &request->context);
    case NODE:
        return read_number(in, &request->node);
    default:
        return read_number(in, &request->weight);
    }
}

int request_decode(struct request *request, struct slice bytes)
{
    struct request found = {0};
    struct fields fields;
    uint64_t kind;
    unsigned has, seen = 0;

    if (!fields_begin(&fields, bytes) || !cursor_uint(&fields.in, &kind))
        return DYN_ECORRUPT;
    has = fields_of(kind);
    while (fields_next(&fields)) {
        if (fields.number > WEIGHT || !(has & BIT(fields.number)))
            fields.damaged = !cursor_skip(&fields.in);
        else if (read_field(&fields.in, fields.number, &found))
            seen |= BIT(fields.number);
        else
            fields.damaged = true;
    }
    if (!fields_whole(&fields) || seen != has)
        return DYN_ECORRUPT;
    if (has == 0)
        return DYN_EUNKNOWN;
    found.kind = (enum request_kind)kind;
    *request = found;
    return DYN_OK;
}

/* ---- Replies ---- */

/* Any count that is too large is as malformed as the smallest such one. */
static uint32_t bounded_count(const struct reply *reply)
{
    return reply->count <= REPLY_VALUES_MAX ? (uint32_t)reply->count
                                            : REPLY_VALUES_MAX + 1;
}

size_t reply_encode(const struct reply *reply, uint8_t *room, size_t capacity)
{
    uint32_t count = bounded_count(reply);
    size_t size = mp_sizeof_map(REPLY_PAIRS) + mp_sizeof_uint(0) +
                  int_size(reply->code) + mp_sizeof_uint(VALUES) +
                  mp_sizeof_array(count) + mp_sizeof_uint(REPLY_CONTEXT) +
                  packed_size(reply->context, VALUE_SIZE_MAX);
    char *at = (char *)room;

    for (uint32_t i = 0; i < count; i++)
        size += packed_size(reply->values[i], VALUE_SIZE_MAX);
    if (size > capacity)
        return size;
    at = mp_encode_map(at, REPLY_PAIRS);
    at = int_write(mp_encode_uint(at, 0), reply->code);
    at = mp_encode_array(mp_encode_uint(at, VALUES), count);
    for (uint32_t i = 0; i < count; i++)
        at = pack_bytes(at, reply->values[i], VALUE_SIZE_MAX);
    pack_bytes(mp_encode_uint(at, REPLY_CONTEXT), reply->context,
               VALUE_SIZE_MAX);
    return size;
}

/* Reads the elements of an array of `count` values; `values` may be NULL. */
static bool read_values(struct cursor *in, uint32_t count, struct slice *values)
{
    for (uint32_t i = 0; i < count; i++) {
        struct slice value;

        if (!read_value(in, &value))
            return false;
        if (values != NULL)
            values[i] = value;
    }
    return true;
}

int reply_decode(struct reply *reply, struct slice *values, struct slice bytes)
{
    struct reply found = {0};
    struct fields fields;
    struct cursor elements = {NULL, NULL};
    uint32_t count = 0;
    unsigned seen = 0;

    if (!fields_begin(&fields, bytes) || !int_read(&fields.in, &found.code))
        return DYN_ECORRUPT;
    while (fields_next(&fields)) {
        bool read;

        if (fields.number == VALUES) {
            read =
                cursor_array(&fields.in, &count) && count <= REPLY_VALUES_MAX;
            elements = fields.in;
            read = read && read_values(&fields.in, count, NULL);
            seen++;
        } else if (fields.number == REPLY_CONTEXT) {
            read = read_value(&fields.in, &found.context);
            seen++;
        } else {
            read = cursor_skip(&fields.in);
        }
        fields.damaged = !read;
    }
    if (!fields_whole(&fields) || seen != REPLY_PAIRS - 1)
        return DYN_ECORRUPT;
    /* Only now, when nothing can fail, is the caller's room written to. */
    read_values(&elements, count, values);
    found.values = values;
    found.count = count;
    *reply = found;
    return DYN_OK;
}
