/* buffer.c: see buffer.h. */
#include "uv/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_FIRST = 1024, BUFFER_KEPT = 1 << 20 };

uint8_t *buffer_room(struct buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : BUFFER_FIRST;
    uint8_t *data;

    if (more > SIZE_MAX / 4 - buffer->size) {
        buffer->failed = true;
        return NULL;
    }
    while (capacity < buffer->size + more)
        capacity *= 2;
    if (capacity > buffer->capacity) {
        data = realloc(buffer->data, capacity);
        if (data == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

bool buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
    uint8_t *room = buffer_room(buffer, size);

    if (room == NULL)
        return false;
    if (size > 0)
        memcpy(room, bytes, size);
    buffer->size += size;
    return true;
}

bool buffer_add_text(struct buffer *buffer, const char *text)
{
    return buffer_add(buffer, text, strlen(text));
}

bool buffer_print(struct buffer *buffer, const char *format, ...)
{
    char text[512];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return false;
    if ((size_t)length >= sizeof text)
        length = sizeof text - 1;
    return buffer_add(buffer, text, (size_t)length);
}

void buffer_take(struct buffer *buffer, size_t size)
{
    buffer->size -= size;
    if (buffer->size > 0)
        memmove(buffer->data, buffer->data + size, buffer->size);
    else if (buffer->capacity > BUFFER_KEPT)
        buffer_free(buffer);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
