/* request.c: what clients ask and what they are answered, as bytes: maps
 * {0: kind, 1: key, 2: value, 3: context} (the last two of a put alone) and
 * {0: code, 1: [value, ...], 2: context}. */
#include "wire/fields.h"
#include "wire/wire.h"

#include <msgpuck.h>

enum { KEY = 1, VALUE = 2, CONTEXT = 3 }; /* fields of a request */
enum { VALUES = 1, REPLY_CONTEXT = 2 };   /* fields of a reply */
enum { GET_PAIRS = 2, PUT_PAIRS = 4, REPLY_PAIRS = 3 };

/* ---- Requests ---- */

size_t request_encode(const struct request *request, uint8_t *room,
                      size_t capacity)
{
    bool put = request->kind == REQUEST_PUT;
    uint32_t pairs = put ? PUT_PAIRS : GET_PAIRS;
    unsigned kind = (unsigned)request->kind;
    size_t size = mp_sizeof_map(pairs) + mp_sizeof_uint(0) +
                  mp_sizeof_uint(kind) + mp_sizeof_uint(KEY) +
                  packed_size(request->key, VALUE_SIZE_MAX);
    char *at = (char *)room;

    if (put)
        size += mp_sizeof_uint(VALUE) +
                packed_size(request->value, VALUE_SIZE_MAX) +
                mp_sizeof_uint(CONTEXT) +
                packed_size(request->context, VALUE_SIZE_MAX);
    if (size > capacity)
        return size;
    at = mp_encode_map(at, pairs);
    at = mp_encode_uint(mp_encode_uint(at, 0), kind);
    at = pack_bytes(mp_encode_uint(at, KEY), request->key, VALUE_SIZE_MAX);
    if (put) {
        at = pack_bytes(mp_encode_uint(at, VALUE), request->value,
                        VALUE_SIZE_MAX);
        pack_bytes(mp_encode_uint(at, CONTEXT), request->context,
                   VALUE_SIZE_MAX);
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

int request_decode(struct request *request, struct slice bytes)
{
    struct request found = {0};
    struct fields fields;
    uint64_t kind;
    unsigned seen = 0, pairs;
    bool known;

    if (!fields_begin(&fields, bytes) || !cursor_uint(&fields.in, &kind))
        return DYN_ECORRUPT;
    known = kind == REQUEST_GET || kind == REQUEST_PUT;
    pairs = kind == REQUEST_PUT ? PUT_PAIRS : GET_PAIRS;
    while (fields_next(&fields)) {
        bool read;

        if (!known || fields.number >= pairs) {
            read = cursor_skip(&fields.in);
        } else {
            seen++;
            read = fields.number == KEY ? read_key(&fields.in, &found.key)
                   : fields.number == VALUE
                       ? read_value(&fields.in, &found.value)
                       : read_value(&fields.in, &found.context);
        }
        fields.damaged = !read;
    }
    if (!fields_whole(&fields) || (known && seen != pairs - 1))
        return DYN_ECORRUPT;
    if (!known)
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
