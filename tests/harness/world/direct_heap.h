/* direct_heap.h: the heap of student code whose nodes all live in one process:
 * each node's blocks can be thrown away together, as a crash does. */
#ifndef WORLD_DIRECT_HEAP_H
#define WORLD_DIRECT_HEAP_H

#include <stddef.h>

struct direct_heap;

struct direct_heap *direct_heap_open(void); /* NULL: no memory */
/* Frees every block that was allocated while it was current, and itself. */
void direct_heap_close(struct direct_heap *heap);

/* Whose blocks are allocated from now on; NULL: nobody's, which is an abort. */
void direct_heap_enter(struct direct_heap *heap);

size_t direct_heap_held(const struct direct_heap *heap); /* blocks */

#endif
