/* loans.h: what env_get and env_next lend to a handler.
 *
 * The contract says how long a handler may read it. A loan is a copy in blocks
 * of exactly its size, freed when that time is over: so it lasts as long
 * whichever engine the store has, and the address sanitizer sees one that is
 * read too late, or beyond its end. */
#ifndef ENV_LOANS_H
#define ENV_LOANS_H

#include "dynamo/slice.h"

struct loan;

/* All zero: nothing is lent. */
struct loans {
    struct loan *latest;
};

/* Copies *value, the value of `key`, and stores the loan in its place. If
 * `lent_key` is not NULL, it is set to a copy of the key, and both end with any
 * change of the store. DYN_ENOMEM: nothing is written. */
int loans_add(struct loans *loans, struct slice key, struct slice *value,
              struct slice *lent_key);

/* `key` changes. */
void loans_end_of_key(struct loans *loans, struct slice key);

/* The handler has returned. */
void loans_end(struct loans *loans);

#endif
