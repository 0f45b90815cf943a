/* inbox.c: see inbox.h. */
#define _GNU_SOURCE
#include "uv/inbox.h"

#include "dynamo/err.h"
#include "uv/buffer.h"
#include "uv/listener.h"

#include <stdbool.h>
#include <stdlib.h>
#include <utlist.h>

enum {
    READ_SIZE = 64 << 10,
    /* Beyond this the oldest that has not said who it is has to go. A member
     * needs one; a few more may be left from before a break. */
    SENDERS_MAX = 128,
};

struct sender {
    uv_tcp_t tcp; /* first: its address is the sender's */
    struct inbox *inbox;
    bool greeted;
    node_id id;
    struct buffer bytes;
    struct sender *prev, *next;
};

struct inbox {
    uv_tcp_t listener; /* first: its address is the inbox's */
    struct inbox_setup setup;
    struct sender *senders; /* the oldest first */
    size_t count;
};

static void free_sender(uv_handle_t *handle)
{
    struct sender *sender = (struct sender *)handle;

    buffer_free(&sender->bytes);
    free(sender);
}

static void drop(struct sender *sender)
{
    struct inbox *inbox = sender->inbox;

    DL_DELETE(inbox->senders, sender);
    inbox->count--;
    uv_close((uv_handle_t *)&sender->tcp, free_sender);
}

static bool is_other_member(const struct inbox_setup *setup, node_id id)
{
    for (size_t i = 0; i < setup->member_count; i++)
        if (setup->members[i] == id)
            return id != setup->self;
    return false;
}

/* Takes what is whole from the front of `bytes`; *used tells how much. */
static int take(struct sender *sender, struct slice bytes, size_t *used)
{
    const struct inbox_setup *setup = &sender->inbox->setup;
    struct frame frame;
    size_t size;
    int rv;

    *used = 0;
    if (!sender->greeted) {
        rv = greeting_read(bytes, &sender->id, &size);
        if (rv == DYN_OK && size > 0 && !is_other_member(setup, sender->id))
            rv = DYN_ECORRUPT;
        if (rv != DYN_OK || size == 0)
            return rv;
        sender->greeted = true;
        *used = size;
    }
    for (;;) {
        struct slice rest = {bytes.data + *used, bytes.size - *used};

        rv = frame_read(rest, &frame, &size);
        if (rv != DYN_OK || size == 0)
            return rv;
        *used += size;
        rv = setup->received(setup->owner, sender->id, &frame);
        if (rv != DYN_OK)
            return rv;
    }
}

/* The buffer grows with what has arrived, not with what a frame announces. */
static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
    struct sender *sender = (struct sender *)handle;
    uint8_t *bytes = buffer_room(&sender->bytes, READ_SIZE);

    (void)wanted;
    *room = uv_buf_init((char *)bytes, bytes != NULL ? READ_SIZE : 0);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
    struct sender *sender = (struct sender *)stream;
    size_t used;

    (void)room;
    if (size == 0)
        return;
    if (size < 0) {
        drop(sender);
        return;
    }
    sender->bytes.size += (size_t)size;
    if (take(sender, (struct slice){sender->bytes.data, sender->bytes.size},
             &used) != DYN_OK) {
        sender->inbox->setup.counts->frames_malformed++;
        drop(sender);
        return;
    }
    buffer_take(&sender->bytes, used);
}

/* Whoever connects and says nothing must not keep members out. */
static void make_room(struct inbox *inbox)
{
    struct sender *sender;

    if (inbox->count < SENDERS_MAX)
        return;
    DL_FOREACH(inbox->senders, sender)
    {
        if (!sender->greeted) {
            drop(sender);
            return;
        }
    }
    drop(inbox->senders);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct inbox *inbox = (struct inbox *)listener;
    struct sender *sender;

    if (status != 0)
        return;
    sender = calloc(1, sizeof *sender);
    if (sender == NULL)
        return;
    make_room(inbox);
    sender->inbox = inbox;
    uv_tcp_init(inbox->setup.loop, &sender->tcp);
    DL_APPEND(inbox->senders, sender);
    inbox->count++;
    if (uv_accept(listener, (uv_stream_t *)&sender->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&sender->tcp, give_room, on_read) != 0)
        drop(sender);
}

static void free_inbox(uv_handle_t *handle)
{
    free(handle); /* the inbox that begins with it */
}

int inbox_open(struct inbox **inbox, const struct inbox_setup *setup,
               uint16_t *port)
{
    struct inbox *made = calloc(1, sizeof *made);
    int rv;

    if (made == NULL)
        return UV_ENOMEM;
    made->setup = *setup;
    rv = listener_open(&made->listener, setup->loop, port, on_connection);
    if (rv != 0) {
        uv_close((uv_handle_t *)&made->listener, free_inbox);
        return rv;
    }
    *inbox = made;
    return 0;
}

void inbox_close(struct inbox *inbox)
{
    struct sender *sender, *next;

    if (inbox == NULL)
        return;
    DL_FOREACH_SAFE(inbox->senders, sender, next)
    drop(sender);
    uv_close((uv_handle_t *)&inbox->listener, free_inbox);
}
