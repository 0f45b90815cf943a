/* cursor.h: reading MessagePack that nobody vouches for.
 *
 * Each function reads one value at the cursor and steps over it. It returns
 * false, and leaves the cursor and the result as they were, if the bytes there
 * are of another type or end too early. (msgpuck's own mp_check counts nested
 * elements in an int, which an array of 2^32 - 1 elements overflows: it takes
 * such an array for whole when none of its elements is there.) */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include "dynamo/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct cursor {
    const char *at, *end; /* into the bytes that it was begun with */
};

struct cursor cursor_begin(struct slice bytes);
bool cursor_at_end(const struct cursor *cursor);

bool cursor_uint(struct cursor *cursor, uint64_t *value);
bool cursor_int(struct cursor *cursor, int64_t *value);
bool cursor_bytes(struct cursor *cursor, struct slice *bytes); /* borrowed */

/* Steps into an array or a map: its elements, or its pairs, come next. There
 * are no more of them than bytes are left. */
bool cursor_array(struct cursor *cursor, uint32_t *elements);
bool cursor_map(struct cursor *cursor, uint32_t *pairs);

/* Steps over a value of any type with all that it contains, in time linear in
 * its bytes and without recursion. */
bool cursor_skip(struct cursor *cursor);

#endif
