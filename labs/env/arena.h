/* arena.h: memory for what one event records, used again for the next.
 *
 * Blocks stay where they are until the arena is emptied. */
#ifndef ENV_ARENA_H
#define ENV_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_chunk;

/* All zero: an empty arena. */
struct arena {
    struct arena_chunk *first, *current;
    size_t taken; /* bytes since it was last emptied */
};

/* A block of `size` bytes, not aligned, valid until the arena is emptied or
 * closed. NULL when there is no memory. */
uint8_t *arena_take(struct arena *arena, size_t size);

/* Where the next block will lie if it has at most *size bytes: one may write
 * there first and take it then. *size may become 0, and the result NULL. */
uint8_t *arena_room(struct arena *arena, size_t *size);

/* Forgets all blocks and keeps the memory. */
void arena_empty(struct arena *arena);

/* Frees the memory. */
void arena_close(struct arena *arena);

#endif
