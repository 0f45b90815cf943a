/* masking.c, a program that shares nothing with part B: an operation is one or
 * two polls, and a poll is a question to R replicas, then to all, the latest
 * answer of each of them, and what to do when enough have answered. Answers are
 * chosen among by sorting them. No clock is read: an operation adds up what it
 * has waited. */
#include "dynamo/masking.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"

#include <stdlib.h>
#include <string.h>

/* ---- Choosing among answers ---- */

typedef const struct register_reply *reply_at;

static int by_node(const void *a, const void *b)
{
    reply_at x = *(const reply_at *)a, y = *(const reply_at *)b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x > y) - (x < y); /* of one array: the earlier first */
}

static int by_counter(const void *a, const void *b)
{
    reply_at x = *(const reply_at *)a, y = *(const reply_at *)b;
    return (x->version.counter < y->version.counter) -
           (x->version.counter > y->version.counter);
}

static int by_pair(const void *a, const void *b)
{
    reply_at x = *(const reply_at *)a, y = *(const reply_at *)b;
    int order = by_counter(a, b);
    if (order == 0)
        order = (x->version.writer < y->version.writer) -
                (x->version.writer > y->version.writer);
    if (order == 0)
        order =
            (x->value.size < y->value.size) - (x->value.size > y->value.size);
    if (order == 0 && x->value.size > 0)
        order = memcmp(x->value.data, y->value.data, x->value.size);
    return order;
}

/* The first reply of each node, in a new array that the caller frees. */
static int one_of_each(const struct register_reply *replies, size_t count,
                       reply_at **sorted, size_t *nodes)
{
    reply_at *all = calloc(count ? count : 1, sizeof(reply_at));
    if (!all)
        return DYN_ENOMEM;
    for (size_t i = 0; i < count; i++)
        all[i] = &replies[i];
    qsort(all, count, sizeof *all, by_node);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || all[kept - 1]->from != all[i]->from)
            all[kept++] = all[i];
    *sorted = all;
    *nodes = kept;
    return DYN_OK;
}

int masking_choose(const struct register_reply *replies, size_t count,
                   uint32_t f, size_t *chosen)
{
    reply_at *sorted;
    size_t nodes;
    if (!chosen || (!replies && count > 0))
        return DYN_EINVAL;
    int code = one_of_each(replies, count, &sorted, &nodes);
    if (code != DYN_OK)
        return code;
    qsort(sorted, nodes, sizeof *sorted, by_pair);
    code = DYN_EUNAVAILABLE;
    size_t first = 0;
    for (size_t i = 0; i < nodes && code != DYN_OK; i++) {
        if (by_pair(&sorted[first], &sorted[i]) != 0)
            first = i;
        if (i - first == f) {
            *chosen = (size_t)(sorted[i] - replies);
            code = DYN_OK;
        }
    }
    free(sorted);
    return code;
}

int masking_counter(const struct register_reply *replies, size_t count,
                    uint32_t f, uint64_t *counter)
{
    reply_at *sorted;
    size_t nodes;
    if (!counter || (!replies && count > 0))
        return DYN_EINVAL;
    int code = one_of_each(replies, count, &sorted, &nodes);
    if (code != DYN_OK)
        return code;
    qsort(sorted, nodes, sizeof *sorted, by_counter);
    if (nodes > f)
        *counter = sorted[f]->version.counter;
    else
        code = DYN_EUNAVAILABLE;
    free(sorted);
    return code;
}

int masking_size(uint32_t n, uint32_t f, uint32_t *size)
{
    if (!size)
        return DYN_EINVAL;
    if (n == 0 || (n - 1) / 4 < f)
        return DYN_EINVAL;
    /* 2 * size >= n + 2f + 1, and f is so small that nothing overflows. */
    *size = f + n / 2 + 1;
    return DYN_OK;
}

/* ---- The program's state ---- */

struct operation;

/* What happens when a poll has enough answers, and at each answer after that
 * until the operation goes on. */
typedef void (*enough_fn)(struct node *node, struct env *env,
                          struct operation *operation);

struct operation {
    struct operation *next;
    request_id request;
    timer_id timer;
    uint32_t left_ms;           /* to wait after the timer */
    struct message question;    /* key and value are owned */
    enum message_kind expected; /* the kind of an answer */
    uint32_t needed;
    enough_fn enough;
    struct register_reply *replies; /* their values are owned */
    size_t count;
    node_id replicas[]; /* n */
};

struct node {
    struct config config; /* without the members */
    struct ring *ring;
    struct operation *operations;
    uint64_t polls; /* what the last one was numbered */
};

static int copy(struct slice *to, struct slice from)
{
    uint8_t *data = NULL;
    if (from.size > 0) {
        data = malloc(from.size);
        if (!data)
            return DYN_ENOMEM;
        memcpy(data, from.data, from.size);
    }
    *to = (struct slice){data, from.size};
    return DYN_OK;
}

static void forget_replies(struct operation *operation)
{
    while (operation->count > 0)
        free((void *)operation->replies[--operation->count].value.data);
}

static void free_operation(struct operation *operation)
{
    forget_replies(operation);
    free(operation->replies);
    free((void *)operation->question.key.data);
    free((void *)operation->question.value.data);
    free(operation);
}

/* ---- The store: "=" KEY holds a struct held and the value; "#" the number of
 * this life and the highest counter that this node has chosen ---- */

struct held {
    uint64_t counter;
    uint64_t writer;
};

struct self {
    uint64_t life;
    uint64_t counter;
};

static const struct slice self_key = {(const uint8_t *)"#", 1};

/* {0, 0} at first. */
static int read_self(struct env *env, struct self *self)
{
    struct slice found;
    *self = (struct self){0, 0};
    if (env_get(env, self_key, &found) != DYN_OK)
        return DYN_OK;
    if (found.size != sizeof *self)
        return DYN_ECORRUPT;
    memcpy(self, found.data, sizeof *self);
    return DYN_OK;
}

static void write_self(struct env *env, const struct self *self)
{
    (void)env_put(env, self_key,
                  (struct slice){(const uint8_t *)self, sizeof *self});
}

static struct slice store_key(uint8_t room[1 + KEY_SIZE_MAX], struct slice key)
{
    room[0] = '=';
    memcpy(room + 1, key.data, key.size);
    return (struct slice){room, key.size + 1};
}

static void find_held(struct env *env, struct slice key,
                      struct version *version, struct slice *value)
{
    uint8_t room[1 + KEY_SIZE_MAX];
    struct held held = {0, 0};
    struct slice found;
    *value = (struct slice){NULL, 0};
    if (env_get(env, store_key(room, key), &found) == DYN_OK &&
        found.size >= sizeof held) {
        memcpy(&held, found.data, sizeof held);
        *value =
            (struct slice){found.data + sizeof held, found.size - sizeof held};
    }
    *version = (struct version){held.counter, (node_id)held.writer};
}

static int keep_held(struct env *env, const struct message *store)
{
    struct held held = {store->version.counter, store->version.writer};
    size_t size = sizeof held + store->value.size;
    uint8_t room[1 + KEY_SIZE_MAX];
    uint8_t *bytes = malloc(size);
    if (!bytes)
        return DYN_ENOMEM;
    memcpy(bytes, &held, sizeof held);
    if (store->value.size > 0)
        memcpy(bytes + sizeof held, store->value.data, store->value.size);
    int code =
        env_put(env, store_key(room, store->key), (struct slice){bytes, size});
    free(bytes);
    return code;
}

/* ---- A replica ---- */

static bool above(struct version a, struct version b)
{
    return a.counter > b.counter ||
           (a.counter == b.counter && a.writer > b.writer);
}

static void on_question(struct env *env, node_id from,
                        const struct message *question)
{
    struct message answer = *question;
    struct version version;
    struct slice value;
    find_held(env, question->key, &version, &value);
    answer.value = (struct slice){NULL, 0};
    if (question->kind == MESSAGE_STORE) {
        if (above(question->version, version) &&
            keep_held(env, question) != DYN_OK)
            return;
        answer.kind = MESSAGE_STORED;
    } else {
        answer.version = version;
        answer.kind = MESSAGE_VERSION;
        if (question->kind == MESSAGE_READ) {
            answer.kind = MESSAGE_VALUE;
            answer.value = value;
        }
    }
    env_send(env, from, &answer);
}

/* ---- Polls ---- */

static void end(struct node *node, struct env *env, struct operation *operation,
                const struct reply *reply)
{
    env_reply(env, operation->request, reply);
    env_cancel(env, operation->timer);
    struct operation **link = &node->operations;
    while (*link != operation)
        link = &(*link)->next;
    *link = operation->next;
    free_operation(operation);
}

static void fail(struct node *node, struct env *env,
                 struct operation *operation, int code)
{
    struct reply reply = {.code = code};
    end(node, env, operation, &reply);
}

/* Asks `count` replicas; when again, everybody, also those who have answered:
 * they may know more by now. */
static void ask(const struct node *node, struct env *env,
                const struct operation *operation, size_t count)
{
    size_t n = node->config.n;
    struct message question = operation->question;
    if (question.kind != MESSAGE_STORE)
        question.value = (struct slice){NULL, 0};
    for (size_t i = 0; i < count; i++)
        env_send(env, operation->replicas[(operation->request + i) % n],
                 &question);
}

/* Until they are asked again, or until there is no time left. */
static void wait(const struct node *node, struct env *env,
                 struct operation *operation)
{
    uint32_t ms = node->config.retry_ms;
    if (ms > operation->left_ms)
        ms = operation->left_ms;
    operation->left_ms -= ms;
    operation->timer = env_timer(env, ms, 0, operation->request);
}

static void poll(struct node *node, struct operation *operation,
                 enum message_kind question, enum message_kind expected,
                 uint32_t needed, enough_fn enough)
{
    forget_replies(operation);
    operation->question.kind = question;
    operation->question.operation = ++node->polls;
    operation->expected = expected;
    operation->needed = needed;
    operation->enough = enough;
}

static void put_done(struct node *node, struct env *env,
                     struct operation *operation)
{
    struct reply reply = {.code = DYN_OK};
    end(node, env, operation, &reply);
}

static void put_chooses(struct node *node, struct env *env,
                        struct operation *operation)
{
    struct self self;
    uint64_t counter;
    int code = masking_counter(operation->replies, operation->count,
                               node->config.f, &counter);
    if (code == DYN_OK)
        code = read_self(env, &self);
    if (code != DYN_OK) {
        fail(node, env, operation, code);
        return;
    }
    if (self.counter < counter)
        self.counter = counter;
    if (self.counter == UINT64_MAX) {
        fail(node, env, operation, DYN_EUNAVAILABLE);
        return;
    }
    self.counter++;
    write_self(env, &self);
    operation->question.version =
        (struct version){self.counter, node->config.self};
    poll(node, operation, MESSAGE_STORE, MESSAGE_STORED, node->config.w,
         put_done);
    ask(node, env, operation, node->config.n);
}

static void get_chooses(struct node *node, struct env *env,
                        struct operation *operation)
{
    size_t chosen;
    int code = masking_choose(operation->replies, operation->count,
                              node->config.f, &chosen);
    if (code == DYN_EUNAVAILABLE)
        return; /* it goes on with the next answer */
    if (code != DYN_OK) {
        fail(node, env, operation, code);
        return;
    }
    struct reply reply = {.code = DYN_OK};
    if (operation->replies[chosen].version.counter > 0) {
        reply.values = &operation->replies[chosen].value;
        reply.count = 1;
    }
    end(node, env, operation, &reply);
}

static bool is_replica(const struct node *node,
                       const struct operation *operation, node_id from)
{
    for (size_t i = 0; i < node->config.n; i++)
        if (operation->replicas[i] == from)
            return true;
    return false;
}

static void on_answer(struct node *node, struct env *env, node_id from,
                      const struct message *answer)
{
    struct operation *o = node->operations;
    while (o && o->question.operation != answer->operation)
        o = o->next;
    if (!o || answer->kind != o->expected || !is_replica(node, o, from) ||
        answer->key.size != o->question.key.size ||
        memcmp(answer->key.data, o->question.key.data, answer->key.size) != 0)
        return;
    struct slice value;
    if (copy(&value, answer->value) != DYN_OK) {
        fail(node, env, o, DYN_ENOMEM);
        return;
    }
    size_t at = 0;
    while (at < o->count && o->replies[at].from != from)
        at++;
    if (at < o->count)
        free((void *)o->replies[at].value.data);
    else
        o->count++;
    o->replies[at] = (struct register_reply){from, answer->version, value};
    if (o->count >= o->needed)
        o->enough(node, env, o);
}

/* ---- The functions of a program ---- */

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

static bool in_range(const struct config *config)
{
    struct quorum_sizes sizes = {config->n, config->r, config->w, config->f};
    struct quorum_facts facts;
    size_t selves = 0;
    for (size_t i = 0; i < config->member_count; i++) {
        selves += config->members[i] == config->self;
        if (i > 0 && config->members[i - 1] >= config->members[i])
            return false;
    }
    return selves == 1 && config->retry_ms > 0 && config->give_up_ms > 0 &&
           config->n <= config->member_count &&
           quorum_facts(&sizes, &facts) == DYN_OK && facts.masking_safe &&
           facts.masking_live;
}

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    struct self self;
    if (!in_range(config))
        return DYN_EINVAL;
    struct node *made = calloc(1, sizeof *made);
    if (!made)
        return DYN_ENOMEM;
    made->config = *config;
    made->config.members = NULL;
    int code = ring_open(&made->ring, &config->ring);
    for (size_t i = 0; i < config->member_count && code == DYN_OK; i++)
        code = ring_join(made->ring, config->members[i], 1);
    if (code != DYN_OK && code != DYN_ENOMEM)
        code = DYN_EINVAL;
    if (code == DYN_OK)
        code = read_self(env, &self);
    if (code == DYN_OK) {
        self.life++;
        write_self(env, &self);
        made->polls = self.life << 32;
        *node = made;
    } else {
        node_close(made);
    }
    return code;
}

static void on_request(struct node *node, struct env *env, request_id request,
                       const struct request *asked)
{
    size_t n = node->config.n;
    bool put = asked->kind == REQUEST_PUT;
    struct reply refusal = {.code = DYN_EINVAL};
    struct operation *o = NULL;
    if ((!put && asked->kind != REQUEST_GET) || asked->key.size < 1 ||
        asked->key.size > KEY_SIZE_MAX || asked->value.size > VALUE_SIZE_MAX)
        goto refuse;
    refusal.code = DYN_ENOMEM;
    o = calloc(1, sizeof *o + n * sizeof o->replicas[0]);
    if (!o)
        goto refuse;
    o->request = request;
    o->left_ms = node->config.give_up_ms;
    o->replies = calloc(n, sizeof *o->replies);
    if (!o->replies || copy(&o->question.key, asked->key) != DYN_OK ||
        (put && copy(&o->question.value, asked->value) != DYN_OK))
        goto refuse;
    refusal.code = ring_preference_list(node->ring, ring_position(asked->key),
                                        n, o->replicas);
    if (refusal.code != DYN_OK)
        goto refuse;
    o->next = node->operations;
    node->operations = o;
    if (put)
        poll(node, o, MESSAGE_ASK_VERSION, MESSAGE_VERSION, node->config.r,
             put_chooses);
    else
        poll(node, o, MESSAGE_READ, MESSAGE_VALUE, node->config.r, get_chooses);
    ask(node, env, o, node->config.r);
    wait(node, env, o);
    return;
refuse:
    if (o)
        free_operation(o);
    env_reply(env, request, &refusal);
}

static void on_message(struct node *node, struct env *env, node_id from,
                       const struct message *message)
{
    if (message->key.size < 1 || message->key.size > KEY_SIZE_MAX ||
        message->value.size > VALUE_SIZE_MAX)
        return;
    if (message->kind == MESSAGE_ASK_VERSION || message->kind == MESSAGE_READ ||
        message->kind == MESSAGE_STORE)
        on_question(env, from, message);
    else
        on_answer(node, env, from, message);
}

static void on_timer(struct node *node, struct env *env, timer_id timer,
                     int kind, uint64_t arg)
{
    (void)kind;
    (void)timer;
    struct operation *o = node->operations;
    while (o && o->request != arg)
        o = o->next;
    if (!o)
        return;
    if (o->left_ms == 0) {
        fail(node, env, o, DYN_EUNAVAILABLE);
        return;
    }
    ask(node, env, o, node->config.n);
    wait(node, env, o);
}

const struct program masking_program = {
    .name = "masking",
    .open = node_open,
    .on_request = on_request,
    .on_message = on_message,
    .on_timer = on_timer,
    .close = node_close,
};
