/* register.c: the lecture's versioned register on N replicas.
 *
 * Interface: dynamo/register.h, and the contract of a node, dynamo/program.h.
 */
#include "dynamo/register.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* @solution */

/* What a node keeps in its store: 'k' and a key -> the register of that key;
 * 'n' and a name -> a number of the node's own; 'f' -> whose store this is. */

/* ---- Versions and stored registers ---- */

static int compare_versions(struct version a, struct version b)
{
    if (a.counter != b.counter)
        return a.counter < b.counter ? -1 : 1;
    return (a.writer > b.writer) - (a.writer < b.writer);
}

static struct slice text(const char *string)
{
    return (struct slice){(const uint8_t *)string, strlen(string)};
}

static bool equal(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void put_number(uint8_t *at, uint64_t number, int size)
{
    for (int i = size - 1; i >= 0; i--) {
        at[i] = (uint8_t)number;
        number >>= 8;
    }
}

static uint64_t get_number(const uint8_t *at, int size)
{
    uint64_t number = 0;

    for (int i = 0; i < size; i++)
        number = number << 8 | at[i];
    return number;
}

/* Keeps a copy of the bytes in *copy, whose data the caller frees. */
static int copy_slice(struct slice *copy, struct slice bytes)
{
    uint8_t *data = malloc(bytes.size > 0 ? bytes.size : 1);

    if (data == NULL)
        return DYN_ENOMEM;
    if (bytes.size > 0)
        memcpy(data, bytes.data, bytes.size);
    *copy = (struct slice){data, bytes.size};
    return DYN_OK;
}

static void free_slice(struct slice bytes)
{
    free((uint8_t *)bytes.data);
}

static bool is_key(struct slice key)
{
    return key.size >= 1 && key.size <= KEY_SIZE_MAX;
}

enum { STAMP = 12 }; /* bytes of a version, before the value */

/* Where a key's register lies, written to room of KEY_SIZE_MAX + 1 bytes. */
static struct slice place_of(struct slice key, uint8_t *room)
{
    room[0] = 'k';
    memcpy(room + 1, key.data, key.size);
    return (struct slice){room, key.size + 1};
}

/* What this node holds under a place; the value is borrowed as by env_get. */
static int load(struct env *env, struct slice place, struct version *version,
                struct slice *value)
{
    struct slice bytes;

    if (env_get(env, place, &bytes) != DYN_OK) {
        *version = (struct version){0, 0};
        *value = (struct slice){NULL, 0};
        return DYN_OK;
    }
    if (bytes.size < STAMP)
        return DYN_ECORRUPT;
    version->counter = get_number(bytes.data, 8);
    version->writer = (node_id)get_number(bytes.data + 8, 4);
    *value = (struct slice){bytes.data + STAMP, bytes.size - STAMP};
    return DYN_OK;
}

static int save(struct env *env, struct slice place, struct version version,
                struct slice value)
{
    uint8_t *bytes = malloc(STAMP + value.size);
    int rv;

    if (bytes == NULL)
        return DYN_ENOMEM;
    put_number(bytes, version.counter, 8);
    put_number(bytes + 8, version.writer, 4);
    if (value.size > 0)
        memcpy(bytes + STAMP, value.data, value.size);
    rv = env_put(env, place, (struct slice){bytes, STAMP + value.size});
    free(bytes);
    return rv;
}

/* ---- A replica ---- */

/* Answers a question; DYN_EUNKNOWN if it is none. After any other error there
 * is no answer, as if the question were lost. */
static int answer_question(struct env *env, node_id from,
                           const struct message *message)
{
    struct message answer = {.operation = message->operation,
                             .key = message->key};
    uint8_t room[KEY_SIZE_MAX + 1];
    struct version held;
    struct slice place, value;
    int rv;

    if (message->kind != MESSAGE_ASK_VERSION && message->kind != MESSAGE_READ &&
        message->kind != MESSAGE_STORE)
        return DYN_EUNKNOWN;
    if (!is_key(message->key) || message->value.size > VALUE_SIZE_MAX)
        return DYN_EINVAL;
    place = place_of(message->key, room);
    rv = load(env, place, &held, &value);
    if (rv != DYN_OK)
        return rv;
    if (message->kind == MESSAGE_STORE) {
        if (compare_versions(message->version, held) > 0)
            rv = save(env, place, message->version, message->value);
        if (rv != DYN_OK)
            return rv;
        /* That is durable before this answer leaves (env.h): a node that has
         * said 'stored' still holds it after a crash. */
        answer.kind = MESSAGE_STORED;
        answer.version = message->version;
    } else if (message->kind == MESSAGE_READ) {
        answer.kind = MESSAGE_VALUE;
        answer.version = held;
        answer.value = value;
    } else {
        answer.kind = MESSAGE_VERSION;
        answer.version = held;
    }
    env_send(env, from, &answer);
    return DYN_OK;
}

/* ---- A coordinator ---- */

enum timer_kind { TIMER_RETRY = 1, TIMER_GIVE_UP };

enum phase { ASKING, STORING };

/* A client's request that is under way. First it asks the replicas what they
 * hold. Then it has a value stored: a put its own, a get what it found, unless
 * enough replicas hold that already. */
struct operation {
    struct operation *next;
    uint64_t number; /* in every message of it and every answer */
    request_id request;
    enum request_kind kind;
    enum phase phase;
    struct slice key, given; /* its own copies; `given` is what a put puts */
    node_id *replicas;       /* N */
    struct quorum *quorum;   /* who has answered in this phase */
    struct register_reply *replies; /* one of each replica that said what it
                                       holds; room for N, values its own */
    size_t reply_count;
    struct version version; /* what is stored, or answered to a get, and */
    struct slice value;     /* borrowed from `given` or from a reply */
    timer_id retry, give_up;
};

struct node {
    struct config config; /* without its members */
    const struct register_rules *rules;
    struct ring *ring;
    struct operation *operations;
    node_id *silent; /* room for N */
    /* Versions and operations of this node are told apart by these two; both
     * are in the store before anything that depends on them leaves. */
    uint64_t counter;   /* the highest that this node gave to a put */
    uint64_t operation; /* the next one's number */
    uint64_t reserved;  /* operations from here on may not be begun */
};

enum { RESERVE = 1024 }; /* operations reserved by one write to the store */

static const char COUNTER[] = "ncounter", OPERATIONS[] = "noperations",
                  FORMAT[] = "f";

static int load_number(struct env *env, const char *name, uint64_t *number)
{
    struct slice bytes;

    *number = 0;
    if (env_get(env, text(name), &bytes) != DYN_OK)
        return DYN_OK;
    if (bytes.size != 8)
        return DYN_ECORRUPT;
    *number = get_number(bytes.data, 8);
    return DYN_OK;
}

static int save_number(struct env *env, const char *name, uint64_t number)
{
    uint8_t bytes[8];

    put_number(bytes, number, 8);
    return env_put(env, text(name), (struct slice){bytes, sizeof bytes});
}

/* A number that no life of this node has used or will use again, so that an
 * answer to an earlier life's question is never taken for one to ours. */
static int new_operation(struct node *node, struct env *env, uint64_t *number)
{
    int rv;

    if (node->operation == node->reserved) {
        rv = save_number(env, OPERATIONS, node->reserved + RESERVE);
        if (rv != DYN_OK)
            return rv;
        node->reserved += RESERVE;
    }
    *number = node->operation++;
    return DYN_OK;
}

static void free_operation(struct operation *operation)
{
    for (size_t i = 0; i < operation->reply_count; i++)
        free_slice(operation->replies[i].value);
    quorum_close(operation->quorum);
    free(operation->replicas);
    free(operation->replies);
    free_slice(operation->key);
    free_slice(operation->given);
    free(operation);
}

static struct operation **find_operation(struct node *node, uint64_t number)
{
    struct operation **at = &node->operations;

    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

/* Answers the client and forgets the operation. */
static void finish(struct node *node, struct env *env,
                   struct operation *operation, int code)
{
    struct reply reply = {.code = code};

    if (code == DYN_OK && operation->kind == REQUEST_GET &&
        operation->version.counter > 0) {
        reply.values = &operation->value;
        reply.count = 1;
    }
    env_reply(env, operation->request, &reply);
    env_cancel(env, operation->retry);
    env_cancel(env, operation->give_up);
    *find_operation(node, operation->number) = operation->next;
    free_operation(operation);
}

/* Asks those that have not answered in this phase; or all again, when enough
 * have answered and what they said did not suffice. */
static void ask(struct node *node, struct env *env, struct operation *operation)
{
    struct message message = {.operation = operation->number,
                              .key = operation->key};
    const node_id *nodes = operation->replicas;
    size_t count = node->config.n;

    if (quorum_decision(operation->quorum) != QUORUM_REACHED) {
        nodes = node->silent;
        count = quorum_silent(operation->quorum, node->silent, count);
    }
    if (operation->phase == STORING) {
        message.kind = MESSAGE_STORE;
        message.version = operation->version;
        message.value = operation->value;
    } else {
        message.kind =
            operation->kind == REQUEST_PUT ? MESSAGE_ASK_VERSION : MESSAGE_READ;
    }
    for (size_t i = 0; i < count; i++)
        env_send(env, nodes[i], &message);
    env_cancel(env, operation->retry);
    operation->retry =
        env_timer(env, node->config.retry_ms, TIMER_RETRY, operation->number);
}

/* The second half: has operation->version stored until `needed` hold it. */
static void begin_storing(struct node *node, struct env *env,
                          struct operation *operation, uint32_t needed)
{
    struct quorum *quorum;
    int rv = quorum_open(&quorum, operation->replicas, node->config.n, needed);

    if (rv != DYN_OK) {
        finish(node, env, operation, rv);
        return;
    }
    quorum_close(operation->quorum);
    operation->quorum = quorum;
    operation->phase = STORING;
    /* Who answered a get that it holds this version need not be told. */
    for (size_t i = 0; i < operation->reply_count; i++)
        if (operation->kind == REQUEST_GET &&
            compare_versions(operation->replies[i].version,
                             operation->version) == 0)
            quorum_vote(quorum, operation->replies[i].from, true);
    if (quorum_decision(quorum) == QUORUM_REACHED)
        finish(node, env, operation, DYN_OK);
    else
        ask(node, env, operation);
}

/* R replicas or more have said which version they hold: gives the put its own,
 * if what they said suffices. */
static void choose_version(struct node *node, struct env *env,
                           struct operation *operation)
{
    uint64_t counter;
    int rv = node->rules->counter(&node->config, operation->replies,
                                  operation->reply_count, &counter);

    if (rv == DYN_EUNAVAILABLE)
        return;
    /* Two puts of one node must not get one version. So its counter never
     * stands still, and is durable before the first replica is told: after a
     * crash some replica may hold what an unfinished put left there. */
    if (rv == DYN_OK && counter < node->counter)
        counter = node->counter;
    if (rv == DYN_OK && counter == UINT64_MAX)
        rv = DYN_ERANGE;
    if (rv == DYN_OK)
        rv = save_number(env, COUNTER, counter + 1);
    if (rv != DYN_OK) {
        finish(node, env, operation, rv);
        return;
    }
    node->counter = counter + 1;
    operation->version = (struct version){counter + 1, node->config.self};
    operation->value = operation->given;
    begin_storing(node, env, operation, node->config.w);
}

/* R replicas or more have said what they hold: answers the get, if what they
 * said suffices, but not before enough replicas hold the answer. */
static void choose_answer(struct node *node, struct env *env,
                          struct operation *operation)
{
    size_t chosen;
    uint32_t needed;
    int rv = node->rules->choose(&node->config, operation->replies,
                                 operation->reply_count, &chosen, &needed);

    if (rv == DYN_EUNAVAILABLE)
        return;
    if (rv == DYN_OK) {
        operation->version = operation->replies[chosen].version;
        operation->value = operation->replies[chosen].value;
    }
    /* Nobody can lack the version of what was never written. */
    if (rv != DYN_OK || needed == 0 || operation->version.counter == 0)
        finish(node, env, operation, rv);
    else
        begin_storing(node, env, operation, needed);
}

/* Keeps what a replica said in the place of what it said before, if that was
 * lower. Whether anything changed. What cannot be kept for lack of memory
 * counts as lost: it will be asked for again. */
static bool keep_reply(struct operation *operation, node_id from,
                       const struct message *message)
{
    struct register_reply reply = {from, message->version, {NULL, 0}};
    size_t i = 0;

    while (i < operation->reply_count && operation->replies[i].from != from)
        i++;
    if (i < operation->reply_count &&
        compare_versions(message->version, operation->replies[i].version) <= 0)
        return false;
    if (copy_slice(&reply.value, message->value) != DYN_OK)
        return false;
    if (i < operation->reply_count) {
        free_slice(operation->replies[i].value);
    } else if (quorum_vote(operation->quorum, from, true) == DYN_OK) {
        operation->reply_count++;
    } else {
        free_slice(reply.value); /* a stranger's */
        return false;
    }
    operation->replies[i] = reply;
    return true;
}

static void take_reply(struct node *node, struct env *env,
                       struct operation *operation, node_id from,
                       const struct message *message)
{
    if (!keep_reply(operation, from, message) ||
        quorum_decision(operation->quorum) != QUORUM_REACHED)
        return;
    if (operation->kind == REQUEST_PUT)
        choose_version(node, env, operation);
    else
        choose_answer(node, env, operation);
}

static void take_stored(struct node *node, struct env *env,
                        struct operation *operation, node_id from,
                        const struct message *message)
{
    if (compare_versions(message->version, operation->version) < 0)
        return;
    quorum_vote(operation->quorum, from, true);
    if (quorum_decision(operation->quorum) == QUORUM_REACHED)
        finish(node, env, operation, DYN_OK);
}

/* ---- The program ---- */

/* A ring that all members joined. */
static int open_ring(struct ring **ring, const struct config *config)
{
    struct ring *made = NULL;
    int rv = ring_open(&made, &config->ring);

    for (size_t i = 0; i < config->member_count && rv == DYN_OK; i++)
        rv = ring_join(made, config->members[i], 1);
    if (rv == DYN_OK)
        *ring = made;
    else
        ring_close(made);
    return rv == DYN_OK || rv == DYN_ENOMEM ? rv : DYN_EINVAL;
}

static bool is_legal(const struct config *config)
{
    bool self = false;

    if (config->member_count < 1 || config->n < 1 ||
        config->n > config->member_count)
        return false;
    if (config->r < 1 || config->r > config->n || config->w < 1 ||
        config->w > config->n)
        return false;
    for (size_t i = 0; i < config->member_count; i++) {
        if (i > 0 && config->members[i - 1] >= config->members[i])
            return false;
        self = self || config->members[i] == config->self;
    }
    return self && config->retry_ms > 0 && config->give_up_ms > 0;
}

/* Marks an empty store as ours, and refuses somebody else's. The mark is put
 * first, so no crash can lose it and keep what was put after it. */
static int claim_store(struct env *env, const char *name)
{
    struct slice key, value, mark = text(name);

    if (env_next(env, (struct slice){NULL, 0}, &key, &value) != DYN_OK)
        return env_put(env, text(FORMAT), mark);
    if (env_get(env, text(FORMAT), &value) != DYN_OK ||
        value.size != mark.size ||
        memcmp(value.data, mark.data, mark.size) != 0)
        return DYN_ECORRUPT;
    return DYN_OK;
}

/* @starter
struct node {
    struct config config;
    // The ring, and the operations that are under way: yours to add.
};
@end */

void register_close(struct node *node)
{
    /* @solution */
    if (node == NULL)
        return;
    while (node->operations != NULL) {
        struct operation *operation = node->operations;

        node->operations = operation->next;
        free_operation(operation);
    }
    ring_close(node->ring);
    free(node->silent);
    free(node);
    /* @starter
    (void)node;
    @end */
}

int register_open(struct node **node, const struct config *config,
                  struct env *env, const struct register_rules *rules)
{
    /* @solution */
    struct node *made;
    int rv;

    if (!is_legal(config) || !rules->suits(config))
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    made->config.members = NULL; /* borrowed, and not needed any more */
    made->rules = rules;
    made->silent = calloc(config->n, sizeof *made->silent);
    rv = made->silent == NULL ? DYN_ENOMEM : open_ring(&made->ring, config);
    if (rv == DYN_OK)
        rv = claim_store(env, rules->name);
    if (rv == DYN_OK)
        rv = load_number(env, COUNTER, &made->counter);
    if (rv == DYN_OK)
        rv = load_number(env, OPERATIONS, &made->reserved);
    made->operation = made->reserved;
    if (rv == DYN_OK)
        *node = made;
    else
        register_close(made);
    return rv;
    /* @starter
    (void)node;
    (void)config;
    (void)env;
    (void)rules;
    return DYN_ETODO;
    @end */
}

/* @solution */

static int begin(struct node *node, struct env *env, request_id request,
                 const struct request *asked)
{
    uint32_t n = node->config.n;
    struct operation *made = calloc(1, sizeof *made);
    int rv = DYN_ENOMEM;

    if (made == NULL)
        goto out;
    made->request = request;
    made->kind = asked->kind;
    made->phase = ASKING;
    made->replicas = calloc(n, sizeof *made->replicas);
    made->replies = calloc(n, sizeof *made->replies);
    if (made->replicas == NULL || made->replies == NULL)
        goto out;
    rv = copy_slice(&made->key, asked->key);
    if (rv == DYN_OK && asked->kind == REQUEST_PUT)
        rv = copy_slice(&made->given, asked->value);
    if (rv == DYN_OK)
        rv = ring_preference_list(node->ring, ring_position(asked->key), n,
                                  made->replicas);
    if (rv == DYN_OK)
        rv = quorum_open(&made->quorum, made->replicas, n, node->config.r);
    if (rv == DYN_OK)
        rv = new_operation(node, env, &made->number);
    if (rv != DYN_OK)
        goto out;
    made->next = node->operations;
    node->operations = made;
    made->give_up =
        env_timer(env, node->config.give_up_ms, TIMER_GIVE_UP, made->number);
    ask(node, env, made);
out:
    if (rv != DYN_OK && made != NULL)
        free_operation(made);
    return rv;
}

/* @starter
@end */

void register_on_request(struct node *node, struct env *env, request_id request,
                         const struct request *asked)
{
    /* @solution */
    int rv = DYN_EINVAL;

    if (asked->kind != REQUEST_GET && asked->kind != REQUEST_PUT)
        rv = DYN_EUNKNOWN;
    else if (is_key(asked->key) && asked->value.size <= VALUE_SIZE_MAX)
        rv = begin(node, env, request, asked);
    if (rv != DYN_OK)
        env_reply(env, request, &(struct reply){.code = rv});
    /* @starter
    (void)node;
    (void)env;
    (void)request;
    (void)asked;
    @end */
}

void register_on_message(struct node *node, struct env *env, node_id from,
                         const struct message *message)
{
    /* @solution */
    struct operation *operation;
    enum message_kind due;

    if (answer_question(env, from, message) != DYN_EUNKNOWN)
        return;
    operation = *find_operation(node, message->operation);
    if (operation == NULL || !equal(operation->key, message->key))
        return; /* it comes too late, or is no answer */
    due = operation->phase == STORING      ? MESSAGE_STORED
          : operation->kind == REQUEST_PUT ? MESSAGE_VERSION
                                           : MESSAGE_VALUE;
    if (message->kind != due)
        return;
    if (due == MESSAGE_STORED)
        take_stored(node, env, operation, from, message);
    else
        take_reply(node, env, operation, from, message);
    /* @starter
    (void)node;
    (void)env;
    (void)from;
    (void)message;
    @end */
}

void register_on_timer(struct node *node, struct env *env, timer_id timer,
                       int kind, uint64_t arg)
{
    /* @solution */
    struct operation *operation = *find_operation(node, arg);

    (void)timer;
    if (operation == NULL)
        return;
    if (kind == TIMER_GIVE_UP)
        finish(node, env, operation, DYN_EUNAVAILABLE);
    else if (kind == TIMER_RETRY)
        ask(node, env, operation);
    /* @starter
    (void)node;
    (void)env;
    (void)timer;
    (void)kind;
    (void)arg;
    @end */
}

/* ---- The rules of a register whose replicas tell the truth ---- */

static bool suits(const struct config *config)
{
    /* @solution */
    (void)config;
    return true;
    /* @starter
    (void)config;
    return false;
    @end */
}

static int counter_of(const struct config *config,
                      const struct register_reply *replies, size_t count,
                      uint64_t *counter)
{
    /* @solution */
    (void)config;
    *counter = 0;
    for (size_t i = 0; i < count; i++)
        if (replies[i].version.counter > *counter)
            *counter = replies[i].version.counter;
    return DYN_OK;
    /* @starter
    (void)config;
    (void)replies;
    (void)count;
    (void)counter;
    return DYN_ETODO;
    @end */
}

static int choose(const struct config *config,
                  const struct register_reply *replies, size_t count,
                  size_t *chosen, uint32_t *needed)
{
    /* @solution */
    *chosen = 0;
    for (size_t i = 1; i < count; i++)
        if (compare_versions(replies[i].version, replies[*chosen].version) > 0)
            *chosen = i;
    /* A later operation asks R. It meets one of those that hold the answer when
     * they are N - R + 1. If R + W > N, W are as many at least; if not, W is all
     * that was asked for. R replies that agree suffice only if 2R > N. */
    *needed = config->n - config->r + 1;
    if (*needed > config->w)
        *needed = config->w;
    return DYN_OK;
    /* @starter
    (void)config;
    (void)replies;
    (void)count;
    (void)chosen;
    (void)needed;
    return DYN_ETODO;
    @end */
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
