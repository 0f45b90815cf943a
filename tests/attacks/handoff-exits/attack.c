#include "attacks/raw.h"
#include "attacks/on-hint.h"

static void attack(struct env *env)
{
    (void)env;
    raw(SYS_exit_group, 0, 0, 0, 0);
}
