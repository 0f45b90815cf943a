/* hash.h: MD5, the hash that Dynamo applies to keys (section 4.2). */
#ifndef DYNAMO_HASH_H
#define DYNAMO_HASH_H

#include "dynamo/slice.h"

#include <stdint.h>

struct digest {
    uint8_t byte[16]; /* in the order in which MD5 prints them */
};

/* The MD5 digest of `bytes`. Never fails. */
struct digest md5(struct slice bytes);

#endif
