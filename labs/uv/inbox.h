/* inbox.h: the peer port, where the messages of other nodes arrive. */
#ifndef UV_INBOX_H
#define UV_INBOX_H

#include "dynamo/node.h"
#include "uv/counts.h"
#include "uv/frame.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct inbox;

/* A message arrived; its bytes are borrowed until the function returns.
 * DYN_OK, or another code to end that connection, since no node sends that. */
typedef int (*inbox_received)(void *owner, node_id from,
                              const struct frame *frame);

/* Who may send, and who is told. `members` and `counts` are borrowed. */
struct inbox_setup {
    uv_loop_t *loop;
    node_id self;
    const node_id *members;
    size_t member_count;
    struct counts *counts;
    inbox_received received;
    void *owner;
};

/* Listens on `*port`, 0 for a free one, which *port becomes. 0 and *inbox, or
 * libuv's error. */
int inbox_open(struct inbox **inbox, const struct inbox_setup *setup,
               uint16_t *port);

/* Ends all; the loop has to run on until the handles are closed. */
void inbox_close(struct inbox *inbox);

#endif
