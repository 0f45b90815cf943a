/* message_fuzz.c: any bytes, read as a message, a request and a reply.
 *
 * What is read must encode to bytes that read as the same: then nothing in it
 * depends on anything but what the decoder has checked. By libFuzzer. */
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

/* A block of at least one byte, which the caller frees. */
static uint8_t *room_for(size_t size)
{
    uint8_t *room = malloc(size > 0 ? size : 1);

    must(room != NULL);
    return room;
}

static int same_bytes(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void try_message(struct slice bytes)
{
    struct message first, second;
    uint8_t *room;
    size_t size;

    if (message_decode(&first, bytes) != DYN_OK)
        return;
    must(strcmp(message_label(first.kind), "?") != 0);
    /* Those are about no key. */
    must(first.key.size >= 1 || first.kind == MESSAGE_PING ||
         first.kind == MESSAGE_PONG || first.kind == MESSAGE_ASK_TREE ||
         first.kind == MESSAGE_TREE || first.kind == MESSAGE_ASK_VIEW ||
         first.kind == MESSAGE_VIEW);
    must(first.key.size <= KEY_SIZE_MAX);
    size = message_encode(&first, NULL, 0);
    room = room_for(size);
    must(message_encode(&first, room, size) == size);
    must(message_decode(&second, (struct slice){room, size}) == DYN_OK);
    must(first.kind == second.kind && first.operation == second.operation &&
         first.version.counter == second.version.counter &&
         first.version.writer == second.version.writer &&
         first.code == second.code && first.owner == second.owner &&
         same_bytes(first.key, second.key) &&
         same_bytes(first.value, second.value) &&
         same_bytes(first.versions, second.versions) &&
         same_bytes(first.context, second.context) &&
         same_bytes(first.range, second.range) &&
         same_bytes(first.path, second.path) &&
         same_bytes(first.hash, second.hash) &&
         same_bytes(first.tree, second.tree) &&
         same_bytes(first.view, second.view));
    free(room);
}

static void try_request(struct slice bytes)
{
    struct request first, second;
    uint8_t *room;
    size_t size;

    if (request_decode(&first, bytes) != DYN_OK)
        return;
    must(first.key.size >= 1 || first.kind == REQUEST_JOIN ||
         first.kind == REQUEST_LEAVE);
    must(first.key.size <= KEY_SIZE_MAX);
    size = request_encode(&first, NULL, 0);
    room = room_for(size);
    must(request_encode(&first, room, size) == size);
    must(request_decode(&second, (struct slice){room, size}) == DYN_OK);
    must(first.kind == second.kind && same_bytes(first.key, second.key) &&
         same_bytes(first.value, second.value) &&
         same_bytes(first.context, second.context));
    free(room);
}

static void try_reply(struct slice bytes)
{
    struct slice first_values[REPLY_VALUES_MAX];
    struct slice second_values[REPLY_VALUES_MAX];
    struct reply first, second;
    uint8_t *room;
    size_t size;

    if (reply_decode(&first, first_values, bytes) != DYN_OK)
        return;
    must(first.count <= REPLY_VALUES_MAX);
    size = reply_encode(&first, NULL, 0);
    room = room_for(size);
    must(reply_encode(&first, room, size) == size);
    must(reply_decode(&second, second_values, (struct slice){room, size}) ==
         DYN_OK);
    must(first.code == second.code && first.count == second.count &&
         same_bytes(first.context, second.context));
    for (size_t i = 0; i < first.count; i++)
        must(same_bytes(first.values[i], second.values[i]));
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = {data, size};

    try_message(bytes);
    try_request(bytes);
    try_reply(bytes);
    return 0;
}
