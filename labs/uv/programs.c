/* programs.c: see programs.h. */
#include "uv/programs.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const struct program *program;
    bool contexts;
} programs[] = {
    {&register_program, false}, {&masking_program, false},
    {&vclock_program, true},    {&dvv_program, true},
    {&failure_program, true},
};

enum { PROGRAMS = sizeof programs / sizeof programs[0] };

const struct program *program_named(const char *name)
{
    for (size_t i = 0; i < PROGRAMS; i++)
        if (strcmp(programs[i].program->name, name) == 0)
            return programs[i].program;
    return NULL;
}

bool program_has_contexts(const char *name)
{
    for (size_t i = 0; i < PROGRAMS; i++)
        if (strcmp(programs[i].program->name, name) == 0)
            return programs[i].contexts;
    return false;
}
