/* toy_faulty.c: see toy_faulty.h. They share a state, of which each uses a
 * part, and most of their functions. */
#include "toy_faulty.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PING_MS = 10, RETIRE_MS = 30, TAKE_OVER_MS = 60, GIVE_UP_MS = 100 };

struct node {
    node_id self;
    uint64_t heard_ms; /* pair: when the other one last spoke */
    bool silent;       /* pair: it was silent for too long */
};

static struct slice text(const char *string)
{
    return (struct slice){(const uint8_t *)string, strlen(string)};
}

static void answer(struct env *env, request_id request, int code)
{
    struct reply reply = {.code = code};

    env_reply(env, request, &reply);
}

static void send(struct env *env, node_id to, enum message_kind kind,
                 uint64_t operation)
{
    struct message message = {
        .kind = kind, .operation = operation, .key = text("k")};

    env_send(env, to, &message);
}

/* Answers with what is stored under `key`. */
static void find(struct env *env, request_id request, struct slice key)
{
    struct slice value;
    struct reply reply = {.code = DYN_OK, .values = &value};

    if (env_get(env, key, &value) == DYN_OK)
        reply.count = 1;
    env_reply(env, request, &reply);
}

static int open_node(struct node **node, const struct config *config,
                     struct env *env)
{
    struct node *it = calloc(1, sizeof *it);

    if (it == NULL)
        return DYN_ENOMEM;
    it->self = config->self;
    it->heard_ms = env_now_ms(env);
    *node = it;
    return DYN_OK;
}

static void close_node(struct node *node)
{
    free(node);
}

static void no_message(struct node *node, struct env *env, node_id from,
                       const struct message *message)
{
    (void)node;
    (void)env;
    (void)from;
    (void)message;
}

/* Too late for an answer. The timer's arg is the request. */
static void give_up(struct node *node, struct env *env, timer_id timer,
                    int kind, uint64_t arg)
{
    (void)node;
    (void)timer;
    (void)kind;
    answer(env, arg, DYN_EUNAVAILABLE);
}

/* ---- hasty ---- */

static void hasty_request(struct node *node, struct env *env,
                          request_id request, const struct request *asked)
{
    (void)node;
    if (asked->kind == REQUEST_GET) {
        find(env, request, asked->key);
        return;
    }
    answer(env, request, DYN_OK); /* the mistake */
    env_put(env, asked->key, asked->value);
}

const struct program hasty_program = {"hasty",    open_node, hasty_request,
                                      no_message, give_up,   close_node};

/* ---- adder ---- */

static void adder_request(struct node *node, struct env *env,
                          request_id request, const struct request *asked)
{
    (void)node;
    if (asked->kind == REQUEST_GET) {
        find(env, request, text("sum"));
        return;
    }
    send(env, 1, MESSAGE_STORE, request);
    env_timer(env, GIVE_UP_MS, 1, request);
}

static void adder_message(struct node *node, struct env *env, node_id from,
                          const struct message *message)
{
    struct slice value = {NULL, 0};
    uint8_t sum = '0';

    (void)node;
    if (message->kind == MESSAGE_STORED) {
        answer(env, message->operation, DYN_OK);
    } else if (message->kind == MESSAGE_STORE) {
        if (env_get(env, text("sum"), &value) == DYN_OK && value.size == 1)
            sum = value.data[0];
        sum++; /* the mistake: perhaps it was added before */
        env_put(env, text("sum"), (struct slice){&sum, 1});
        send(env, from, MESSAGE_STORED, message->operation);
    }
}

const struct program adder_program = {"adder",       open_node, adder_request,
                                      adder_message, give_up,   close_node};

/* ---- refuser ---- */

static void refuser_request(struct node *node, struct env *env,
                            request_id request, const struct request *asked)
{
    (void)node;
    (void)asked;
    answer(env, request, DYN_EUNAVAILABLE);
}

const struct program refuser_program = {"refuser",  open_node, refuser_request,
                                        no_message, give_up,   close_node};

/* ---- pair ---- */

static int pair_open(struct node **node, const struct config *config,
                     struct env *env)
{
    int rv = open_node(node, config, env);

    if (rv == DYN_OK && config->self == 1)
        env_put(env, text("leads"), text("yes"));
    if (rv == DYN_OK)
        env_timer(env, PING_MS, 1, 0);
    return rv;
}

static void pair_request(struct node *node, struct env *env, request_id request,
                         const struct request *asked)
{
    (void)node;
    if (asked->kind == REQUEST_GET)
        find(env, request, asked->key);
    else
        answer(env, request, DYN_OK);
}

static void pair_message(struct node *node, struct env *env, node_id from,
                         const struct message *message)
{
    (void)from;
    (void)message;
    node->heard_ms = env_now_ms(env);
}

static void pair_timer(struct node *node, struct env *env, timer_id timer,
                       int kind, uint64_t arg)
{
    uint64_t silence_ms = env_now_ms(env) - node->heard_ms;

    (void)timer;
    (void)kind;
    (void)arg;
    send(env, 3 - node->self, MESSAGE_READ, 0);
    env_timer(env, PING_MS, 1, 0);
    if (node->silent)
        return;
    if (node->self == 1 && silence_ms > RETIRE_MS) {
        node->silent = true;
        env_delete(env, text("leads"));
    } else if (node->self == 2 && silence_ms > TAKE_OVER_MS) {
        node->silent = true; /* the mistake: node 1 may hear us */
        env_put(env, text("leads"), text("yes"));
    }
}

const struct program pair_program = {"pair",       pair_open,  pair_request,
                                     pair_message, pair_timer, close_node};
