/* register.c, as a table of state machines: each request has a row, which is
 * idle, asking or storing. A request's own number serves as the number of its
 * operation, since no request has that of another, in this life or the last.
 * Every get of something written writes back. */
#include "dynamo/register.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 12 };            /* bytes of a version in the store */
enum { ASK_AGAIN, ASK_NO_MORE }; /* kinds of timers */
enum state { IDLE, ASKING, STORING };

struct row {
    enum state state;
    enum request_kind kind;
    request_id request;
    timer_id again, no_more;
    struct slice key;   /* owned */
    struct slice value; /* owned; of a get, once it is chosen */
    struct version version;
    node_id *replicas;              /* n */
    struct register_reply *replies; /* n at most; the values are owned */
    size_t replied;
    struct quorum *vote; /* of the state that the row is in */
};

struct node {
    struct config config; /* without the members */
    const struct register_rules *rules;
    struct ring *ring;
    struct row *rows;
    size_t row_count;
    node_id *list; /* n, for whoever needs it for a moment */
};

/* ---- Bytes ---- */

static int copy(struct slice *to, struct slice from)
{
    uint8_t *bytes = malloc(from.size ? from.size : 1);
    if (!bytes)
        return DYN_ENOMEM;
    if (from.size)
        memcpy(bytes, from.data, from.size);
    *to = (struct slice){bytes, from.size};
    return DYN_OK;
}

static void drop(struct slice *owned)
{
    free((void *)owned->data);
    *owned = (struct slice){NULL, 0};
}

static void write_number(uint8_t *to, uint64_t number, size_t bytes)
{
    while (bytes-- > 0) {
        to[bytes] = (uint8_t)number;
        number >>= 8;
    }
}

static uint64_t read_number(const uint8_t *from, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | from[i];
    return number;
}

static bool same_slice(struct slice a, struct slice b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool higher(struct version a, struct version b)
{
    if (a.counter != b.counter)
        return a.counter > b.counter;
    return a.writer > b.writer;
}

/* ---- The store: 'v' KEY holds a version and its value, 'c' KEY the highest
 * counter under which this node has put something ---- */

struct store_key {
    uint8_t bytes[1 + KEY_SIZE_MAX];
    size_t size;
};

static struct slice store_key(struct store_key *room, char prefix,
                              struct slice key)
{
    room->bytes[0] = (uint8_t)prefix;
    memcpy(room->bytes + 1, key.data, key.size);
    room->size = key.size + 1;
    return (struct slice){room->bytes, room->size};
}

static void held(struct env *env, struct slice key, struct version *version,
                 struct slice *value)
{
    struct store_key room;
    struct slice entry;
    *version = (struct version){0, 0};
    *value = (struct slice){NULL, 0};
    if (env_get(env, store_key(&room, 'v', key), &entry) != DYN_OK)
        return;
    version->counter = read_number(entry.data, 8);
    version->writer = (node_id)read_number(entry.data + 8, 4);
    *value = (struct slice){entry.data + HEADER, entry.size - HEADER};
}

static int hold(struct env *env, struct slice key, struct version version,
                struct slice value)
{
    struct store_key room;
    uint8_t *entry = malloc(HEADER + value.size);
    if (!entry)
        return DYN_ENOMEM;
    write_number(entry, version.counter, 8);
    write_number(entry + 8, version.writer, 4);
    if (value.size)
        memcpy(entry + HEADER, value.data, value.size);
    int code = env_put(env, store_key(&room, 'v', key),
                       (struct slice){entry, HEADER + value.size});
    free(entry);
    return code;
}

static uint64_t last_counter(struct env *env, struct slice key)
{
    struct store_key room;
    struct slice entry;
    if (env_get(env, store_key(&room, 'c', key), &entry) != DYN_OK)
        return 0;
    return read_number(entry.data, 8);
}

static void remember_counter(struct env *env, struct slice key,
                             uint64_t counter)
{
    struct store_key room;
    uint8_t entry[8];
    write_number(entry, counter, 8);
    (void)env_put(env, store_key(&room, 'c', key),
                  (struct slice){entry, sizeof entry});
}

/* So that what is read later need not be looked at again. */
static int store_is_ours(struct env *env)
{
    uint8_t at[STORE_KEY_MAX];
    struct slice after = {at, 0}, key, value;
    while (env_next(env, after, &key, &value) == DYN_OK) {
        bool fits = key.size >= 2 && key.size <= 1 + KEY_SIZE_MAX &&
                    ((key.data[0] == 'v' && value.size >= HEADER) ||
                     (key.data[0] == 'c' && value.size == 8));
        if (!fits)
            return DYN_ECORRUPT;
        memcpy(at, key.data, key.size);
        after.size = key.size;
    }
    return DYN_OK;
}

/* ---- A replica's answers ---- */

static void answer(struct env *env, node_id to, const struct message *asked)
{
    struct message said = {.operation = asked->operation, .key = asked->key};
    struct slice value;
    held(env, asked->key, &said.version, &value);
    switch (asked->kind) {
    case MESSAGE_ASK_VERSION:
        said.kind = MESSAGE_VERSION;
        break;
    case MESSAGE_READ:
        said.kind = MESSAGE_VALUE;
        said.value = value;
        break;
    default:
        if (higher(asked->version, said.version) &&
            hold(env, asked->key, asked->version, asked->value) != DYN_OK)
            return; /* as if the message had been lost */
        said.kind = MESSAGE_STORED;
        said.version = asked->version;
    }
    env_send(env, to, &said);
}

/* ---- Rows ---- */

static struct row *row_of(struct node *node, request_id request)
{
    for (size_t i = 0; i < node->row_count; i++)
        if (node->rows[i].state != IDLE && node->rows[i].request == request)
            return &node->rows[i];
    return NULL;
}

static struct row *idle_row(struct node *node)
{
    for (size_t i = 0; i < node->row_count; i++)
        if (node->rows[i].state == IDLE)
            return &node->rows[i];
    size_t count = node->row_count ? 2 * node->row_count : 4;
    struct row *rows = realloc(node->rows, count * sizeof *rows);
    if (!rows)
        return NULL;
    memset(rows + node->row_count, 0, (count - node->row_count) * sizeof *rows);
    struct row *row = rows + node->row_count;
    node->rows = rows;
    node->row_count = count;
    return row;
}

static void clear(struct row *row)
{
    drop(&row->key);
    drop(&row->value);
    for (size_t i = 0; i < row->replied; i++)
        drop(&row->replies[i].value);
    free(row->replies);
    free(row->replicas);
    quorum_close(row->vote);
    memset(row, 0, sizeof *row);
}

static void finish(struct row *row, struct env *env, int code)
{
    struct reply reply = {.code = code};
    if (code == DYN_OK && row->kind == REQUEST_GET && row->version.counter) {
        reply.values = &row->value;
        reply.count = 1;
    }
    env_reply(env, row->request, &reply);
    env_cancel(env, row->again);
    env_cancel(env, row->no_more);
    clear(row);
}

static void send_to(struct row *row, struct env *env, const node_id *to,
                    size_t count)
{
    struct message message = {.operation = row->request, .key = row->key};
    if (row->state == STORING) {
        message.kind = MESSAGE_STORE;
        message.version = row->version;
        message.value = row->value;
    } else if (row->kind == REQUEST_PUT) {
        message.kind = MESSAGE_ASK_VERSION;
    } else {
        message.kind = MESSAGE_READ;
    }
    for (size_t i = 0; i < count; i++)
        env_send(env, to[i], &message);
}

static void enter(struct node *node, struct row *row, struct env *env,
                  enum state state, uint32_t needed)
{
    quorum_close(row->vote);
    row->vote = NULL;
    int code = quorum_open(&row->vote, row->replicas, node->config.n, needed);
    if (code != DYN_OK) {
        finish(row, env, code);
        return;
    }
    row->state = state;
    send_to(row, env, row->replicas, node->config.n);
}

static void choose_version(struct node *node, struct row *row, struct env *env)
{
    uint64_t counter;
    if (node->rules->counter(&node->config, row->replies, row->replied,
                             &counter) != DYN_OK)
        return;
    uint64_t last = last_counter(env, row->key);
    if (counter < last)
        counter = last;
    if (counter == UINT64_MAX) {
        finish(row, env, DYN_EUNAVAILABLE);
        return;
    }
    row->version = (struct version){counter + 1, node->config.self};
    /* Before anybody can hear of it: or the next life might choose it too. */
    remember_counter(env, row->key, counter + 1);
    enter(node, row, env, STORING, node->config.w);
}

static void choose_value(struct node *node, struct row *row, struct env *env)
{
    size_t chosen;
    uint32_t needed;
    if (node->rules->choose(&node->config, row->replies, row->replied, &chosen,
                            &needed) != DYN_OK)
        return;
    row->version = row->replies[chosen].version;
    row->value = row->replies[chosen].value;
    row->replies[chosen].value = (struct slice){NULL, 0};
    if (needed == 0)
        finish(row, env, DYN_OK);
    else
        enter(node, row, env, STORING, needed);
}

/* A replica's version never falls, so the higher of its answers is the later
 * one. Who answers something lower now than before is not believed. */
static int take_reply(struct row *row, node_id from,
                      const struct message *message)
{
    size_t at = 0;
    while (at < row->replied && row->replies[at].from != from)
        at++;
    struct register_reply reply = {from, message->version, {NULL, 0}};
    bool known = at < row->replied;
    if (known && !higher(reply.version, row->replies[at].version))
        return DYN_OK;
    if (copy(&reply.value, message->value) != DYN_OK)
        return DYN_ENOMEM;
    if (known)
        drop(&row->replies[at].value);
    else
        row->replied++;
    row->replies[at] = reply;
    return DYN_OK;
}

static void on_answer(struct node *node, struct env *env, node_id from,
                      const struct message *message)
{
    struct row *row = row_of(node, message->operation);
    if (!row || !same_slice(row->key, message->key))
        return;
    enum message_kind expected = row->state == STORING      ? MESSAGE_STORED
                                 : row->kind == REQUEST_PUT ? MESSAGE_VERSION
                                                            : MESSAGE_VALUE;
    if (message->kind != expected)
        return;

    if (row->state == STORING) {
        if (higher(message->version, row->version) ||
            higher(row->version, message->version))
            return;
        (void)quorum_vote(row->vote, from, true);
        if (quorum_decision(row->vote) == QUORUM_REACHED)
            finish(row, env, DYN_OK);
        return;
    }
    if (quorum_vote(row->vote, from, true) == DYN_ENOENT)
        return;
    if (take_reply(row, from, message) != DYN_OK) {
        finish(row, env, DYN_ENOMEM);
        return;
    }
    if (quorum_decision(row->vote) != QUORUM_REACHED)
        return;
    if (row->kind == REQUEST_PUT)
        choose_version(node, row, env);
    else
        choose_value(node, row, env);
}

/* ---- The functions of a program ---- */

void register_close(struct node *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < node->row_count; i++)
        clear(&node->rows[i]);
    free(node->rows);
    free(node->list);
    ring_close(node->ring);
    free(node);
}

static bool in_range(const struct config *config)
{
    bool member = false;
    for (size_t i = 0; i < config->member_count; i++) {
        if (i && config->members[i - 1] >= config->members[i])
            return false;
        member = member || config->members[i] == config->self;
    }
    return member && config->n >= 1 && config->n <= config->member_count &&
           config->r >= 1 && config->r <= config->n && config->w >= 1 &&
           config->w <= config->n && config->retry_ms >= 1 &&
           config->give_up_ms >= 1;
}

static int open_ring(struct ring **ring, const struct config *config)
{
    int code = ring_open(ring, &config->ring);
    for (size_t i = 0; i < config->member_count && code == DYN_OK; i++)
        code = ring_join(*ring, config->members[i], 1);
    return code == DYN_OK || code == DYN_ENOMEM ? code : DYN_EINVAL;
}

int register_open(struct node **node, const struct config *config,
                  struct env *env, const struct register_rules *rules)
{
    if (!in_range(config) || !rules->suits(config))
        return DYN_EINVAL;
    struct node *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    made->config = *config;
    made->config.members = NULL;
    made->rules = rules;
    int code = open_ring(&made->ring, config);
    if (code != DYN_OK)
        goto out;
    code = DYN_ENOMEM;
    made->list = calloc(config->n, sizeof *made->list);
    if (!made->list)
        goto out;
    code = store_is_ours(env);
    if (code != DYN_OK)
        goto out;
    *node = made;
    made = NULL;
out:
    register_close(made);
    return code;
}

static int fill(struct node *node, struct row *row, const struct request *asked)
{
    size_t n = node->config.n;
    row->replicas = calloc(n, sizeof *row->replicas);
    row->replies = calloc(n, sizeof *row->replies);
    if (!row->replicas || !row->replies)
        return DYN_ENOMEM;
    int code = copy(&row->key, asked->key);
    if (code == DYN_OK && asked->kind == REQUEST_PUT)
        code = copy(&row->value, asked->value);
    if (code == DYN_OK)
        code = ring_preference_list(node->ring, ring_position(asked->key), n,
                                    row->replicas);
    return code;
}

void register_on_request(struct node *node, struct env *env, request_id request,
                         const struct request *asked)
{
    struct reply refused = {.code = DYN_EINVAL};
    struct row *row;
    if (asked->key.size < 1 || asked->key.size > KEY_SIZE_MAX)
        goto refuse;
    if (asked->kind != REQUEST_GET && asked->kind != REQUEST_PUT)
        goto refuse;
    if (asked->kind == REQUEST_PUT && asked->value.size > VALUE_SIZE_MAX)
        goto refuse;
    refused.code = DYN_ENOMEM;
    row = idle_row(node);
    if (!row)
        goto refuse;
    refused.code = fill(node, row, asked);
    if (refused.code != DYN_OK) {
        clear(row);
        goto refuse;
    }
    row->kind = asked->kind;
    row->request = request;
    row->again = env_timer(env, node->config.retry_ms, ASK_AGAIN, request);
    row->no_more =
        env_timer(env, node->config.give_up_ms, ASK_NO_MORE, request);
    enter(node, row, env, ASKING, node->config.r);
    return;
refuse:
    env_reply(env, request, &refused);
}

void register_on_message(struct node *node, struct env *env, node_id from,
                         const struct message *message)
{
    if (message->key.size < 1 || message->key.size > KEY_SIZE_MAX ||
        message->value.size > VALUE_SIZE_MAX)
        return;
    switch (message->kind) {
    case MESSAGE_ASK_VERSION:
    case MESSAGE_READ:
    case MESSAGE_STORE:
        answer(env, from, message);
        break;
    case MESSAGE_VERSION:
    case MESSAGE_VALUE:
    case MESSAGE_STORED:
        on_answer(node, env, from, message);
        break;
    default:
        break;
    }
}

void register_on_timer(struct node *node, struct env *env, timer_id timer,
                       int kind, uint64_t arg)
{
    struct row *row = row_of(node, arg);
    (void)timer;
    if (!row)
        return;
    if (kind == ASK_NO_MORE) {
        finish(row, env, DYN_EUNAVAILABLE);
        return;
    }
    row->again = env_timer(env, node->config.retry_ms, ASK_AGAIN, arg);
    /* Where enough have answered and yet nothing could be chosen, all are asked
     * again: they may know more by now. */
    if (quorum_decision(row->vote) == QUORUM_REACHED) {
        send_to(row, env, row->replicas, node->config.n);
        return;
    }
    size_t silent = quorum_silent(row->vote, node->list, node->config.n);
    send_to(row, env, node->list, silent);
}

/* ---- The rules of a register whose replicas tell the truth ---- */

static bool suits(const struct config *config)
{
    (void)config;
    return true;
}

static size_t highest(const struct register_reply *replies, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (higher(replies[i].version, replies[best].version))
            best = i;
    return best;
}

static int counter_of(const struct config *config,
                      const struct register_reply *replies, size_t count,
                      uint64_t *counter)
{
    (void)config;
    *counter = replies[highest(replies, count)].version.counter;
    return DYN_OK;
}

static int choose(const struct config *config,
                  const struct register_reply *replies, size_t count,
                  size_t *chosen, uint32_t *needed)
{
    *chosen = highest(replies, count);
    /* What was never written need not be written back. */
    *needed = replies[*chosen].version.counter ? config->w : 0;
    return DYN_OK;
}

static const struct register_rules rules = {
    .name = "register",
    .suits = suits,
    .counter = counter_of,
    .choose = choose,
};

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    return register_open(node, config, env, &rules);
}

const struct program register_program = {
    .name = "register",
    .open = node_open,
    .on_request = register_on_request,
    .on_message = register_on_message,
    .on_timer = register_on_timer,
    .close = register_close,
};
