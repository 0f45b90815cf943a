/* antientropy.c: replicas compare what they hold.
 *
 * Interface: dynamo/antientropy.h.
 */
#include "dynamo/antientropy.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include "dynamo/bytes.h"

#include <string.h>

enum {
    HASH = sizeof(struct digest),
    /* At each depth 16 subtrees more, of which one is taken at a time. */
    LEFT_MAX = 16 * MERKLE_DEPTH_MAX,
    KEYS_MAX = 2 * MERKLE_LEAF_MAX,
};

struct range {
    uint8_t *name;
    struct merkle *tree;
};

/* What is asked of the peer, and what is still to be. */
struct comparison {
    bool on;
    node_id peer;
    const struct range *range;
    struct merkle_node left[LEFT_MAX]; /* the last is asked for next */
    size_t left_count;
    uint64_t number; /* of the operation that is open */
    uint32_t again;
    bool tree_open;
    struct merkle_node asked;
    struct slice open[KEYS_MAX]; /* keys, its own copies */
    size_t open_count;
};

struct antientropy {
    struct antientropy_config config;
    node_id *owners;       /* room for n */
    uint8_t *name;         /* room for the name of a range */
    struct range **ranges; /* by ascending names */
    size_t range_count;
    struct merkle *nothing; /* the tree of a range without keys */
    struct comparison now;
};

/* @starter
struct antientropy {
    struct antientropy_config config;
    // A tree for each range, and the comparison that is on: yours to add.
};
@end */

/* @solution */

/* ---- Ranges ---- */

static size_t name_size(const struct antientropy *antientropy)
{
    return 4 * (size_t)antientropy->config.n;
}

static bool names(const struct antientropy *antientropy, const uint8_t *name,
                  node_id node)
{
    for (size_t i = 0; i < name_size(antientropy); i += 4)
        if (bytes_read(name + i, 4) == node)
            return true;
    return false;
}

/* Writes the name of a key's range. */
static int name_of(struct antientropy *antientropy, struct slice key,
                   uint8_t *name)
{
    const size_t n = antientropy->config.n;
    node_id *const owners = antientropy->owners;
    const int rv = ring_preference_list(antientropy->config.ring,
                                        ring_position(key), n, owners);

    if (rv != DYN_OK)
        return rv;
    for (size_t i = 1; i < n; i++)
        for (size_t at = i; at > 0 && owners[at - 1] > owners[at]; at--) {
            const node_id moved = owners[at];

            owners[at] = owners[at - 1];
            owners[at - 1] = moved;
        }
    for (size_t i = 0; i < n; i++)
        bytes_write(name + 4 * i, 4, owners[i]);
    return DYN_OK;
}

/* Where the range of that name is, or would be. */
static size_t place_of(const struct antientropy *antientropy,
                       const uint8_t *name, bool *found)
{
    size_t low = 0, high = antientropy->range_count;

    *found = false;
    while (low < high && !*found) {
        const size_t middle = (low + high) / 2;
        const int order = memcmp(antientropy->ranges[middle]->name, name,
                                 name_size(antientropy));

        *found = order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

static void free_range(struct range *range)
{
    merkle_close(range->tree);
    free(range->name);
    free(range);
}

/* The range of that name, made if there is none. */
static int find_range(struct antientropy *antientropy, const uint8_t *name,
                      struct range **range)
{
    bool found;
    const size_t place = place_of(antientropy, name, &found);
    struct range *made, **grown;

    if (found) {
        *range = antientropy->ranges[place];
        return DYN_OK;
    }
    grown = realloc(antientropy->ranges,
                    (antientropy->range_count + 1) * sizeof(struct range *));
    if (grown == NULL)
        return DYN_ENOMEM;
    antientropy->ranges = grown;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->name = malloc(name_size(antientropy));
    if (made->name == NULL || merkle_open(&made->tree) != DYN_OK) {
        free_range(made);
        return DYN_ENOMEM;
    }
    memcpy(made->name, name, name_size(antientropy));
    memmove(grown + place + 1, grown + place,
            (antientropy->range_count - place) * sizeof(struct range *));
    grown[place] = made;
    antientropy->range_count++;
    *range = made;
    return DYN_OK;
}

/* @starter
@end */

int antientropy_open(struct antientropy **antientropy,
                     const struct antientropy_config *config, struct env *env)
{
    /* @solution */
    struct antientropy *made = calloc(1, sizeof *made);
    struct slice key = {NULL, 0}, set;
    int rv;

    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    made->now.number = UINT64_C(1) << 63;
    made->owners = calloc(config->n, sizeof *made->owners);
    made->name = calloc(config->n, 4);
    rv = made->owners == NULL || made->name == NULL
             ? DYN_ENOMEM
             : merkle_open(&made->nothing);
    while (rv == DYN_OK &&
           coordinator_next(config->store, env, key, &key, &set) == DYN_OK)
        rv = antientropy_storing(made, key, set);
    if (rv != DYN_OK) {
        antientropy_close(made);
        return rv;
    }
    *antientropy = made;
    return DYN_OK;
    /* @starter
    (void)antientropy;
    (void)config;
    (void)env;
    return DYN_ETODO;
    @end */
}

/* @solution */

static void close_keys(struct comparison *now)
{
    while (now->open_count > 0)
        free((uint8_t *)(uintptr_t)now->open[--now->open_count].data);
}

/* @starter
@end */

void antientropy_close(struct antientropy *antientropy)
{
    /* @solution */
    if (antientropy == NULL)
        return;
    close_keys(&antientropy->now);
    for (size_t i = 0; i < antientropy->range_count; i++)
        free_range(antientropy->ranges[i]);
    free(antientropy->ranges);
    merkle_close(antientropy->nothing);
    free(antientropy->owners);
    free(antientropy->name);
    free(antientropy);
    /* @starter
    (void)antientropy;
    @end */
}

int antientropy_storing(struct antientropy *antientropy, struct slice key,
                        struct slice set)
{
    /* @solution */
    uint8_t *const name = antientropy->name;
    struct range *range;
    int rv = name_of(antientropy, key, name);

    if (rv == DYN_OK && names(antientropy, name, antientropy->config.self)) {
        rv = find_range(antientropy, name, &range);
        if (rv == DYN_OK)
            rv = merkle_put(range->tree, key, set);
    }
    return rv;
    /* @starter
    (void)antientropy;
    (void)key;
    (void)set;
    return DYN_ETODO;
    @end */
}

/* ---- Comparing ---- */

/* @solution */

/* A path as "tree?" and "tree" carry it, in room of MERKLE_DEPTH_MAX bytes. */
static struct slice write_path(const struct merkle_node *node, uint8_t *room)
{
    for (uint32_t i = 0; i < node->depth; i++)
        room[i] = i % 2 == 0 ? node->path.byte[i / 2] >> 4
                             : node->path.byte[i / 2] & 15;
    return (struct slice){room, node->depth};
}

static bool read_path(struct slice path, struct merkle_node *node)
{
    *node = (struct merkle_node){.depth = (uint32_t)path.size};
    if (path.size > MERKLE_DEPTH_MAX)
        return false;
    for (size_t i = 0; i < path.size; i++) {
        if (path.data[i] > 15)
            return false;
        node->path.byte[i / 2] |=
            (uint8_t)(path.data[i] << (i % 2 == 0 ? 4 : 0));
    }
    return true;
}

static bool same(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void tell_asked(struct antientropy *antientropy, struct env *env,
                       node_id node)
{
    (void)detector_asked(antientropy->config.detector, node, env_now_ms(env));
}

/* Asks what is open, for the first time or again. */
static void ask(struct antientropy *antientropy, struct env *env)
{
    struct comparison *const now = &antientropy->now;
    uint8_t path[MERKLE_DEPTH_MAX];
    struct digest hash;

    if (now->tree_open &&
        merkle_hash(now->range->tree, &now->asked, &hash) == DYN_OK) {
        tell_asked(antientropy, env, now->peer);
        env_send(env, now->peer,
                 &(struct message){
                     .kind = MESSAGE_ASK_TREE,
                     .operation = now->number,
                     .range = {now->range->name, name_size(antientropy)},
                     .path = write_path(&now->asked, path),
                     .hash = {hash.byte, HASH}});
    }
    for (size_t i = 0; i < now->open_count; i++) {
        tell_asked(antientropy, env, now->peer);
        env_send(env, now->peer,
                 &(struct message){.kind = MESSAGE_ASK_VERSIONS,
                                   .operation = now->number,
                                   .key = now->open[i]});
    }
}

/* A question that is open from now on. */
static void begin(struct antientropy *antientropy, struct env *env)
{
    antientropy->now.number++;
    antientropy->now.again = 0;
    ask(antientropy, env);
}

/* The first range after that one that is the peer's too; NULL for the first of all. */
static const struct range *next_range(const struct antientropy *antientropy,
                                      const struct range *after)
{
    for (size_t i = 0; i < antientropy->range_count; i++) {
        const struct range *const range = antientropy->ranges[i];

        if ((after == NULL ||
             memcmp(range->name, after->name, name_size(antientropy)) > 0) &&
            names(antientropy, range->name, antientropy->now.peer))
            return range;
    }
    return NULL;
}

/* What comes next, when nothing is open. */
static void go_on(struct antientropy *antientropy, struct env *env)
{
    struct comparison *const now = &antientropy->now;

    if (now->left_count == 0) {
        now->range = next_range(antientropy, now->range);
        now->on = now->range != NULL;
        if (!now->on)
            return;
        now->left[now->left_count++] = (struct merkle_node){0};
    }
    now->asked = now->left[--now->left_count];
    now->tree_open = true;
    begin(antientropy, env);
}

static void give_up(struct comparison *now)
{
    close_keys(now);
    now->on = now->tree_open = false;
    now->left_count = 0;
}

/* The next node to be compared with, in *peer. */
static bool next_peer(const struct antientropy *antientropy, struct env *env,
                      node_id *peer)
{
    const struct antientropy_config *const config = &antientropy->config;
    bool any = false, any_after = false;
    node_id lowest = 0, after = 0;

    for (size_t i = 0; i < antientropy->range_count; i++)
        for (size_t at = 0; at < name_size(antientropy); at += 4) {
            const node_id node =
                (node_id)bytes_read(antientropy->ranges[i]->name + at, 4);

            if (node == config->self ||
                detector_suspects(config->detector, node, env_now_ms(env)))
                continue;
            if (!any || node < lowest)
                lowest = node;
            any = true;
            if (node <= antientropy->now.peer)
                continue;
            if (!any_after || node < after)
                after = node;
            any_after = true;
        }
    *peer = any_after ? after : lowest;
    return any;
}

/* @starter
@end */

void antientropy_look(struct antientropy *antientropy, struct env *env)
{
    /* @solution */
    struct comparison *const now = &antientropy->now;

    if (now->on && now->again < ANTIENTROPY_AGAIN &&
        !detector_suspects(antientropy->config.detector, now->peer,
                           env_now_ms(env))) {
        now->again++;
        ask(antientropy, env);
        return;
    }
    give_up(now);
    if (!next_peer(antientropy, env, &now->peer))
        return;
    now->range = NULL;
    go_on(antientropy, env);
    /* @starter
    (void)antientropy;
    (void)env;
    @end */
}

/* @solution */

/* Whether this is the name of a range of two nodes. */
static bool is_range_of(const struct antientropy *antientropy,
                        struct slice range, node_id a, node_id b)
{
    if (range.size != name_size(antientropy))
        return false;
    for (size_t i = 4; i < range.size; i += 4)
        if (memcmp(range.data + i - 4, range.data + i, 4) >= 0)
            return false;
    return names(antientropy, range.data, a) &&
           names(antientropy, range.data, b);
}

static void describe(struct antientropy *antientropy, struct env *env,
                     node_id from, const struct message *asked)
{
    struct message answer = {.kind = MESSAGE_TREE,
                             .operation = asked->operation,
                             .range = asked->range,
                             .path = asked->path};
    struct merkle *tree = antientropy->nothing;
    uint8_t room[MERKLE_DESCRIPTION_MAX];
    struct merkle_node node;
    struct digest hash;
    bool found;

    if (!is_range_of(antientropy, asked->range, antientropy->config.self,
                     from) ||
        !read_path(asked->path, &node))
        return;
    const size_t place = place_of(antientropy, asked->range.data, &found);
    if (found)
        tree = antientropy->ranges[place]->tree;
    if (merkle_hash(tree, &node, &hash) != DYN_OK ||
        merkle_describe(tree, &node, room, sizeof room, &answer.tree.size) !=
            DYN_OK)
        return;
    answer.tree.data = room;
    if (same(asked->hash, (struct slice){hash.byte, HASH}))
        answer.tree.size = 0;
    env_send(env, from, &answer);
}

/* Keeps a copy of a key that is not the same, if it is of the range. */
static int open_key(struct antientropy *antientropy, struct slice key)
{
    struct comparison *const now = &antientropy->now;
    uint8_t *const name = antientropy->name;
    uint8_t *copy;
    int rv = name_of(antientropy, key, name);

    if (rv == DYN_OK &&
        memcmp(name, now->range->name, name_size(antientropy)) == 0) {
        copy = malloc(key.size);
        if (copy != NULL) {
            memcpy(copy, key.data, key.size);
            now->open[now->open_count++] = (struct slice){copy, key.size};
        }
        rv = copy == NULL ? DYN_ENOMEM : DYN_OK;
    }
    return rv;
}

static void take_tree(struct antientropy *antientropy, struct env *env,
                      node_id from, const struct message *message)
{
    struct comparison *const now = &antientropy->now;
    struct merkle_difference difference = {0};
    struct merkle_node node;
    int rv = DYN_OK;

    if (!now->on || !now->tree_open || from != now->peer ||
        message->operation != now->number ||
        !same(message->range,
              (struct slice){now->range->name, name_size(antientropy)}) ||
        !read_path(message->path, &node) ||
        memcmp(&node, &now->asked, sizeof node) != 0)
        return;
    if (message->tree.size > 0)
        rv = merkle_compare(now->range->tree, &node, message->tree.data,
                            message->tree.size, &difference);
    if (rv != DYN_OK)
        return; /* it is asked again */
    now->tree_open = false;
    for (size_t i = difference.node_count; i > 0; i--)
        now->left[now->left_count++] = difference.nodes[i - 1];
    /* Without memory for it, a key is overlooked this time. */
    for (size_t i = 0; i < difference.key_count; i++)
        (void)open_key(antientropy, difference.keys[i]);
    if (now->open_count > 0)
        begin(antientropy, env);
    else
        go_on(antientropy, env);
}

static void take_versions(struct antientropy *antientropy, struct env *env,
                          node_id from, const struct message *message)
{
    struct comparison *const now = &antientropy->now;
    struct slice held;
    size_t at = 0;

    if (!now->on || from != now->peer || message->operation != now->number)
        return;
    while (at < now->open_count && !same(now->open[at], message->key))
        at++;
    if (at == now->open_count ||
        coordinator_merge(antientropy->config.store, env, message->key,
                          message->versions, &held) != DYN_OK)
        return;
    if (!same(held, message->versions))
        env_send(env, from,
                 &(struct message){.kind = MESSAGE_MERGE,
                                   .operation = message->operation,
                                   .key = message->key,
                                   .versions = held});
    free((uint8_t *)(uintptr_t)now->open[at].data);
    now->open[at] = now->open[--now->open_count];
    now->again = 0;
    if (now->open_count == 0)
        go_on(antientropy, env);
}

/* @starter
@end */

bool antientropy_take(struct antientropy *antientropy, struct env *env,
                      node_id from, const struct message *message)
{
    /* @solution */
    if (message->kind == MESSAGE_ASK_TREE)
        describe(antientropy, env, from, message);
    else if (message->kind == MESSAGE_TREE)
        take_tree(antientropy, env, from, message);
    else if (message->kind == MESSAGE_VERSIONS && message->operation >> 63 != 0)
        take_versions(antientropy, env, from, message);
    else
        return false;
    return true;
    /* @starter
    (void)antientropy;
    (void)env;
    (void)from;
    (void)message;
    return false;
    @end */
}
