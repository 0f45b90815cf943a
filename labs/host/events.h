/* events.h: the host as the home of a node: what a world tells it, and what the
 * node's handlers recorded.
 *
 * One node a process. Its store lives here too, in memory, and dies with the
 * process; the world keeps what is durable and hands it to the next open. */
#ifndef HOST_EVENTS_H
#define HOST_EVENTS_H

#include "calls.h"
#include "dynamo/program.h"

extern const struct call event_calls[];

/* The programs that may be opened, by their names. Defined by each lab, ends
 * with NULL. */
extern const struct program *const lab_programs[];

#endif
