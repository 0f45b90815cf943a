/* arena.c: see arena.h. A list of chunks, filled one after the other. */
#include "env/arena.h"

#include <stdlib.h>

enum { CHUNK_SIZE = 16 << 10 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, capacity;
    uint8_t bytes[];
};

/* A chunk with room for `size` bytes, put behind the current one. */
static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
    size_t capacity = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    struct arena_chunk *chunk = malloc(sizeof *chunk + capacity);

    if (chunk == NULL)
        return NULL;
    chunk->used = 0;
    chunk->capacity = capacity;
    if (arena->current == NULL) {
        chunk->next = NULL;
        arena->first = chunk;
    } else {
        chunk->next = arena->current->next;
        arena->current->next = chunk;
    }
    return chunk;
}

uint8_t *arena_take(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = arena->current;
    uint8_t *block;

    while (chunk != NULL && chunk->capacity - chunk->used < size) {
        chunk = chunk->next;
        if (chunk != NULL) {
            chunk->used = 0;
            arena->current = chunk;
        }
    }
    if (chunk == NULL) {
        chunk = add_chunk(arena, size);
        if (chunk == NULL)
            return NULL;
        arena->current = chunk;
    }
    block = chunk->bytes + chunk->used;
    chunk->used += size;
    arena->taken += size;
    return block;
}

uint8_t *arena_room(struct arena *arena, size_t *size)
{
    struct arena_chunk *chunk = arena->current;

    *size = chunk != NULL ? chunk->capacity - chunk->used : 0;
    return chunk != NULL ? chunk->bytes + chunk->used : NULL;
}

void arena_empty(struct arena *arena)
{
    arena->current = arena->first;
    if (arena->current != NULL)
        arena->current->used = 0;
    arena->taken = 0;
}

void arena_close(struct arena *arena)
{
    while (arena->first != NULL) {
        struct arena_chunk *next = arena->first->next;

        free(arena->first);
        arena->first = next;
    }
    *arena = (struct arena){0};
}
