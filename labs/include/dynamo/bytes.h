/* bytes.h: numbers in encodings, big-endian. */
#ifndef DYNAMO_BYTES_H
#define DYNAMO_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Writes the number's lowest `size` bytes (1 .. 8) to at[0 .. size-1], the most
 * significant one first. */
static inline void bytes_write(uint8_t *at, size_t size, uint64_t number)
{
    while (size > 0) {
        at[--size] = (uint8_t)number;
        number >>= 8;
    }
}

/* The number in at[0 .. size-1], of 1 .. 8 bytes. */
static inline uint64_t bytes_read(const uint8_t *at, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | at[i];
    return number;
}

#endif
