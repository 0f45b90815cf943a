/* value.h: MessagePack values in and out of the host, by msgpuck.
 *
 * Reading: a cursor over a frame that mp_check has found well formed. A value
 * of another type than asked for ends the process with a sentence: only a
 * broken judge or a hand-edited script can cause it.
 * Writing: a buffer that grows. */
#ifndef HOST_VALUE_H
#define HOST_VALUE_H

#include "dynamo/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const char *at;
};

uint32_t read_array(struct reader *reader); /* the number of elements */
uint64_t read_uint(struct reader *reader);
int64_t read_int(struct reader *reader);
double read_double(struct reader *reader);
struct slice read_bytes(struct reader *reader); /* borrowed from the frame */
struct slice read_string(struct reader *reader);
bool read_nil(struct reader *reader); /* takes a nil, if there is one */

struct writer {
    char *data;
    size_t size, capacity;
};

void write_raw(struct writer *writer, const void *data, size_t size);
void write_array(struct writer *writer, uint32_t elements);
void write_int(struct writer *writer, int64_t value);
void write_uint(struct writer *writer, uint64_t value);
void write_double(struct writer *writer, double value);
void write_bool(struct writer *writer, bool value);
void write_bytes(struct writer *writer, const uint8_t *data, size_t size);

/* Writes the beginning of so many bytes and returns where they belong, to be
 * filled at once. */
uint8_t *write_bytes_room(struct writer *writer, size_t size);

/* Prints why on standard error and ends the process with status 64. */
_Noreturn void host_fail(const char *why);

#endif
