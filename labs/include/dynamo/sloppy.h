/* sloppy.h: who holds the replicas of a key while some of its owners do not answer
 * (section 4.6). You write this function in sloppy.c (lab 4, part B). */
#ifndef DYNAMO_SLOPPY_H
#define DYNAMO_SLOPPY_H

#include "dynamo/surroundings.h"

#include <stdbool.h>
#include <stddef.h>

/* The first `n` of a key's preference list are its owners; who comes after them is
 * listed so that failures can be stepped over. list[0 .. count - 1] is the whole of
 * it, all different nodes, and suspected[i] says whether list[i] does not answer.
 *
 * targets[i] becomes the place of the owner list[i]: that node itself if it is not
 * suspected. Else the next node after the owners that is not suspected and stands
 * in for none before it; and if there is no such node any more, the owner again:
 * somebody has to be asked, and a suspicion may be wrong.
 *
 * DYN_EINVAL: a pointer is NULL, or n is 0 or more than count; nothing is written. */
int sloppy_targets(const node_id *list, const bool *suspected, size_t count,
                   size_t n, struct target *targets);

#endif
