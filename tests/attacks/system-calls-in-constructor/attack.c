#include "attacks/raw.h"
#include "attacks/on-load.h"

static void attack(void)
{
    raw(SYS_prctl, 1, 0, 0, 0);    /* outlive the launcher */
    raw(SYS_socket, 2, 1, 0, 0);
    raw(425, 8, 0, 0, 0);          /* io_uring_setup */
    raw(SYS_unshare, 0x10000000, 0, 0, 0);
    raw(SYS_fcntl, 3, 10, 9, 0);   /* have SIGKILL sent on input */
}
