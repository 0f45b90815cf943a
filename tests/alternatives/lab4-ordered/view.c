/* view.c, built otherwise: a view is its own encoding. Numbers that are big-endian, in
 * the order in which changes are compared, are compared as bytes are. Nothing of what
 * follows from the changes is kept. */
#include "dynamo/view.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { START = 4, SIZE = 21 };

struct view {
    uint8_t *bytes;
    size_t count;
};

static uint8_t *at(const struct view *view, size_t i)
{
    return view->bytes + START + i * SIZE;
}

static struct view_change change_at(const struct view *view, size_t i)
{
    const uint8_t *bytes = at(view, i);

    return (struct view_change){bytes_read(bytes, 8),
                                (node_id)bytes_read(bytes + 8, 4),
                                (node_id)bytes_read(bytes + 12, 4), bytes[16],
                                (uint32_t)bytes_read(bytes + 17, 4)};
}

static node_id node_at(const struct view *view, size_t i)
{
    return (node_id)bytes_read(at(view, i) + 12, 4);
}

/* A new view with room for so many changes, none of which is written. */
static struct view *made_for(size_t count)
{
    struct view *view = malloc(sizeof *view);

    if (view == NULL)
        return NULL;
    view->bytes = malloc(START + count * SIZE);
    view->count = count;
    if (view->bytes == NULL) {
        free(view);
        return NULL;
    }
    bytes_write(view->bytes, START, count);
    return view;
}

int view_open(struct view **view)
{
    struct view *made;

    if (view == NULL)
        return DYN_EINVAL;
    made = made_for(0);
    if (made == NULL)
        return DYN_ENOMEM;
    *view = made;
    return DYN_OK;
}

void view_close(struct view *view)
{
    if (view != NULL)
        free(view->bytes);
    free(view);
}

/* Its last change decides. */
static bool is_member(const struct view *view, node_id node)
{
    for (size_t i = view->count; i > 0; i--)
        if (node_at(view, i - 1) == node)
            return at(view, i - 1)[16] == VIEW_JOIN;
    return false;
}

static int add(struct view *view, uint32_t by, uint32_t node, uint32_t kind,
               uint32_t weight)
{
    uint64_t stamp = 0;
    uint8_t *bytes;

    if (view->count > 0)
        stamp = bytes_read(at(view, view->count - 1), 8);
    if (stamp == UINT64_MAX)
        return DYN_ERANGE;
    bytes = realloc(view->bytes, START + (view->count + 1) * SIZE);
    if (bytes == NULL)
        return DYN_ENOMEM;
    view->bytes = bytes;
    bytes = at(view, view->count++);
    bytes_write(bytes, 8, stamp + 1);
    bytes_write(bytes + 8, 4, by);
    bytes_write(bytes + 12, 4, node);
    bytes_write(bytes + 16, 1, kind);
    bytes_write(bytes + 17, 4, weight);
    bytes_write(view->bytes, START, view->count);
    return DYN_OK;
}

int view_join(struct view *view, node_id by, node_id node, uint32_t weight)
{
    if (view == NULL || weight == 0 || weight > RING_WEIGHT_MAX)
        return DYN_EINVAL;
    return is_member(view, node) ? DYN_EEXIST
                                 : add(view, by, node, VIEW_JOIN, weight);
}

int view_leave(struct view *view, node_id by, node_id node)
{
    if (view == NULL)
        return DYN_EINVAL;
    return is_member(view, node) ? add(view, by, node, VIEW_LEAVE, 0)
                                 : DYN_ENOENT;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, SIZE);
}

int view_merge(struct view *into, const struct view *from)
{
    size_t count = 0, all;
    struct view *both;
    uint8_t *old;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    all = into->count + from->count;
    both = made_for(all);
    if (both == NULL)
        return DYN_ENOMEM;
    memcpy(at(both, 0), at(into, 0), into->count * SIZE);
    memcpy(at(both, into->count), at(from, 0), from->count * SIZE);
    qsort(at(both, 0), all, SIZE, by_bytes);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || memcmp(at(both, i), at(both, count - 1), SIZE) != 0)
            memmove(at(both, count++), at(both, i), SIZE);
    bytes_write(both->bytes, START, count);
    old = into->bytes;
    into->bytes = both->bytes;
    into->count = count;
    both->bytes = old;
    view_close(both);
    return DYN_OK;
}

size_t view_changes(const struct view *view, struct view_change *changes,
                    size_t capacity)
{
    if (view == NULL || (changes == NULL && capacity > 0))
        return 0;
    for (size_t i = 0; i < capacity && i < view->count; i++)
        changes[i] = change_at(view, i);
    return view->count;
}

size_t view_members(const struct view *view, node_id *members, size_t capacity)
{
    uint64_t from = 0, next;
    size_t count = 0;

    if (view == NULL || (members == NULL && capacity > 0))
        return 0;
    /* The smallest name from there on, until there is none. */
    for (;; from = next + 1) {
        next = UINT64_MAX;
        for (size_t i = 0; i < view->count; i++) {
            const node_id node = node_at(view, i);

            if (node >= from && node < next)
                next = node;
        }
        if (next == UINT64_MAX)
            return count;
        if (is_member(view, (node_id)next)) {
            if (count < capacity)
                members[count] = (node_id)next;
            count++;
        }
    }
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
    for (size_t i = 0; i < view->count && rv != DYN_ENOMEM; i++) {
        const struct view_change change = change_at(view, i);

        rv = change.kind == VIEW_LEAVE
                 ? ring_leave(made, change.node)
                 : ring_join(made, change.node, change.weight);
    }
    if (rv == DYN_ENOMEM) {
        ring_close(made);
        return DYN_ENOMEM;
    }
    *ring = made;
    return DYN_OK;
}

int view_encode(const struct view *view, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    if (view == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    *length = START + view->count * SIZE;
    if (capacity < *length)
        return DYN_ERANGE;
    memcpy(bytes, view->bytes, *length);
    return DYN_OK;
}

int view_hash(const struct view *view, struct digest *hash)
{
    if (view == NULL || hash == NULL)
        return DYN_EINVAL;
    *hash = md5((struct slice){view->bytes, START + view->count * SIZE});
    return DYN_OK;
}

static bool is_sound(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct view_change c = change_at(view, i);

        if (c.stamp == 0 || c.kind < VIEW_JOIN || c.kind > VIEW_LEAVE ||
            (c.kind == VIEW_JOIN) != (c.weight > 0) ||
            c.weight > RING_WEIGHT_MAX ||
            (i > 0 && memcmp(at(view, i - 1), at(view, i), SIZE) >= 0))
            return false;
    }
    return true;
}

int view_decode(struct view **view, const uint8_t *bytes, size_t length)
{
    struct view *made;
    uint64_t count;

    if (view == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < START)
        return DYN_ECORRUPT;
    count = bytes_read(bytes, START);
    if (length - START != count * SIZE)
        return DYN_ECORRUPT;
    made = made_for(count);
    if (made == NULL)
        return DYN_ENOMEM;
    memcpy(made->bytes, bytes, length);
    if (!is_sound(made)) {
        view_close(made);
        return DYN_ECORRUPT;
    }
    *view = made;
    return DYN_OK;
}
