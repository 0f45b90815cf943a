/* memory.h: a store in memory that can crash: what simulated worlds need of it
 * beside store.h. These are for stores of store_memory alone. */
#ifndef STORE_MEMORY_H
#define STORE_MEMORY_H

#include "store/store.h"

#include <stddef.h>

/* How many writes since the last sync: puts, and removals of a key that was
 * there. */
size_t store_memory_unsynced(const struct store *store);

/* Takes back the latest `writes` of the unsynced ones, or all of them if they
 * are fewer, as a crash does; what is before them stays unsynced. */
void store_memory_rollback(struct store *store, size_t writes);

#endif
