/* request.h: operations as commands of the Redis protocol. */
#ifndef LOAD_REQUEST_H
#define LOAD_REQUEST_H

#include "load/stream.h"
#include "uv/buffer.h"

#include <stdbool.h>
#include <stdint.h>

/* Adds GET key, or SET key value, to the buffer. False when there is no
 * memory. */
bool request_write(struct buffer *buffer, const struct stream *stream,
                   uint32_t run, uint64_t number, const struct op *op);

#endif
