/* failure.c: the node of lab 4: a coordinator, and around it what keeps the store
 * writable while nodes fail, and mends it afterwards: detector, sloppy quorums, hints,
 * anti-entropy. Given: it hands events to those parts, and does nothing of their
 * work. */
#include "dynamo/antientropy.h"
#include "dynamo/coordinator.h"
#include "dynamo/detector.h"
#include "dynamo/err.h"
#include "dynamo/handoff.h"
#include "dynamo/program.h"
#include "dynamo/sloppy.h"
#include "dynamo/surroundings.h"

#include <stdlib.h>

/* In multiples of retry_ms. */
enum { PATIENCE = 2, PROBE = 1, PROBE_MOST = 20 };

/* Beyond those of any coordinator. */
enum { TIMER_PROBE = 1000, TIMER_HANDOFF, TIMER_SYNC };

struct node {
    node_id self;
    uint32_t n, sloppy, handoff_ms, sync_ms;
    size_t members;
    struct ring *ring;
    struct detector *detector;
    struct handoff *handoff;
    struct antientropy *antientropy; /* NULL: none is wanted */
    struct node *store; /* the coordinator's node, which is another struct */
    node_id *list;      /* room for all members */
    bool *suspected;    /* likewise */
    timer_id probe, look, sync;
};

/* ---- What the coordinator asks ---- */

static int list_owners(struct node *node, struct slice key)
{
    return ring_preference_list(node->ring, ring_position(key), node->n,
                                node->list);
}

static int find_targets(void *of, struct env *env, struct slice key,
                        struct target *targets)
{
    struct node *const node = of;
    const uint64_t now_ms = env_now_ms(env);
    size_t count = node->n;
    bool all_well = true;
    int rv = list_owners(node, key);

    for (size_t i = 0; i < count && rv == DYN_OK; i++) {
        node->suspected[i] =
            node->sloppy != 0 &&
            detector_suspects(node->detector, node->list[i], now_ms);
        all_well = all_well && !node->suspected[i];
    }
    if (rv == DYN_OK && !all_well) {
        count = node->members;
        rv = ring_preference_list(node->ring, ring_position(key), count,
                                  node->list);
        for (size_t i = node->n; i < count && rv == DYN_OK; i++)
            node->suspected[i] =
                detector_suspects(node->detector, node->list[i], now_ms);
    }
    if (rv == DYN_OK)
        rv = sloppy_targets(node->list, node->suspected, count, node->n,
                            targets);
    return rv;
}

static void note_asked(void *of, struct env *env, node_id asked)
{
    struct node *const node = of;

    /* Without memory for it, that one is not suspected. */
    if (asked != node->self)
        (void)detector_asked(node->detector, asked, env_now_ms(env));
}

static node_id name(void *of)
{
    const struct node *const node = of;

    return handoff_name(node->handoff);
}

static int held(void *of, struct env *env, struct slice key, struct slice *set)
{
    struct node *const node = of;
    int rv = list_owners(node, key);

    return rv != DYN_OK ? rv
                        : handoff_held(node->handoff, env, key, node->list,
                                       node->n, set);
}

static int hold(void *of, struct env *env, node_id owner, struct slice key,
                struct slice set)
{
    struct node *const node = of;

    return handoff_keep(node->handoff, env, owner, key, set);
}

static int missed(void *of, struct env *env, node_id owner, struct slice key,
                  struct slice set)
{
    struct node *const node = of;

    return node->sloppy != 0 ? hold(node, env, owner, key, set) : DYN_OK;
}

static int storing(void *of, struct env *env, struct slice key,
                   struct slice set)
{
    struct node *const node = of;

    (void)env;
    return antientropy_storing(node->antientropy, key, set);
}

/* ---- Timers: only while there is something to do ---- */

static void arm(struct node *node, struct env *env)
{
    const uint64_t now_ms = env_now_ms(env);
    uint64_t at_ms;

    if (node->probe == 0 && detector_next(node->detector, &at_ms) == DYN_OK)
        node->probe =
            env_timer(env, at_ms > now_ms ? at_ms - now_ms : 0, TIMER_PROBE, 0);
    if (node->look == 0 && handoff_any(env))
        node->look = env_timer(env, node->handoff_ms, TIMER_HANDOFF, 0);
    if (node->sync == 0 && node->antientropy != NULL)
        node->sync = env_timer(env, node->sync_ms, TIMER_SYNC, 0);
}

static void probe(struct node *node, struct env *env)
{
    size_t count = 0;

    if (detector_due(node->detector, env_now_ms(env), node->list, node->members,
                     &count) != DYN_OK)
        return;
    for (size_t i = 0; i < count; i++)
        env_send(env, node->list[i], &(struct message){.kind = MESSAGE_PING});
}

/* ---- The program ---- */

static void node_close(struct node *node)
{
    if (node == NULL)
        return;
    antientropy_close(node->antientropy);
    if (node->store != NULL)
        dvv_program.close(node->store);
    handoff_close(node->handoff);
    detector_close(node->detector);
    ring_close(node->ring);
    free(node->list);
    free(node->suspected);
    free(node);
}

static int open_parts(struct node *node, const struct config *config,
                      struct env *env)
{
    const struct detector_config patience = {PATIENCE * config->retry_ms,
                                             PROBE * config->retry_ms,
                                             PROBE_MOST * config->retry_ms};
    int rv = ring_open(&node->ring, &config->ring);

    for (size_t i = 0; rv == DYN_OK && i < config->member_count; i++)
        rv = ring_join(node->ring, config->members[i], 1);
    if (rv == DYN_OK)
        rv = detector_open(&node->detector, &patience);
    if (rv == DYN_OK)
        rv = handoff_open(
            &node->handoff,
            &(struct handoff_config){.self = config->self,
                                     .disk = config->disk,
                                     .rules = coordinator_rules(node->store),
                                     .detector = node->detector},
            env);
    if (rv == DYN_OK && config->sync_ms > 0)
        rv = antientropy_open(
            &node->antientropy,
            &(struct antientropy_config){.self = config->self,
                                         .n = config->n,
                                         .ring = node->ring,
                                         .store = node->store,
                                         .detector = node->detector},
            env);
    return rv;
}

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    struct node *made = calloc(1, sizeof *made);
    int rv;

    if (made == NULL)
        return DYN_ENOMEM;
    made->self = config->self;
    made->n = config->n;
    made->sloppy = config->sloppy;
    made->handoff_ms = config->handoff_ms;
    made->sync_ms = config->sync_ms;
    made->members = config->member_count;
    made->list = calloc(config->member_count + 1, sizeof *made->list);
    made->suspected = calloc(config->member_count + 1, sizeof *made->suspected);
    rv = made->list == NULL || made->suspected == NULL ? DYN_ENOMEM : DYN_OK;
    if (rv == DYN_OK && (config->sloppy > 1 || config->handoff_ms == 0 ||
                         config->retry_ms > DETECTOR_MS_MAX / PROBE_MOST))
        rv = DYN_EINVAL;
    if (rv == DYN_OK)
        rv = dvv_program.open(&made->store, config, env);
    if (rv == DYN_OK)
        rv = open_parts(made, config, env);
    if (rv != DYN_OK) {
        node_close(made);
        return rv;
    }
    coordinator_surround(
        made->store, &(struct surroundings){
                         .of = made,
                         .targets = find_targets,
                         .asked = note_asked,
                         .name = name,
                         .held = held,
                         .hold = hold,
                         .storing = made->antientropy == NULL ? NULL : storing,
                         .missed = missed});
    arm(made, env);
    *node = made;
    return DYN_OK;
}

static void on_request(struct node *node, struct env *env, request_id request,
                       const struct request *asked)
{
    dvv_program.on_request(node->store, env, request, asked);
    arm(node, env);
}

static void on_message(struct node *node, struct env *env, node_id from,
                       const struct message *message)
{
    if (from != node->self)
        (void)detector_heard(node->detector, from, env_now_ms(env));
    if (message->kind == MESSAGE_PING)
        env_send(env, from, &(struct message){.kind = MESSAGE_PONG});
    else if (message->kind != MESSAGE_PONG &&
             (node->antientropy == NULL ||
              !antientropy_take(node->antientropy, env, from, message)) &&
             !handoff_take(node->handoff, env, from, message))
        dvv_program.on_message(node->store, env, from, message);
    arm(node, env);
}

static void on_timer(struct node *node, struct env *env, timer_id timer,
                     int kind, uint64_t arg)
{
    if (kind == TIMER_PROBE) {
        node->probe = 0;
        probe(node, env);
    } else if (kind == TIMER_HANDOFF) {
        node->look = 0;
        handoff_look(node->handoff, env);
    } else if (kind == TIMER_SYNC) {
        node->sync = 0;
        antientropy_look(node->antientropy, env);
    } else {
        dvv_program.on_timer(node->store, env, timer, kind, arg);
    }
    arm(node, env);
}

const struct program failure_program = {
    .name = "failure",
    .open = node_open,
    .on_request = on_request,
    .on_message = on_message,
    .on_timer = on_timer,
    .close = node_close,
};
