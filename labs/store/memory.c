/* memory.c: the store in memory: a skip list (Pugh, 1990), and a log of what
 * each write since the last sync replaced.
 *
 * An entry is in as many of the lists as its height says; of the entries in one
 * list about a quarter are in the next. The height comes from a hash of the
 * key, so the same writes always make the same store. */
#include "store/memory.h"

#include "dynamo/prng.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HEIGHT_MAX = 12 }; /* enough for 4^12 entries */

struct entry {
    struct slice key;     /* its bytes lie behind the links */
    struct slice value;   /* in a block of its own */
    unsigned height;      /* 1 .. HEIGHT_MAX */
    struct entry *next[]; /* one for each list that it is in */
};

enum undo_kind { UNDO_INSERT, UNDO_REPLACE, UNDO_REMOVE };

/* How to take back one write. The log owns the value that was replaced and the
 * entry that was removed. */
struct undo {
    enum undo_kind kind;
    struct entry *entry;
    struct slice value;
};

struct memory {
    struct store store;
    struct undo *log;
    size_t logged, log_capacity;
    struct entry *first[HEIGHT_MAX]; /* of each list */
};

/* In each list the link that leads to a key, or past its place. */
struct place {
    struct entry **link[HEIGHT_MAX];
};

/* ---- The lists ---- */

static int compare(struct slice a, struct slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

static bool precedes(const struct entry *entry, struct slice key, bool or_is)
{
    int order = compare(entry->key, key);

    return order < 0 || (or_is && order == 0);
}

/* The first entry that is not before the key (or, with `after`, not the key
 * either), and NULL if all are. `place` may be NULL. */
static struct entry *seek(struct memory *memory, struct slice key, bool after,
                          struct place *place)
{
    struct entry **next = memory->first;

    for (int list = HEIGHT_MAX - 1; list >= 0; list--) {
        while (next[list] != NULL && precedes(next[list], key, after))
            next = next[list]->next;
        if (place != NULL)
            place->link[list] = &next[list];
    }
    return next[0];
}

static bool holds(const struct entry *entry, struct slice key)
{
    return entry != NULL && compare(entry->key, key) == 0;
}

static void link_entry(struct entry *entry, const struct place *place)
{
    for (unsigned list = 0; list < entry->height; list++) {
        entry->next[list] = *place->link[list];
        *place->link[list] = entry;
    }
}

static void unlink_entry(struct entry *entry, const struct place *place)
{
    for (unsigned list = 0; list < entry->height; list++)
        *place->link[list] = entry->next[list];
}

/* ---- Entries ---- */

static unsigned height_of(struct slice key)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    struct prng prng;
    unsigned height = 1;

    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ key.data[i]) * 0x100000001b3u;
    prng = prng_seeded(hash);
    hash = prng_next(&prng);
    while (height < HEIGHT_MAX && (hash & 3) == 0) {
        height++;
        hash >>= 2;
    }
    return height;
}

/* A copy in a block of its own, which may be of no bytes. */
static bool copy_bytes(struct slice bytes, struct slice *copied)
{
    uint8_t *block = malloc(bytes.size);

    if (block == NULL)
        return false;
    if (bytes.size > 0)
        memcpy(block, bytes.data, bytes.size);
    *copied = (struct slice){block, bytes.size};
    return true;
}

/* The store's blocks are handed out as slices, which are read only. */
static void free_bytes(struct slice bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* An entry that is in no list yet; it takes over the value. NULL: no memory. */
static struct entry *make_entry(struct slice key, struct slice value)
{
    unsigned height = height_of(key);
    size_t links = height * sizeof(struct entry *);
    struct entry *entry = malloc(sizeof *entry + links + key.size);
    uint8_t *bytes;

    if (entry == NULL)
        return NULL;
    bytes = (uint8_t *)entry + sizeof *entry + links;
    memcpy(bytes, key.data, key.size);
    entry->key = (struct slice){bytes, key.size};
    entry->value = value;
    entry->height = height;
    return entry;
}

static void free_entry(struct entry *entry)
{
    free_bytes(entry->value);
    free(entry);
}

/* ---- The log ---- */

static bool reserve_log(struct memory *memory)
{
    size_t capacity;
    struct undo *log;

    if (memory->logged < memory->log_capacity)
        return true;
    capacity = memory->log_capacity > 0 ? 2 * memory->log_capacity : 16;
    log = realloc(memory->log, capacity * sizeof *log);
    if (log == NULL)
        return false;
    memory->log = log;
    memory->log_capacity = capacity;
    return true;
}

static void undo(struct memory *memory, const struct undo *undo)
{
    struct place place;

    switch (undo->kind) {
    case UNDO_INSERT:
        seek(memory, undo->entry->key, false, &place);
        unlink_entry(undo->entry, &place);
        free_entry(undo->entry);
        break;
    case UNDO_REPLACE:
        free_bytes(undo->entry->value);
        undo->entry->value = undo->value;
        break;
    case UNDO_REMOVE:
        seek(memory, undo->entry->key, false, &place);
        link_entry(undo->entry, &place);
        break;
    }
}

size_t store_memory_unsynced(const struct store *store)
{
    return ((const struct memory *)store)->logged;
}

void store_memory_rollback(struct store *store, size_t writes)
{
    struct memory *memory = (struct memory *)store;

    /* The latest first, so that each finds the lists as it left them. */
    for (; writes > 0 && memory->logged > 0; writes--)
        undo(memory, &memory->log[--memory->logged]);
}

/* ---- The engine ---- */

static int memory_get(struct store *store, struct slice key,
                      struct slice *value)
{
    struct entry *entry = seek((struct memory *)store, key, false, NULL);

    if (!holds(entry, key))
        return DYN_ENOENT;
    *value = entry->value;
    return DYN_OK;
}

static int memory_next(struct store *store, struct slice after,
                       struct slice *key, struct slice *value)
{
    struct entry *entry = seek((struct memory *)store, after, true, NULL);

    if (entry == NULL)
        return DYN_ENOENT;
    *key = entry->key;
    *value = entry->value;
    return DYN_OK;
}

static int memory_put(struct store *store, struct slice key, struct slice value)
{
    struct memory *memory = (struct memory *)store;
    struct slice copied;
    struct place place;
    struct entry *entry;

    if (!reserve_log(memory) || !copy_bytes(value, &copied))
        return DYN_ENOMEM;
    entry = seek(memory, key, false, &place);
    if (holds(entry, key)) {
        memory->log[memory->logged++] =
            (struct undo){UNDO_REPLACE, entry, entry->value};
        entry->value = copied;
        return DYN_OK;
    }
    entry = make_entry(key, copied);
    if (entry == NULL) {
        free_bytes(copied);
        return DYN_ENOMEM;
    }
    link_entry(entry, &place);
    memory->log[memory->logged++] =
        (struct undo){.kind = UNDO_INSERT, .entry = entry};
    return DYN_OK;
}

static int memory_remove(struct store *store, struct slice key)
{
    struct memory *memory = (struct memory *)store;
    struct place place;
    struct entry *entry;

    if (!reserve_log(memory))
        return DYN_ENOMEM;
    entry = seek(memory, key, false, &place);
    if (!holds(entry, key))
        return DYN_OK;
    unlink_entry(entry, &place);
    memory->log[memory->logged++] =
        (struct undo){.kind = UNDO_REMOVE, .entry = entry};
    return DYN_OK;
}

static int memory_sync(struct store *store)
{
    struct memory *memory = (struct memory *)store;

    for (size_t i = 0; i < memory->logged; i++) {
        if (memory->log[i].kind == UNDO_REPLACE)
            free_bytes(memory->log[i].value);
        else if (memory->log[i].kind == UNDO_REMOVE)
            free_entry(memory->log[i].entry);
    }
    memory->logged = 0;
    return DYN_OK;
}

static void memory_close(struct store *store)
{
    struct memory *memory = (struct memory *)store;
    struct entry *entry = memory->first[0];

    memory_sync(store);
    while (entry != NULL) {
        struct entry *next = entry->next[0];

        free_entry(entry);
        entry = next;
    }
    free(memory->log);
    free(memory);
}

struct store *store_memory(void)
{
    static const struct store_engine engine = {
        .get = memory_get,
        .put = memory_put,
        .remove = memory_remove,
        .next = memory_next,
        .sync = memory_sync,
        .close = memory_close,
    };
    struct memory *memory = calloc(1, sizeof *memory);

    if (memory == NULL)
        return NULL;
    memory->store.engine = &engine;
    return &memory->store;
}
