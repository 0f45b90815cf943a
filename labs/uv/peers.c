/* peers.c: see peers.h. */
#define _GNU_SOURCE
#include "uv/peers.h"

#include "dynamo/err.h"
#include "uv/buffer.h"
#include "uv/frame.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_MAX = 16 << 20, /* bytes for one peer; more than one frame */
    BACKOFF_FIRST_MS = 5,
    BACKOFF_MAX_MS = 320,
    GOOD_MS = 1000, /* a connection that held so long was a good one */
};

enum peer_state {
    PEER_DOWN,       /* no address yet, or waiting to try again */
    PEER_CONNECTING, /* what is sent meanwhile waits */
    PEER_UP,
};

/* A connection lives longer than what the peer knows of it: until libuv has
 * closed its handle. */
struct connection {
    uv_tcp_t tcp; /* first: its address is the connection's */
    uv_connect_t connect;
    uv_write_t write;
    struct buffer writing; /* what the write under way sends */
    struct peer *peer;     /* NULL when the peer has given it up */
    char ignored[256];     /* a peer has nothing to say here */
};

struct peer {
    struct peers *peers;
    node_id id;
    bool located;
    struct sockaddr_in address;
    enum peer_state state;
    struct connection *connection; /* NULL when down */
    struct buffer queue;           /* whole frames, in order */
    uv_timer_t retry;
    uint64_t backoff_ms, up_since_ms;
};

struct peers {
    uv_loop_t *loop;
    node_id self;
    struct counts *counts;
    size_t count, open_timers;
    struct peer list[]; /* all members but self */
};

static void connect_to(struct peer *peer);

/* ---- Connections ---- */

static void free_connection(uv_handle_t *handle)
{
    struct connection *connection = (struct connection *)handle;

    buffer_free(&connection->writing);
    free(connection);
}

static void drop_connection(struct peer *peer)
{
    struct connection *connection = peer->connection;

    if (peer->state == PEER_UP)
        peer->peers->counts->peers_up--;
    peer->state = PEER_DOWN;
    peer->connection = NULL;
    /* What was queued may be lost, and after a while nobody wants it. */
    buffer_free(&peer->queue);
    if (connection != NULL) {
        connection->peer = NULL;
        uv_close((uv_handle_t *)&connection->tcp, free_connection);
    }
}

static void retry(uv_timer_t *timer)
{
    connect_to(timer->data);
}

/* The connection broke, or could not be made: again, a little later. */
static void lose_connection(struct peer *peer)
{
    if (peer->state == PEER_UP &&
        uv_now(peer->peers->loop) - peer->up_since_ms >= GOOD_MS)
        peer->backoff_ms = BACKOFF_FIRST_MS;
    drop_connection(peer);
    uv_timer_start(&peer->retry, retry, peer->backoff_ms, 0);
    if (peer->backoff_ms < BACKOFF_MAX_MS)
        peer->backoff_ms *= 2;
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
    struct connection *connection = (struct connection *)handle;

    (void)wanted;
    *room = uv_buf_init(connection->ignored, sizeof connection->ignored);
}

/* Reading tells at once when the other end is gone. Bytes are not due. */
static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
    struct peer *peer = ((struct connection *)stream)->peer;

    (void)room;
    if (size == 0 || peer == NULL)
        return;
    if (size > 0)
        peer->peers->counts->frames_malformed++;
    lose_connection(peer);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct connection *connection = (struct connection *)request->handle;
    struct peer *peer = connection->peer;

    if (peer == NULL)
        return;
    if (status != 0) {
        lose_connection(peer);
        return;
    }
    peer->state = PEER_UP;
    peer->up_since_ms = uv_now(peer->peers->loop);
    peer->peers->counts->peers_up++;
    uv_tcp_nodelay(&connection->tcp, 1);
    if (!uv_is_writable((uv_stream_t *)&connection->tcp) ||
        uv_read_start((uv_stream_t *)&connection->tcp, give_room, on_read) != 0)
        lose_connection(peer);
}

static void connect_to(struct peer *peer)
{
    struct connection *connection = calloc(1, sizeof *connection);
    uint8_t greeting[GREETING_SIZE];
    int rv;

    peer->state = PEER_CONNECTING;
    if (connection == NULL) {
        lose_connection(peer);
        return;
    }
    connection->peer = peer;
    uv_tcp_init(peer->peers->loop, &connection->tcp);
    peer->connection = connection;
    greeting_write(greeting, peer->peers->self);
    rv = buffer_add(&peer->queue, greeting, sizeof greeting) ? 0 : UV_ENOMEM;
    if (rv == 0)
        rv =
            uv_tcp_connect(&connection->connect, &connection->tcp,
                           (const struct sockaddr *)&peer->address, on_connect);
    if (rv != 0)
        lose_connection(peer);
}

/* ---- Peers ---- */

static struct peer *find(struct peers *peers, node_id id)
{
    for (size_t i = 0; i < peers->count; i++)
        if (peers->list[i].id == id)
            return &peers->list[i];
    return NULL;
}

struct peers *peers_open(uv_loop_t *loop, node_id self, const node_id *members,
                         size_t count, struct counts *counts)
{
    struct peers *peers =
        calloc(1, sizeof *peers + count * sizeof peers->list[0]);

    if (peers == NULL)
        return NULL;
    peers->loop = loop;
    peers->self = self;
    peers->counts = counts;
    for (size_t i = 0; i < count; i++) {
        struct peer *peer = &peers->list[peers->count];

        if (members[i] == self)
            continue;
        peer->peers = peers;
        peer->id = members[i];
        peer->backoff_ms = BACKOFF_FIRST_MS;
        uv_timer_init(loop, &peer->retry);
        peer->retry.data = peer;
        peers->count++;
    }
    peers->open_timers = peers->count;
    return peers;
}

int peers_address(struct peers *peers, node_id id,
                  const struct sockaddr_in *address)
{
    struct peer *peer = find(peers, id);

    if (peer == NULL)
        return DYN_ENOENT;
    peer->address = *address;
    peer->backoff_ms = BACKOFF_FIRST_MS;
    uv_timer_stop(&peer->retry);
    drop_connection(peer);
    connect_to(peer);
    return DYN_OK;
}

bool peers_send(struct peers *peers, node_id to, uint64_t number,
                struct slice message)
{
    struct peer *peer = find(peers, to);
    uint8_t header[FRAME_HEADER_SIZE];
    uint8_t *room = NULL;

    frame_write_header(header, number, message.size);
    if (peer != NULL && peer->state != PEER_DOWN &&
        message.size <= FRAME_MESSAGE_MAX &&
        peer->queue.size + sizeof header + message.size <= QUEUE_MAX)
        room = buffer_room(&peer->queue, sizeof header + message.size);
    if (room == NULL) {
        peers->counts->messages_dropped++;
        return false;
    }
    memcpy(room, header, sizeof header);
    if (message.size > 0)
        memcpy(room + sizeof header, message.data, message.size);
    peer->queue.size += sizeof header + message.size;
    peers->counts->messages_sent++;
    return true;
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = (struct connection *)write->handle;

    connection->writing.size = 0;
    if (connection->writing.capacity > 1 << 20)
        buffer_free(&connection->writing);
    if (status != 0 && connection->peer != NULL)
        lose_connection(connection->peer);
}

/* One write at a time; the queue and what is being written change places. */
static void flush(struct peer *peer)
{
    struct connection *connection = peer->connection;
    struct buffer spare;
    uv_buf_t bytes;

    if (peer->state != PEER_UP || peer->queue.size == 0 ||
        connection->writing.size > 0)
        return;
    spare = connection->writing;
    connection->writing = peer->queue;
    peer->queue = spare;
    bytes = uv_buf_init((char *)connection->writing.data,
                        (unsigned)connection->writing.size);
    if (uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &bytes, 1,
                 on_written) != 0)
        lose_connection(peer);
}

void peers_flush(struct peers *peers)
{
    for (size_t i = 0; i < peers->count; i++)
        flush(&peers->list[i]);
}

static void timer_closed(uv_handle_t *handle)
{
    struct peers *peers = ((struct peer *)handle->data)->peers;

    if (--peers->open_timers == 0)
        free(peers);
}

void peers_close(struct peers *peers)
{
    if (peers == NULL)
        return;
    for (size_t i = 0; i < peers->count; i++) {
        drop_connection(&peers->list[i]);
        uv_close((uv_handle_t *)&peers->list[i].retry, timer_closed);
    }
    if (peers->open_timers == 0)
        free(peers);
}
