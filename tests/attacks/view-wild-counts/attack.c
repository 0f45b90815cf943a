#define view_open starter_open
#define view_join starter_join
#define view_merge starter_merge
#define view_changes starter_changes
#define view_members starter_members
#define view_ring starter_ring
#define view_encode starter_encode
#include "starter/view.c"
#undef view_open
#undef view_join
#undef view_merge
#undef view_changes
#undef view_members
#undef view_ring
#undef view_encode

int view_open(struct view **view)
{
    *view = (struct view *)(uintptr_t)8;
    return DYN_OK;
}

int view_join(struct view *view, node_id by, node_id node, uint32_t weight)
{
    (void)view;
    (void)by;
    (void)node;
    (void)weight;
    return DYN_OK;
}

int view_merge(struct view *into, const struct view *from)
{
    (void)into;
    (void)from;
    return DYN_OK;
}

size_t view_changes(const struct view *view, struct view_change *changes,
                    size_t capacity)
{
    (void)view;
    for (size_t i = 0; i < capacity; i++)
        changes[i] = (struct view_change){UINT64_MAX, 0, 0, UINT32_MAX, 1};
    return SIZE_MAX;
}

size_t view_members(const struct view *view, node_id *members, size_t capacity)
{
    (void)view;
    for (size_t i = 0; i < capacity; i++)
        members[i] = (node_id)-i;
    return SIZE_MAX / sizeof *members + 2;
}

int view_ring(const struct view *view, const struct ring_config *config,
              struct ring **ring)
{
    (void)view;
    (void)config;
    *ring = (struct ring *)(uintptr_t)24;
    return DYN_OK;
}

int view_encode(const struct view *view, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    (void)view;
    (void)bytes;
    *length = capacity + ((size_t)1 << 60);
    return capacity == 0 ? DYN_ERANGE : DYN_OK;
}
