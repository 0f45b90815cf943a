/* fields.h: the map from field numbers to values that everything on the wire
 * is: read in order, and what writing it needs.
 *
 * Field 0 comes first and the numbers ascend, so that a value has one form and
 * no field can occur twice. */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include "wire/cursor.h"

#include <stddef.h>

struct fields {
    struct cursor in; /* at the value of field `number` */
    uint64_t number;
    uint32_t left; /* fields after this one */
    bool damaged;
};

/* Begins with field 0. False, and damaged, if there is no such map. */
bool fields_begin(struct fields *fields, struct slice bytes);

/* The next field, when the value of the last has been read. False at the end,
 * or, with `damaged`, where the map is not as it should be. */
bool fields_next(struct fields *fields);

/* To be asked when fields_next has said false: all was well, and nothing comes
 * after the map. */
bool fields_whole(const struct fields *fields);

/* A slice as it is written: one that is longer than the `most` that decoders take
 * is cut to one byte more, which is no more acceptable, but has a bounded size. */
size_t packed_size(struct slice bytes, size_t most);
char *pack_bytes(char *at, struct slice bytes, size_t most);

/* An int: a code of err.h, mostly. */
size_t int_size(int value);
char *int_write(char *at, int value);
bool int_read(struct cursor *in, int *value);

#endif
