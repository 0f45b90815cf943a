/* programs.h: the programs that this dynamo-node can run. */
#ifndef UV_PROGRAMS_H
#define UV_PROGRAMS_H

#include "dynamo/program.h"

/* Which lab's programs those are is settled by what is linked: each lab defines
 * this, and ends it with NULL. */
extern const struct program *const lab_programs[];

/* The program of that name, or NULL. */
const struct program *program_named(const char *name);

#endif
