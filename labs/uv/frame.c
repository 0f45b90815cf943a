/* frame.c: see frame.h. */
#include "uv/frame.h"

#include "dynamo/err.h"

#include <string.h>

enum { LENGTH_SIZE = 4, NUMBER_SIZE = 8 };

static const char greeting_words[NUMBER_SIZE + 1] = "dynamo 1";

static void put_number(uint8_t *room, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        room[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t number_at(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = size; i > 0; i--)
        number = number << 8 | bytes[i - 1];
    return number;
}

void greeting_write(uint8_t room[GREETING_SIZE], node_id sender)
{
    put_number(room, GREETING_SIZE - LENGTH_SIZE, LENGTH_SIZE);
    memcpy(room + LENGTH_SIZE, greeting_words, NUMBER_SIZE);
    put_number(room + LENGTH_SIZE + NUMBER_SIZE, sender, sizeof sender);
}

void frame_write_header(uint8_t room[FRAME_HEADER_SIZE], uint64_t number,
                        size_t message_size)
{
    put_number(room, NUMBER_SIZE + message_size, LENGTH_SIZE);
    put_number(room + LENGTH_SIZE, number, NUMBER_SIZE);
}

int greeting_read(struct slice bytes, node_id *sender, size_t *used)
{
    *used = 0;
    if (bytes.size >= LENGTH_SIZE &&
        number_at(bytes.data, LENGTH_SIZE) != GREETING_SIZE - LENGTH_SIZE)
        return DYN_ECORRUPT;
    if (bytes.size < GREETING_SIZE)
        return DYN_OK;
    if (memcmp(bytes.data + LENGTH_SIZE, greeting_words, NUMBER_SIZE) != 0)
        return DYN_ECORRUPT;
    *sender = (node_id)number_at(bytes.data + LENGTH_SIZE + NUMBER_SIZE,
                                 sizeof *sender);
    *used = GREETING_SIZE;
    return DYN_OK;
}

int frame_read(struct slice bytes, struct frame *frame, size_t *used)
{
    uint64_t length;

    *used = 0;
    if (bytes.size < LENGTH_SIZE)
        return DYN_OK;
    length = number_at(bytes.data, LENGTH_SIZE);
    if (length < NUMBER_SIZE || length > NUMBER_SIZE + FRAME_MESSAGE_MAX)
        return DYN_ECORRUPT;
    if (bytes.size < LENGTH_SIZE + length)
        return DYN_OK;
    frame->number = number_at(bytes.data + LENGTH_SIZE, NUMBER_SIZE);
    frame->message.data = bytes.data + FRAME_HEADER_SIZE;
    frame->message.size = (size_t)length - NUMBER_SIZE;
    *used = LENGTH_SIZE + (size_t)length;
    return DYN_OK;
}
