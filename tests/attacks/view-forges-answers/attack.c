#include "attacks/raw.h"

#define view_open starter_open
#include "starter/view.c"
#undef view_open

/* A frame: its length (4 bytes), then MessagePack: one answer, [0, true]. */
int view_open(struct view **view)
{
    static const unsigned char frame[] = {4, 0, 0, 0, 0x91, 0x92, 0, 0xc3};

    for (int i = 0; i < 64; i++)
        raw_write(4, frame, sizeof frame);
    return starter_open(view);
}
