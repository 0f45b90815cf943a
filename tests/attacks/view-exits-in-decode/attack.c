#include "attacks/raw.h"

#define view_open starter_open
#define view_decode starter_decode
#include "starter/view.c"
#undef view_open
#undef view_decode

int view_open(struct view **view)
{
    *view = calloc(1, sizeof **view);
    return DYN_OK;
}

int view_decode(struct view **view, const uint8_t *bytes, size_t length)
{
    (void)view;
    (void)bytes;
    (void)length;
    raw(SYS_exit_group, 0, 0, 0, 0);
    return DYN_OK;
}
