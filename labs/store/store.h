/* store.h: what a node's local store is to the runtimes.
 *
 * Two engines: memory (simulated worlds) and LMDB (real nodes). Writes are seen
 * at once and are durable from the next sync; a crash before it loses the
 * latest ones. Keys have 1 to STORE_KEY_MAX bytes, values up to
 * STORE_VALUE_MAX; whoever calls has checked that. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "dynamo/env.h"
#include "dynamo/err.h"
#include "dynamo/slice.h"

struct store;

/* Every function returns DYN_OK or what is stated; any may return DYN_EIO, and
 * a writing one DYN_ENOMEM. Slices that come back are borrowed until the next
 * call that writes or syncs. */
struct store_engine {
    int (*get)(struct store *store, struct slice key, struct slice *value);
    int (*put)(struct store *store, struct slice key, struct slice value);
    int (*remove)(struct store *store, struct slice key);
    /* The first key greater than `after`; empty: the first. DYN_ENOENT. */
    int (*next)(struct store *store, struct slice after, struct slice *key,
                struct slice *value);
    int (*sync)(struct store *store);
    void (*close)(struct store *store);
};

/* Engines embed this as their first member. */
struct store {
    const struct store_engine *engine;
};

/* An empty store in memory. NULL when there is none. */
struct store *store_memory(void);

/* The LMDB environment in an existing folder, for this process alone: the lock
 * on the file owner.lock there goes with the process. Keeps at most
 * `size_bytes`, its own pages among them. After a write or sync that failed,
 * every call but close is DYN_EIO: what was not synced is lost, and the node
 * has to end.
 * When it fails, `*why` is set to a sentence, a constant string. DYN_EINVAL: no
 * such folder, or a size that cannot be. DYN_EEXIST: another process has it.
 * DYN_ECORRUPT: what is in the folder is not LMDB's. DYN_EIO, DYN_ENOMEM. */
int store_lmdb(struct store **store, const char *folder, size_t size_bytes,
               const char **why);

/* A sentence on why a call on a store of store_lmdb failed last, or "nothing
 * has failed". A constant string. */
const char *store_lmdb_why(const struct store *store);

#endif
