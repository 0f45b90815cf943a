/* connection.c: see connection.h. */
#define _GNU_SOURCE
#include "load/connection.h"

#include "dynamo/err.h"

#include <stdlib.h>

enum { BACKOFF_FIRST_MS = 10, BACKOFF_MAX_MS = 500 };

enum state {
    CONNECTING,
    UP,
    CLOSING, /* the handle is closed; then it is tried again */
    WAITING, /* to try again */
    ENDING,
};

struct connection {
    struct connection_setup setup;
    enum state state;
    uv_tcp_t tcp;
    uv_timer_t retry;
    uv_connect_t connect;
    uv_write_t write;
    uint64_t backoff_ms;
    struct answer_reader *reader;
    struct buffer queue, writing; /* to be sent, being sent */
    size_t first, count;          /* of the ring of flights */
    struct flight flights[];
};

static void connect_again(struct connection *connection);

/* ---- Its end ---- */

static void free_connection(uv_handle_t *retry)
{
    struct connection *connection = retry->data;

    answer_reader_close(connection->reader);
    buffer_free(&connection->queue);
    buffer_free(&connection->writing);
    free(connection);
}

static void end(struct connection *connection)
{
    connection->state = ENDING;
    uv_close((uv_handle_t *)&connection->retry, free_connection);
}

static void end_when_closed(uv_handle_t *tcp)
{
    end(tcp->data);
}

void connection_close(struct connection *connection)
{
    enum state was;

    if (connection == NULL)
        return;
    was = connection->state;
    if (was == CONNECTING || was == UP)
        uv_close((uv_handle_t *)&connection->tcp, end_when_closed);
    else if (was == WAITING)
        end(connection);
    connection->state = ENDING; /* also for a handle that closes already */
}

/* ---- When it breaks ---- */

static void on_retry(uv_timer_t *timer)
{
    connect_again(timer->data);
}

static void wait_a_little(struct connection *connection)
{
    connection->state = WAITING;
    uv_timer_start(&connection->retry, on_retry, connection->backoff_ms, 0);
    connection->backoff_ms *= 2;
    if (connection->backoff_ms > BACKOFF_MAX_MS)
        connection->backoff_ms = BACKOFF_MAX_MS;
}

static void on_closed(uv_handle_t *tcp)
{
    struct connection *connection = tcp->data;

    if (connection->state == ENDING)
        end(connection);
    else
        wait_a_little(connection);
}

static struct flight take_flight(struct connection *connection)
{
    struct flight flight = connection->flights[connection->first];

    connection->first = (connection->first + 1) % connection->setup.most;
    connection->count--;
    return flight;
}

static void break_off(struct connection *connection, const char *kind,
                      const char *why)
{
    const struct connection_setup *setup = &connection->setup;
    bool was_up = connection->state == UP;

    if (connection->state != CONNECTING && connection->state != UP)
        return;
    connection->state = CLOSING;
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
    buffer_free(&connection->queue);
    while (connection->count > 0) {
        struct flight flight = take_flight(connection);

        setup->watcher->lost(setup->owner, &flight, kind, why);
    }
    setup->watcher->broke(setup->owner, was_up, why);
}

/* ---- Reading ---- */

static void give_room(uv_handle_t *tcp, size_t wanted, uv_buf_t *room)
{
    struct connection *connection = tcp->data;

    (void)wanted;
    *room = uv_buf_init(connection->setup.room, CONNECTION_READ_SIZE);
}

static void take_answers(struct connection *connection)
{
    const struct connection_setup *setup = &connection->setup;
    const struct answer *answer;
    const char *why;

    while (connection->state == UP) {
        struct flight flight;

        if (answer_reader_next(connection->reader, &answer, &why) != DYN_OK) {
            break_off(connection, "protocol", why);
            return;
        }
        if (answer == NULL)
            return;
        if (connection->count == 0) {
            break_off(connection, "protocol",
                      "an answer that nobody asked for");
            return;
        }
        flight = take_flight(connection);
        /* A target that accepts and breaks off at once is not tried often. */
        connection->backoff_ms = BACKOFF_FIRST_MS;
        setup->watcher->answered(setup->owner, &flight, answer);
    }
}

static void on_read(uv_stream_t *tcp, ssize_t size, const uv_buf_t *room)
{
    struct connection *connection = tcp->data;
    struct slice bytes = {(const uint8_t *)room->base, (size_t)size};

    if (size == UV_EOF) {
        break_off(connection, "closed", "the target closed the connection");
    } else if (size < 0) {
        break_off(connection, "closed", uv_strerror((int)size));
    } else if (size > 0) {
        if (answer_reader_feed(connection->reader, bytes) != DYN_OK)
            break_off(connection, "memory", "no memory for what was read");
        else
            take_answers(connection);
        if (connection_vacancies(connection) > 0)
            connection->setup.watcher->ready(connection->setup.owner);
    }
}

/* ---- Connecting ---- */

static void on_connect(uv_connect_t *request, int status)
{
    struct connection *connection = request->handle->data;
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;

    if (connection->state != CONNECTING)
        return;
    if (status == 0)
        status = uv_read_start(stream, give_room, on_read);
    if (status != 0) {
        break_off(connection, "closed", uv_strerror(status));
        return;
    }
    uv_tcp_nodelay(&connection->tcp, 1);
    connection->state = UP;
    connection->setup.watcher->ready(connection->setup.owner);
}

static void connect_again(struct connection *connection)
{
    int rv;

    answer_reader_close(connection->reader);
    connection->reader = answer_reader_open();
    connection->writing.size = 0;
    connection->state = CONNECTING;
    uv_tcp_init(connection->setup.loop, &connection->tcp);
    connection->tcp.data = connection;
    rv = connection->reader == NULL
             ? UV_ENOMEM
             : uv_tcp_connect(&connection->connect, &connection->tcp,
                              connection->setup.address, on_connect);
    if (rv != 0)
        break_off(connection, "closed", uv_strerror(rv));
}

struct connection *connection_open(const struct connection_setup *setup)
{
    struct connection *connection =
        calloc(1, sizeof *connection + setup->most * sizeof(struct flight));

    if (connection == NULL)
        return NULL;
    connection->setup = *setup;
    connection->backoff_ms = BACKOFF_FIRST_MS;
    connection->state = WAITING;
    uv_timer_init(setup->loop, &connection->retry);
    connection->retry.data = connection;
    /* Not at once: its owner does not know it yet. */
    uv_timer_start(&connection->retry, on_retry, 0, 0);
    return connection;
}

/* ---- Asking ---- */

size_t connection_vacancies(const struct connection *connection)
{
    return connection->state == UP ? connection->setup.most - connection->count
                                   : 0;
}

bool connection_is_up(const struct connection *connection)
{
    return connection->state == UP;
}

size_t connection_flights(const struct connection *connection)
{
    return connection->count;
}

struct buffer *connection_buffer(struct connection *connection)
{
    return &connection->queue;
}

void connection_ask(struct connection *connection, const struct flight *flight)
{
    size_t last =
        (connection->first + connection->count) % connection->setup.most;

    connection->flights[last] = *flight;
    connection->count++;
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = write->handle->data;

    connection->writing.size = 0;
    if (connection->state != UP)
        return;
    if (status != 0)
        break_off(connection, "closed", uv_strerror(status));
    else
        connection_flush(connection);
}

/* One write at a time; the queue and what is being written change places. */
void connection_flush(struct connection *connection)
{
    struct buffer spare = connection->writing;
    uv_buf_t bytes;
    int rv;

    if (connection->queue.failed) {
        break_off(connection, "memory", "no memory for the request");
        return;
    }
    if (connection->state != UP || connection->queue.size == 0 ||
        connection->writing.size > 0)
        return;
    connection->writing = connection->queue;
    connection->queue = spare;
    bytes = uv_buf_init((char *)connection->writing.data,
                        (unsigned)connection->writing.size);
    rv = uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &bytes,
                  1, on_written);
    if (rv != 0)
        break_off(connection, "closed", uv_strerror(rv));
}

void connection_expire(struct connection *connection, uint64_t since_ns)
{
    if (connection->state == UP && connection->count > 0 &&
        connection->flights[connection->first].sent_ns < since_ns)
        break_off(connection, "timeout", "no answer in time");
}
