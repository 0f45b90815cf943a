/* programs.c: see programs.h. */
#include "uv/programs.h"

#include <stddef.h>
#include <string.h>

const struct program *program_named(const char *name)
{
    for (const struct program *const *at = lab_programs; *at != NULL; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}
