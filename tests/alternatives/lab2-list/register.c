/* register.c, as a list of operations with one alarm for all of them.
 *
 * A get asks, and stores at, no more replicas than it needs at first, and all of
 * them when it asks again. All that is heard of the highest version counts as a
 * vote for 'it holds this', so that a get writes back just where its answers do
 * not show that N - R + 1 replicas hold it: from then on every R replicas meet
 * one of them. The node's own replica is asked without a message. Versions are
 * made unique for the node as a whole, by reserving counters in blocks. */
#include "dynamo/register.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 16u /* counters that are reserved at one time */

struct operation {
    struct operation *next;
    uint64_t number;
    request_id request;
    bool put;
    bool storing;
    uint64_t ask_ms, end_ms; /* by this node's clock: when next, and no later */
    struct version
        best;       /* the highest heard of; once storing, what is stored */
    uint8_t *value; /* owned: a put's, or that of the best */
    size_t value_size;
    struct quorum *heard;  /* R answers to the question */
    struct quorum *holder; /* those who are known to hold `best` or more */
    size_t replica_count;
    node_id *replicas; /* in the memory of the operation, as are the next two */
    node_id *list;     /* room for as many */
    uint8_t *key;
    size_t key_size;
};

struct node {
    node_id self;
    uint32_t n, r, w, retry_ms, give_up_ms;
    struct ring *ring;
    struct operation *operations; /* the newest first */
    uint64_t life;                /* how often this node has begun */
    uint64_t asked;               /* operations in this life */
    uint64_t next_counter;        /* the lowest that was never used here */
    uint64_t reserved;            /* the lowest that is not reserved */
    timer_id alarm;
    uint64_t alarm_ms;
};

/* ---- The store ----
 *
 *     'N'                        this node's life, and its lowest counter that is
 *                                not reserved
 *     'H' KEY                    the version that is held of a key
 *     'V' KEY COUNTER WRITER     the value of that version
 *
 * A crash takes away the latest puts first. So a value is written before what
 * points to it, and an old one is deleted after. A value that nothing points to
 * may be left over. Numbers are in the order of this machine's bytes. */

struct entry_key {
    uint8_t bytes[1 + KEY_SIZE_MAX + sizeof(uint64_t) + sizeof(node_id)];
    size_t size;
};

static struct slice head_key(struct entry_key *room, struct slice key)
{
    room->bytes[0] = 'H';
    memcpy(room->bytes + 1, key.data, key.size);
    return (struct slice){room->bytes, 1 + key.size};
}

static struct slice value_key(struct entry_key *room, struct slice key,
                              struct version version)
{
    uint8_t *to = room->bytes;
    *to++ = 'V';
    memcpy(to, key.data, key.size);
    to += key.size;
    memcpy(to, &version.counter, sizeof version.counter);
    to += sizeof version.counter;
    memcpy(to, &version.writer, sizeof version.writer);
    to += sizeof version.writer;
    return (struct slice){room->bytes, (size_t)(to - room->bytes)};
}

static int compare(struct version a, struct version b)
{
    if (a.counter != b.counter)
        return a.counter < b.counter ? -1 : 1;
    return (a.writer > b.writer) - (a.writer < b.writer);
}

static struct version version_held(struct env *env, struct slice key)
{
    struct entry_key room;
    struct version version = {0, 0};
    struct slice found;
    if (env_get(env, head_key(&room, key), &found) == DYN_OK) {
        memcpy(&version.counter, found.data, sizeof version.counter);
        memcpy(&version.writer, found.data + sizeof version.counter,
               sizeof version.writer);
    }
    return version;
}

static struct slice value_held(struct env *env, struct slice key,
                               struct version version)
{
    struct entry_key room;
    struct slice value = {NULL, 0};
    (void)env_get(env, value_key(&room, key, version), &value);
    return value;
}

static int hold(struct env *env, struct slice key, struct version version,
                struct slice value)
{
    struct version old = version_held(env, key);
    if (compare(version, old) <= 0)
        return DYN_OK;
    uint8_t head[sizeof version.counter + sizeof version.writer];
    memcpy(head, &version.counter, sizeof version.counter);
    memcpy(head + sizeof version.counter, &version.writer,
           sizeof version.writer);
    struct entry_key room;
    int code = env_put(env, value_key(&room, key, version), value);
    if (code == DYN_OK)
        code = env_put(env, head_key(&room, key),
                       (struct slice){head, sizeof head});
    if (code == DYN_OK && compare(old, (struct version){0, 0}) != 0)
        code = env_delete(env, value_key(&room, key, old));
    return code;
}

static const struct slice node_key = {(const uint8_t *)"N", 1};

static int write_numbers(struct env *env, const struct node *node)
{
    uint64_t numbers[] = {node->life, node->reserved};
    return env_put(env, node_key,
                   (struct slice){(const uint8_t *)numbers, sizeof numbers});
}

/* A life's operations have numbers that no other life's have: this put is
 * durable before the first message leaves that has one. */
static int begin_life(struct node *node, struct env *env)
{
    uint64_t numbers[] = {0, 1};
    struct slice first = {NULL, 0}, key, found;
    if (env_get(env, node_key, &found) == DYN_OK) {
        if (found.size != sizeof numbers)
            return DYN_ECORRUPT;
        memcpy(numbers, found.data, sizeof numbers);
    } else if (env_next(env, first, &key, &found) == DYN_OK) {
        return DYN_ECORRUPT; /* all that this program writes comes later */
    }
    node->life = numbers[0] + 1;
    node->reserved = numbers[1];
    node->next_counter = node->reserved;
    return write_numbers(env, node);
}

/* A counter above `above` that this node never used before, in no life. */
static int new_counter(struct node *node, struct env *env, uint64_t above,
                       uint64_t *counter)
{
    uint64_t chosen =
        above < node->next_counter ? node->next_counter : above + 1;
    if (above >= UINT64_MAX - BLOCK || chosen >= UINT64_MAX - BLOCK)
        return DYN_EUNAVAILABLE;
    if (chosen >= node->reserved) {
        node->reserved = chosen + BLOCK;
        (void)write_numbers(env, node);
    }
    node->next_counter = chosen + 1;
    *counter = chosen;
    return DYN_OK;
}

/* ---- A replica ---- */

/* What this node's replica answers. False if it cannot. */
static bool answer_to(struct env *env, const struct message *question,
                      struct message *answer)
{
    *answer = (struct message){.operation = question->operation,
                               .key = question->key};
    switch (question->kind) {
    case MESSAGE_ASK_VERSION:
        answer->kind = MESSAGE_VERSION;
        answer->version = version_held(env, question->key);
        return true;
    case MESSAGE_READ:
        answer->kind = MESSAGE_VALUE;
        answer->version = version_held(env, question->key);
        answer->value = value_held(env, question->key, answer->version);
        return true;
    case MESSAGE_STORE:
        answer->kind = MESSAGE_STORED;
        answer->version = question->version;
        return hold(env, question->key, question->version, question->value) ==
               DYN_OK;
    default:
        return false;
    }
}

/* ---- Operations ---- */

static void hear(struct node *node, struct env *env, node_id from,
                 const struct message *answer);

static struct slice key_of(const struct operation *operation)
{
    return (struct slice){operation->key, operation->key_size};
}

static struct slice value_of(const struct operation *operation)
{
    return (struct slice){operation->value, operation->value_size};
}

static void set_alarm(struct node *node, struct env *env)
{
    uint64_t due = UINT64_MAX;
    for (struct operation *o = node->operations; o; o = o->next) {
        if (o->ask_ms < due)
            due = o->ask_ms;
        if (o->end_ms < due)
            due = o->end_ms;
    }
    if (due == node->alarm_ms)
        return;
    env_cancel(env, node->alarm);
    node->alarm = 0;
    node->alarm_ms = due;
    uint64_t now = env_now_ms(env);
    if (due != UINT64_MAX)
        node->alarm = env_timer(env, due > now ? due - now : 0, 0, 0);
}

static struct operation *find(const struct node *node, uint64_t number)
{
    struct operation *o = node->operations;
    while (o && o->number != number)
        o = o->next;
    return o;
}

static void free_operation(struct operation *operation)
{
    quorum_close(operation->heard);
    quorum_close(operation->holder);
    free(operation->value);
    free(operation);
}

static void end(struct node *node, struct env *env, struct operation *operation,
                int code)
{
    struct slice value = value_of(operation);
    struct reply reply = {.code = code};
    if (code == DYN_OK && !operation->put &&
        compare(operation->best, (struct version){0, 0}) > 0) {
        reply.values = &value;
        reply.count = 1;
    }
    env_reply(env, operation->request, &reply);
    struct operation **link = &node->operations;
    while (*link != operation)
        link = &(*link)->next;
    *link = operation->next;
    free_operation(operation);
    set_alarm(node, env);
}

/* Asks the replica `to`; its own at once, which may end the operation. */
static void ask(struct node *node, struct env *env,
                const struct operation *operation, node_id to)
{
    struct message question = {.operation = operation->number,
                               .key = key_of(operation)};
    if (operation->storing) {
        question.kind = MESSAGE_STORE;
        question.version = operation->best;
        question.value = value_of(operation);
    } else {
        question.kind = operation->put ? MESSAGE_ASK_VERSION : MESSAGE_READ;
    }
    if (to != node->self) {
        env_send(env, to, &question);
        return;
    }
    struct message answer;
    if (answer_to(env, &question, &answer))
        hear(node, env, node->self, &answer);
}

/* Asks up to `most` replicas, from the end of the list to its beginning; once
 * it is stored, only those that are not known to hold it. This node's own is
 * always among them, and comes last, since its answer may end the operation or
 * take it to its next phase. */
static void ask_replicas(struct node *node, struct env *env,
                         struct operation *operation, size_t most)
{
    size_t count = operation->replica_count;
    node_id *list = operation->list;
    bool own = false;
    if (operation->storing)
        count = quorum_silent(operation->holder, list, count);
    else
        memcpy(list, operation->replicas, count * sizeof *list);
    for (size_t i = 0; i < count; i++)
        own = own || list[i] == node->self;
    size_t others = most - own;
    for (size_t i = count; i-- > 0 && others > 0;) {
        if (list[i] == node->self)
            continue;
        ask(node, env, operation, list[i]);
        others--;
    }
    if (own)
        ask(node, env, operation, node->self);
}

/* How many holders are enough: every R replicas then meet one of them. Where
 * R + W <= N a put does not get so many, and nobody needs them. */
static uint32_t enough(const struct node *node, bool put)
{
    uint32_t meet = node->n - node->r + 1;
    return put || meet > node->w ? node->w : meet;
}

static int count_holders_anew(const struct node *node,
                              struct operation *operation)
{
    quorum_close(operation->holder);
    operation->holder = NULL;
    return quorum_open(&operation->holder, operation->replicas,
                       operation->replica_count, enough(node, operation->put));
}

static void store(struct node *node, struct env *env,
                  struct operation *operation)
{
    operation->storing = true;
    operation->ask_ms = env_now_ms(env) + node->retry_ms;
    set_alarm(node, env);
    /* A put goes to all; a get to as many as lack. */
    size_t most = operation->replica_count;
    if (!operation->put)
        most = enough(node, false) - quorum_count(operation->holder, true);
    ask_replicas(node, env, operation, most);
}

static void choose_version(struct node *node, struct env *env,
                           struct operation *operation)
{
    int code = new_counter(node, env, operation->best.counter,
                           &operation->best.counter);
    operation->best.writer = node->self;
    if (code == DYN_OK)
        code = count_holders_anew(node, operation);
    if (code == DYN_OK)
        store(node, env, operation);
    else
        end(node, env, operation, code);
}

static int keep_value(struct operation *operation, struct slice value)
{
    uint8_t *kept = NULL;
    if (value.size) {
        kept = malloc(value.size);
        if (!kept)
            return DYN_ENOMEM;
        memcpy(kept, value.data, value.size);
    }
    free(operation->value);
    operation->value = kept;
    operation->value_size = value.size;
    return DYN_OK;
}

/* A get: who answers the highest version that was heard of holds it. */
static int hear_value(const struct node *node, struct operation *operation,
                      node_id from, const struct message *answer)
{
    int code = DYN_OK;
    int order = compare(answer->version, operation->best);
    if (order > 0 && !operation->storing) {
        code = keep_value(operation, answer->value);
        if (code == DYN_OK)
            code = count_holders_anew(node, operation);
        if (code != DYN_OK)
            return code;
        operation->best = answer->version;
    }
    if (order >= 0)
        (void)quorum_vote(operation->holder, from, true);
    return code;
}

static void hear_get(struct node *node, struct env *env,
                     struct operation *operation, node_id from,
                     const struct message *answer)
{
    if (answer->kind == MESSAGE_VALUE) {
        (void)quorum_vote(operation->heard, from, true);
        int code = hear_value(node, operation, from, answer);
        if (code != DYN_OK) {
            end(node, env, operation, code);
            return;
        }
    } else if (operation->storing && answer->kind == MESSAGE_STORED &&
               compare(answer->version, operation->best) == 0) {
        (void)quorum_vote(operation->holder, from, true);
    }
    if (quorum_decision(operation->heard) != QUORUM_REACHED)
        return;
    bool written = compare(operation->best, (struct version){0, 0}) > 0;
    if (!written || quorum_decision(operation->holder) == QUORUM_REACHED)
        end(node, env, operation, DYN_OK);
    else if (!operation->storing)
        store(node, env, operation);
}

static void hear_put(struct node *node, struct env *env,
                     struct operation *operation, node_id from,
                     const struct message *answer)
{
    if (!operation->storing && answer->kind == MESSAGE_VERSION) {
        (void)quorum_vote(operation->heard, from, true);
        if (compare(answer->version, operation->best) > 0)
            operation->best = answer->version;
        if (quorum_decision(operation->heard) == QUORUM_REACHED)
            choose_version(node, env, operation);
    } else if (operation->storing && answer->kind == MESSAGE_STORED &&
               compare(answer->version, operation->best) == 0) {
        (void)quorum_vote(operation->holder, from, true);
        if (quorum_decision(operation->holder) == QUORUM_REACHED)
            end(node, env, operation, DYN_OK);
    }
}

static void hear(struct node *node, struct env *env, node_id from,
                 const struct message *answer)
{
    struct operation *operation = find(node, answer->operation);
    if (!operation || answer->key.size != operation->key_size ||
        memcmp(answer->key.data, operation->key, operation->key_size) != 0)
        return;
    bool replica = false;
    for (size_t i = 0; i < operation->replica_count; i++)
        replica = replica || operation->replicas[i] == from;
    if (!replica)
        return;
    if (operation->put)
        hear_put(node, env, operation, from, answer);
    else
        hear_get(node, env, operation, from, answer);
}

/* ---- The program ---- */

static void node_close(struct node *node)
{
    if (!node)
        return;
    while (node->operations) {
        struct operation *first = node->operations;
        node->operations = first->next;
        free_operation(first);
    }
    ring_close(node->ring);
    free(node);
}

static int check(const struct config *config)
{
    size_t self_at = config->member_count;
    for (size_t i = 0; i < config->member_count; i++) {
        if (i > 0 && config->members[i] <= config->members[i - 1])
            return DYN_EINVAL;
        if (config->members[i] == config->self)
            self_at = i;
    }
    if (self_at == config->member_count)
        return DYN_EINVAL;
    struct quorum_sizes sizes = {
        .n = config->n, .r = config->r, .w = config->w};
    struct quorum_facts facts;
    if (config->n > config->member_count ||
        quorum_facts(&sizes, &facts) != DYN_OK)
        return DYN_EINVAL;
    if (config->retry_ms == 0 || config->give_up_ms == 0)
        return DYN_EINVAL;
    return DYN_OK;
}

static int join_all(struct ring *ring, const struct config *config)
{
    for (size_t i = 0; i < config->member_count; i++) {
        int code = ring_join(ring, config->members[i], 1);
        if (code != DYN_OK)
            return code;
    }
    return DYN_OK;
}

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    int code = check(config);
    if (code != DYN_OK)
        return code;
    struct node *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    made->self = config->self;
    made->n = config->n;
    made->r = config->r;
    made->w = config->w;
    made->retry_ms = config->retry_ms;
    made->give_up_ms = config->give_up_ms;
    made->alarm_ms = UINT64_MAX;
    code = ring_open(&made->ring, &config->ring);
    if (code == DYN_OK)
        code = join_all(made->ring, config);
    if (code == DYN_ERANGE)
        code = DYN_EINVAL; /* more members than partitions */
    if (code == DYN_OK)
        code = begin_life(made, env);
    if (code == DYN_OK)
        *node = made;
    else
        node_close(made);
    return code;
}

static struct operation *new_operation(const struct node *node,
                                       const struct request *asked)
{
    size_t lists_size = 2 * (size_t)node->n * sizeof(node_id);
    struct operation *o = calloc(1, sizeof *o + lists_size + asked->key.size);
    if (!o)
        return NULL;
    o->put = asked->kind == REQUEST_PUT;
    o->replica_count = node->n;
    o->replicas = (node_id *)(o + 1);
    o->list = o->replicas + node->n;
    o->key = (uint8_t *)(o + 1) + lists_size;
    o->key_size = asked->key.size;
    memcpy(o->key, asked->key.data, asked->key.size);
    if (ring_preference_list(node->ring, ring_position(asked->key), node->n,
                             o->replicas) != DYN_OK ||
        (o->put && keep_value(o, asked->value) != DYN_OK) ||
        quorum_open(&o->heard, o->replicas, node->n, node->r) != DYN_OK ||
        count_holders_anew(node, o) != DYN_OK) {
        free_operation(o);
        return NULL;
    }
    return o;
}

static void on_request(struct node *node, struct env *env, request_id request,
                       const struct request *asked)
{
    struct reply refusal = {.code = DYN_ENOMEM};
    if (asked->key.size == 0 || asked->key.size > KEY_SIZE_MAX ||
        asked->value.size > VALUE_SIZE_MAX)
        refusal.code = DYN_EINVAL;
    if (asked->kind != REQUEST_GET && asked->kind != REQUEST_PUT)
        refusal.code = DYN_EUNKNOWN;
    struct operation *operation = NULL;
    if (refusal.code == DYN_ENOMEM)
        operation = new_operation(node, asked);
    if (!operation) {
        env_reply(env, request, &refusal);
        return;
    }
    operation->request = request;
    operation->number = node->life << 40 | ++node->asked;
    operation->ask_ms = env_now_ms(env) + node->retry_ms;
    operation->end_ms = env_now_ms(env) + node->give_up_ms;
    operation->next = node->operations;
    node->operations = operation;
    set_alarm(node, env);
    ask_replicas(node, env, operation, operation->put ? node->n : node->r);
}

static void on_message(struct node *node, struct env *env, node_id from,
                       const struct message *message)
{
    if (message->key.size == 0 || message->key.size > KEY_SIZE_MAX ||
        message->value.size > VALUE_SIZE_MAX)
        return;
    struct message answer;
    if (answer_to(env, message, &answer))
        env_send(env, from, &answer);
    else
        hear(node, env, from, message);
}

/* An operation may end while it asks, and so may no other. */
static void ask_again(struct node *node, struct env *env, uint64_t now)
{
    struct operation *next;
    for (struct operation *o = node->operations; o; o = next) {
        next = o->next;
        if (o->ask_ms > now)
            continue;
        o->ask_ms = now + node->retry_ms;
        ask_replicas(node, env, o, o->replica_count);
    }
}

static void on_timer(struct node *node, struct env *env, timer_id timer,
                     int kind, uint64_t arg)
{
    (void)kind;
    (void)arg;
    if (timer != node->alarm)
        return;
    node->alarm = 0;
    node->alarm_ms = UINT64_MAX;
    uint64_t now = env_now_ms(env);
    struct operation *next;
    for (struct operation *o = node->operations; o; o = next) {
        next = o->next;
        if (o->end_ms <= now)
            end(node, env, o, DYN_EUNAVAILABLE);
    }
    ask_again(node, env, now);
    set_alarm(node, env);
}

const struct program register_program = {
    .name = "register",
    .open = node_open,
    .on_request = on_request,
    .on_message = on_message,
    .on_timer = on_timer,
    .close = node_close,
};
