/* programs.c: the programs that a node of lab 2 can run. */
#include "dynamo/program.h"

#include <stddef.h>

extern const struct program *const lab_programs[];

const struct program *const lab_programs[] = {&register_program,
                                              &masking_program, NULL};
