/* direct_heap.c: see direct_heap.h. A block begins with a link to its
 * neighbours in its heap's ring of blocks. */
#define _POSIX_C_SOURCE 200809L
#include "direct_heap.h"

#include "dynamo/hash.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct link {
    struct link *before, *after;
    struct direct_heap *heap;
    void *start; /* what malloc returned */
    size_t size;
};

enum { LINK_ROOM = 48 }; /* keeps what follows aligned to 16 */

struct direct_heap {
    struct link ring;
    size_t held;
};

static struct direct_heap *current;

void *host_malloc(size_t size);
void *host_calloc(size_t count, size_t size);
void *host_realloc(void *old, size_t size);
void *host_reallocarray(void *old, size_t count, size_t size);
void *host_aligned_alloc(size_t alignment, size_t size);
int host_posix_memalign(void **out, size_t alignment, size_t size);
char *host_strdup(const char *text);
char *host_strndup(const char *text, size_t size);
void host_free(void *address);
struct digest host_md5(struct slice bytes);

struct direct_heap *direct_heap_open(void)
{
    struct direct_heap *heap = calloc(1, sizeof *heap);

    if (heap != NULL)
        heap->ring.before = heap->ring.after = &heap->ring;
    return heap;
}

static struct link *link_of(void *address)
{
    return (struct link *)((char *)address - LINK_ROOM);
}

static void take_out(struct link *link)
{
    link->before->after = link->after;
    link->after->before = link->before;
    link->heap->held--;
}

void direct_heap_close(struct direct_heap *heap)
{
    if (heap == NULL)
        return;
    while (heap->ring.after != &heap->ring) {
        struct link *link = heap->ring.after;

        take_out(link);
        free(link->start);
    }
    if (current == heap)
        current = NULL;
    free(heap);
}

void direct_heap_enter(struct direct_heap *heap)
{
    current = heap;
}

size_t direct_heap_held(const struct direct_heap *heap)
{
    return heap->held;
}

static void *take(size_t alignment, size_t size)
{
    size_t before = alignment > LINK_ROOM ? alignment : LINK_ROOM;
    struct link *link;
    char *start = NULL;

    if (current == NULL)
        abort();
    if (size > SIZE_MAX - before) {
        errno = ENOMEM;
        return NULL;
    }
    if (alignment <= 16)
        start = malloc(before + size);
    else if (posix_memalign((void **)&start, alignment, before + size) != 0)
        start = NULL;
    if (start == NULL)
        return NULL;
    link = link_of(start + before);
    *link = (struct link){&current->ring, current->ring.after, current, start,
                          size};
    link->after->before = link;
    current->ring.after = link;
    current->held++;
    memset(start + before, 0xa5, size);
    return start + before;
}

void *host_malloc(size_t size)
{
    return take(0, size);
}

void *host_aligned_alloc(size_t alignment, size_t size)
{
    return take(alignment, size);
}

int host_posix_memalign(void **out, size_t alignment, size_t size)
{
    void *address = take(alignment, size);

    if (address == NULL)
        return ENOMEM;
    *out = address;
    return 0;
}

void *host_calloc(size_t count, size_t size)
{
    void *address;

    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    address = take(0, count * size);
    if (address != NULL)
        memset(address, 0, count * size);
    return address;
}

void host_free(void *address)
{
    if (address == NULL)
        return;
    take_out(link_of(address));
    free(link_of(address)->start);
}

void *host_realloc(void *old, size_t size)
{
    size_t kept;
    void *address;

    if (old == NULL)
        return take(0, size);
    if (size == 0) {
        host_free(old);
        return NULL;
    }
    kept = link_of(old)->size;
    address = take(0, size);
    if (address == NULL)
        return NULL;
    memcpy(address, old, kept < size ? kept : size);
    host_free(old);
    return address;
}

void *host_reallocarray(void *old, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return host_realloc(old, count * size);
}

char *host_strndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = take(0, length + 1);

    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *host_strdup(const char *text)
{
    return host_strndup(text, SIZE_MAX);
}

/* Renamed with them (labs/host/work.h); nobody counts here. */
struct digest host_md5(struct slice bytes)
{
    return md5(bytes);
}
