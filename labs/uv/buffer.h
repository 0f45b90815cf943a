/* buffer.h: bytes that grow at the end and are taken from the front. */
#ifndef UV_BUFFER_H
#define UV_BUFFER_H

#include "dynamo/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty buffer. Its owner ends it by buffer_free. */
struct buffer {
    uint8_t *data;
    size_t size, capacity;
    bool failed; /* there was no memory once: something is missing */
};

/* Room for `more` bytes behind what is there, for the caller to write and then
 * to add to `size`. NULL when there is no memory. */
uint8_t *buffer_room(struct buffer *buffer, size_t more);

/* Copies bytes to the end. False when there is no memory: nothing changed. */
bool buffer_add(struct buffer *buffer, const void *bytes, size_t size);
bool buffer_add_text(struct buffer *buffer, const char *text);
bool buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes the first `size` bytes, and gives memory back that a rare large
 * content took. */
void buffer_take(struct buffer *buffer, size_t size);

/* Frees the memory; the buffer is empty and may be used again. */
void buffer_free(struct buffer *buffer);

#endif
