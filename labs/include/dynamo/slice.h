/* slice.h: bytes that belong to somebody else. */
#ifndef DYNAMO_SLICE_H
#define DYNAMO_SLICE_H

#include <stddef.h>
#include <stdint.h>

/* A run of bytes, borrowed: whoever receives a slice may read it until the
 * call it came with returns, and copies what it wants to keep.
 * `data` may be NULL when `size` is 0. */
struct slice {
    const uint8_t *data;
    size_t size; /* bytes */
};

#endif
