/* value.c: see value.h. */
#include "value.h"

#include <msgpuck.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void host_fail(const char *why)
{
    fprintf(stderr, "host: %s\n", why);
    _Exit(64);
}

uint32_t read_array(struct reader *reader)
{
    if (mp_typeof(*reader->at) != MP_ARRAY)
        host_fail("malformed call: an array was due");
    return mp_decode_array(&reader->at);
}

uint64_t read_uint(struct reader *reader)
{
    if (mp_typeof(*reader->at) != MP_UINT)
        host_fail("malformed call: an unsigned number was due");
    return mp_decode_uint(&reader->at);
}

int64_t read_int(struct reader *reader)
{
    if (mp_typeof(*reader->at) == MP_UINT) {
        uint64_t value = mp_decode_uint(&reader->at);

        if (value > INT64_MAX)
            host_fail("malformed call: a number is too large");
        return (int64_t)value;
    }
    if (mp_typeof(*reader->at) != MP_INT)
        host_fail("malformed call: a number was due");
    return mp_decode_int(&reader->at);
}

double read_double(struct reader *reader)
{
    if (mp_typeof(*reader->at) == MP_FLOAT)
        return (double)mp_decode_float(&reader->at);
    if (mp_typeof(*reader->at) != MP_DOUBLE)
        host_fail("malformed call: a floating-point number was due");
    return mp_decode_double(&reader->at);
}

struct slice read_bytes(struct reader *reader)
{
    uint32_t size;
    const char *data;

    if (mp_typeof(*reader->at) != MP_BIN)
        host_fail("malformed call: bytes were due");
    data = mp_decode_bin(&reader->at, &size);
    return (struct slice){(const uint8_t *)data, size};
}

struct slice read_string(struct reader *reader)
{
    uint32_t size;
    const char *data;

    if (mp_typeof(*reader->at) != MP_STR)
        host_fail("malformed call: a name was due");
    data = mp_decode_str(&reader->at, &size);
    return (struct slice){(const uint8_t *)data, size};
}

bool read_nil(struct reader *reader)
{
    if (mp_typeof(*reader->at) != MP_NIL)
        return false;
    mp_decode_nil(&reader->at);
    return true;
}

static char *reserve(struct writer *writer, size_t size)
{
    if (writer->capacity - writer->size < size) {
        size_t capacity = (writer->size + size) * 2 + 4096;
        char *data = realloc(writer->data, capacity);

        if (data == NULL)
            host_fail("no memory for an answer");
        writer->data = data;
        writer->capacity = capacity;
    }
    return writer->data + writer->size;
}

static void advance(struct writer *writer, const char *end)
{
    writer->size = (size_t)(end - writer->data);
}

void write_raw(struct writer *writer, const void *data, size_t size)
{
    memcpy(reserve(writer, size), data, size);
    writer->size += size;
}

void write_array(struct writer *writer, uint32_t elements)
{
    char *at = reserve(writer, mp_sizeof_array(elements));
    advance(writer, mp_encode_array(at, elements));
}

void write_int(struct writer *writer, int64_t value)
{
    char *at = reserve(writer, 9);
    advance(writer, value < 0 ? mp_encode_int(at, value)
                              : mp_encode_uint(at, (uint64_t)value));
}

void write_uint(struct writer *writer, uint64_t value)
{
    advance(writer, mp_encode_uint(reserve(writer, 9), value));
}

void write_double(struct writer *writer, double value)
{
    advance(writer, mp_encode_double(reserve(writer, 9), value));
}

void write_bool(struct writer *writer, bool value)
{
    advance(writer, mp_encode_bool(reserve(writer, 1), value));
}

void write_bytes(struct writer *writer, const uint8_t *data, size_t size)
{
    char *at = reserve(writer, mp_sizeof_bin((uint32_t)size));
    /* memcpy must not be given a NULL pointer, even for no bytes. */
    advance(writer, mp_encode_bin(at, size > 0 ? (const char *)data : "",
                                  (uint32_t)size));
}

uint8_t *write_bytes_room(struct writer *writer, size_t size)
{
    char *at = reserve(writer, mp_sizeof_bin((uint32_t)size));

    at = mp_encode_binl(at, (uint32_t)size);
    advance(writer, at + size);
    return (uint8_t *)at;
}
