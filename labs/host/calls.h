/* calls.h: what a host can be told to do.
 *
 * A frame is an array of calls, a call is an array: the function's name, then
 * its arguments; answers come back as an array of arrays, in order. Each noun
 * of the contracts has a table of its calls. */
#ifndef HOST_CALLS_H
#define HOST_CALLS_H

#include "value.h"

/* Reads the call's arguments, calls the student's function, writes the answer:
 * one array. The arguments' number has been checked. */
typedef void call_fn(struct reader *arguments, struct writer *answer);

struct call {
    const char *name;
    uint32_t arguments;
    call_fn *run;
};

/* Tables end with a NULL name. The lab's own table is linked in. */
extern const struct call lab_calls[];
extern const struct call heap_calls[];

/* Room that a student's function is to fill: exactly as large as promised, so
 * that the sanitizer sees a step beyond it, and marked, so that room which
 * should have been left alone shows. The caller frees it. */
void *marked_room(size_t size);
bool room_is_marked(const void *room, size_t size);

#endif
