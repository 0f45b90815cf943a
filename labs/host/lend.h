/* lend.h: what a handler is given, in blocks of exactly its size.
 *
 * Each key, each value and each struct that points to them lies in a block of
 * its own, which is freed as soon as the handler has returned: so the sanitizer
 * sees a handler that reads a byte too far, or keeps what it only borrowed. */
#ifndef HOST_LEND_H
#define HOST_LEND_H

#include "dynamo/message.h"
#include "dynamo/program.h"

#include <stddef.h>

enum { LENT_MAX = 64 };

/* The blocks that are lent for one handler. All zero: none. */
struct lent {
    void *blocks[LENT_MAX];
    size_t count;
};

/* Copies, all of whose blocks lent_free frees. */
const struct message *lend_message(struct lent *lent, struct message message);
const struct request *lend_request(struct lent *lent, struct request request);
const struct config *lend_config(struct lent *lent, struct config config);
void lent_free(struct lent *lent);

#endif
