/* view.c: who belongs to the store.
 *
 * Interface: dynamo/view.h, which says what every function owes its caller.
 */
#include "dynamo/view.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct view {
    size_t count;
    // The changes, and what you make of them: yours to add.
};

/* ---- Changes ---- */

int view_open(struct view **view)
{
    (void)view;
    return DYN_ETODO;
}

void view_close(struct view *view)
{
    (void)view;
}

int view_join(struct view *view, node_id by, node_id node, uint32_t weight)
{
    (void)view;
    (void)by;
    (void)node;
    (void)weight;
    return DYN_ETODO;
}

int view_leave(struct view *view, node_id by, node_id node)
{
    (void)view;
    (void)by;
    (void)node;
    return DYN_ETODO;
}

int view_merge(struct view *into, const struct view *from)
{
    (void)into;
    (void)from;
    return DYN_ETODO;
}

size_t view_changes(const struct view *view, struct view_change *changes,
                    size_t capacity)
{
    (void)view;
    (void)changes;
    (void)capacity;
    return 0;
}

/* ---- What follows from them ---- */

size_t view_members(const struct view *view, node_id *members, size_t capacity)
{
    (void)view;
    (void)members;
    (void)capacity;
    return 0;
}

int view_ring(const struct view *view, const struct ring_config *config,
              struct ring **ring)
{
    (void)view;
    (void)config;
    (void)ring;
    return DYN_ETODO;
}

/* ---- Bytes ---- */

int view_encode(const struct view *view, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    (void)view;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
}

int view_hash(const struct view *view, struct digest *hash)
{
    (void)view;
    (void)hash;
    return DYN_ETODO;
}

int view_decode(struct view **view, const uint8_t *bytes, size_t length)
{
    (void)view;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
}
