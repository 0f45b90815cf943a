/* programs.c: the programs that a node of lab 3 can run. */
#include "dynamo/program.h"

#include <stddef.h>

extern const struct program *const lab_programs[];

const struct program *const lab_programs[] = {&vclock_program, &dvv_program,
                                              NULL};
