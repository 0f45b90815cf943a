/* heap.h: the heap that student code is given.
 *
 * In a student's object malloc, free and their relations are renamed to the
 * host_ functions below (heap.syms lists them), so that the host knows every
 * block the code holds and who asked for it. That finds leaks inside a sandbox
 * in which LeakSanitizer cannot work (it needs ptrace and a thread), bounds the
 * memory held, and lets a test make one allocation fail. The blocks come from
 * the address sanitizer's malloc, which watches their edges. */
#ifndef HOST_HEAP_H
#define HOST_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* At most this many bytes may be held at one time; more makes malloc fail.
 * New blocks are filled with `fill`, and their addresses depend on it too: two
 * runs that differ in it and answer differently have read memory that nobody
 * had written, or made something of an address. */
void heap_configure(size_t limit_bytes, uint8_t fill);

/* The nth allocation from now fails, once; 0: none does. */
void heap_fail_at(uint64_t nth);

/* How many allocations were asked for since the last heap_fail_at. */
uint64_t heap_count(void);

/* A block that is held. */
struct heap_block {
    void *address;
    size_t size;   /* bytes */
    uint64_t site; /* the caller's offset in the program file */
};

/* Stores up to `capacity` held blocks, the oldest first; returns how many are
 * held in all. */
size_t heap_held(struct heap_block *blocks, size_t capacity);

/* The call that ran into the limit first, or a size of 0. */
struct heap_block heap_refused(void);

#endif
