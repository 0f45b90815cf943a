/* frame.h: what goes over a connection between two nodes.
 *
 * Numbers are little endian. A connection carries messages one way only and
 * begins with a greeting:
 *     4 bytes   12, the length of what follows
 *     8         "dynamo 1"
 *     4         the sender
 * Then come frames:
 *     4 bytes   the length of what follows
 *     8         the message's number: no other message of this sender, in this
 *               run or a later one, has the same
 *     the rest  the message (wire.h) */
#ifndef UV_FRAME_H
#define UV_FRAME_H

#include "dynamo/node.h"
#include "dynamo/slice.h"

#include <stddef.h>
#include <stdint.h>

enum {
    GREETING_SIZE = 16,
    FRAME_HEADER_SIZE = 12,
    FRAME_MESSAGE_MAX = 8 << 20, /* bytes */
};

struct frame {
    uint64_t number;
    struct slice message; /* points into the bytes that were read */
};

void greeting_write(uint8_t room[GREETING_SIZE], node_id sender);
void frame_write_header(uint8_t room[FRAME_HEADER_SIZE], uint64_t number,
                        size_t message_size);

/* Read from the front of `bytes`, and set *used to how many bytes that took; 0
 * when it is not whole yet. DYN_OK, or DYN_ECORRUPT for what no node sends. */
int greeting_read(struct slice bytes, node_id *sender, size_t *used);
int frame_read(struct slice bytes, struct frame *frame, size_t *used);

#endif
