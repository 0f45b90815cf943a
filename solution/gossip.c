/* gossip.c: nodes tell each other who belongs to the store.
 *
 * Interface: dynamo/gossip.h.
 */
#include "dynamo/gossip.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include <string.h>

struct gossip {
    struct gossip_config config;
    struct view *view;
};

static const uint8_t view_key = GOSSIP_VIEW_KEY;

/* ---- The view ---- */

/* The view as bytes, which the caller frees. */
static int encode(const struct view *view, struct slice *encoded)
{
    uint8_t *bytes;
    size_t size;

    (void)view_encode(view, NULL, 0, &size);
    bytes = malloc(size);
    if (bytes == NULL)
        return DYN_ENOMEM;
    (void)view_encode(view, bytes, size, &size);
    *encoded = (struct slice){bytes, size};
    return DYN_OK;
}

static void let_go(struct slice bytes)
{
    free((uint8_t *)(uintptr_t)bytes.data);
}

static bool same(struct slice a, struct slice b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* A view of its own, closed by the caller. */
static int copy(const struct view *view, struct view **copied)
{
    struct view *made;
    int rv = view_open(&made);

    if (rv != DYN_OK)
        return rv;
    rv = view_merge(made, view);
    if (rv == DYN_OK)
        *copied = made;
    else
        view_close(made);
    return rv;
}

/* Stores a view, which then is the node's. Whatever happens, it is the caller's no
 * more. */
static int take_over(struct gossip *gossip, struct env *env, struct view *view)
{
    struct slice bytes = {NULL, 0};
    int rv = encode(view, &bytes);

    if (rv == DYN_OK)
        rv = env_put(env, (struct slice){&view_key, 1}, bytes);
    let_go(bytes);
    if (rv != DYN_OK) {
        view_close(view);
        return rv;
    }
    view_close(gossip->view);
    gossip->view = view;
    return DYN_OK;
}

/* The same, if what was to be changed in it could be: rv is what came of that. */
static int take_change(struct gossip *gossip, struct env *env,
                       struct view *view, int rv)
{
    if (rv == DYN_OK)
        return take_over(gossip, env, view);
    view_close(view);
    return rv;
}

/* The view of a store in which nothing was ever said. */
static int begin(const struct gossip_config *config, struct view **view)
{
    struct view *made;
    int rv = view_open(&made);

    if (rv != DYN_OK)
        return rv;
    for (size_t i = 0; i < config->seed_count && rv == DYN_OK; i++)
        rv = view_join(made, config->seeds[i], config->seeds[i], 1);
    if (rv == DYN_OK)
        *view = made;
    else
        view_close(made);
    return rv;
}

/* @starter
struct gossip {
    struct gossip_config config;
    // The view: yours to add.
};
@end */

int gossip_open(struct gossip **gossip, const struct gossip_config *config,
                struct env *env)
{
    /* @solution */
    struct gossip *made = calloc(1, sizeof *made);
    struct slice stored;
    int rv;

    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    if (env_get(env, (struct slice){&view_key, 1}, &stored) == DYN_OK)
        rv = view_decode(&made->view, stored.data, stored.size);
    else
        rv = begin(config, &made->view);
    if (rv == DYN_OK)
        *gossip = made;
    else
        free(made);
    return rv;
    /* @starter
    (void)gossip;
    (void)config;
    (void)env;
    return DYN_ETODO;
    @end */
}

void gossip_close(struct gossip *gossip)
{
    /* @solution */
    if (gossip == NULL)
        return;
    view_close(gossip->view);
    free(gossip);
    /* @starter
    (void)gossip;
    @end */
}

const struct view *gossip_view(const struct gossip *gossip)
{
    /* @solution */
    return gossip->view;
    /* @starter
    (void)gossip;
    return NULL;
    @end */
}

/* ---- What is said to this node ---- */

int gossip_join(struct gossip *gossip, struct env *env, node_id node,
                uint32_t weight)
{
    /* @solution */
    struct view *next;
    const int rv = copy(gossip->view, &next);

    if (rv != DYN_OK)
        return rv;
    return take_change(gossip, env, next,
                       view_join(next, gossip->config.self, node, weight));
    /* @starter
    (void)gossip;
    (void)env;
    (void)node;
    (void)weight;
    return DYN_ETODO;
    @end */
}

int gossip_leave(struct gossip *gossip, struct env *env, node_id node)
{
    /* @solution */
    struct view *next;
    const int rv = copy(gossip->view, &next);

    if (rv != DYN_OK)
        return rv;
    return take_change(gossip, env, next,
                       view_leave(next, gossip->config.self, node));
    /* @starter
    (void)gossip;
    (void)env;
    (void)node;
    return DYN_ETODO;
    @end */
}

/* ---- Telling each other ---- */

/* @solution */

/* Adds a node to those that there are, unless it is there or is this one. */
static void add(const struct gossip *gossip, node_id *others, size_t *count,
                node_id node)
{
    for (size_t i = 0; i < *count; i++)
        if (others[i] == node)
            return;
    if (node != gossip->config.self)
        others[(*count)++] = node;
}

static void send_view(const struct gossip *gossip, struct env *env, node_id to)
{
    struct slice bytes;

    if (encode(gossip->view, &bytes) != DYN_OK)
        return; /* as if it were lost */
    env_send(env, to, &(struct message){.kind = MESSAGE_VIEW, .view = bytes});
    let_go(bytes);
}

/* @starter
@end */

void gossip_look(struct gossip *gossip, struct env *env)
{
    /* @solution */
    const struct gossip_config *const config = &gossip->config;
    const size_t members = view_members(gossip->view, NULL, 0);
    node_id *const nodes =
        calloc(2 * members + config->seed_count, sizeof *nodes);
    node_id *const others = nodes + members;
    struct digest hash;
    size_t count = 0;

    /* Without memory it is left out this time. */
    if (nodes == NULL || view_hash(gossip->view, &hash) != DYN_OK) {
        free(nodes);
        return;
    }
    (void)view_members(gossip->view, nodes, members);
    for (size_t i = 0; i < members; i++)
        if (nodes[i] != config->self)
            others[count++] = nodes[i];
    for (size_t i = 0; i < config->seed_count; i++)
        add(gossip, others, &count, config->seeds[i]);
    if (count > 0)
        env_send(env, others[env_random(env, count)],
                 &(struct message){.kind = MESSAGE_ASK_VIEW,
                                   .hash = {hash.byte, sizeof hash}});
    free(nodes);
    /* @starter
    (void)gossip;
    (void)env;
    @end */
}

/* @solution */

static void answer(const struct gossip *gossip, struct env *env, node_id from,
                   struct slice theirs)
{
    struct digest hash;

    if (view_hash(gossip->view, &hash) == DYN_OK &&
        !same((struct slice){hash.byte, sizeof hash}, theirs))
        send_view(gossip, env, from);
}

/* Merges what came, and answers if it was not all. Whether the view has changed. */
static bool merge(struct gossip *gossip, struct env *env, node_id from,
                  struct slice theirs)
{
    struct slice before = {NULL, 0}, after = {NULL, 0};
    struct view *told, *next = NULL;
    bool changed = false;
    int rv = view_decode(&told, theirs.data, theirs.size);

    if (rv != DYN_OK)
        return false;
    rv = copy(gossip->view, &next);
    if (rv == DYN_OK)
        rv = view_merge(next, told);
    view_close(told);
    if (rv == DYN_OK)
        rv = encode(gossip->view, &before);
    if (rv == DYN_OK)
        rv = encode(next, &after);
    if (rv == DYN_OK && !same(before, after)) {
        rv = take_over(gossip, env, next);
        next = NULL;
        changed = rv == DYN_OK;
    }
    view_close(next);
    if (rv == DYN_OK && !same(after, theirs))
        send_view(gossip, env, from);
    let_go(before);
    let_go(after);
    return changed;
}

/* @starter
@end */

bool gossip_take(struct gossip *gossip, struct env *env, node_id from,
                 const struct message *message, bool *changed)
{
    /* @solution */
    *changed = false;
    if (message->kind == MESSAGE_ASK_VIEW)
        answer(gossip, env, from, message->hash);
    else if (message->kind == MESSAGE_VIEW)
        *changed = merge(gossip, env, from, message->view);
    else
        return false;
    return true;
    /* @starter
    (void)gossip;
    (void)env;
    (void)from;
    (void)message;
    (void)changed;
    return false;
    @end */
}
