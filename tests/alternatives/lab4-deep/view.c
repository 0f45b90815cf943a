/* view.c, built otherwise: changes in a list, each a block of its own; each node that
 * was ever named in a tree, with the last thing that was said of it. */
#include "dynamo/view.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>

struct said {
    struct said *next;
    struct view_change change;
};

struct named {
    struct named *smaller, *larger;
    node_id node;
    struct view_change last;
};

struct view {
    struct said *first;
    struct named *top;
};

/* What is taken from until nothing is missing, so that a change fails before it has
 * begun. */
struct store {
    struct said *said;
    struct named *named;
};

static void drop(struct store *store)
{
    while (store->said != NULL) {
        struct said *const gone = store->said;

        store->said = gone->next;
        free(gone);
    }
    while (store->named != NULL) {
        struct named *const gone = store->named;

        store->named = gone->larger;
        free(gone);
    }
}

static int fill(struct store *store, size_t blocks)
{
    *store = (struct store){NULL, NULL};
    for (size_t i = 0; i < blocks; i++) {
        struct said *const said = malloc(sizeof *said);
        struct named *const named = malloc(sizeof *named);

        if (said != NULL) {
            said->next = store->said;
            store->said = said;
        }
        if (named != NULL) {
            named->larger = store->named;
            store->named = named;
        }
        if (said == NULL || named == NULL) {
            drop(store);
            return DYN_ENOMEM;
        }
    }
    return DYN_OK;
}

static bool is_before(const struct view_change *a, const struct view_change *b)
{
    if (a->stamp != b->stamp)
        return a->stamp < b->stamp;
    if (a->by != b->by)
        return a->by < b->by;
    if (a->node != b->node)
        return a->node < b->node;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    return a->weight < b->weight;
}

static struct named *find(const struct view *view, node_id node)
{
    struct named *at = view->top;

    while (at != NULL && at->node != node)
        at = node < at->node ? at->smaller : at->larger;
    return at;
}

static bool is_member(const struct view *view, node_id node)
{
    const struct named *const named = find(view, node);

    return named != NULL && named->last.kind == VIEW_JOIN;
}

static void name(struct view *view, const struct view_change *change,
                 struct store *store)
{
    struct named **at = &view->top, *named;

    while (*at != NULL && (*at)->node != change->node)
        at = change->node < (*at)->node ? &(*at)->smaller : &(*at)->larger;
    if (*at == NULL) {
        named = store->named;
        store->named = named->larger;
        *named = (struct named){NULL, NULL, change->node, *change};
        *at = named;
    } else if (is_before(&(*at)->last, change)) {
        (*at)->last = *change;
    }
}

/* Puts a change where it belongs, at `from` or after it, if it is not there. Gives its
 * place. */
static struct said **put(struct view *view, struct said **from,
                         const struct view_change *change, struct store *store)
{
    while (*from != NULL && is_before(&(*from)->change, change))
        from = &(*from)->next;
    if (*from == NULL || is_before(change, &(*from)->change)) {
        struct said *const said = store->said;

        store->said = said->next;
        said->change = *change;
        said->next = *from;
        *from = said;
        name(view, change, store);
    }
    return from;
}

int view_open(struct view **view)
{
    struct view *made;

    if (view == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *view = made;
    return DYN_OK;
}

static void free_names(struct named *named)
{
    if (named == NULL)
        return;
    free_names(named->smaller);
    free_names(named->larger);
    free(named);
}

void view_close(struct view *view)
{
    struct store all = {NULL, NULL};

    if (view == NULL)
        return;
    all.said = view->first;
    drop(&all);
    free_names(view->top);
    free(view);
}

static int say(struct view *view, struct view_change change)
{
    struct said **last = &view->first;
    struct store store;
    int rv;

    change.stamp = 0;
    while (*last != NULL) {
        change.stamp = (*last)->change.stamp;
        last = &(*last)->next;
    }
    if (++change.stamp == 0)
        return DYN_ERANGE;
    rv = fill(&store, 1);
    if (rv != DYN_OK)
        return rv;
    (void)put(view, last, &change, &store);
    drop(&store);
    return DYN_OK;
}

int view_join(struct view *view, node_id by, node_id node, uint32_t weight)
{
    if (view == NULL || weight < 1 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    if (is_member(view, node))
        return DYN_EEXIST;
    return say(view, (struct view_change){0, by, node, VIEW_JOIN, weight});
}

int view_leave(struct view *view, node_id by, node_id node)
{
    if (view == NULL)
        return DYN_EINVAL;
    if (!is_member(view, node))
        return DYN_ENOENT;
    return say(view, (struct view_change){0, by, node, VIEW_LEAVE, 0});
}

int view_merge(struct view *into, const struct view *from)
{
    struct said **at;
    struct store store;
    int rv;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    if (into == from)
        return DYN_OK;
    rv = fill(&store, view_changes(from, NULL, 0));
    if (rv != DYN_OK)
        return rv;
    at = &into->first;
    for (const struct said *said = from->first; said != NULL; said = said->next)
        at = put(into, at, &said->change, &store);
    drop(&store);
    return DYN_OK;
}

size_t view_changes(const struct view *view, struct view_change *changes,
                    size_t capacity)
{
    size_t count = 0;

    if (view == NULL || (changes == NULL && capacity > 0))
        return 0;
    for (const struct said *said = view->first; said != NULL; said = said->next)
        if (count++ < capacity)
            changes[count - 1] = said->change;
    return count;
}

static size_t list(const struct named *named, node_id *members, size_t capacity,
                   size_t count)
{
    if (named == NULL)
        return count;
    count = list(named->smaller, members, capacity, count);
    if (named->last.kind == VIEW_JOIN && count++ < capacity)
        members[count - 1] = named->node;
    return list(named->larger, members, capacity, count);
}

size_t view_members(const struct view *view, node_id *members, size_t capacity)
{
    if (view == NULL || (members == NULL && capacity > 0))
        return 0;
    return list(view->top, members, capacity, 0);
}

int view_ring(const struct view *view, const struct ring_config *config,
              struct ring **ring)
{
    struct ring *made = NULL;
    int rv;

    if (view == NULL || config == NULL || ring == NULL)
        return DYN_EINVAL;
    rv = ring_open(&made, config);
    if (rv != DYN_OK)
        return rv;
    for (const struct said *s = view->first; s != NULL; s = s->next) {
        if (s->change.kind == VIEW_JOIN)
            rv = ring_join(made, s->change.node, s->change.weight);
        else
            rv = ring_leave(made, s->change.node);
        if (rv == DYN_ENOMEM)
            goto out;
    }
    *ring = made;
    return DYN_OK;
out:
    ring_close(made);
    return rv;
}

int view_encode(const struct view *view, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    size_t count;

    if (view == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    count = view_changes(view, NULL, 0);
    *length = 4 + 21 * count;
    if (*length > capacity)
        return DYN_ERANGE;
    bytes_write(bytes, 4, count);
    bytes += 4;
    for (const struct said *s = view->first; s != NULL; s = s->next) {
        const uint64_t fields[] = {s->change.stamp, s->change.by,
                                   s->change.node, s->change.kind,
                                   s->change.weight};
        const size_t sizes[] = {8, 4, 4, 1, 4};

        for (size_t i = 0; i < 5; bytes += sizes[i++])
            bytes_write(bytes, sizes[i], fields[i]);
    }
    return DYN_OK;
}

int view_hash(const struct view *view, struct digest *hash)
{
    size_t length, room;
    uint8_t *bytes;

    if (view == NULL || hash == NULL)
        return DYN_EINVAL;
    room = 4 + 21 * view_changes(view, NULL, 0);
    bytes = malloc(room);
    if (bytes == NULL)
        return DYN_ENOMEM;
    (void)view_encode(view, bytes, room, &length);
    *hash = md5((struct slice){bytes, length});
    free(bytes);
    return DYN_OK;
}

/* The next change of bytes that hold one. */
static struct view_change read_change(const uint8_t *bytes)
{
    struct view_change change;

    change.stamp = bytes_read(bytes, 8);
    change.by = (node_id)bytes_read(bytes + 8, 4);
    change.node = (node_id)bytes_read(bytes + 12, 4);
    change.kind = bytes[16];
    change.weight = (uint32_t)bytes_read(bytes + 17, 4);
    return change;
}

static bool may_follow(const struct view_change *last,
                       const struct view_change *change)
{
    const bool join = change->kind == VIEW_JOIN;

    if (change->stamp == 0 || (!join && change->kind != VIEW_LEAVE))
        return false;
    if (join ? change->weight < 1 || change->weight > RING_WEIGHT_MAX
             : change->weight != 0)
        return false;
    return is_before(last, change);
}

int view_decode(struct view **view, const uint8_t *bytes, size_t length)
{
    struct view_change last = {0, 0, 0, 0, 0};
    struct view *made;
    struct said **at;
    struct store store;
    size_t count;
    int rv;

    if (view == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < 4 || (length - 4) / 21 != bytes_read(bytes, 4) ||
        (length - 4) % 21 != 0)
        return DYN_ECORRUPT;
    count = (length - 4) / 21;
    for (size_t i = 0; i < count; i++) {
        const struct view_change change = read_change(bytes + 4 + 21 * i);

        if (!may_follow(&last, &change))
            return DYN_ECORRUPT;
        last = change;
    }
    rv = view_open(&made);
    if (rv != DYN_OK)
        return rv;
    rv = fill(&store, count);
    if (rv != DYN_OK) {
        view_close(made);
        return rv;
    }
    at = &made->first;
    for (size_t i = 0; i < count; i++) {
        const struct view_change change = read_change(bytes + 4 + 21 * i);

        at = put(made, at, &change, &store);
    }
    drop(&store);
    *view = made;
    return DYN_OK;
}
