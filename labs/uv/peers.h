/* peers.h: the connections over which a node sends to the others.
 *
 * One a peer, made again when it breaks. Nothing here blocks or grows without
 * bound: what cannot be sent is dropped and counted, since messages may be
 * lost. */
#ifndef UV_PEERS_H
#define UV_PEERS_H

#include "dynamo/node.h"
#include "dynamo/slice.h"
#include "uv/counts.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct peers;

/* `members` are copied, `self` among them; `counts` is borrowed until the
 * loop has ended. NULL when there is no memory. */
struct peers *peers_open(uv_loop_t *loop, node_id self, const node_id *members,
                         size_t count, struct counts *counts);

/* Where a peer listens, from now on. DYN_ENOENT: there is no such peer. */
int peers_address(struct peers *peers, node_id peer,
                  const struct sockaddr_in *address);

/* Queues a message, which is copied, until peers_flush. False when it was
 * dropped: the peer is down, or its queue is full. */
bool peers_send(struct peers *peers, node_id to, uint64_t number,
                struct slice message);

/* Sends what is queued, as far as the connections take it. */
void peers_flush(struct peers *peers);

/* Ends all; the loop has to run on until the handles are closed. */
void peers_close(struct peers *peers);

#endif
