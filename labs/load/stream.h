/* stream.h: which operations a load is made of.
 *
 * The operation with a number is determined by the seed and the number alone.
 * So nothing of what was sent has to be remembered: who reads a value that
 * names the put by its number can look up what that put was. */
#ifndef LOAD_STREAM_H
#define LOAD_STREAM_H

#include "load/zipf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEY_PREFIX_MAX = 64, KEY_TEXT_MAX = KEY_PREFIX_MAX + 24 };

enum op_kind { OP_GET, OP_PUT, OP_KINDS };

struct op {
    enum op_kind kind;
    uint64_t key; /* in [0, keys) */
    size_t size;  /* of a put's value, in bytes */
};

struct workload {
    uint64_t seed;
    uint64_t keys; /* at least 1 */
    const char *prefix;
    bool zipf; /* or else all keys are equally likely */
    double theta;
    double reads; /* the share of gets, 0 to 1 */
    size_t size_least, size_most;
};

/* A plain value. */
struct stream {
    struct workload workload; /* its prefix is borrowed */
    uint64_t base;
    struct zipf zipf;
};

struct stream stream_open(const struct workload *workload);

struct op stream_op(const struct stream *stream, uint64_t number);

/* The key's name, "load:42", ended by 0. Its length. */
size_t stream_key(const struct stream *stream, uint64_t key,
                  char text[KEY_TEXT_MAX]);

#endif
