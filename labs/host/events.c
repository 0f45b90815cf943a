/* events.c: see events.h. */
#include "events.h"
#include "env/effects_codec.h"
#include "lend.h"
#include "store/store.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

/* The node of this process. Without a program there is none. */
static struct {
    const struct program *program;
    struct node *node; /* the program's */
    struct env *env;
    struct store *store;
} home;

/* ---- Arguments ---- */

static uint32_t read_uint32(struct reader *in)
{
    uint64_t value = read_uint(in);

    if (value > UINT32_MAX)
        host_fail("malformed call: a number exceeds 32 bits");
    return (uint32_t)value;
}

static const struct program *read_program(struct reader *in)
{
    struct slice name = read_string(in);

    for (const struct program *const *at = lab_programs; *at != NULL; at++)
        if (strlen((*at)->name) == name.size &&
            memcmp((*at)->name, name.data, name.size) == 0)
            return *at;
    host_fail("malformed call: this lab has no program of that name");
}

/* The caller frees the members. */
static node_id *read_members(struct reader *in, size_t *count)
{
    node_id *members;

    *count = read_array(in);
    members = marked_room(*count * sizeof *members);
    for (size_t i = 0; i < *count; i++)
        members[i] = read_uint32(in);
    return members;
}

/* What the store held when the node's last process ended. */
static void read_store(struct reader *in)
{
    uint32_t elements = read_array(in);

    if (elements % 2 != 0)
        host_fail("malformed call: a key in the store has no value");
    for (uint32_t i = 0; i < elements; i += 2) {
        struct slice key = read_bytes(in), value = read_bytes(in);

        if (key.size < 1 || key.size > STORE_KEY_MAX ||
            value.size > STORE_VALUE_MAX)
            host_fail("malformed call: a size in the store is out of range");
        if (home.store->engine->put(home.store, key, value) != DYN_OK)
            host_fail("no memory for the node's store");
    }
}

/* ---- Events ---- */

/* A new event at the time that comes next among the arguments. */
static void begin_event(struct reader *in)
{
    uint64_t now_ms = read_uint(in);

    if (home.program == NULL)
        host_fail("malformed call: no node is open here");
    env_begin(home.env, now_ms);
}

/* What the handler recorded: [..., error, effects, ...]. */
static void write_effects(struct writer *out)
{
    size_t count, size;
    const struct effect *effects = env_effects(home.env, &count);

    write_int(out, env_error(home.env));
    size = effects_encode(effects, count, NULL, 0);
    effects_encode(effects, count, write_bytes_room(out, size), size);
    /* What may be lost in a crash is for the world to know: the store here
     * never loses anything. */
    (void)home.store->engine->sync(home.store);
}

static void close_home(void)
{
    env_close(home.env);
    if (home.store != NULL)
        home.store->engine->close(home.store);
    memset(&home, 0, sizeof home);
}

/* Opens the program in what is home now. Its state, if it made one, is in
 * home.node; it is a node only when the result is DYN_OK as well. */
static int open_program(const struct program *program, struct config config)
{
    struct lent lent = {.count = 0};
    struct node **made = marked_room(sizeof(void *));
    int code;

    *made = NULL;
    code = program->open(made, lend_config(&lent, config), home.env);
    home.node = *made;
    if (code == DYN_OK && home.node != NULL)
        home.program = program;
    free(made);
    lent_free(&lent);
    return code;
}

/* node_open(program, self, [member, ...], strategy, tokens, partitions, seed,
 *     n, r, w, f, retry_ms, give_up_ms, sloppy, handoff_ms, sync_ms,
 *     gossip_ms, first, disk, now_ms,
 *     random_seed,
 *     [key, value, ...]) -> [code, made: 0 or 1, error, effects] */
static void call_open(struct reader *in, struct writer *out)
{
    const struct program *program = read_program(in);
    struct config config = {.self = read_uint32(in)};
    node_id *members = read_members(in, &config.member_count);
    uint64_t now_ms, random_seed;
    int code;

    if (home.program != NULL)
        host_fail("malformed call: a node is open here already");
    config.members = members;
    config.ring.strategy = (enum ring_strategy)read_uint32(in);
    config.ring.tokens = read_uint32(in);
    config.ring.partitions = read_uint32(in);
    config.ring.seed = read_uint(in);
    config.n = read_uint32(in);
    config.r = read_uint32(in);
    config.w = read_uint32(in);
    config.f = read_uint32(in);
    config.retry_ms = read_uint32(in);
    config.give_up_ms = read_uint32(in);
    config.sloppy = read_uint32(in);
    config.handoff_ms = read_uint32(in);
    config.sync_ms = read_uint32(in);
    config.gossip_ms = read_uint32(in);
    config.first = read_uint32(in);
    config.disk = read_uint32(in);
    now_ms = read_uint(in);
    random_seed = read_uint(in);
    home.store = store_memory();
    home.env = home.store != NULL ? env_open(home.store, random_seed) : NULL;
    if (home.env == NULL)
        host_fail("no memory for a node");
    read_store(in);
    env_begin(home.env, now_ms);

    code = open_program(program, config);
    write_array(out, 4);
    write_int(out, code);
    write_uint(out, home.node != NULL);
    write_effects(out);
    if (home.program == NULL)
        close_home();
    free(members);
}

/* node_request(now_ms, request, bytes) -> [error, effects] */
static void call_request(struct reader *in, struct writer *out)
{
    struct lent lent = {.count = 0};
    struct request asked;
    request_id id;

    begin_event(in);
    id = read_uint(in);
    if (request_decode(&asked, read_bytes(in)) != DYN_OK)
        host_fail("malformed call: the bytes are not a request");
    home.program->on_request(home.node, home.env, id,
                             lend_request(&lent, asked));
    lent_free(&lent);
    write_array(out, 2);
    write_effects(out);
}

/* node_message(now_ms, from, bytes) -> [error, effects, decoded]: the result of
 * message_decode; the handler is called if it is DYN_OK. */
static void call_message(struct reader *in, struct writer *out)
{
    struct lent lent = {.count = 0};
    struct message message;
    node_id from;
    int decoded;

    begin_event(in);
    from = read_uint32(in);
    decoded = message_decode(&message, read_bytes(in));
    if (decoded == DYN_OK)
        home.program->on_message(home.node, home.env, from,
                                 lend_message(&lent, message));
    lent_free(&lent);
    write_array(out, 3);
    write_effects(out);
    write_int(out, decoded);
}

/* node_timer(now_ms, timer, kind, arg) -> [error, effects] */
static void call_timer(struct reader *in, struct writer *out)
{
    timer_id timer;
    int64_t kind;

    begin_event(in);
    timer = read_uint(in);
    kind = read_int(in);
    if (kind < INT32_MIN || kind > INT32_MAX)
        host_fail("malformed call: a timer's kind exceeds 32 bits");
    home.program->on_timer(home.node, home.env, timer, (int)kind,
                           read_uint(in));
    write_array(out, 2);
    write_effects(out);
}

/* node_close() -> []; where no node is open, nothing happens. */
static void call_close(struct reader *in, struct writer *out)
{
    (void)in;
    if (home.program != NULL)
        home.program->close(home.node);
    close_home();
    write_array(out, 0);
}

const struct call event_calls[] = {
    {"node_open", 22, call_open},      {"node_request", 3, call_request},
    {"node_message", 3, call_message}, {"node_timer", 4, call_timer},
    {"node_close", 0, call_close},     {NULL, 0, NULL},
};
