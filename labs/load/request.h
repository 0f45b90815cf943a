/* request.h: operations as commands of the Redis protocol. */
#ifndef LOAD_REQUEST_H
#define LOAD_REQUEST_H

#include "load/value.h"
#include "uv/buffer.h"

#include <stdbool.h>

/* Adds the writer's next operation, GET key or SET key value, to the buffer.
 * False when there is no memory. */
bool request_write(struct buffer *buffer, const struct writer *writer,
                   const struct op *op);

#endif
