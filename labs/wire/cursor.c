/* cursor.c: see cursor.h. */
#include "wire/cursor.h"

#include <msgpuck.h>

struct cursor cursor_begin(struct slice bytes)
{
    const char *at = bytes.size > 0 ? (const char *)bytes.data : "";

    return (struct cursor){at, at + bytes.size};
}

bool cursor_at_end(const struct cursor *cursor)
{
    return cursor->at == cursor->end;
}

static bool is_next(const struct cursor *cursor, enum mp_type type)
{
    return cursor->at < cursor->end && mp_typeof(*cursor->at) == type;
}

static size_t bytes_left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

bool cursor_uint(struct cursor *cursor, uint64_t *value)
{
    enum { BYTE_MAX = 0x7f }; /* up to it a number is its own form */

    if (cursor->at < cursor->end && (uint8_t)*cursor->at <= BYTE_MAX) {
        *value = (uint8_t)*cursor->at++;
        return true;
    }
    if (!is_next(cursor, MP_UINT) || mp_check_uint(cursor->at, cursor->end) > 0)
        return false;
    *value = mp_decode_uint(&cursor->at);
    return true;
}

bool cursor_int(struct cursor *cursor, int64_t *value)
{
    if (is_next(cursor, MP_UINT)) {
        struct cursor ahead = *cursor;
        uint64_t positive;

        if (!cursor_uint(&ahead, &positive) || positive > INT64_MAX)
            return false;
        *cursor = ahead;
        *value = (int64_t)positive;
        return true;
    }
    if (!is_next(cursor, MP_INT) || mp_check_int(cursor->at, cursor->end) > 0)
        return false;
    *value = mp_decode_int(&cursor->at);
    return true;
}

bool cursor_bytes(struct cursor *cursor, struct slice *bytes)
{
    struct cursor ahead = *cursor;
    uint32_t size;

    /* mp_check_binl asserts that there is more than the type's own byte. */
    if (!is_next(cursor, MP_BIN) || bytes_left(cursor) < 2 ||
        mp_check_binl(cursor->at, cursor->end) > 0)
        return false;
    size = mp_decode_binl(&ahead.at);
    if (size > bytes_left(&ahead))
        return false;
    *bytes = (struct slice){(const uint8_t *)ahead.at, size};
    ahead.at += size;
    *cursor = ahead;
    return true;
}

bool cursor_array(struct cursor *cursor, uint32_t *elements)
{
    struct cursor ahead = *cursor;
    uint32_t count;

    if (!is_next(cursor, MP_ARRAY) ||
        mp_check_array(cursor->at, cursor->end) > 0)
        return false;
    count = mp_decode_array(&ahead.at);
    if (count > bytes_left(&ahead))
        return false;
    *cursor = ahead;
    *elements = count;
    return true;
}

bool cursor_map(struct cursor *cursor, uint32_t *pairs)
{
    struct cursor ahead = *cursor;
    uint32_t count;

    if (!is_next(cursor, MP_MAP) || mp_check_map(cursor->at, cursor->end) > 0)
        return false;
    count = mp_decode_map(&ahead.at);
    if (count > bytes_left(&ahead) / 2)
        return false;
    *cursor = ahead;
    *pairs = count;
    return true;
}

/* Steps over a value that contains no others. */
static bool skip_plain(struct cursor *cursor)
{
    const uint8_t never_used = 0xc1; /* msgpuck takes it for an extension */
    const char *after = cursor->at;

    if (cursor->at == cursor->end || (uint8_t)*cursor->at == never_used ||
        mp_check(&after, cursor->end) != 0)
        return false;
    cursor->at = after;
    return true;
}

bool cursor_skip(struct cursor *cursor)
{
    struct cursor ahead = *cursor;

    /* Every value that is still due takes a byte at least, so a count that
     * exceeds the bytes left is refused before it can overflow. */
    for (uint64_t due = 1; due > 0; due--) {
        uint32_t count;

        if (cursor_array(&ahead, &count))
            due += count;
        else if (cursor_map(&ahead, &count))
            due += 2 * (uint64_t)count;
        else if (is_next(&ahead, MP_ARRAY) || is_next(&ahead, MP_MAP) ||
                 !skip_plain(&ahead))
            return false;
        if (due - 1 > bytes_left(&ahead))
            return false;
    }
    *cursor = ahead;
    return true;
}
