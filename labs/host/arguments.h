/* arguments.h: arguments and answers of the kinds that most calls have.
 *
 * Things of a contract (a clock, a tree) are named by numbers that the caller
 * chooses; nil stands for a NULL pointer. All is static: a host's names could be a
 * student's. */
#ifndef HOST_ARGUMENTS_H
#define HOST_ARGUMENTS_H

#include "calls.h"
#include "dynamo/err.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024 }; /* things of one kind at a time */

/* The number of a thing. */
static inline uint64_t read_slot(struct reader *in)
{
    uint64_t slot = read_uint(in);

    if (slot >= SLOTS)
        host_fail("malformed call: no thing of so high a number");
    return slot;
}

/* Where a result goes: `nowhere`, a NULL pointer, if the slot is nil. */
struct place {
    bool nowhere;
    uint64_t slot;
};

static inline struct place read_place(struct reader *in)
{
    struct place place = {.nowhere = read_nil(in)};

    if (!place.nowhere)
        place.slot = read_slot(in);
    return place;
}

/* [code, made]. Whether what was made is to be kept. */
static inline bool answer_made(struct writer *out, struct place place, int code,
                               const void *made)
{
    write_array(out, 2);
    write_int(out, code);
    write_bool(out, made != NULL);
    return code == DYN_OK && !place.nowhere;
}

/* [code] */
static inline void answer_code(struct writer *out, int code)
{
    write_array(out, 1);
    write_int(out, code);
}

/* Bytes in a block of exactly their size, which free_copy frees. nil: NULL, with
 * a length of 1 that must not be believed. */
static inline struct slice read_copy(struct reader *in)
{
    struct slice bytes;
    uint8_t *copy;

    if (read_nil(in))
        return (struct slice){NULL, 1};
    bytes = read_bytes(in);
    copy = marked_room(bytes.size);
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return (struct slice){copy, bytes.size};
}

static inline void free_copy(struct slice bytes)
{
    free((uint8_t *)(uintptr_t)bytes.data);
}

static inline void write_slice(struct writer *out, const uint8_t *data,
                               size_t size)
{
    uint8_t *room = write_bytes_room(out, size);

    if (size > 0)
        memcpy(room, data, size);
}

/* Room for an encoding: none if the capacity is nil. */
struct room {
    uint8_t *bytes;
    size_t capacity, length;
    bool no_length; /* the place for the length is NULL */
};

static inline struct room read_room(struct reader *in)
{
    struct room room = {NULL, 1, 0, false};

    if (!read_nil(in)) {
        room.capacity = read_uint(in);
        room.bytes = room.capacity > 0 ? marked_room(room.capacity) : NULL;
    }
    room.no_length = read_uint(in) != 0;
    return room;
}

/* [code, length, bytes, untouched: nothing was written beyond the length, or at
 * all after an error]. Frees the room. */
static inline void answer_room(struct writer *out, struct room room, int code)
{
    size_t written = 0;

    if (code == DYN_OK && room.length <= room.capacity)
        written = room.length;
    write_array(out, 4);
    write_int(out, code);
    write_uint(out, room.length);
    write_slice(out, room.bytes, room.bytes != NULL ? written : 0);
    write_bool(out,
               room.bytes == NULL || room_is_marked(room.bytes + written,
                                                    room.capacity - written));
    free(room.bytes);
}

#endif
