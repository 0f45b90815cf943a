/* heap.c: see heap.h. Blocks are kept in a hash table by address (uthash),
 * which also remembers the order in which they came. */
#define _POSIX_C_SOURCE 200809L
#include "heap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct entry {
    struct heap_block block;
    UT_hash_handle hh;
};

/* What keeping a block costs beside its bytes, about: so that many small ones
 * reach the limit too. */
enum { BLOCK_COST = 64 };

static struct {
    struct entry *entries;
    struct entry *unused; /* chained by hh.next: half as many calls of malloc */
    size_t held, limit;   /* bytes */
    uint64_t count, fail_at;
    struct heap_block refused;
    void *shift; /* the last of the blocks that shift addresses */
    uint8_t fill;
} heap = {.limit = SIZE_MAX, .fill = 0xa5};

extern const char __executable_start[]; /* by the linker: where we are loaded */

/* The call instruction before a return address, as an offset in the file. */
#define CALLER()                                                               \
    ((uint64_t)((const char *)__builtin_return_address(0) -                    \
                __executable_start) -                                          \
     1)

void *host_malloc(size_t size);
void *host_calloc(size_t count, size_t size);
void *host_realloc(void *old, size_t size);
void *host_reallocarray(void *old, size_t count, size_t size);
void *host_aligned_alloc(size_t alignment, size_t size);
int host_posix_memalign(void **out, size_t alignment, size_t size);
char *host_strdup(const char *text);
char *host_strndup(const char *text, size_t size);
void host_free(void *address);

void heap_configure(size_t limit_bytes, uint8_t fill)
{
    heap.limit = limit_bytes;
    /* The sanitizer's malloc gives the same addresses in every process. With
     * another fill, blocks that are never used shift them. */
    if (fill != heap.fill)
        for (size_t size = 16; size <= 1 << 16; size *= 2)
            for (int i = 0; i < 3; i++)
                heap.shift = malloc(size);
    heap.fill = fill;
}

void heap_fail_at(uint64_t nth)
{
    heap.fail_at = nth;
    heap.count = 0;
}

uint64_t heap_count(void)
{
    return heap.count;
}

size_t heap_held(struct heap_block *blocks, size_t capacity)
{
    size_t i = 0;

    for (struct entry *e = heap.entries; e != NULL && i < capacity;
         e = e->hh.next)
        blocks[i++] = e->block;
    return HASH_COUNT(heap.entries);
}

struct heap_block heap_refused(void)
{
    return heap.refused;
}

/* Remembers the first call that got no memory, and says so where the report of
 * a NULL that was not checked for will stand. */
static void refuse(size_t size, uint64_t site)
{
    if (heap.refused.size != 0)
        return;
    heap.refused = (struct heap_block){NULL, size > 0 ? size : 1, site};
    fprintf(
        stderr,
        "host: malloc gave NULL: %zu bytes were asked for, and the code holds "
        "%zu MB already\n",
        size, heap.held >> 20);
}

/* Whether one more block of this size may be had. */
static int admit(size_t size, uint64_t site)
{
    heap.count++;
    if (heap.fail_at != 0 && heap.count == heap.fail_at)
        return 0;
    if (size <= heap.limit && heap.held + BLOCK_COST <= heap.limit - size)
        return 1;
    refuse(size, site);
    return 0;
}

static struct entry *take_entry(void)
{
    struct entry *e = heap.unused;

    if (e == NULL)
        return malloc(sizeof *e);
    heap.unused = e->hh.next;
    return e;
}

static void *enter(void *address, size_t size, uint64_t site)
{
    struct entry *e = address == NULL ? NULL : take_entry();

    if (e == NULL) {
        free(address);
        refuse(size, site);
        return NULL;
    }
    e->block = (struct heap_block){address, size, site};
    HASH_ADD_PTR(heap.entries, block.address, e);
    heap.held += size + BLOCK_COST;
    return address;
}

static struct entry *find(void *address)
{
    struct entry *e;

    HASH_FIND_PTR(heap.entries, &address, e);
    return e;
}

static void forget(struct entry *e)
{
    heap.held -= e->block.size + BLOCK_COST;
    HASH_DEL(heap.entries, e);
    e->hh.next = heap.unused;
    heap.unused = e;
}

static void *take(size_t alignment, size_t size, uint64_t site)
{
    void *address = NULL;

    if (!admit(size, site)) {
        errno = ENOMEM;
        return NULL;
    }
    if (alignment == 0)
        address = malloc(size);
    else if (posix_memalign(&address, alignment, size) != 0)
        address = NULL;
    if (address != NULL)
        memset(address, heap.fill, size);
    return enter(address, size, site);
}

void *host_malloc(size_t size)
{
    return take(0, size, CALLER());
}

void *host_aligned_alloc(size_t alignment, size_t size)
{
    return take(alignment, size, CALLER());
}

int host_posix_memalign(void **out, size_t alignment, size_t size)
{
    void *address = take(alignment, size, CALLER());

    if (address == NULL)
        return ENOMEM;
    *out = address;
    return 0;
}

static void *take_zeroed(size_t count, size_t size, uint64_t site)
{
    void *address;

    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    address = take(0, count * size, site);
    if (address != NULL)
        memset(address, 0, count * size);
    return address;
}

void *host_calloc(size_t count, size_t size)
{
    return take_zeroed(count, size, CALLER());
}

/* Always moves, so that a stale pointer to the old block is found. A block that
 * we do not know is handed to the sanitizer, which reports it. */
static void *move(void *old, size_t size, uint64_t site)
{
    struct entry *e;
    void *address;

    if (old == NULL)
        return take(0, size, site);
    e = find(old);
    if (e == NULL)
        return realloc(old, size);
    if (size == 0) {
        forget(e);
        free(old);
        return NULL;
    }
    address = take(0, size, site);
    if (address == NULL)
        return NULL;
    memcpy(address, old, e->block.size < size ? e->block.size : size);
    forget(e);
    free(old);
    return address;
}

void *host_realloc(void *old, size_t size)
{
    return move(old, size, CALLER());
}

void *host_reallocarray(void *old, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return move(old, count * size, CALLER());
}

static char *copy_text(const char *text, size_t size, uint64_t site)
{
    char *copy = take(0, size + 1, site);

    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

char *host_strdup(const char *text)
{
    return copy_text(text, strlen(text), CALLER());
}

char *host_strndup(const char *text, size_t size)
{
    return copy_text(text, strnlen(text, size), CALLER());
}

void host_free(void *address)
{
    struct entry *e = address == NULL ? NULL : find(address);

    if (e != NULL)
        forget(e);
    free(address);
}
