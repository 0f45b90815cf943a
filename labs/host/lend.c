/* lend.c: see lend.h. */
#include "lend.h"
#include "calls.h"

#include <stdlib.h>
#include <string.h>

static void *lend(struct lent *lent, const void *data, size_t size)
{
    void *block = marked_room(size);

    if (lent->count == LENT_MAX)
        host_fail("a message has more fields than lend.h has room for");
    lent->blocks[lent->count++] = block;
    if (size > 0)
        memcpy(block, data, size);
    return block;
}

void lent_free(struct lent *lent)
{
    while (lent->count > 0)
        free(lent->blocks[--lent->count]);
}

/* ---- One function for each type of field in message.def ---- */

static void lend_uint(struct lent *lent, const uint64_t *value)
{
    (void)lent;
    (void)value;
}

static void lend_int(struct lent *lent, const int *value)
{
    (void)lent;
    (void)value;
}

static void lend_version(struct lent *lent, const struct version *value)
{
    (void)lent;
    (void)value;
}

static void lend_node(struct lent *lent, const node_id *value)
{
    (void)lent;
    (void)value;
}

/* A field that the kind has not stays NULL; one without bytes gets a block. */
static void lend_bytes(struct lent *lent, struct slice *value)
{
    if (value->data != NULL)
        value->data = lend(lent, value->data, value->size);
}

static void lend_set(struct lent *lent, struct slice *value)
{
    lend_bytes(lent, value);
}

/* ---- What handlers receive ---- */

const struct message *lend_message(struct lent *lent, struct message message)
{
#define MESSAGE_FIELD(number, type, name, text)                                \
    lend_##type(lent, &message.name);
#include "dynamo/message.def"
    return lend(lent, &message, sizeof message);
}

const struct request *lend_request(struct lent *lent, struct request request)
{
    lend_bytes(lent, &request.key);
    lend_bytes(lent, &request.value);
    lend_bytes(lent, &request.context);
    return lend(lent, &request, sizeof request);
}

const struct config *lend_config(struct lent *lent, struct config config)
{
    config.members = lend(lent, config.members,
                          config.member_count * sizeof *config.members);
    return lend(lent, &config, sizeof config);
}
