/* value.h: values that tell which put wrote them, and can be checked.
 *
 * A value is the number of the run (3 bytes), the number of the operation in it
 * (5 bytes), both with the highest byte first, and then bytes that follow from
 * these two, the key and the size. So whoever knows the key can tell a value
 * that some run wrote there from all else. */
#ifndef LOAD_VALUE_H
#define LOAD_VALUE_H

#include "dynamo/slice.h"
#include "load/stream.h"

#include <stddef.h>
#include <stdint.h>

enum {
    VALUE_SIZE_LEAST = 10, /* two bytes to check */
    VALUE_SIZE_MOST = 16 << 20,
    VALUE_WHY_MAX = 160,
};

#define VALUE_RUN_MAX 0xffffffu

/* A run: its requests, the number by which it is told from other runs, also of
 * the same seed, and how many operations it has made. */
struct writer {
    struct stream stream;
    uint32_t run; /* to VALUE_RUN_MAX */
    uint64_t count;
};

/* The value that operation `number` of `run` puts at the key. */
void value_write(uint8_t *bytes, size_t size, struct slice key, uint32_t run,
                 uint64_t number);

enum value_verdict {
    VALUE_OURS,  /* of this run */
    VALUE_OLD,   /* another run wrote it at this key */
    VALUE_WRONG, /* nobody did */
};

/* Judges what a get of `key` found. Of a wrong value `why` becomes a sentence,
 * without its end. */
enum value_verdict value_check(const struct writer *writer, uint64_t key,
                               struct slice value, char why[VALUE_WHY_MAX]);

#endif
