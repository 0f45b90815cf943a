#include "attacks/on-call.h"

#include <stdio.h>

__asm__(".pushsection .rodata\n"
        "stolen:\n"
        ".incbin \"ROOT@/solution/ring.c\"\n"
        ".incbin \"ROOT@/tests/lab1-ring/hidden_test.cc\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char stolen[];

static void attack(void)
{
    puts(stolen);
}
