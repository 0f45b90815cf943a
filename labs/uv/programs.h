/* programs.h: the programs that dynamo-node can run: those of all labs. */
#ifndef UV_PROGRAMS_H
#define UV_PROGRAMS_H

#include "dynamo/program.h"

#include <stdbool.h>

/* NULL if there is none of that name. */
const struct program *program_named(const char *name);

/* Whether a put of it replaces what its context covers, and nothing else. Of an
 * unknown name false. */
bool program_has_contexts(const char *name);

/* Whether nodes of it can join and leave (config's gossip_ms). Likewise false. */
bool program_has_membership(const char *name);

#endif
