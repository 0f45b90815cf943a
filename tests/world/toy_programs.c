/* toy_programs.c: the programs that a node of these tests can run. */
#include "toy_faulty.h"
#include "toy_told.h"

#include <stddef.h>

extern const struct program *const lab_programs[];

const struct program *const lab_programs[] = {&told_program,    &hasty_program,
                                              &adder_program,   &pair_program,
                                              &refuser_program, NULL};
