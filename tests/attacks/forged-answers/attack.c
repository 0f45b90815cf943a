#include "attacks/raw.h"
#include "attacks/on-call.h"

/* A frame: its length (4 bytes), then MessagePack: 15 answers, each 0. */
static void attack(void)
{
    static const unsigned char frame[] = {16, 0, 0, 0, 0x9f, 0, 0, 0, 0, 0,
                                          0,  0, 0, 0, 0,    0, 0, 0, 0, 0};
    static const unsigned char single[] = {2, 0, 0, 0, 0x91, 0};
    for (int i = 0; i < 64; i++) {
        raw_write(4, single, sizeof single);
        raw_write(4, frame, sizeof frame);
    }
}
