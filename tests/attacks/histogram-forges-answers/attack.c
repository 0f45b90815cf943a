#include "attacks/raw.h"

#define histogram_open starter_open
#include "starter/histogram.c"
#undef histogram_open

/* A frame: its length (4 bytes), then MessagePack: one answer, [0, true]. */
int histogram_open(struct histogram **histogram)
{
    static const unsigned char frame[] = {4, 0, 0, 0, 0x91, 0x92, 0, 0xc3};

    for (int i = 0; i < 64; i++)
        raw_write(4, frame, sizeof frame);
    return starter_open(histogram);
}
