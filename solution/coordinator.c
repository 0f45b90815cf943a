/* coordinator.c: Dynamo's get and put on N replicas.
 *
 * Interface: dynamo/coordinator.h, and the contract of a node, dynamo/program.h.
 */
#include "dynamo/coordinator.h"

#include "dynamo/err.h"
#include "dynamo/quorum.h"
#include "dynamo/surroundings.h"

#include <stdlib.h>

/* @solution */

#include "dynamo/bytes.h"
#include "dynamo/hash.h"
#include "dynamo/siblings.h"

#include <stdbool.h>
#include <string.h>

/* What a node keeps in its store: 'k' and a key -> the set of that key; 'o' and a
 * node (4 bytes) -> the highest operation of that node's whose put was begun here;
 * "n" -> operations from here on were never begun by this node; "f" -> whose
 * store this is. */

/* ---- Bytes ---- */

static struct slice text(const char *string)
{
    return (struct slice){(const uint8_t *)string, strlen(string)};
}

static bool equal(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
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

static void free_slice(struct slice *bytes)
{
    free((uint8_t *)(uintptr_t)bytes->data);
    *bytes = (struct slice){NULL, 0};
}

/* ---- Contexts ---- */

enum { DIGEST = sizeof(struct digest) };

/* The digest of a clock's bytes as the context of a key. */
static int seal(struct slice key, struct slice clock, struct digest *digest)
{
    uint8_t *all = malloc(4 + key.size + clock.size);

    if (all == NULL)
        return DYN_ENOMEM;
    bytes_write(all, 4, key.size);
    memcpy(all + 4, key.data, key.size);
    memcpy(all + 4 + key.size, clock.data, clock.size);
    *digest = md5((struct slice){all, 4 + key.size + clock.size});
    free(all);
    return DYN_OK;
}

/* The context of a clock, whose data the caller frees. */
static int write_context(struct slice key, const struct vclock *clock,
                         struct slice *context)
{
    struct digest digest;
    uint8_t *bytes;
    size_t size;
    int rv;

    (void)vclock_encode(clock, NULL, 0, &size);
    bytes = malloc(size + DIGEST);
    if (bytes == NULL)
        return DYN_ENOMEM;
    (void)vclock_encode(clock, bytes, size, &size);
    rv = seal(key, (struct slice){bytes, size}, &digest);
    if (rv != DYN_OK) {
        free(bytes);
        return rv;
    }
    memcpy(bytes + size, digest.byte, DIGEST);
    *context = (struct slice){bytes, size + DIGEST};
    return DYN_OK;
}

/* The clock of a context, closed by the caller. */
static int read_context(struct slice key, struct slice context,
                        struct vclock **clock)
{
    struct slice bytes = context;
    struct digest digest;
    int rv;

    if (context.size == 0)
        return vclock_open(clock);
    if (context.size < DIGEST)
        return DYN_ECORRUPT;
    bytes.size -= DIGEST;
    rv = seal(key, bytes, &digest);
    if (rv != DYN_OK)
        return rv;
    if (memcmp(digest.byte, context.data + bytes.size, DIGEST) != 0)
        return DYN_ECORRUPT;
    return vclock_decode(clock, bytes.data, bytes.size);
}

/* ---- What is stored ---- */

/* Where a key's set lies, written to room of KEY_SIZE_MAX + 1 bytes. */
static struct slice place_of(struct slice key, uint8_t *room)
{
    room[0] = 'k';
    if (key.size > 0)
        memcpy(room + 1, key.data, key.size);
    return (struct slice){room, key.size + 1};
}

/* What is stored of a key in this node's own name, borrowed as by env_get; of no
 * bytes if nothing is. */
static struct slice load_own(struct env *env, struct slice key)
{
    uint8_t room[KEY_SIZE_MAX + 1];
    struct slice set = {NULL, 0};

    (void)env_get(env, place_of(key, room), &set);
    return set;
}

static int save(struct env *env, struct slice key, struct slice set)
{
    uint8_t room[KEY_SIZE_MAX + 1];

    return env_put(env, place_of(key, room), set);
}

static int load_number(struct env *env, struct slice name, uint64_t *number)
{
    struct slice bytes;

    *number = 0;
    if (env_get(env, name, &bytes) != DYN_OK)
        return DYN_OK;
    if (bytes.size != 8)
        return DYN_ECORRUPT;
    *number = bytes_read(bytes.data, 8);
    return DYN_OK;
}

static int save_number(struct env *env, struct slice name, uint64_t number)
{
    uint8_t bytes[8];

    bytes_write(bytes, 8, number);
    return env_put(env, name, (struct slice){bytes, sizeof bytes});
}

/* ---- Operations ---- */

enum timer_kind { TIMER_RETRY = 1, TIMER_GIVE_UP, TIMER_FORGET };

enum operation_kind {
    GETTING,   /* asks the replicas what they hold */
    PUTTING,   /* has a set with a new version stored by the replicas */
    SEEKING,   /* asks the replicas which of them is up, to hand a put to it */
    FORWARDING /* has handed it over */
};

/* What is known of one that is asked: of the N, or who stands in for one of them. */
struct replica {
    struct target target;
    bool current; /* it holds the key now, as far as is known */
    bool answered;
    struct slice set; /* of a get: what it answered, or has been sent since */
};

/* A request of a client, or of a node that has forwarded its client's. */
struct operation {
    struct operation *next;
    uint64_t number; /* in every message of it and every answer */
    enum operation_kind kind;
    uint32_t needed;
    struct slice key, value, context; /* its own copies */
    bool
        forwarded; /* a put that `origin` handed to us as its `origin_number` */
    node_id origin;
    uint64_t origin_number;
    request_id request; /* else the client's */
    bool answered;
    struct quorum *quorum; /* who has answered, of all that were asked */
    struct replica *replicas;
    size_t count;     /* of replicas: N, and more where others stand in */
    size_t voters;    /* how many of them the quorum knows */
    struct slice set; /* what was answered, merged, or what is to be stored */
    struct target coordinator; /* FORWARDING */
    uint64_t disk;             /* which of its disks the coordinator told */
    timer_id retry, end;
};

/* ---- Puts that other nodes forward ---- */

struct forward {
    uint64_t number;
    bool done;
    int code;
};

/* What one node has forwarded. Of numbers up to `floor` nothing is known: they may
 * be of an earlier life of ours, or of so long ago that they are forgotten. */
struct origin {
    struct origin *next;
    node_id node;
    uint64_t floor, highest;
    struct forward kept[FORWARDS_KEPT]; /* the first `count` */
    size_t count;
};

struct node {
    struct config config; /* without its members */
    const struct version_rules *rules;
    struct ring *ring;
    struct operation *operations;
    struct origin *origins;
    node_id *nodes;         /* room for N */
    struct target *targets; /* likewise */
    struct surroundings around;
    uint64_t next;     /* operation */
    uint64_t reserved; /* operations from here on may not be begun */
};

enum {
    RESERVE = 1024, /* operations reserved by one write to the store */
    DISK_SHIFT =
        44, /* each disk has so many bits of them, and no more than 2^8 are */
};

/* What messages tell of this node's disk: nothing of the first one. */
static uint64_t told_disk(const struct node *node)
{
    return node->config.disk > 1 ? node->config.disk : 0;
}

static struct slice origin_name(node_id node, uint8_t *room)
{
    room[0] = 'o';
    bytes_write(room + 1, 4, node);
    return (struct slice){room, 5};
}

/* What the node has forwarded, as far as it is remembered. NULL: no memory. */
static struct origin *find_origin(struct node *node, struct env *env,
                                  node_id name)
{
    struct origin *origin = node->origins;
    uint8_t room[5];

    while (origin != NULL && origin->node != name)
        origin = origin->next;
    if (origin != NULL)
        return origin;
    origin = calloc(1, sizeof *origin);
    if (origin == NULL)
        return NULL;
    origin->node = name;
    if (load_number(env, origin_name(name, room), &origin->floor) != DYN_OK) {
        free(origin);
        return NULL;
    }
    origin->highest = origin->floor;
    origin->next = node->origins;
    node->origins = origin;
    return origin;
}

static struct forward *find_forward(struct origin *origin, uint64_t number)
{
    for (size_t i = 0; i < origin->count; i++)
        if (origin->kept[i].number == number)
            return &origin->kept[i];
    return NULL;
}

/* Remembers one more, in the place of the lowest if there is no room. */
static struct forward *add_forward(struct origin *origin, uint64_t number)
{
    struct forward *place = &origin->kept[0];

    if (origin->count < FORWARDS_KEPT) {
        place = &origin->kept[origin->count++];
    } else {
        for (size_t i = 1; i < origin->count; i++)
            if (origin->kept[i].number < place->number)
                place = &origin->kept[i];
        if (place->number > number)
            return NULL;
        origin->floor = place->number;
    }
    *place = (struct forward){.number = number};
    return place;
}

static void answer_forward(struct env *env, node_id origin, uint64_t number,
                           struct slice key, int code)
{
    env_send(env, origin,
             &(struct message){.kind = MESSAGE_FORWARDED,
                               .operation = number,
                               .key = key,
                               .code = code});
}

/* ---- What is held here ---- */

/* All that is held of a key, what is kept for others too. The caller frees it. */
static int load(struct node *node, struct env *env, struct slice key,
                struct slice *set)
{
    struct slice others, own = load_own(env, key);
    int rv;

    if (node->around.held == NULL)
        return copy_slice(set, own);
    rv = node->around.held(node->around.of, env, key, &others);
    if (rv != DYN_OK)
        return rv;
    rv = others.size == 0 ? copy_slice(set, own)
                          : node->rules->merge(own, others, set);
    free_slice(&others);
    return rv;
}

/* Merges a set into the one that is held in this node's own name. */
static int merge_into_store(struct node *node, struct env *env,
                            struct slice key, struct slice set)
{
    struct slice held = load_own(env, key), merged;
    int rv = node->rules->merge(held, set, &merged);

    if (rv != DYN_OK)
        return rv;
    if (!equal(held, merged)) {
        if (merged.size > STORE_VALUE_MAX)
            rv = DYN_EINVAL;
        else if (node->around.storing != NULL)
            rv = node->around.storing(node->around.of, env, key, merged);
        if (rv == DYN_OK)
            rv = save(env, key, merged);
    }
    free_slice(&merged);
    return rv;
}

/* Merges a set into what is held for the owner of a replica, which may be this
 * node itself. */
static int keep(struct node *node, struct env *env, struct slice key,
                node_id owner, struct slice set)
{
    if (owner != node->config.self && node->around.hold != NULL)
        return node->around.hold(node->around.of, env, owner, key, set);
    return merge_into_store(node, env, key, set);
}

/* This node's name in clocks. */
static node_id name_in_clocks(const struct node *node)
{
    return node->around.name == NULL ? node->config.self
                                     : node->around.name(node->around.of);
}

/* ---- Operations come and go ---- */

static void free_operation(struct operation *operation)
{
    for (size_t i = 0; i < operation->count; i++)
        free_slice(&operation->replicas[i].set);
    free(operation->replicas);
    quorum_close(operation->quorum);
    free_slice(&operation->key);
    free_slice(&operation->value);
    free_slice(&operation->context);
    free_slice(&operation->set);
    free(operation);
}

static struct operation **find_operation(struct node *node, uint64_t number)
{
    struct operation **at = &node->operations;

    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

static struct replica *find_replica(struct operation *operation, node_id name)
{
    for (size_t i = 0; i < operation->count; i++)
        if (operation->replicas[i].target.node == name)
            return &operation->replicas[i];
    return NULL;
}

/* Whom to ask for the N replicas of a key now, in node->targets. */
static int find_targets(struct node *node, struct env *env, struct slice key)
{
    int rv;

    if (node->around.targets != NULL)
        return node->around.targets(node->around.of, env, key, node->targets);
    rv = ring_preference_list(node->ring, ring_position(key), node->config.n,
                              node->nodes);
    for (size_t i = 0; rv == DYN_OK && i < node->config.n; i++)
        node->targets[i] = (struct target){node->nodes[i], node->nodes[i]};
    return rv;
}

/* One more that is asked; who did not answer may stand in for another now. */
static int add_replica(struct operation *operation, struct target target)
{
    struct replica *replica = find_replica(operation, target.node), *grown;

    if (replica != NULL) {
        if (!replica->answered)
            replica->target = target;
        replica->current = true;
        return DYN_OK;
    }
    grown =
        realloc(operation->replicas, (operation->count + 1) * sizeof *grown);
    if (grown == NULL)
        return DYN_ENOMEM;
    operation->replicas = grown;
    grown[operation->count++] =
        (struct replica){.target = target, .current = true};
    return DYN_OK;
}

/* Counts anew if there are more voters than before. */
static int open_votes(struct operation *operation)
{
    struct quorum *votes;
    node_id *voters;
    int rv;

    if (operation->voters == operation->count)
        return DYN_OK;
    voters = calloc(operation->count, sizeof *voters);
    if (voters == NULL)
        return DYN_ENOMEM;
    for (size_t i = 0; i < operation->count; i++)
        voters[i] = operation->replicas[i].target.node;
    rv = quorum_open(&votes, voters, operation->count, operation->needed);
    free(voters);
    if (rv != DYN_OK)
        return rv;
    for (size_t i = 0; i < operation->count; i++)
        if (operation->replicas[i].answered)
            (void)quorum_vote(votes, operation->replicas[i].target.node, true);
    quorum_close(operation->quorum);
    operation->quorum = votes;
    operation->voters = operation->count;
    return DYN_OK;
}

/* Asks from now on those that hold the key now. */
static int find_replicas(struct node *node, struct env *env,
                         struct operation *operation)
{
    int rv = find_targets(node, env, operation->key);

    for (size_t i = 0; i < operation->count && rv == DYN_OK; i++)
        operation->replicas[i].current = false;
    for (size_t i = 0; i < node->config.n && rv == DYN_OK; i++)
        rv = add_replica(operation, node->targets[i]);
    return rv == DYN_OK ? open_votes(operation) : rv;
}

/* One who holds what is put already, though others may be to hold it. */
static int add_voter(struct operation *operation, struct target target)
{
    int rv = add_replica(operation, target);

    return rv == DYN_OK ? open_votes(operation) : rv;
}

static void vote(struct operation *operation, struct replica *replica)
{
    replica->answered = true;
    (void)quorum_vote(operation->quorum, replica->target.node, true);
}

/* Sends what a replica is asked to one that is asked. */
static void send_to(struct node *node, struct env *env, struct target to,
                    struct message message)
{
    if (to.owner != to.node) {
        message.owner = to.owner;
        if (message.kind == MESSAGE_MERGE)
            message.kind = MESSAGE_HINT;
        else if (message.kind == MESSAGE_FORWARD)
            message.kind = MESSAGE_STAND_IN;
    }
    if (node->around.asked != NULL)
        node->around.asked(node->around.of, env, to.node);
    env_send(env, to.node, &message);
}

/* A number that no life of this node has used or will use again, and higher than
 * all before. */
static int new_number(struct node *node, struct env *env, uint64_t *number)
{
    int rv;

    if (node->next == node->reserved) {
        rv = save_number(env, text("n"), node->reserved + RESERVE);
        if (rv != DYN_OK)
            return rv;
        node->reserved += RESERVE;
    }
    *number = node->next++;
    return DYN_OK;
}

/* An operation on a key of which `needed` replicas have to answer. Not in the
 * list yet. */
static int make_operation(struct node *node, struct env *env,
                          enum operation_kind kind, struct slice key,
                          uint32_t needed, struct operation **operation)
{
    struct operation *made = calloc(1, sizeof *made);
    int rv;

    if (made == NULL)
        return DYN_ENOMEM;
    made->kind = kind;
    made->needed = needed;
    rv = copy_slice(&made->key, key);
    if (rv == DYN_OK)
        rv = find_replicas(node, env, made);
    if (rv == DYN_OK)
        rv = new_number(node, env, &made->number);
    if (rv != DYN_OK) {
        free_operation(made);
        return rv;
    }
    *operation = made;
    return DYN_OK;
}

static void forget(struct node *node, struct env *env,
                   struct operation *operation)
{
    env_cancel(env, operation->retry);
    env_cancel(env, operation->end);
    *find_operation(node, operation->number) = operation->next;
    free_operation(operation);
}

/* Tells whoever asked what became of it. */
static void answer(struct node *node, struct env *env,
                   struct operation *operation, const struct reply *reply)
{
    operation->answered = true;
    if (operation->forwarded) {
        struct origin *origin = find_origin(node, env, operation->origin);
        struct forward *forward =
            origin == NULL ? NULL
                           : find_forward(origin, operation->origin_number);

        if (forward != NULL) {
            forward->done = true;
            forward->code = reply->code;
        }
        answer_forward(env, operation->origin, operation->origin_number,
                       operation->key, reply->code);
    } else {
        env_reply(env, operation->request, reply);
    }
}

static void finish(struct node *node, struct env *env,
                   struct operation *operation, int code)
{
    answer(node, env, operation, &(struct reply){.code = code});
    forget(node, env, operation);
}

/* What is answered is not asked again, but what comes in still counts for a while. */
static void remember(struct node *node, struct env *env,
                     struct operation *operation)
{
    env_cancel(env, operation->retry);
    env_cancel(env, operation->end);
    operation->end =
        env_timer(env, node->config.retry_ms, TIMER_FORGET, operation->number);
}

/* Asks those that have not answered, as long as that matters. */
static void ask(struct node *node, struct env *env, struct operation *operation)
{
    struct message message = {.operation = operation->number,
                              .key = operation->key};

    if (operation->kind == FORWARDING) {
        message.kind = MESSAGE_FORWARD;
        message.value = operation->value;
        message.context = operation->context;
        message.disk = operation->disk;
        send_to(node, env, operation->coordinator, message);
    } else {
        message.kind =
            operation->kind == PUTTING ? MESSAGE_MERGE : MESSAGE_ASK_VERSIONS;
        message.versions = operation->set;
        if (operation->kind != PUTTING)
            message.versions = (struct slice){NULL, 0};
        for (size_t i = 0; i < operation->count; i++)
            if (!operation->replicas[i].answered &&
                operation->replicas[i].current)
                send_to(node, env, operation->replicas[i].target, message);
    }
    env_cancel(env, operation->retry);
    operation->retry =
        env_timer(env, node->config.retry_ms, TIMER_RETRY, operation->number);
}

/* The same of those who hold the key by now. */
static void ask_again(struct node *node, struct env *env,
                      struct operation *operation)
{
    /* Without memory for more, those that were found before are asked. */
    if (node->around.targets != NULL && operation->kind != FORWARDING)
        (void)find_replicas(node, env, operation);
    ask(node, env, operation);
}

/* From now on the operation is under way. */
static void begin(struct node *node, struct env *env,
                  struct operation *operation)
{
    operation->next = node->operations;
    node->operations = operation;
    operation->end = env_timer(env, node->config.give_up_ms, TIMER_GIVE_UP,
                               operation->number);
    ask(node, env, operation);
}

/* ---- Gets ---- */

/* Sends the merged set to those that are known to hold something else. */
static void repair(struct node *node, struct env *env,
                   struct operation *operation)
{
    for (size_t i = 0; i < operation->count; i++) {
        struct replica *replica = &operation->replicas[i];
        struct slice sent;

        if (!replica->answered || equal(replica->set, operation->set) ||
            copy_slice(&sent, operation->set) != DYN_OK)
            continue;
        free_slice(&replica->set);
        replica->set = sent;
        if (replica->target.node == node->config.self)
            (void)keep(node, env, operation->key, replica->target.owner, sent);
        else
            send_to(node, env, replica->target,
                    (struct message){.kind = MESSAGE_MERGE,
                                     .operation = operation->number,
                                     .key = operation->key,
                                     .versions = sent});
    }
}

/* Answers a get what R replicas hold. */
static void answer_get(struct node *node, struct env *env,
                       struct operation *operation)
{
    struct reply reply = {.code = DYN_OK};
    struct slice *values = NULL;
    struct vclock *clock = NULL;

    reply.code =
        node->rules->read(operation->set, &values, &reply.count, &clock);
    if (reply.code == DYN_OK)
        reply.code = write_context(operation->key, clock, &reply.context);
    if (reply.code != DYN_OK)
        reply.count = 0;
    reply.values = values;
    answer(node, env, operation, &reply);
    free_slice(&reply.context);
    free(values);
    vclock_close(clock);
    remember(node, env, operation);
}

/* Notes what a replica holds. What cannot be noted counts as lost. */
static void take_versions(struct node *node, struct env *env,
                          struct operation *operation, node_id from,
                          struct slice set)
{
    struct replica *replica = find_replica(operation, from);
    struct slice merged, copy;

    if (replica == NULL || replica->answered)
        return;
    if (node->rules->merge(operation->set, set, &merged) != DYN_OK)
        return;
    if (copy_slice(&copy, set) != DYN_OK) {
        free_slice(&merged);
        return;
    }
    free_slice(&operation->set);
    operation->set = merged;
    replica->set = copy;
    vote(operation, replica);
    if (quorum_decision(operation->quorum) != QUORUM_REACHED)
        return;
    if (!operation->answered)
        answer_get(node, env, operation);
    /* After the answer: the client does not wait for it (section 5). */
    repair(node, env, operation);
    if (quorum_count(operation->quorum, true) == operation->count)
        forget(node, env, operation);
}

static int begin_get(struct node *node, struct env *env, request_id request,
                     struct slice key)
{
    struct operation *operation;
    int rv =
        make_operation(node, env, GETTING, key, node->config.r, &operation);

    if (rv != DYN_OK)
        return rv;
    operation->request = request;
    begin(node, env, operation);
    return DYN_OK;
}

/* ---- Puts ---- */

/* Whether this node holds the key now, and for whom. */
static bool is_replica(struct node *node, struct env *env, struct slice key,
                       node_id *owner)
{
    if (find_targets(node, env, key) == DYN_OK)
        for (size_t i = 0; i < node->config.n; i++)
            if (node->targets[i].node == node->config.self) {
                *owner = node->targets[i].owner;
                return true;
            }
    return false;
}

/* Makes the version of a put, and stores it here. */
static int make_version(struct node *node, struct env *env, struct slice key,
                        node_id owner, struct slice context, struct slice value,
                        struct slice *made)
{
    struct slice held = {NULL, 0};
    struct vclock *clock;
    int rv = read_context(key, context, &clock);

    if (rv != DYN_OK)
        return rv;
    rv = load(node, env, key, &held);
    if (rv == DYN_OK)
        rv = node->rules->put(held, clock, name_in_clocks(node),
                              env_now_ms(env), value, made);
    free_slice(&held);
    vclock_close(clock);
    if (rv != DYN_OK)
        return rv;
    rv = made->size > STORE_VALUE_MAX ? DYN_ERANGE
                                      : keep(node, env, key, owner, *made);
    if (rv != DYN_OK)
        free_slice(made);
    return rv;
}

/* Whether somebody has said that he holds what was put, for that owner. */
static bool is_held(const struct operation *operation, node_id owner)
{
    for (size_t i = 0; i < operation->count; i++)
        if (operation->replicas[i].answered &&
            operation->replicas[i].target.owner == owner)
            return true;
    return false;
}

/* Whether that is so for every owner. Nodes that suspect different ones may stand in
 * for the same: then all that were asked have answered, and an owner is left out. */
static bool is_held_for_all(struct node *node,
                            const struct operation *operation)
{
    if (ring_preference_list(node->ring, ring_position(operation->key),
                             node->config.n, node->nodes) != DYN_OK)
        return false;
    for (size_t i = 0; i < node->config.n; i++)
        if (!is_held(operation, node->nodes[i]))
            return false;
    return true;
}

/* Tells of the owners who have missed it. */
static void tell_missed(struct node *node, struct env *env,
                        struct operation *operation)
{
    if (node->around.missed == NULL ||
        ring_preference_list(node->ring, ring_position(operation->key),
                             node->config.n, node->nodes) != DYN_OK)
        return;
    for (size_t i = 0; i < node->config.n; i++)
        if (!is_held(operation, node->nodes[i]))
            (void)node->around.missed(node->around.of, env, node->nodes[i],
                                      operation->key, operation->set);
}

/* Answers a put that W hold; forgets it when nobody is left who may answer. */
static void settle_put(struct node *node, struct env *env,
                       struct operation *operation)
{
    if (quorum_decision(operation->quorum) != QUORUM_REACHED)
        return;
    if (node->around.missed == NULL) {
        finish(node, env, operation, DYN_OK);
        return;
    }
    if (!operation->answered) {
        answer(node, env, operation, &(struct reply){.code = DYN_OK});
        remember(node, env, operation);
    }
    if (quorum_count(operation->quorum, true) == operation->count &&
        is_held_for_all(node, operation))
        forget(node, env, operation);
}

/* Coordinates a put that is ours; `asked` has whom to answer. */
static int begin_put(struct node *node, struct env *env,
                     const struct operation *asked, struct slice key,
                     node_id owner, struct slice context, struct slice value)
{
    const struct target self = {node->config.self, owner};
    struct operation *operation;
    int rv =
        make_operation(node, env, PUTTING, key, node->config.w, &operation);

    if (rv != DYN_OK)
        return rv;
    operation->request = asked->request;
    operation->forwarded = asked->forwarded;
    operation->origin = asked->origin;
    operation->origin_number = asked->origin_number;
    rv = add_voter(operation, self);
    if (rv == DYN_OK)
        rv = make_version(node, env, key, owner, context, value,
                          &operation->set);
    if (rv != DYN_OK) {
        free_operation(operation);
        return rv;
    }
    vote(operation, find_replica(operation, node->config.self));
    begin(node, env, operation);
    settle_put(node, env, operation);
    return DYN_OK;
}

static void take_merged(struct node *node, struct env *env,
                        struct operation *operation, node_id from)
{
    struct replica *replica = find_replica(operation, from);

    if (replica == NULL)
        return;
    vote(operation, replica);
    settle_put(node, env, operation);
}

/* Ends what was answered, though some have not said anything. */
static void leave(struct node *node, struct env *env,
                  struct operation *operation)
{
    if (operation->kind == PUTTING)
        tell_missed(node, env, operation);
    forget(node, env, operation);
}

/* A put that another node hands to us. It may come twice, also after a crash of
 * ours; a second version of it would be a second put. */
static void take_forward(struct node *node, struct env *env, node_id from,
                         const struct message *message)
{
    const struct operation asked = {
        .forwarded = true, .origin = from, .origin_number = message->operation};
    struct origin *origin;
    struct forward *forward;
    uint8_t room[5];
    node_id owner = message->owner;
    int rv;

    /* It was meant for an earlier disk, on which it may have been made. */
    if (message->disk != told_disk(node)) {
        answer_forward(env, from, message->operation, message->key,
                       DYN_EUNAVAILABLE);
        return;
    }
    if (message->kind == MESSAGE_FORWARD &&
        !is_replica(node, env, message->key, &owner))
        return;
    origin = find_origin(node, env, from);
    if (origin == NULL)
        return; /* as if it were lost */
    forward = find_forward(origin, message->operation);
    if (forward != NULL) {
        if (forward->done)
            answer_forward(env, from, forward->number, message->key,
                           forward->code);
        return;
    }
    if (message->operation > origin->floor)
        forward = add_forward(origin, message->operation);
    if (forward == NULL) {
        answer_forward(env, from, message->operation, message->key,
                       DYN_EUNAVAILABLE);
        return;
    }
    /* Written before the version: a crash that keeps the version keeps this. */
    rv = DYN_OK;
    if (message->operation > origin->highest) {
        origin->highest = message->operation;
        rv = save_number(env, origin_name(from, room), origin->highest);
    }
    if (rv == DYN_OK)
        rv = begin_put(node, env, &asked, message->key, owner, message->context,
                       message->value);
    if (rv != DYN_OK) {
        forward->done = true;
        forward->code = rv;
        answer_forward(env, from, message->operation, message->key, rv);
    }
}

/* A put of a key that is not ours: looks for a replica that is up. */
static int begin_seeking(struct node *node, struct env *env, request_id request,
                         const struct request *asked)
{
    struct operation *operation;
    int rv = make_operation(node, env, SEEKING, asked->key, 1, &operation);

    if (rv != DYN_OK)
        return rv;
    operation->request = request;
    rv = copy_slice(&operation->value, asked->value);
    if (rv == DYN_OK)
        rv = copy_slice(&operation->context, asked->context);
    if (rv != DYN_OK) {
        free_operation(operation);
        return rv;
    }
    begin(node, env, operation);
    return DYN_OK;
}

/* The first that answers gets it, and no other: the first may have made the
 * version, and lost only its answer. */
static void hand_over(struct node *node, struct env *env,
                      struct operation *operation, node_id to, uint64_t disk)
{
    const struct replica *replica = find_replica(operation, to);

    if (replica == NULL)
        return;
    operation->kind = FORWARDING;
    operation->coordinator = replica->target;
    operation->disk = disk;
    ask(node, env, operation);
}

/* ---- The program ---- */

/* Answers a question; DYN_EUNKNOWN if it is none. After any other error there is
 * no answer, as if the question were lost. */
static int answer_question(struct node *node, struct env *env, node_id from,
                           const struct message *message)
{
    struct message answer = {.operation = message->operation,
                             .key = message->key};
    struct slice set = {NULL, 0};
    int rv;

    switch (message->kind) {
    case MESSAGE_ASK_VERSIONS:
        rv = load(node, env, message->key, &set);
        if (rv != DYN_OK)
            return rv;
        answer.kind = MESSAGE_VERSIONS;
        answer.versions = set;
        answer.disk = told_disk(node);
        break;
    case MESSAGE_MERGE:
        /* That is durable before this answer leaves (env.h). */
        rv =
            keep(node, env, message->key, node->config.self, message->versions);
        if (rv != DYN_OK)
            return rv;
        answer.kind = MESSAGE_MERGED;
        break;
    case MESSAGE_HINT:
        rv = keep(node, env, message->key, message->owner, message->versions);
        if (rv != DYN_OK)
            return rv;
        answer.kind = MESSAGE_HINTED;
        answer.owner = message->owner;
        break;
    case MESSAGE_FORWARD:
    case MESSAGE_STAND_IN:
        take_forward(node, env, from, message);
        return DYN_OK;
    default:
        return DYN_EUNKNOWN;
    }
    env_send(env, from, &answer);
    free_slice(&set);
    return DYN_OK;
}

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
        return env_put(env, text("f"), mark);
    if (env_get(env, text("f"), &value) != DYN_OK || !equal(value, mark))
        return DYN_ECORRUPT;
    return DYN_OK;
}

/* @starter
struct node {
    struct config config;
    // The ring, and the operations that are under way: yours to add.
};
@end */

void coordinator_close(struct node *node)
{
    /* @solution */
    if (node == NULL)
        return;
    while (node->operations != NULL) {
        struct operation *operation = node->operations;

        node->operations = operation->next;
        free_operation(operation);
    }
    while (node->origins != NULL) {
        struct origin *origin = node->origins;

        node->origins = origin->next;
        free(origin);
    }
    ring_close(node->ring);
    free(node->nodes);
    free(node->targets);
    free(node);
    /* @starter
    (void)node;
    @end */
}

int coordinator_open(struct node **node, const struct config *config,
                     struct env *env, const struct version_rules *rules)
{
    /* @solution */
    struct node *made;
    int rv;

    if (!is_legal(config))
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    made->config.members = NULL; /* borrowed, and not needed any more */
    made->rules = rules;
    made->nodes = calloc(config->n, sizeof *made->nodes);
    made->targets = calloc(config->n, sizeof *made->targets);
    rv = made->nodes == NULL || made->targets == NULL
             ? DYN_ENOMEM
             : open_ring(&made->ring, config);
    if (rv == DYN_OK)
        rv = claim_store(env, rules->name);
    if (rv == DYN_OK)
        rv = load_number(env, text("n"), &made->reserved);
    /* 0 is no operation: an origin's floor is 0 where it has forwarded nothing. What
     * was reserved on another disk is not known any more. */
    if (made->reserved == 0 && config->disk > 1)
        made->reserved = (uint64_t)(config->disk - 1) << DISK_SHIFT;
    else if (made->reserved == 0)
        made->reserved = 1;
    made->next = made->reserved;
    if (rv == DYN_OK)
        *node = made;
    else
        coordinator_close(made);
    return rv;
    /* @starter
    (void)node;
    (void)config;
    (void)env;
    (void)rules;
    return DYN_ETODO;
    @end */
}

void coordinator_on_request(struct node *node, struct env *env,
                            request_id request, const struct request *asked)
{
    /* @solution */
    const struct operation ours = {.request = request};
    struct vclock *clock;
    node_id owner;
    int rv = DYN_EINVAL;

    if (asked->kind != REQUEST_GET && asked->kind != REQUEST_PUT) {
        rv = DYN_EUNKNOWN;
    } else if (asked->key.size < 1 || asked->key.size > KEY_SIZE_MAX ||
               asked->value.size > VALUE_SIZE_MAX) {
        rv = DYN_EINVAL;
    } else if (asked->kind == REQUEST_GET) {
        rv = begin_get(node, env, request, asked->key);
    } else if (is_replica(node, env, asked->key, &owner)) {
        rv = begin_put(node, env, &ours, asked->key, owner, asked->context,
                       asked->value);
    } else {
        rv = read_context(asked->key, asked->context, &clock);
        if (rv == DYN_OK) {
            vclock_close(clock);
            rv = begin_seeking(node, env, request, asked);
        }
    }
    if (rv != DYN_OK)
        env_reply(env, request, &(struct reply){.code = rv});
    /* @starter
    (void)node;
    (void)env;
    (void)request;
    (void)asked;
    @end */
}

void coordinator_on_message(struct node *node, struct env *env, node_id from,
                            const struct message *message)
{
    /* @solution */
    struct operation *operation;

    if (answer_question(node, env, from, message) != DYN_EUNKNOWN)
        return;
    operation = *find_operation(node, message->operation);
    if (operation == NULL || !equal(operation->key, message->key))
        return; /* it comes too late, or is no answer */
    if (message->kind == MESSAGE_VERSIONS && operation->kind == GETTING)
        take_versions(node, env, operation, from, message->versions);
    else if (message->kind == MESSAGE_VERSIONS && operation->kind == SEEKING)
        hand_over(node, env, operation, from, message->disk);
    else if ((message->kind == MESSAGE_MERGED ||
              message->kind == MESSAGE_HINTED) &&
             operation->kind == PUTTING)
        take_merged(node, env, operation, from);
    else if (message->kind == MESSAGE_FORWARDED &&
             operation->kind == FORWARDING &&
             from == operation->coordinator.node)
        finish(node, env, operation, message->code);
    /* @starter
    (void)node;
    (void)env;
    (void)from;
    (void)message;
    @end */
}

void coordinator_on_timer(struct node *node, struct env *env, timer_id timer,
                          int kind, uint64_t arg)
{
    /* @solution */
    struct operation *operation = *find_operation(node, arg);

    (void)timer;
    if (operation == NULL)
        return;
    if (kind == TIMER_GIVE_UP)
        finish(node, env, operation, DYN_EUNAVAILABLE);
    else if (kind == TIMER_FORGET)
        leave(node, env, operation);
    else if (kind == TIMER_RETRY)
        ask_again(node, env, operation);
    /* @starter
    (void)node;
    (void)env;
    (void)timer;
    (void)kind;
    (void)arg;
    @end */
}

/* ---- Lab 4 (surroundings.h); in lab 3 these stay as they are ---- */

void coordinator_surround(struct node *node, const struct surroundings *around)
{
    /* @solution */
    node->around = *around;
    /* @starter
    (void)node;
    (void)around;
    @end */
}

const struct version_rules *coordinator_rules(const struct node *node)
{
    /* @solution */
    return node->rules;
    /* @starter
    (void)node;
    return NULL;
    @end */
}

int coordinator_next(struct node *node, struct env *env, struct slice after,
                     struct slice *key, struct slice *set)
{
    /* @solution */
    uint8_t room[KEY_SIZE_MAX + 1];
    struct slice place, held;

    (void)node;
    if (env_next(env, place_of(after, room), &place, &held) != DYN_OK ||
        place.data[0] != 'k')
        return DYN_ENOENT;
    *key = (struct slice){place.data + 1, place.size - 1};
    *set = held;
    return DYN_OK;
    /* @starter
    (void)node;
    (void)env;
    (void)after;
    (void)key;
    (void)set;
    return DYN_ETODO;
    @end */
}

int coordinator_merge(struct node *node, struct env *env, struct slice key,
                      struct slice set, struct slice *held)
{
    /* @solution */
    const int rv = merge_into_store(node, env, key, set);

    if (rv == DYN_OK)
        *held = load_own(env, key);
    return rv;
    /* @starter
    (void)node;
    (void)env;
    (void)key;
    (void)set;
    (void)held;
    return DYN_ETODO;
    @end */
}

int coordinator_drop(struct node *node, struct env *env, struct slice key)
{
    /* @solution */
    uint8_t room[KEY_SIZE_MAX + 1];

    (void)node;
    return env_delete(env, place_of(key, room));
    /* @starter
    (void)node;
    (void)env;
    (void)key;
    return DYN_ETODO;
    @end */
}

/* ---- The rules of the paper's clocks ---- */

/* @solution */

/* Decodes a set; one of no bytes is empty. The caller closes it. */
static int open_set(struct slice bytes, struct siblings **set)
{
    return bytes.size == 0 ? siblings_open(set)
                           : siblings_decode(set, bytes.data, bytes.size);
}

static int encode_set(const struct siblings *set, struct slice *bytes)
{
    uint8_t *room;
    size_t size;

    (void)siblings_encode(set, NULL, 0, &size);
    room = malloc(size);
    if (room == NULL)
        return DYN_ENOMEM;
    (void)siblings_encode(set, room, size, &size);
    *bytes = (struct slice){room, size};
    return DYN_OK;
}

/* @starter
@end */

static int put_version(struct slice set, const struct vclock *context,
                       node_id node, uint64_t time_ms, struct slice value,
                       struct slice *made)
{
    /* @solution */
    struct siblings *held;
    int rv = open_set(set, &held);

    if (rv != DYN_OK)
        return rv;
    rv = siblings_put(held, context, node, time_ms, value, VCLOCK_PAIRS_MAX);
    if (rv == DYN_EEXIST) /* replaced before it was there: that is truncation */
        rv = DYN_OK;
    if (rv == DYN_OK && siblings_count(held) > REPLY_VALUES_MAX)
        rv = DYN_ERANGE;
    if (rv == DYN_OK)
        rv = encode_set(held, made);
    siblings_close(held);
    return rv;
    /* @starter
    (void)set;
    (void)context;
    (void)node;
    (void)time_ms;
    (void)value;
    (void)made;
    return DYN_ETODO;
    @end */
}

static int merge_versions(struct slice a, struct slice b, struct slice *merged)
{
    /* @solution */
    struct siblings *into, *from;
    int rv = open_set(a, &into);

    if (rv != DYN_OK)
        return rv;
    rv = open_set(b, &from);
    if (rv == DYN_OK) {
        rv = siblings_merge(into, from);
        siblings_close(from);
    }
    if (rv == DYN_OK && a.size == 0 && b.size == 0)
        *merged = (struct slice){NULL, 0}; /* never stored */
    else if (rv == DYN_OK)
        rv = encode_set(into, merged);
    siblings_close(into);
    return rv;
    /* @starter
    (void)a;
    (void)b;
    (void)merged;
    return DYN_ETODO;
    @end */
}

static int read_versions(struct slice set, struct slice **values, size_t *count,
                         struct vclock **context)
{
    /* @solution */
    struct siblings *held;
    struct slice *made, value;
    const struct vclock *clock;
    size_t versions, size = 0;
    uint8_t *at;
    int rv = open_set(set, &held);

    if (rv != DYN_OK)
        return rv;
    versions = siblings_count(held);
    for (size_t i = 0; siblings_at(held, i, &clock, &value) == DYN_OK; i++)
        size += value.size;
    made = malloc(versions * sizeof *made + size + 1);
    rv = made == NULL ? DYN_ENOMEM : siblings_context(held, context);
    if (rv != DYN_OK) {
        free(made);
        siblings_close(held);
        return rv;
    }
    at = (uint8_t *)(made + versions);
    for (size_t i = 0; siblings_at(held, i, &clock, &value) == DYN_OK; i++) {
        if (value.size > 0)
            memcpy(at, value.data, value.size);
        made[i] = (struct slice){at, value.size};
        at += value.size;
    }
    siblings_close(held);
    *values = made;
    *count = versions;
    return DYN_OK;
    /* @starter
    (void)set;
    (void)values;
    (void)count;
    (void)context;
    return DYN_ETODO;
    @end */
}

static const struct version_rules rules = {
    .name = "vclock",
    .put = put_version,
    .merge = merge_versions,
    .read = read_versions,
};

static int node_open(struct node **node, const struct config *config,
                     struct env *env)
{
    return coordinator_open(node, config, env, &rules);
}

const struct program vclock_program = {
    .name = "vclock",
    .open = node_open,
    .on_request = coordinator_on_request,
    .on_message = coordinator_on_message,
    .on_timer = coordinator_on_timer,
    .close = coordinator_close,
};
