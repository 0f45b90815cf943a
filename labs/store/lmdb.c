/* lmdb.c: the store on a disk: LMDB, with one transaction from sync to sync.
 *
 * The first write begins a transaction, which sync commits; until then reads go
 * through it, so that they see it. While nothing is unsynced, reads share one
 * read-only transaction, which ends with the next write. */
#define _GNU_SOURCE
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { FILE_MODE = 0600 };

struct lmdb {
    struct store store;
    int folder, lock; /* descriptors, or -1 */
    MDB_env *env;
    MDB_dbi dbi;
    MDB_txn *reader; /* kept, and renewed when it is needed */
    bool reading;    /* the reader is at work */
    MDB_txn *writer; /* NULL when nothing is unsynced */
    bool broken;     /* a write or sync failed */
    const char *why; /* what failed last */
};

/* ---- Errors ---- */

static const char *sentence(int error)
{
    switch (error) {
    case ENOENT:
        return "the store's folder does not exist; make it first";
    case ENOTDIR:
        return "what is named as the store's folder is not a folder; name one";
    case EWOULDBLOCK:
        return "another process uses the store's folder; end it, or give this "
               "node a folder of its own";
    case EACCES:
    case EPERM:
    case EROFS:
        return "the store's folder may not be written to; change its owner or "
               "permissions";
    case ENOSPC:
    case EDQUOT:
        return "the disk that holds the store's folder is full; make room on "
               "it";
    case EINVAL:
        return "the store's size must be at least one page; give it more";
    case ENOMEM:
        return "no memory for the store could be had; give the process more, "
               "or the store a smaller size";
    case MDB_MAP_FULL:
        return "the store is full: it holds as many bytes as it was opened "
               "for; open it with a larger size";
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return "the files in the store's folder are damaged, or not LMDB's; "
               "give the node an empty folder";
    default:
        return "the store's files could not be read or written; look at the "
               "disk that holds its folder";
    }
}

static int code(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EINVAL:
        return DYN_EINVAL;
    case EWOULDBLOCK:
        return DYN_EEXIST;
    case ENOMEM:
        return DYN_ENOMEM;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return DYN_ECORRUPT;
    default:
        return DYN_EIO;
    }
}

/* A call on an open store failed. */
static int fail(struct lmdb *lmdb, int error)
{
    lmdb->why = sentence(error);
    return error == ENOMEM ? DYN_ENOMEM : DYN_EIO;
}

/* A failed write leaves its transaction unusable, and with it all that was
 * written since the last sync. */
static int break_off(struct lmdb *lmdb, int error)
{
    mdb_txn_abort(lmdb->writer);
    lmdb->writer = NULL;
    lmdb->broken = true;
    return fail(lmdb, error);
}

const char *store_lmdb_why(const struct store *store)
{
    return ((const struct lmdb *)store)->why;
}

/* ---- Transactions ---- */

static MDB_val value_of(struct slice bytes)
{
    /* LMDB reads what it is given, though its type does not say so. */
    return (MDB_val){bytes.size, (void *)(uintptr_t)bytes.data};
}

static struct slice slice_of(MDB_val value)
{
    return (struct slice){value.mv_data, value.mv_size};
}

/* The transaction to read in. */
static int begin_read(struct lmdb *lmdb, MDB_txn **txn)
{
    int error = 0;

    if (lmdb->broken)
        return DYN_EIO;
    *txn = lmdb->writer;
    if (lmdb->writer != NULL)
        return DYN_OK;
    if (!lmdb->reading)
        error = mdb_txn_renew(lmdb->reader);
    if (error != 0)
        return fail(lmdb, error);
    lmdb->reading = true;
    *txn = lmdb->reader;
    return DYN_OK;
}

/* The reader sees what was synced when it began, so it must not outlive that. */
static void end_read(struct lmdb *lmdb)
{
    if (lmdb->reading)
        mdb_txn_reset(lmdb->reader);
    lmdb->reading = false;
}

static int begin_write(struct lmdb *lmdb)
{
    int error = 0;

    if (lmdb->broken)
        return DYN_EIO;
    end_read(lmdb);
    if (lmdb->writer == NULL)
        error = mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->writer);
    if (error != 0) {
        lmdb->writer = NULL;
        return break_off(lmdb, error);
    }
    return DYN_OK;
}

/* ---- The engine ---- */

static int lmdb_get(struct store *store, struct slice key, struct slice *value)
{
    struct lmdb *lmdb = (struct lmdb *)store;
    MDB_val name = value_of(key), found;
    MDB_txn *txn;
    int rv = begin_read(lmdb, &txn);

    if (rv != DYN_OK)
        return rv;
    rv = mdb_get(txn, lmdb->dbi, &name, &found);
    if (rv == MDB_NOTFOUND)
        return DYN_ENOENT;
    if (rv != 0)
        return fail(lmdb, rv);
    *value = slice_of(found);
    return DYN_OK;
}

static int lmdb_put(struct store *store, struct slice key, struct slice value)
{
    struct lmdb *lmdb = (struct lmdb *)store;
    MDB_val name = value_of(key), content = value_of(value);
    int rv = begin_write(lmdb);

    if (rv != DYN_OK)
        return rv;
    rv = mdb_put(lmdb->writer, lmdb->dbi, &name, &content, 0);
    return rv == 0 ? DYN_OK : break_off(lmdb, rv);
}

static int lmdb_remove(struct store *store, struct slice key)
{
    struct lmdb *lmdb = (struct lmdb *)store;
    MDB_val name = value_of(key);
    int rv = begin_write(lmdb);

    if (rv != DYN_OK)
        return rv;
    rv = mdb_del(lmdb->writer, lmdb->dbi, &name, NULL);
    return rv == 0 || rv == MDB_NOTFOUND ? DYN_OK : break_off(lmdb, rv);
}

/* The first entry after the key; the cursor is new. 0 or LMDB's error. */
static int seek(MDB_cursor *cursor, struct slice after, MDB_val *name,
                MDB_val *content)
{
    int error;

    if (after.size == 0)
        return mdb_cursor_get(cursor, name, content, MDB_FIRST);
    *name = value_of(after);
    error = mdb_cursor_get(cursor, name, content, MDB_SET_KEY);
    if (error == 0)
        return mdb_cursor_get(cursor, name, content, MDB_NEXT);
    if (error != MDB_NOTFOUND)
        return error;
    *name = value_of(after);
    return mdb_cursor_get(cursor, name, content, MDB_SET_RANGE);
}

static int lmdb_next(struct store *store, struct slice after, struct slice *key,
                     struct slice *value)
{
    struct lmdb *lmdb = (struct lmdb *)store;
    MDB_cursor *cursor;
    MDB_val name, content;
    MDB_txn *txn;
    int rv = begin_read(lmdb, &txn);

    if (rv != DYN_OK)
        return rv;
    rv = mdb_cursor_open(txn, lmdb->dbi, &cursor);
    if (rv != 0)
        return fail(lmdb, rv);
    rv = seek(cursor, after, &name, &content);
    mdb_cursor_close(cursor);
    if (rv == MDB_NOTFOUND)
        return DYN_ENOENT;
    if (rv != 0)
        return fail(lmdb, rv);
    *key = slice_of(name);
    *value = slice_of(content);
    return DYN_OK;
}

static int lmdb_sync(struct store *store)
{
    struct lmdb *lmdb = (struct lmdb *)store;
    MDB_txn *writer = lmdb->writer;
    int error;

    if (lmdb->broken)
        return DYN_EIO;
    if (writer == NULL)
        return DYN_OK;
    lmdb->writer = NULL; /* a commit frees it, also one that fails */
    error = mdb_txn_commit(writer);
    return error == 0 ? DYN_OK : break_off(lmdb, error);
}

static void lmdb_close(struct store *store)
{
    struct lmdb *lmdb = (struct lmdb *)store;

    mdb_txn_abort(lmdb->writer);
    mdb_txn_abort(lmdb->reader);
    if (lmdb->env != NULL)
        mdb_env_close(lmdb->env);
    if (lmdb->lock >= 0)
        close(lmdb->lock);
    if (lmdb->folder >= 0)
        close(lmdb->folder);
    free(lmdb);
}

/* ---- Opening ---- */

/* Makes this process the folder's only user. 0 or an errno. */
static int claim_folder(struct lmdb *lmdb, const char *folder)
{
    lmdb->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lmdb->folder < 0)
        return errno;
    /* LMDB would let several processes in; a node's store is its own. */
    lmdb->lock = openat(lmdb->folder, "owner.lock",
                        O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (lmdb->lock < 0)
        return errno;
    return flock(lmdb->lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

/* 0, an errno or LMDB's error. */
static int open_environment(struct lmdb *lmdb, const char *folder,
                            size_t size_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int error = mdb_env_create(&lmdb->env);

    if (error != 0)
        return error;
    error = mdb_env_set_mapsize(lmdb->env, size_bytes / page * page);
    if (error == 0)
        error = mdb_env_open(lmdb->env, folder, MDB_NOTLS, FILE_MODE);
    if (error == 0)
        error = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->reader);
    if (error == 0)
        error = mdb_dbi_open(lmdb->reader, NULL, 0, &lmdb->dbi);
    if (error != 0)
        return error;
    mdb_txn_reset(lmdb->reader);
    /* The names of the files are to outlive a loss of power too. */
    return fsync(lmdb->folder) == 0 ? 0 : errno;
}

int store_lmdb(struct store **store, const char *folder, size_t size_bytes,
               const char **why)
{
    static const struct store_engine engine = {
        .get = lmdb_get,
        .put = lmdb_put,
        .remove = lmdb_remove,
        .next = lmdb_next,
        .sync = lmdb_sync,
        .close = lmdb_close,
    };
    struct lmdb *lmdb = calloc(1, sizeof *lmdb);
    int error = ENOMEM;

    if (lmdb == NULL)
        goto failed;
    lmdb->store.engine = &engine;
    lmdb->folder = lmdb->lock = -1;
    lmdb->why = "nothing has failed";
    error = size_bytes < (size_t)sysconf(_SC_PAGESIZE)
                ? EINVAL
                : claim_folder(lmdb, folder);
    if (error == 0)
        error = open_environment(lmdb, folder, size_bytes);
    if (error != 0)
        goto failed;
    *store = &lmdb->store;
    return DYN_OK;

failed:
    if (lmdb != NULL)
        lmdb_close(&lmdb->store);
    *why = sentence(error);
    return code(error);
}
