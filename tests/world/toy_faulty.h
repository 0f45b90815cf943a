/* toy_faulty.h: three programs, each with one mistake that shows only under one
 * kind of fault, for tests of what finds it, and one that does nothing. */
#ifndef WORLD_TOY_FAULTY_H
#define WORLD_TOY_FAULTY_H

#include "dynamo/program.h"

/* A store of one node that acknowledges a put before it puts: a crash between
 * the two loses what was acknowledged. */
extern const struct program hasty_program;

/* Node 1 keeps, under "sum", how many puts there were. It is told of each by a
 * message and does not look whether it has had that: a copy counts twice. */
extern const struct program adder_program;

/* Two nodes tell each other every 10 ms that they live. Node 1 leads, as long as
 * it hears node 2; 30 ms of silence, and it gives up for ever. Node 2 leads, for
 * ever, after 60 ms of silence. Each that leads holds "leads" in its store. When
 * the link is cut from node 1 to node 2 only, both do. */
extern const struct program pair_program;

/* Answers DYN_EUNAVAILABLE to everything. */
extern const struct program refuser_program;

#endif
