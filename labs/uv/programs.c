/* programs.c: see programs.h. */
#include "uv/programs.h"

#include <stddef.h>
#include <string.h>

static const struct entry {
    const struct program *program;
    bool contexts, membership;
} programs[] = {
    {&register_program, false, false}, {&masking_program, false, false},
    {&vclock_program, true, false},    {&dvv_program, true, false},
    {&failure_program, true, true},
};

static const struct entry *find(const char *name)
{
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (strcmp(programs[i].program->name, name) == 0)
            return &programs[i];
    return NULL;
}

const struct program *program_named(const char *name)
{
    const struct entry *const found = find(name);

    return found == NULL ? NULL : found->program;
}

bool program_has_contexts(const char *name)
{
    const struct entry *const found = find(name);

    return found != NULL && found->contexts;
}

bool program_has_membership(const char *name)
{
    const struct entry *const found = find(name);

    return found != NULL && found->membership;
}
