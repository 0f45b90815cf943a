#define load_open starter_open
#include "starter/load.c"
#undef load_open

int load_open(struct load **load, const struct load_config *config)
{
    (void)config;
    for (volatile unsigned i = 0; i < 10; i = (i + 1) % 10)
        *load = NULL;
    return DYN_OK;
}
