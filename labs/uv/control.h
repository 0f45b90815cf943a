/* control.h: the channel to whoever started this node.
 *
 * The parent writes lines:
 *     peer 2 127.0.0.1 40011     where node 2 listens, from now on
 *     stop                       end in good order
 * When the channel ends, the node ends at once: no node outlives its parent.
 * The node writes one line:
 *     node 1 peer 40001 client 40002 */
#ifndef UV_CONTROL_H
#define UV_CONTROL_H

#include "dynamo/node.h"

#include <netinet/in.h>
#include <uv.h>

struct control;

struct control_setup {
    uv_loop_t *loop;
    int fd; /* for both ways; -1: standard input and output */
    /* DYN_OK, or DYN_ENOENT when there is no such peer. */
    int (*peer)(void *owner, node_id peer, const struct sockaddr_in *address);
    void (*stop)(void *owner); /* end in good order */
    void (*gone)(void *owner); /* the parent is gone */
    void *owner;
};

/* 0, or libuv's error. */
int control_open(struct control **control, const struct control_setup *setup);

/* Writes a line, without delay; nobody need read it. */
void control_say(struct control *control, const char *line);

/* Ends it; the loop has to run on until its handle is closed. */
void control_close(struct control *control);

#endif
