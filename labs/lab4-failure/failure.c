/* failure.c: the node of lab 4: a coordinator, and around it what keeps the store
 * writable while nodes fail, and mends it afterwards: detector, sloppy quorums, hints,
 * anti-entropy, gossip. Given: it hands events to those parts, and does nothing of their
 * work. When the view of membership has changed it makes the ring anew, and sees to it
 * that what it holds goes to the new owners, as hints do. */
#include "dynamo/antientropy.h"
#include "dynamo/coordinator.h"
#include "dynamo/detector.h"
#include "dynamo/err.h"
#include "dynamo/gossip.h"
#include "dynamo/handoff.h"
#include "dynamo/program.h"
#include "dynamo/sloppy.h"
#include "dynamo/surroundings.h"

#include <stdlib.h>
#include <string.h>

/* In multiples of retry_ms. */
enum { PATIENCE = 2, PROBE = 1, PROBE_MOST = 20 };

/* Beyond those of any coordinator. */
enum {
    TIMER_PROBE = 1000,
    TIMER_HANDOFF,
    TIMER_SYNC,
    TIMER_GOSSIP,
    TIMER_MOVE
};

/* Looked at in one go, and the pause after it. */
enum { MOVE_MOST = 256, MOVE_MS = 1 };
enum { HINT_HEAD = 1 + 4, PLACE_MAX = HINT_HEAD + KEY_SIZE_MAX };

/* What is gone through when owners may be others than before: first what is held in
 * the node's own name, then the hints. */
enum move { MOVE_NOTHING, MOVE_KEYS, MOVE_HINTS };

struct node {
    node_id self;
    uint32_t n, sloppy, handoff_ms, sync_ms, gossip_ms;
    struct ring_config places;
    node_id *members; /* all nodes that there can be */
    size_t member_count, first;
    struct ring *ring;
    struct detector *detector;
    struct handoff *handoff;
    struct antientropy *antientropy; /* NULL: none is wanted */
    struct gossip *gossip;           /* NULL: membership never changes */
    struct node *store; /* the coordinator's node, which is another struct */
    node_id *list;   /* room for all nodes of the ring, and all that can be */
    bool *suspected; /* likewise */
    node_id *owners; /* room for n */
    bool stale;      /* the view has changed, and the ring could not be made */
    enum move move;
    bool strays;              /* something came that is not its own */
    uint8_t moved[PLACE_MAX]; /* how far that is done */
    size_t moved_size;
    timer_id probe, look, sync, ask, step;
};

/* ---- What the coordinator asks ---- */

static int list_owners(struct node *node, struct slice key)
{
    return ring_preference_list(node->ring, ring_position(key), node->n,
                                node->list);
}

/* Whether a node is an owner of a key; if so they are in node->list. */
static bool owns(struct node *node, node_id who, struct slice key)
{
    if (list_owners(node, key) == DYN_OK)
        for (uint32_t i = 0; i < node->n; i++)
            if (node->list[i] == who)
                return true;
    return false;
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
        count = ring_members(node->ring, NULL, 0);
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
    int rv;

    /* Where owners change, any node may have been one: what this node has counted in
     * a hint is never overlooked. */
    if (node->gossip != NULL)
        return handoff_held(node->handoff, env, key, node->members,
                            node->member_count, set);
    rv = list_owners(node, key);
    return rv != DYN_OK ? rv
                        : handoff_held(node->handoff, env, key, node->list,
                                       node->n, set);
}

/* Keeps a set for all owners of its key, which may be this node. */
static int keep_for_owners(struct node *node, struct env *env, struct slice key,
                           struct slice set)
{
    int rv = list_owners(node, key);

    if (rv == DYN_OK)
        memcpy(node->owners, node->list, node->n * sizeof *node->owners);
    for (uint32_t i = 0; i < node->n && rv == DYN_OK; i++) {
        struct slice now;

        rv = node->owners[i] == node->self
                 ? coordinator_merge(node->store, env, key, set, &now)
                 : handoff_keep(node->handoff, env, node->owners[i], key, set);
    }
    return rv;
}

static int hold(void *of, struct env *env, node_id owner, struct slice key,
                struct slice set)
{
    struct node *const node = of;
    struct slice now;

    /* It has become an owner since it began to coordinate. */
    if (owner == node->self)
        return coordinator_merge(node->store, env, key, set, &now);
    /* Who asked for it may not know yet who the owners are now. */
    if (node->gossip != NULL && !owns(node, owner, key))
        return keep_for_owners(node, env, key, set);
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
    if (node->gossip != NULL && !owns(node, node->self, key))
        node->strays = true;
    return node->antientropy == NULL
               ? DYN_OK
               : antientropy_storing(node->antientropy, key, set);
}

/* ---- When owners have changed ---- */

/* A key and a set that outlive what happens to the store. */
struct copied {
    uint8_t *bytes;
    struct slice key, set;
};

static bool copy(struct copied *copied, struct slice key, struct slice set)
{
    copied->bytes = malloc(key.size + set.size + 1);
    if (copied->bytes == NULL)
        return false;
    memcpy(copied->bytes, key.data, key.size);
    memcpy(copied->bytes + key.size, set.data, set.size);
    copied->key = (struct slice){copied->bytes, key.size};
    copied->set = (struct slice){copied->bytes + key.size, set.size};
    return true;
}

static void begin_move(struct node *node)
{
    node->move = MOVE_KEYS;
    node->moved_size = 0;
    node->strays = false;
}

static void come_to(struct node *node, struct slice place)
{
    memcpy(node->moved, place.data, place.size);
    node->moved_size = place.size;
}

/* What it holds in its own name of the next key goes to the owners if it is none. Its
 * own copy is removed when all hints are in the store, and they are dropped as any hint
 * is: when their owners have said that they have them. False: there is no other key. */
static bool move_key(struct node *node, struct env *env)
{
    const struct slice after = {node->moved, node->moved_size};
    struct slice key, set;
    struct copied copied;

    if (coordinator_next(node->store, env, after, &key, &set) != DYN_OK)
        return false;
    come_to(node, key);
    /* What cannot be moved now, for want of memory, stays where it was. */
    if (owns(node, node->self, key) || !copy(&copied, key, set))
        return true;
    if (keep_for_owners(node, env, copied.key, copied.set) == DYN_OK)
        (void)coordinator_drop(node->store, env, copied.key);
    free(copied.bytes);
    return true;
}

/* The next hint is kept for those who are the owners now. What is in it stays here,
 * under other owners, so no name is forgotten by that (handoff.h). */
static bool move_hint(struct node *node, struct env *env)
{
    struct slice place, set, key;
    struct copied copied;
    node_id owner = 0;

    if (node->moved_size == 0) {
        node->moved[0] = HINT_PREFIX;
        node->moved_size = 1;
    }
    if (env_next(env, (struct slice){node->moved, node->moved_size}, &place,
                 &set) != DYN_OK ||
        place.data[0] != HINT_PREFIX || place.size <= HINT_HEAD)
        return false;
    come_to(node, place);
    for (size_t i = 1; i < HINT_HEAD; i++)
        owner = owner << 8 | place.data[i];
    key = (struct slice){place.data + HINT_HEAD, place.size - HINT_HEAD};
    if (owns(node, owner, key) || !copy(&copied, key, set))
        return true;
    if (keep_for_owners(node, env, copied.key, copied.set) == DYN_OK)
        (void)env_delete(env, (struct slice){node->moved, node->moved_size});
    free(copied.bytes);
    return true;
}

static void move_some(struct node *node, struct env *env)
{
    bool more = true;

    for (int i = 0; i < MOVE_MOST && more; i++)
        more = node->move == MOVE_KEYS ? move_key(node, env)
                                       : move_hint(node, env);
    if (more)
        return;
    node->move = node->move == MOVE_KEYS ? MOVE_HINTS : MOVE_NOTHING;
    node->moved_size = 0;
}

/* ---- Placement ---- */

/* The ring of the store's first members. */
static int make_first_ring(const struct node *node, struct ring **ring)
{
    struct ring *made = NULL;
    int rv = ring_open(&made, &node->places);

    for (size_t i = 0; rv == DYN_OK && i < node->first; i++)
        rv = ring_join(made, node->members[i], 1);
    if (rv == DYN_OK)
        *ring = made;
    else
        ring_close(made);
    return rv;
}

/* Room for all nodes of a ring. */
static int make_room(struct node *node, const struct ring *ring)
{
    const size_t there = ring_members(ring, NULL, 0),
                 count =
                     there > node->member_count ? there : node->member_count;
    node_id *const list = calloc(count + 1, sizeof *list);
    bool *const suspected = calloc(count + 1, sizeof *suspected);

    if (list == NULL || suspected == NULL) {
        free(list);
        free(suspected);
        return DYN_ENOMEM;
    }
    free(node->list);
    free(node->suspected);
    node->list = list;
    node->suspected = suspected;
    return DYN_OK;
}

/* Of an open that fails no more than a code is known outside: this says whose it is. */
static int told(struct env *env, const char *function, int rv)
{
    if (rv != DYN_OK)
        env_note(env, "%s fails", function);
    return rv;
}

static int open_antientropy(struct node *node, struct env *env)
{
    const struct antientropy_config config = {.self = node->self,
                                              .n = node->n,
                                              .ring = node->ring,
                                              .store = node->store,
                                              .detector = node->detector};

    if (node->sync_ms == 0)
        return DYN_OK;
    return told(env, "antientropy_open",
                antientropy_open(&node->antientropy, &config, env));
}

/* Places keys by the view as it is now. If fewer than n nodes are left, nothing can be
 * placed by it: the ring stays as it was. */
static int place(struct node *node, struct env *env)
{
    struct ring *made = NULL;
    int rv;

    if (node->gossip != NULL)
        rv = told(env, "view_ring",
                  view_ring(gossip_view(node->gossip), &node->places, &made));
    else
        rv = make_first_ring(node, &made);
    if (rv == DYN_OK && ring_members(made, NULL, 0) < node->n) {
        ring_close(made);
        if (node->ring != NULL)
            return DYN_OK;
        rv = make_first_ring(node, &made);
    }
    if (rv != DYN_OK)
        return rv;
    rv = make_room(node, made);
    if (rv != DYN_OK) {
        ring_close(made);
        return rv;
    }
    antientropy_close(node->antientropy);
    node->antientropy = NULL;
    ring_close(node->ring);
    node->ring = made;
    begin_move(node);
    return open_antientropy(node, env);
}

/* Tries again at the next timer if there is no memory for it. */
static void place_anew(struct node *node, struct env *env)
{
    node->stale = place(node, env) != DYN_OK;
}

/* What an administrator says. */
static int take_word(struct node *node, struct env *env,
                     const struct request *said)
{
    const struct view *const view = gossip_view(node->gossip);
    bool known = false;
    int rv;

    for (size_t i = 0; i < node->member_count; i++)
        known = known || node->members[i] == said->node;
    if (!known)
        return DYN_EINVAL;
    if (said->kind == REQUEST_JOIN)
        rv = gossip_join(node->gossip, env, said->node, said->weight);
    else if (view_members(view, NULL, 0) <= node->n)
        rv = DYN_ERANGE;
    else
        rv = gossip_leave(node->gossip, env, said->node);
    if (rv == DYN_OK)
        place_anew(node, env);
    return rv;
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
    if (node->ask == 0 && node->gossip != NULL)
        node->ask = env_timer(env, node->gossip_ms, TIMER_GOSSIP, 0);
    if (node->move == MOVE_NOTHING && node->strays)
        begin_move(node);
    if (node->step == 0 && node->gossip != NULL && node->move != MOVE_NOTHING)
        node->step = env_timer(env, MOVE_MS, TIMER_MOVE, 0);
}

static void probe(struct node *node, struct env *env)
{
    size_t count = 0;

    if (detector_due(node->detector, env_now_ms(env), node->list,
                     node->member_count, &count) != DYN_OK)
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
    gossip_close(node->gossip);
    if (node->store != NULL)
        dvv_program.close(node->store);
    handoff_close(node->handoff);
    detector_close(node->detector);
    ring_close(node->ring);
    free(node->list);
    free(node->suspected);
    free(node->owners);
    free(node->members);
    free(node);
}

static int open_parts(struct node *node, const struct config *config,
                      struct env *env)
{
    const struct detector_config patience = {PATIENCE * config->retry_ms,
                                             PROBE * config->retry_ms,
                                             PROBE_MOST * config->retry_ms};
    const struct gossip_config first = {.self = config->self,
                                        .seeds = node->members,
                                        .seed_count = node->first};
    int rv = DYN_OK;

    if (config->gossip_ms > 0)
        rv = told(env, "gossip_open", gossip_open(&node->gossip, &first, env));
    if (rv == DYN_OK)
        rv = told(env, "detector_open",
                  detector_open(&node->detector, &patience));
    if (rv == DYN_OK) {
        const struct handoff_config hints = {.self = config->self,
                                             .disk = config->disk,
                                             .rules =
                                                 coordinator_rules(node->store),
                                             .detector = node->detector};

        rv = told(env, "handoff_open",
                  handoff_open(&node->handoff, &hints, env));
    }
    return rv == DYN_OK ? place(node, env) : rv;
}

/* What is copied of the configuration. */
static int copy_config(struct node *node, const struct config *config)
{
    const size_t count = config->member_count;

    node->self = config->self;
    node->n = config->n;
    node->sloppy = config->sloppy;
    node->handoff_ms = config->handoff_ms;
    node->sync_ms = config->sync_ms;
    node->gossip_ms = config->gossip_ms;
    node->places = config->ring;
    node->first =
        config->gossip_ms > 0 && config->first > 0 ? config->first : count;
    if (config->sloppy > 1 || config->handoff_ms == 0 ||
        config->retry_ms > DETECTOR_MS_MAX / PROBE_MOST ||
        node->first > count || node->first < config->n)
        return DYN_EINVAL;
    node->members = calloc(count, sizeof *node->members);
    node->owners = calloc(config->n, sizeof *node->owners);
    if (node->members == NULL || node->owners == NULL)
        return DYN_ENOMEM;
    memcpy(node->members, config->members, count * sizeof *node->members);
    node->member_count = count;
    return DYN_OK;
}

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    struct node *made = calloc(1, sizeof *made);
    int rv;

    if (made == NULL)
        return DYN_ENOMEM;
    rv = copy_config(made, config);
    if (rv == DYN_OK)
        rv = told(env, "coordinator_open",
                  dvv_program.open(&made->store, config, env));
    if (rv == DYN_OK)
        rv = open_parts(made, config, env);
    if (rv != DYN_OK) {
        node_close(made);
        return rv;
    }
    coordinator_surround(
        made->store,
        &(struct surroundings){.of = made,
                               .targets = find_targets,
                               .asked = note_asked,
                               .name = name,
                               .held = held,
                               .hold = hold,
                               .storing = made->antientropy == NULL &&
                                                  made->gossip == NULL
                                              ? NULL
                                              : storing,
                               .missed = missed});
    arm(made, env);
    *node = made;
    return DYN_OK;
}

static void on_request(struct node *node, struct env *env, request_id request,
                       const struct request *asked)
{
    const bool word =
        asked->kind == REQUEST_JOIN || asked->kind == REQUEST_LEAVE;

    if (word)
        env_reply(env, request,
                  &(struct reply){.code = node->gossip == NULL
                                              ? DYN_EUNKNOWN
                                              : take_word(node, env, asked)});
    else
        dvv_program.on_request(node->store, env, request, asked);
    arm(node, env);
}

/* Hands a message to the coordinator. Who forwards a put to a node that is no owner
 * any more has not heard of that yet: it is coordinated here all the same, in the
 * place of an owner. */
static void give_to_store(struct node *node, struct env *env, node_id from,
                          const struct message *message)
{
    struct message stand_in;

    if (node->gossip != NULL && message->kind == MESSAGE_FORWARD &&
        !owns(node, node->self, message->key)) {
        stand_in = *message;
        stand_in.kind = MESSAGE_STAND_IN;
        stand_in.owner = node->list[0];
        message = &stand_in;
    }
    dvv_program.on_message(node->store, env, from, message);
}

static void on_message(struct node *node, struct env *env, node_id from,
                       const struct message *message)
{
    bool changed = false;

    if (from != node->self)
        (void)detector_heard(node->detector, from, env_now_ms(env));
    if (message->kind == MESSAGE_PING)
        env_send(env, from, &(struct message){.kind = MESSAGE_PONG});
    else if (message->kind != MESSAGE_PONG &&
             (node->gossip == NULL ||
              !gossip_take(node->gossip, env, from, message, &changed)) &&
             (node->antientropy == NULL ||
              !antientropy_take(node->antientropy, env, from, message)) &&
             !handoff_take(node->handoff, env, from, message))
        give_to_store(node, env, from, message);
    if (changed)
        place_anew(node, env);
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
        if (node->antientropy != NULL) /* there was no memory for it */
            antientropy_look(node->antientropy, env);
    } else if (kind == TIMER_GOSSIP) {
        node->ask = 0;
        if (node->stale)
            place_anew(node, env);
        gossip_look(node->gossip, env);
    } else if (kind == TIMER_MOVE) {
        node->step = 0;
        move_some(node, env);
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
