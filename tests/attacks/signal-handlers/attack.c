#include "attacks/raw.h"
#include "attacks/on-call.h"

/* The kernel's own sigaction: handler, flags, restorer, mask. */
struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

static void carry_on(int signal)
{
    (void)signal;
    raw(SYS_exit_group, 0, 0, 0, 0);
}

static void attack(void)
{
    struct kernel_action action = {carry_on, 0x44000000, 0, 0};
    for (int signal = 1; signal < 32; signal++)
        raw(SYS_rt_sigaction, signal, (long)&action, 0, 8);
    *(volatile int *)8 = 1;
    __builtin_trap();
}
