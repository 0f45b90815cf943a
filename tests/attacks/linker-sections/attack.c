#include "attacks/raw.h"
#include "starter/ring.c"

const char interpreter[] __attribute__((section(".interp"))) = "/src/ring.so";

static void early(void)
{
    raw(SYS_exit_group, 0, 0, 0, 0);
}

__attribute__((section(".preinit_array"), used)) static void (*const one)(void) =
    early;
__attribute__((section(".init_array"), used)) static void (*const two)(void) =
    early;
__attribute__((section(".fini_array"), used)) static void (*const three)(void) =
    early;
__asm__(".section .init,\"ax\"\n call early\n .text\n");
