/* view.c: who belongs to the store.
 *
 * Interface: dynamo/view.h, which says what every function owes its caller.
 */
#include "dynamo/view.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include "dynamo/bytes.h"

#include <stdbool.h>
#include <string.h>

struct view {
    struct view_change *changes; /* in their order */
    size_t count;
    node_id *members; /* what follows from them, in ascending order */
    size_t member_count;
    size_t room; /* in both, for so many: there is no member without a join */
};

enum { HEAD_SIZE = 4, CHANGE_SIZE = 8 + 4 + 4 + 1 + 4 };

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare(const struct view_change *a, const struct view_change *b)
{
    int order = compare_numbers(a->stamp, b->stamp);

    if (order == 0)
        order = compare_numbers(a->by, b->by);
    if (order == 0)
        order = compare_numbers(a->node, b->node);
    if (order == 0)
        order = compare_numbers(a->kind, b->kind);
    if (order == 0)
        order = compare_numbers(a->weight, b->weight);
    return order;
}

/* @starter
struct view {
    size_t count;
    // The changes, and what you make of them: yours to add.
};
@end */

/* ---- Changes ---- */

int view_open(struct view **view)
{
    /* @solution */
    struct view *made;

    if (view == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *view = made;
    return DYN_OK;
    /* @starter
    (void)view;
    return DYN_ETODO;
    @end */
}

void view_close(struct view *view)
{
    /* @solution */
    if (view == NULL)
        return;
    free(view->changes);
    free(view->members);
    free(view);
    /* @starter
    (void)view;
    @end */
}

/* @solution */

/* Where the node is among the members, or would be. */
static size_t find(const struct view *view, node_id node, bool *found)
{
    size_t at = 0;

    while (at < view->member_count && view->members[at] < node)
        at++;
    *found = at < view->member_count && view->members[at] == node;
    return at;
}

/* Takes a change, for which there is room, after all that there are. */
static void append(struct view *view, struct view_change change)
{
    bool member;
    const size_t at = find(view, change.node, &member);
    node_id *const place = &view->members[at];
    const size_t after = view->member_count - at;

    view->changes[view->count++] = change;
    if (change.kind == VIEW_JOIN && !member) {
        memmove(place + 1, place, after * sizeof *place);
        *place = change.node;
        view->member_count++;
    } else if (change.kind == VIEW_LEAVE && member) {
        memmove(place, place + 1, (after - 1) * sizeof *place);
        view->member_count--;
    }
}

/* Room for so many changes and members, and one more, so that there are arrays also
 * of none. */
static int make_room(struct view *view, size_t room)
{
    struct view_change *changes;
    node_id *members;

    changes = realloc(view->changes, (room + 1) * sizeof *changes);
    if (changes == NULL)
        return DYN_ENOMEM;
    view->changes = changes;
    members = realloc(view->members, (room + 1) * sizeof *members);
    if (members == NULL)
        return DYN_ENOMEM;
    view->members = members;
    view->room = room;
    return DYN_OK;
}

/* Adds a change that comes after all that there are. */
static int say(struct view *view, struct view_change change)
{
    int rv;

    change.stamp = 1;
    if (view->count > 0) {
        const uint64_t highest = view->changes[view->count - 1].stamp;

        if (highest == UINT64_MAX)
            return DYN_ERANGE;
        change.stamp = highest + 1;
    }
    if (view->count == view->room) {
        rv = make_room(view, 2 * view->room + 8);
        if (rv != DYN_OK)
            return rv;
    }
    append(view, change);
    return DYN_OK;
}

/* @starter
@end */

int view_join(struct view *view, node_id by, node_id node, uint32_t weight)
{
    /* @solution */
    bool member;

    if (view == NULL || weight < 1 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    (void)find(view, node, &member);
    if (member)
        return DYN_EEXIST;
    return say(
        view, (struct view_change){
                  .by = by, .node = node, .kind = VIEW_JOIN, .weight = weight});
    /* @starter
    (void)view;
    (void)by;
    (void)node;
    (void)weight;
    return DYN_ETODO;
    @end */
}

int view_leave(struct view *view, node_id by, node_id node)
{
    /* @solution */
    bool member;

    if (view == NULL)
        return DYN_EINVAL;
    (void)find(view, node, &member);
    if (!member)
        return DYN_ENOENT;
    return say(
        view, (struct view_change){.by = by, .node = node, .kind = VIEW_LEAVE});
    /* @starter
    (void)view;
    (void)by;
    (void)node;
    return DYN_ETODO;
    @end */
}

int view_merge(struct view *into, const struct view *from)
{
    /* @solution */
    struct view merged = {.count = 0}, old;
    size_t i = 0, j = 0;
    int rv;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    rv = make_room(&merged, into->count + from->count);
    while (rv == DYN_OK && (i < into->count || j < from->count)) {
        int order; /* below 0: the next one is of into; above: of from; 0: both */

        if (i == into->count)
            order = 1;
        else if (j == from->count)
            order = -1;
        else
            order = compare(&into->changes[i], &from->changes[j]);
        append(&merged, order <= 0 ? into->changes[i] : from->changes[j]);
        i += order <= 0;
        j += order >= 0;
    }
    /* `from` may be `into`, which is replaced only now. */
    old = merged;
    if (rv == DYN_OK) {
        old = *into;
        *into = merged;
    }
    free(old.changes);
    free(old.members);
    return rv;
    /* @starter
    (void)into;
    (void)from;
    return DYN_ETODO;
    @end */
}

size_t view_changes(const struct view *view, struct view_change *changes,
                    size_t capacity)
{
    /* @solution */
    if (view == NULL || (changes == NULL && capacity > 0))
        return 0;
    for (size_t i = 0; i < view->count && i < capacity; i++)
        changes[i] = view->changes[i];
    return view->count;
    /* @starter
    (void)view;
    (void)changes;
    (void)capacity;
    return 0;
    @end */
}

/* ---- What follows from them ---- */

size_t view_members(const struct view *view, node_id *members, size_t capacity)
{
    /* @solution */
    if (view == NULL || (members == NULL && capacity > 0))
        return 0;
    for (size_t i = 0; i < view->member_count && i < capacity; i++)
        members[i] = view->members[i];
    return view->member_count;
    /* @starter
    (void)view;
    (void)members;
    (void)capacity;
    return 0;
    @end */
}

int view_ring(const struct view *view, const struct ring_config *config,
              struct ring **ring)
{
    /* @solution */
    struct ring *made;
    int rv;

    if (view == NULL || config == NULL || ring == NULL)
        return DYN_EINVAL;
    rv = ring_open(&made, config);
    if (rv != DYN_OK)
        return rv;
    for (size_t i = 0; i < view->count; i++) {
        const struct view_change *const change = &view->changes[i];

        if (change->kind == VIEW_JOIN)
            rv = ring_join(made, change->node, change->weight);
        else
            rv = ring_leave(made, change->node);
        /* All nodes come to the same refusals, but each has its own memory. */
        if (rv == DYN_ENOMEM) {
            ring_close(made);
            return rv;
        }
    }
    *ring = made;
    return DYN_OK;
    /* @starter
    (void)view;
    (void)config;
    (void)ring;
    return DYN_ETODO;
    @end */
}

/* ---- Bytes ---- */

int view_encode(const struct view *view, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    /* @solution */
    if (view == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    *length = HEAD_SIZE + view->count * CHANGE_SIZE;
    if (bytes == NULL || *length > capacity)
        return DYN_ERANGE;
    bytes_write(bytes, HEAD_SIZE, view->count);
    bytes += HEAD_SIZE;
    for (size_t i = 0; i < view->count; i++, bytes += CHANGE_SIZE) {
        const struct view_change *const change = &view->changes[i];

        bytes_write(bytes, 8, change->stamp);
        bytes_write(bytes + 8, 4, change->by);
        bytes_write(bytes + 12, 4, change->node);
        bytes_write(bytes + 16, 1, change->kind);
        bytes_write(bytes + 17, 4, change->weight);
    }
    return DYN_OK;
    /* @starter
    (void)view;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
    @end */
}

int view_hash(const struct view *view, struct digest *hash)
{
    /* @solution */
    uint8_t *bytes;
    size_t length;

    if (view == NULL || hash == NULL)
        return DYN_EINVAL;
    (void)view_encode(view, NULL, 0, &length);
    bytes = malloc(length);
    if (bytes == NULL)
        return DYN_ENOMEM;
    (void)view_encode(view, bytes, length, &length);
    *hash = md5((struct slice){bytes, length});
    free(bytes);
    return DYN_OK;
    /* @starter
    (void)view;
    (void)hash;
    return DYN_ETODO;
    @end */
}

/* @solution */

static bool is_legal(const struct view_change *change)
{
    if (change->stamp == 0)
        return false;
    if (change->kind == VIEW_LEAVE)
        return change->weight == 0;
    return change->kind == VIEW_JOIN && change->weight >= 1 &&
           change->weight <= RING_WEIGHT_MAX;
}

/* Reads changes, for which there is room, into a view without any. */
static int read_changes(struct view *view, const uint8_t *bytes, size_t count)
{
    for (; view->count < count; bytes += CHANGE_SIZE) {
        const struct view_change change = {
            .stamp = bytes_read(bytes, 8),
            .by = (node_id)bytes_read(bytes + 8, 4),
            .node = (node_id)bytes_read(bytes + 12, 4),
            .kind = (uint32_t)bytes_read(bytes + 16, 1),
            .weight = (uint32_t)bytes_read(bytes + 17, 4),
        };

        if (!is_legal(&change))
            return DYN_ECORRUPT;
        if (view->count > 0 &&
            compare(&view->changes[view->count - 1], &change) >= 0)
            return DYN_ECORRUPT;
        append(view, change);
    }
    return DYN_OK;
}

/* @starter
@end */

int view_decode(struct view **view, const uint8_t *bytes, size_t length)
{
    /* @solution */
    struct view *made;
    size_t count;
    int rv;

    if (view == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < HEAD_SIZE)
        return DYN_ECORRUPT;
    /* What the length says, and not what is claimed, decides how much memory is
     * asked for. */
    count = (length - HEAD_SIZE) / CHANGE_SIZE;
    if ((length - HEAD_SIZE) % CHANGE_SIZE != 0 ||
        bytes_read(bytes, HEAD_SIZE) != count)
        return DYN_ECORRUPT;
    rv = view_open(&made);
    if (rv != DYN_OK)
        return rv;
    rv = make_room(made, count);
    if (rv == DYN_OK)
        rv = read_changes(made, bytes + HEAD_SIZE, count);
    if (rv == DYN_OK)
        *view = made;
    else
        view_close(made);
    return rv;
    /* @starter
    (void)view;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
    @end */
}
