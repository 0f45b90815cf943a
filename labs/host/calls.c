/* calls.c: the calls that every lab's host has. */
#include "calls.h"
#include "heap.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>

enum { MARK = 0xee };

void *marked_room(size_t size)
{
    void *room = malloc(size);

    if (room == NULL)
        host_fail("no memory for a call");
    memset(room, MARK, size);
    return room;
}

bool room_is_marked(const void *room, size_t size)
{
    const uint8_t *byte = room;

    for (size_t i = 0; i < size; i++)
        if (byte[i] != MARK)
            return false;
    return true;
}

/* heap_fail_at(n): the nth allocation from now fails. */
static void call_fail_at(struct reader *in, struct writer *out)
{
    heap_fail_at(read_uint(in));
    write_array(out, 0);
}

/* heap_count() -> [allocations asked for since heap_fail_at] */
static void call_count(struct reader *in, struct writer *out)
{
    (void)in;
    write_array(out, 1);
    write_uint(out, heap_count());
}

/* heap_held() -> [blocks held, [[size, site], ...]], at most 8 of them */
static void call_held(struct reader *in, struct writer *out)
{
    struct heap_block blocks[8];
    size_t held = heap_held(blocks, 8), listed = held < 8 ? held : 8;

    (void)in;
    write_array(out, 2);
    write_uint(out, held);
    write_array(out, (uint32_t)listed);
    for (size_t i = 0; i < listed; i++) {
        write_array(out, 2);
        write_uint(out, blocks[i].size);
        write_uint(out, blocks[i].site);
    }
}

/* heap_refused() -> [size, site]: the call that ran into the limit; size 0 when
 * none did */
static void call_refused(struct reader *in, struct writer *out)
{
    struct heap_block refused = heap_refused();

    (void)in;
    write_array(out, 2);
    write_uint(out, refused.size);
    write_uint(out, refused.site);
}

/* md5_count() -> [how often md5 was called since the host began] */
static void call_md5_count(struct reader *in, struct writer *out)
{
    (void)in;
    write_array(out, 1);
    write_uint(out, work_md5_calls());
}

const struct call heap_calls[] = {
    {"heap_fail_at", 1, call_fail_at}, {"heap_count", 0, call_count},
    {"heap_held", 0, call_held},       {"heap_refused", 0, call_refused},
    {"md5_count", 0, call_md5_count},  {NULL, 0, NULL},
};
