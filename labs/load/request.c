/* request.c: see request.h. */
#include "load/request.h"

bool request_write(struct buffer *buffer, const struct writer *writer,
                   const struct op *op)
{
    char text[KEY_TEXT_MAX];
    struct slice key = {(const uint8_t *)text,
                        stream_key(&writer->stream, op->key, text)};
    uint8_t *room;

    if (op->kind == OP_GET)
        return buffer_print(buffer, "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n",
                            key.size, text);
    if (!buffer_print(buffer, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n",
                      key.size, text, op->size))
        return false;
    room = buffer_room(buffer, op->size);
    if (room == NULL)
        return false;
    value_write(room, op->size, key, writer->run, writer->count);
    buffer->size += op->size;
    return buffer_add_text(buffer, "\r\n");
}
