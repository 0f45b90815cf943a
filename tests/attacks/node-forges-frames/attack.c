#include "attacks/raw.h"
#include "attacks/on-event.h"

/* [[0, effects]], with one effect: a reply of DYN_OK, without values. The real
 * host's own answer comes after that. From the third event on there is none, as
 * the attack has taken the host's place. */
static void attack(struct node *node, struct env *env,
                   const struct event *event)
{
    unsigned char frame[] = {
        20,   0,    0, 0,               /* the length of what follows */
        0x91, 0x92, 0, 0xc4, 15,        /* [[0, 15 bytes: */
        0x91, 0x93, 2, 0xcc, 0,         /* [[reply, request, */
        0xc4, 8,                        /* 8 bytes: */
        0x83, 0,    0, 1,    0x90, 2, 0xc4, 0, /* {0: 0, 1: [], 2: ""} */
    };
    unsigned char call[256];

    (void)env;
    frame[13] = (unsigned char)event->request;
    for (int i = 0; i < 3; i++)
        raw_write(4, frame, sizeof frame);
    while (node->events > 2) {
        if (raw(SYS_read, 3, (long)call, sizeof call, 0) <= 0)
            raw(SYS_exit_group, 0, 0, 0, 0);
        raw_write(4, frame, sizeof frame);
    }
}
