/* toy_told.c: see toy_told.h. */
#include "toy_told.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct later { /* a script that waits for a timer */
    struct later *next;
    timer_id timer;
    node_id from;
    request_id request;
    uint64_t ms;
    bool again;
    size_t size;
    uint8_t script[];
};

struct node {
    node_id self;
    uint64_t count;
    struct later *waiting; /* owned, as are those behind it */
    void *forgotten;
};

/* Where a script runs. */
struct run {
    struct node *node;
    struct env *env;
    node_id from;
    request_id request;
};

static void run_script(const struct run *run, struct slice script);

/* ---- Reading scripts ---- */

static struct slice text(const char *string)
{
    return (struct slice){(const uint8_t *)string, strlen(string)};
}

static void skip(struct slice *in, size_t size)
{
    in->data += size;
    in->size -= size;
}

static struct slice word(struct slice *in)
{
    struct slice found = {NULL, 0};

    while (in->size > 0 && in->data[0] == ' ')
        skip(in, 1);
    found.data = in->data;
    while (in->size > 0 && in->data[0] != ' ') {
        skip(in, 1);
        found.size++;
    }
    return found;
}

static uint64_t number(struct slice *in)
{
    struct slice digits = word(in);
    uint64_t value = 0;

    for (size_t i = 0; i < digits.size; i++)
        value = value * 10 + (uint64_t)(digits.data[i] - '0');
    return value;
}

static struct slice rest(struct slice *in)
{
    while (in->size > 0 && in->data[0] == ' ')
        skip(in, 1);
    return *in;
}

/* What is between the braces that the rest of a step is. */
static struct slice block(struct slice *in)
{
    struct slice found = rest(in);

    if (found.size < 2)
        return (struct slice){NULL, 0};
    return (struct slice){found.data + 1, found.size - 2};
}

/* Takes the first step off a script: up to a ';' outside of all braces. */
static struct slice step(struct slice *script)
{
    struct slice found = {script->data, 0};
    int depth = 0;

    while (found.size < script->size) {
        uint8_t byte = script->data[found.size];

        if (byte == ';' && depth == 0)
            break;
        depth += (byte == '{') - (byte == '}');
        found.size++;
    }
    skip(script, found.size < script->size ? found.size + 1 : found.size);
    while (found.size > 0 && found.data[0] == ' ')
        skip(&found, 1);
    return found;
}

static bool is(struct slice a, const char *name)
{
    return a.size == strlen(name) && memcmp(a.data, name, a.size) == 0;
}

/* ---- Steps ---- */

static void say(const struct run *run, node_id to, int kind, uint64_t counter,
                struct slice value)
{
    struct message message = {.kind = (enum message_kind)kind,
                              .operation = run->request,
                              .key = text("k"),
                              .version = {counter, run->node->self},
                              .value = value};

    env_send(run->env, to, &message);
}

static void reply(const struct run *run, struct slice value, size_t count)
{
    static const struct slice nothing[REPLY_VALUES_MAX + 1];
    struct reply answer = {.code = DYN_OK, .values = &value, .count = count};

    if (count > 1)
        answer.values = nothing;
    env_reply(run->env, run->request, &answer);
}

static void later(const struct run *run, uint64_t ms, bool again,
                  struct slice script)
{
    struct later *it = malloc(sizeof *it + script.size);

    if (it == NULL)
        return;
    it->next = run->node->waiting;
    it->from = run->from;
    it->request = run->request;
    it->ms = ms;
    it->again = again;
    it->size = script.size;
    if (script.size > 0)
        memcpy(it->script, script.data, script.size);
    it->timer = env_timer(run->env, ms, again ? 2 : 1, run->request);
    run->node->waiting = it;
}

static void dump(struct env *env)
{
    char line[400];
    size_t size = 0;
    struct slice key = {NULL, 0}, value;

    line[0] = '\0';
    while (size < sizeof line && env_next(env, key, &key, &value) == DYN_OK)
        if (!is(key, "boot"))
            size += (size_t)snprintf(line + size, sizeof line - size,
                                     "%s%.*s=%.*s", size > 0 ? " " : "",
                                     (int)key.size, (const char *)key.data,
                                     (int)value.size, (const char *)value.data);
    env_note(env, "holds %s", line);
}

static void note(struct env *env, struct slice remark)
{
    env_note(env, "%.*s", (int)remark.size, (const char *)remark.data);
}

static void note_number(struct env *env, const char *name, uint64_t value)
{
    env_note(env, "%s %llu", name, (unsigned long long)value);
}

/* Steps that look at something, or break a rule. */
static void look(const struct run *run, struct slice name)
{
    struct env *env = run->env;

    if (is(name, "count"))
        note_number(env, "count", ++run->node->count);
    else if (is(name, "now"))
        note_number(env, "now", env_now_ms(env));
    else if (is(name, "random"))
        note_number(env, "random", env_random(env, 1u << 30));
    else if (is(name, "dump"))
        dump(env);
    else if (is(name, "garble"))
        reply(run, text(""), REPLY_VALUES_MAX + 1);
    else if (is(name, "forget"))
        run->node->forgotten = malloc(1);
}

static void put(struct env *env, struct slice *in)
{
    struct slice key = word(in);

    env_put(env, key, rest(in));
}

static void say_any(const struct run *run, struct slice *in)
{
    uint64_t to = number(in), kind = number(in), version = number(in);

    say(run, (node_id)to, (int)kind, version, rest(in));
}

/* Steps with a script inside. */
static bool run_inner(const struct run *run, struct slice name,
                      struct slice *in)
{
    uint64_t count;

    if (is(name, "back")) {
        say(run, run->from, MESSAGE_STORE, 0, block(in));
        return true;
    }
    if (!is(name, "send") && !is(name, "timer") && !is(name, "every") &&
        !is(name, "times"))
        return false;
    count = number(in);
    if (is(name, "send"))
        say(run, (node_id)count, MESSAGE_STORE, 0, block(in));
    else if (is(name, "times"))
        for (uint64_t i = 0; i < count; i++)
            run_script(run, block(in));
    else
        later(run, count, is(name, "every"), block(in));
    return true;
}

static void run_step(const struct run *run, struct slice in)
{
    struct slice name = word(&in);

    if (run_inner(run, name, &in))
        return;
    if (is(name, "put"))
        put(run->env, &in);
    else if (is(name, "del"))
        env_delete(run->env, word(&in));
    else if (is(name, "reply"))
        reply(run, rest(&in), rest(&in).size > 0 ? 1 : 0);
    else if (is(name, "note"))
        note(run->env, rest(&in));
    else if (is(name, "say"))
        say_any(run, &in);
    else if (is(name, "cancel"))
        env_cancel(run->env, number(&in));
    else
        look(run, name);
}

/* Scripts nest no deeper than tests write them. */
static void run_script(const struct run *run, struct slice script)
{
    while (script.size > 0)
        run_step(run, step(&script));
}

/* ---- The program ---- */

static int told_open(struct node **node, const struct config *config,
                     struct env *env)
{
    struct node *it;
    struct slice script;

    if (config->f > 0)
        return DYN_EINVAL;
    it = calloc(1, sizeof *it);
    if (it == NULL)
        return DYN_ENOMEM;
    it->self = config->self;
    *node = it;
    if (env_get(env, text("boot"), &script) == DYN_OK)
        run_script(&(struct run){it, env, it->self, 0}, script);
    return DYN_OK;
}

static void told_request(struct node *node, struct env *env, request_id request,
                         const struct request *asked)
{
    struct run run = {node, env, node->self, request};
    struct slice value = {NULL, 0};

    if (asked->kind == REQUEST_PUT)
        run_script(&run, asked->value);
    else
        reply(&run, value, env_get(env, asked->key, &value) == DYN_OK ? 1 : 0);
}

static void told_message(struct node *node, struct env *env, node_id from,
                         const struct message *message)
{
    struct run run = {node, env, from, message->operation};

    if (message->kind == MESSAGE_STORE)
        run_script(&run, message->value);
}

static void told_timer(struct node *node, struct env *env, timer_id timer,
                       int kind, uint64_t arg)
{
    struct later **at = &node->waiting, *it;

    (void)kind;
    (void)arg;
    while (*at != NULL && (*at)->timer != timer)
        at = &(*at)->next;
    it = *at;
    if (it == NULL) /* the world made it up */
        env_note(env, "a timer that nobody set");
    if (it == NULL)
        return;
    *at = it->next;
    run_script(&(struct run){node, env, it->from, it->request},
               (struct slice){it->script, it->size});
    if (it->again)
        later(&(struct run){node, env, it->from, it->request}, it->ms, true,
              (struct slice){it->script, it->size});
    free(it);
}

static void told_close(struct node *node)
{
    while (node != NULL && node->waiting != NULL) {
        struct later *it = node->waiting;

        node->waiting = it->next;
        free(it);
    }
    free(node);
}

const struct program told_program = {"told",       told_open,  told_request,
                                     told_message, told_timer, told_close};
