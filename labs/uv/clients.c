/* clients.c: see clients.h. */
#define _GNU_SOURCE
#include "uv/clients.h"

#include "dynamo/err.h"
#include "uv/listener.h"
#include "uv/pipeline.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum {
    NS_IN_US = 1000,
    READ_SIZE = 64 << 10,
    CLIENTS_MAX = 1024,
    UNDER_WAY_MAX = 128,       /* commands of a connection */
    UNSENT_MAX = 4 << 20,      /* bytes: beyond it no command is taken */
    HELD_MAX = 64 << 20,       /* bytes that wait for earlier answers */
    WRITING_KEPT_MAX = 1 << 20 /* bytes kept for the next write */
};

struct client {
    uv_tcp_t tcp; /* first: its address is the client's */
    uv_write_t write;
    struct clients *clients;
    uint16_t port;
    struct command_reader *reader;
    struct pipeline pipeline;
    uint64_t commands;
    struct buffer queue, writing; /* answers to be written, being written */
    bool reading;                 /* from the connection */
    bool hungry;                  /* what was read may hold another command */
    bool quitting;                /* it ends when all is written */
    struct client *prev, *next;
};

struct clients {
    uv_tcp_t listener; /* first: its address is the clients' */
    struct clients_setup setup;
    request_id next_id;
    struct answer *asked; /* by id */
    struct client *list;
    size_t count;
    char room[READ_SIZE]; /* what was read just now */
};

static void take_commands(struct client *client);

/* ---- Connections ---- */

static void free_client(uv_handle_t *handle)
{
    struct client *client = (struct client *)handle;

    command_reader_close(client->reader);
    buffer_free(&client->queue);
    buffer_free(&client->writing);
    free(client);
}

/* The answer that the node still owes, which it then does not any more; NULL if
 * there is none. */
static struct answer *take_asked(struct clients *clients, request_id id)
{
    struct answer *answer;

    HASH_FIND(hh, clients->asked, &id, sizeof id, answer);
    if (answer != NULL)
        HASH_DEL(clients->asked, answer);
    return answer;
}

static bool is_open(const struct client *client)
{
    return !uv_is_closing((const uv_handle_t *)&client->tcp);
}

static void drop(struct client *client)
{
    struct clients *clients = client->clients;
    const struct answer *answer = client->pipeline.answers;

    if (!is_open(client))
        return;
    for (; answer != NULL; answer = answer->next)
        take_asked(clients, answer->id);
    pipeline_close(&client->pipeline);
    DL_DELETE(clients->list, client);
    clients->count--;
    clients->setup.counts->clients_connected--;
    uv_close((uv_handle_t *)&client->tcp, free_client);
}

/* ---- Commands ---- */

static bool has_room(const struct client *client)
{
    return !client->quitting && client->pipeline.under_way < UNDER_WAY_MAX &&
           client->pipeline.held < HELD_MAX &&
           client->queue.size + client->writing.size < UNSENT_MAX;
}

static struct answer *new_answer(struct client *client)
{
    struct answer *answer = pipeline_add(&client->pipeline);

    if (answer == NULL)
        return NULL;
    answer->call.port = client->port;
    answer->call.number = ++client->commands;
    return answer;
}

/* The node may reply within the call, so that the answer must be to be found
 * before. */
static void ask(struct clients *clients, struct answer *answer,
                const struct request *request)
{
    struct call call = answer->call;

    answer->kind = request->kind;
    answer->asked_us = uv_hrtime() / NS_IN_US;
    answer->id = ++clients->next_id;
    HASH_ADD(hh, clients->asked, id, sizeof answer->id, answer);
    clients->setup.counts->requests++;
    clients->setup.asked(clients->setup.owner, answer->id, request, &call);
}

/* Keeps what is to be put when what is there has been read. */
static bool keep(struct answer *answer, const struct command *command)
{
    const struct slice *words = command->words;

    return buffer_add(&answer->key, words[1].data, words[1].size) &&
           buffer_add(&answer->value, words[2].data, words[2].size);
}

/* Puts what has waited for its context. */
static void put_kept(struct client *client)
{
    struct answer *answer = client->pipeline.answers, *next;

    for (; answer != NULL && client->pipeline.to_put > 0; answer = next) {
        const struct request request = {
            .kind = REQUEST_PUT,
            .key = {answer->key.data, answer->key.size},
            .value = {answer->value.data, answer->value.size},
            .context = {answer->context.data, answer->context.size}};

        next = answer->next;
        if (!answer->to_put)
            continue;
        answer->to_put = false;
        client->pipeline.to_put--;
        ask(client->clients, answer, &request);
    }
}

static void run(struct client *client, const struct command *command)
{
    struct buffer room = {0};
    struct request request;
    struct answer *answer;

    if (command->count == 0)
        return;
    answer = new_answer(client);
    if (answer == NULL) {
        drop(client);
        return;
    }
    switch (redis_command(command, client->clients->setup.about, &answer->bytes,
                          &room, &request, &answer->form)) {
    case REDIS_ASK:
        if (answer->form == ANSWER_LATER && !keep(answer, command)) {
            redis_error(&answer->bytes, "ERR there is no memory");
            pipeline_finish(answer);
            break;
        }
        ask(client->clients, answer, &request);
        break;
    case REDIS_QUIT:
        client->quitting = true;
        pipeline_finish(answer);
        break;
    case REDIS_ANSWERED:
        pipeline_finish(answer);
        break;
    }
    buffer_free(&room);
}

/* Bytes that are no command: after the answers that are due comes the reason,
 * and then the end. */
static void refuse(struct client *client, const char *why)
{
    struct answer *answer = new_answer(client);

    client->clients->setup.counts->commands_malformed++;
    if (answer == NULL) {
        drop(client);
        return;
    }
    buffer_print(&answer->bytes, "-ERR %s\r\n", why);
    pipeline_finish(answer);
    client->quitting = true;
}

/* ---- Reading ---- */

/* One read at a time is handled, so all clients share the room. */
static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
    struct clients *clients = ((struct client *)handle)->clients;

    (void)wanted;
    *room = uv_buf_init(clients->room, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
    struct client *client = (struct client *)stream;

    if (size < 0) {
        drop(client);
    } else if (size > 0 && !client->quitting) {
        struct slice bytes = {(const uint8_t *)room->base, (size_t)size};

        if (command_reader_feed(client->reader, bytes) != DYN_OK) {
            drop(client);
        } else {
            client->hungry = true;
            take_commands(client);
        }
    }
}

/* Reads on only while another command could be taken. */
static void set_reading(struct client *client)
{
    bool wanted = has_room(client) || client->quitting;

    if (wanted == client->reading)
        return;
    client->reading = wanted;
    if (!wanted)
        uv_read_stop((uv_stream_t *)&client->tcp);
    else if (uv_read_start((uv_stream_t *)&client->tcp, give_room, on_read) !=
             0)
        drop(client);
}

static void take_commands(struct client *client)
{
    struct command *command;
    const char *why;

    while (is_open(client) && client->hungry && has_room(client)) {
        if (command_reader_next(client->reader, &command, &why) != DYN_OK) {
            client->hungry = false;
            refuse(client, why);
        } else if (command == NULL) {
            client->hungry = false;
        } else {
            run(client, command);
            command_free(command);
        }
    }
    if (is_open(client))
        set_reading(client);
}

void clients_take(struct clients *clients)
{
    struct client *client, *next;

    DL_FOREACH_SAFE(clients->list, client, next)
    {
        put_kept(client);
        take_commands(client);
    }
}

bool clients_wait(const struct clients *clients)
{
    const struct client *client;

    DL_FOREACH(clients->list, client)
    if (client->pipeline.to_put > 0 || (client->hungry && has_room(client)))
        return true;
    return false;
}

/* ---- Answers ---- */

static void count(struct clients *clients, const struct answer *answer,
                  const struct reply *reply)
{
    struct counts *counts = clients->setup.counts;

    counts->replies++;
    if (answer->kind == REQUEST_GET || answer->kind == REQUEST_PUT)
        latency_add(answer->kind == REQUEST_PUT ? clients->setup.puts
                                                : clients->setup.gets,
                    uv_hrtime() / NS_IN_US - answer->asked_us);
    counts->timeouts += reply->code == DYN_EUNAVAILABLE;
    if (reply->code != DYN_OK || reply->count < 2)
        return;
    counts->gets_with_siblings++;
    if (counts->siblings_most < reply->count)
        counts->siblings_most = reply->count;
}

bool clients_reply(struct clients *clients, request_id id,
                   const struct reply *reply, struct call *call)
{
    struct answer *answer = take_asked(clients, id);

    if (answer == NULL)
        return false;
    *call = answer->call;
    count(clients, answer, reply);
    if (answer->form == ANSWER_LATER && reply->code == DYN_OK) {
        /* Not now: the node is in the middle of something. */
        answer->context.size = 0;
        if (buffer_add(&answer->context, reply->context.data,
                       reply->context.size)) {
            answer->form = ANSWER_WRITTEN;
            answer->to_put = true;
            answer->pipeline->to_put++;
            return true;
        }
        redis_error(&answer->bytes, "ERR there is no memory");
    }
    redis_reply(&answer->bytes, answer->form, reply);
    if (answer->pipeline->held + answer->bytes.size > HELD_MAX) {
        buffer_free(&answer->bytes);
        redis_error(&answer->bytes,
                    "ERR the answers that wait on this connection are too "
                    "large together; send fewer commands at a time");
    }
    pipeline_finish(answer);
    return true;
}

static void on_written(uv_write_t *write, int status)
{
    struct client *client = (struct client *)write->handle;

    client->writing.size = 0;
    if (client->writing.capacity > WRITING_KEPT_MAX)
        buffer_free(&client->writing);
    if (status != 0)
        drop(client);
}

static void write_queue(struct client *client)
{
    struct buffer spare = client->writing;
    uv_buf_t bytes;

    client->writing = client->queue;
    client->queue = spare;
    bytes = uv_buf_init((char *)client->writing.data,
                        (unsigned)client->writing.size);
    if (uv_write(&client->write, (uv_stream_t *)&client->tcp, &bytes, 1,
                 on_written) != 0)
        drop(client);
}

static void flush(struct client *client)
{
    bool whole = pipeline_take(&client->pipeline, &client->queue, UNSENT_MAX);
    bool idle = client->writing.size == 0 && client->queue.size == 0;

    if (!whole ||
        (idle && client->quitting && client->pipeline.answers == NULL))
        drop(client);
    else if (client->writing.size == 0 && client->queue.size > 0)
        write_queue(client);
}

void clients_flush(struct clients *clients)
{
    struct client *client, *next;

    DL_FOREACH_SAFE(clients->list, client, next)
    {
        flush(client);
        if (is_open(client))
            set_reading(client);
    }
}

/* ---- The port ---- */

static uint16_t port_of(const uv_tcp_t *tcp)
{
    struct sockaddr_in address = {0};
    int size = sizeof address;

    uv_tcp_getpeername(tcp, (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct clients *clients = (struct clients *)listener;
    struct client *client;

    if (status != 0)
        return;
    client = calloc(1, sizeof *client);
    if (client == NULL)
        return;
    client->clients = clients;
    client->reader = command_reader_open();
    uv_tcp_init(clients->setup.loop, &client->tcp);
    DL_APPEND(clients->list, client);
    clients->count++;
    clients->setup.counts->clients_connected++;
    if (uv_accept(listener, (uv_stream_t *)&client->tcp) != 0 ||
        client->reader == NULL) {
        drop(client);
        return;
    }
    uv_tcp_nodelay(&client->tcp, 1);
    client->port = port_of(&client->tcp);
    if (clients->count > CLIENTS_MAX) {
        buffer_add_text(&client->queue,
                        "-ERR too many clients; end some and try again\r\n");
        client->quitting = true;
    }
    set_reading(client);
}

static void free_clients(uv_handle_t *handle)
{
    free(handle); /* the clients that begin with it */
}

int clients_open(struct clients **clients, const struct clients_setup *setup,
                 uint16_t *port)
{
    struct clients *made = calloc(1, sizeof *made);
    int rv;

    if (made == NULL)
        return UV_ENOMEM;
    made->setup = *setup;
    /* A node that begins again must not repeat numbers that its program may
     * have sent to others. */
    made->next_id = uv_hrtime();
    rv = listener_open(&made->listener, setup->loop, port, on_connection);
    if (rv != 0) {
        uv_close((uv_handle_t *)&made->listener, free_clients);
        return rv;
    }
    *clients = made;
    return 0;
}

void clients_close(struct clients *clients)
{
    struct client *client, *next;

    if (clients == NULL)
        return;
    DL_FOREACH_SAFE(clients->list, client, next)
    drop(client);
    uv_close((uv_handle_t *)&clients->listener, free_clients);
}
