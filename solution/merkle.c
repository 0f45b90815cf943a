/* merkle.c: a tree of hashes over the keys of a range.
 *
 * Interface: dynamo/merkle.h, which says what every function owes its caller.
 */
#include "dynamo/merkle.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include "dynamo/bytes.h"
#include "dynamo/message.h"

#include <stdbool.h>
#include <string.h>

/* A key. */
struct item {
    struct digest place,
        stored;       /* the MD5 of the key, of what is stored there */
    struct slice key; /* its bytes follow this struct, or are theirs */
};

/* A subtree: its keys, or the 16 subtrees below, of which an empty one may be NULL.
 * What it is called in contracts, leaf or not, is decided by `count` alone: after a
 * put that has failed half-way, few keys may lie in subtrees. */
struct subtree {
    size_t count;
    bool split, known; /* whether `hash` is that of the keys */
    struct digest hash;
    union {
        struct item *items[MERKLE_LEAF_MAX]; /* by place */
        struct subtree *below[16];
    };
};

struct merkle {
    struct subtree *root;
};

/* Some keys, by place, no more than a leaf has. */
struct items {
    const struct item *item[MERKLE_LEAF_MAX];
    size_t count;
};

enum { DIGEST = sizeof(struct digest), FAN = 16, SIZE = 2 };

static unsigned half_byte(const struct digest *place, uint32_t depth)
{
    const uint8_t byte = place->byte[depth / 2];

    return depth % 2 == 0 ? byte >> 4 : byte & 15;
}

static int order(const struct digest *a, const struct digest *b)
{
    return memcmp(a->byte, b->byte, DIGEST);
}

static void move(struct item **to, struct item *const *from, size_t count)
{
    memmove(to, from, count * sizeof(void *));
}

static bool is_key(struct slice key)
{
    return key.data != NULL && key.size >= 1 && key.size <= KEY_SIZE_MAX;
}

/* @starter
struct merkle {
    size_t count;
    // The keys and their hashes: yours to add.
};
@end */

/* ---- What is in a tree ---- */

int merkle_open(struct merkle **tree)
{
    /* @solution */
    struct merkle *made;

    if (tree == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *tree = made;
    return DYN_OK;
    /* @starter
    (void)tree;
    return DYN_ETODO;
    @end */
}

/* @solution */

static void free_subtree(struct subtree *tree)
{
    if (tree == NULL)
        return;
    for (size_t i = 0; !tree->split && i < tree->count; i++)
        free(tree->items[i]);
    for (size_t i = 0; tree->split && i < FAN; i++)
        free_subtree(tree->below[i]);
    free(tree);
}

/* @starter
@end */

void merkle_close(struct merkle *tree)
{
    /* @solution */
    if (tree == NULL)
        return;
    free_subtree(tree->root);
    free(tree);
    /* @starter
    (void)tree;
    @end */
}

/* @solution */

/* Where the place is among the items, or would be. */
static size_t find_item(const struct subtree *leaf, const struct digest *place,
                        bool *found)
{
    size_t i = 0;

    while (i < leaf->count && order(&leaf->items[i]->place, place) < 0)
        i++;
    *found = i < leaf->count && order(&leaf->items[i]->place, place) == 0;
    return i;
}

static void insert_item(struct subtree *leaf, struct item *item)
{
    bool found;
    const size_t at = find_item(leaf, &item->place, &found);

    move(&leaf->items[at + 1], &leaf->items[at], leaf->count - at);
    leaf->items[at] = item;
    leaf->count++;
    leaf->known = false;
}

/* Moves the items of a leaf to subtrees of their own. */
static int split(struct subtree *leaf, uint32_t depth)
{
    struct subtree *below[FAN] = {NULL};

    for (size_t i = 0; i < leaf->count; i++) {
        struct subtree **const at =
            &below[half_byte(&leaf->items[i]->place, depth)];

        if (*at == NULL)
            *at = calloc(1, sizeof **at);
        if (*at == NULL) {
            for (size_t j = 0; j < FAN; j++)
                free(below[j]);
            return DYN_ENOMEM;
        }
    }
    for (size_t i = 0; i < leaf->count; i++)
        insert_item(below[half_byte(&leaf->items[i]->place, depth)],
                    leaf->items[i]);
    leaf->split = true;
    memcpy(leaf->below, below, sizeof below);
    return DYN_OK;
}

/* Puts an item below *at, in the place of one that is there; *more: whether there
 * was none. */
static int put_below(struct subtree **at, uint32_t depth, struct item *item,
                     bool *more)
{
    struct subtree *tree = *at;
    bool found = false;
    int rv = DYN_OK;

    if (tree == NULL)
        tree = *at = calloc(1, sizeof *tree);
    if (tree == NULL)
        return DYN_ENOMEM;
    if (!tree->split) {
        const size_t i = find_item(tree, &item->place, &found);

        *more = !found;
        if (found) {
            free(tree->items[i]);
            tree->items[i] = item;
            tree->known = false;
            return DYN_OK;
        }
        if (tree->count < MERKLE_LEAF_MAX) {
            insert_item(tree, item);
            return DYN_OK;
        }
        rv = split(tree, depth);
    }
    if (rv == DYN_OK)
        rv = put_below(&tree->below[half_byte(&item->place, depth)], depth + 1,
                       item, more);
    if (rv == DYN_OK) {
        tree->count += *more;
        tree->known = false;
    }
    return rv;
}

/* @starter
@end */

int merkle_put(struct merkle *tree, struct slice key, struct slice stored)
{
    /* @solution */
    struct item *item;
    bool more;
    int rv;

    if (tree == NULL || !is_key(key) ||
        (stored.data == NULL && stored.size > 0))
        return DYN_EINVAL;
    item = malloc(sizeof *item + key.size);
    if (item == NULL)
        return DYN_ENOMEM;
    memcpy(item + 1, key.data, key.size);
    *item = (struct item){
        md5(key), md5(stored), {(const uint8_t *)(item + 1), key.size}};
    rv = put_below(&tree->root, 0, item, &more);
    if (rv != DYN_OK)
        free(item);
    return rv;
    /* @starter
    (void)tree;
    (void)key;
    (void)stored;
    return DYN_ETODO;
    @end */
}

/* @solution */

/* Moves all items below to list[0 ..]; tells how many. */
static size_t list_items(const struct subtree *tree, struct item **list)
{
    size_t count = 0;

    if (tree == NULL)
        return 0;
    if (tree->split) {
        for (size_t i = 0; i < FAN; i++)
            count += list_items(tree->below[i], list + count);
        return count;
    }
    move(list, tree->items, tree->count);
    return tree->count;
}

/* Makes a leaf of a subtree with few keys. */
static void join(struct subtree *tree)
{
    struct item *items[MERKLE_LEAF_MAX];

    (void)list_items(tree, items);
    for (size_t i = 0; i < FAN; i++) {
        if (tree->below[i] != NULL && !tree->below[i]->split)
            tree->below[i]->count = 0; /* they are ours now */
        free_subtree(tree->below[i]);
    }
    tree->split = false;
    move(tree->items, items, tree->count);
}

static int remove_below(struct subtree *tree, uint32_t depth,
                        const struct digest *place)
{
    int rv;

    if (tree == NULL)
        return DYN_ENOENT;
    if (tree->split) {
        rv = remove_below(tree->below[half_byte(place, depth)], depth + 1,
                          place);
        if (rv != DYN_OK)
            return rv;
    } else {
        bool found;
        const size_t i = find_item(tree, place, &found);

        if (!found)
            return DYN_ENOENT;
        free(tree->items[i]);
        move(&tree->items[i], &tree->items[i + 1], tree->count - i - 1);
    }
    tree->count--;
    tree->known = false;
    if (tree->split && tree->count <= MERKLE_LEAF_MAX)
        join(tree);
    return DYN_OK;
}

/* @starter
@end */

int merkle_remove(struct merkle *tree, struct slice key)
{
    /* @solution */
    struct digest place;

    if (tree == NULL || (key.data == NULL && key.size > 0))
        return DYN_EINVAL;
    place = md5(key);
    return remove_below(tree->root, 0, &place);
    /* @starter
    (void)tree;
    (void)key;
    return DYN_ETODO;
    @end */
}

size_t merkle_count(const struct merkle *tree)
{
    /* @solution */
    return tree == NULL || tree->root == NULL ? 0 : tree->root->count;
    /* @starter
    (void)tree;
    return 0;
    @end */
}

/* ---- Hashes ---- */

/* @solution */

static struct digest hash_of_items(const struct items *items)
{
    uint8_t bytes[1 + MERKLE_LEAF_MAX * 2 * DIGEST] = {'L'};
    uint8_t *at = bytes + 1;

    if (items->count == 0)
        return (struct digest){{0}};
    for (size_t i = 0; i < items->count; i++, at += 2 * DIGEST) {
        memcpy(at, items->item[i]->place.byte, DIGEST);
        memcpy(at + DIGEST, items->item[i]->stored.byte, DIGEST);
    }
    return md5((struct slice){bytes, (size_t)(at - bytes)});
}

static bool is_node(const struct merkle_node *node)
{
    if (node->depth > MERKLE_DEPTH_MAX)
        return false;
    for (uint32_t i = node->depth; i < MERKLE_DEPTH_MAX; i++)
        if (half_byte(&node->path, i) != 0)
            return false;
    return true;
}

static bool is_below(const struct digest *place, const struct merkle_node *node)
{
    for (uint32_t i = 0; i < node->depth; i++)
        if (half_byte(place, i) != half_byte(&node->path, i))
            return false;
    return true;
}

/* The subtree that is one half-byte deeper. */
static struct merkle_node child_of(const struct merkle_node *node, unsigned i)
{
    struct merkle_node child = {node->depth + 1, node->path};

    child.path.byte[node->depth / 2] |=
        (uint8_t)(node->depth % 2 == 0 ? i << 4 : i);
    return child;
}

/* Those of some items that are below a node. */
static void keep_below(struct items *items, const struct merkle_node *node)
{
    size_t kept = 0;

    for (size_t i = 0; i < items->count; i++)
        if (is_below(&items->item[i]->place, node))
            items->item[kept++] = items->item[i];
    items->count = kept;
}

/* The subtree of a node if it has many keys. If not: NULL, and its items. */
static struct subtree *find_subtree(const struct merkle *tree,
                                    const struct merkle_node *node,
                                    struct items *items)
{
    struct subtree *found = tree->root;
    struct item *list[MERKLE_LEAF_MAX];

    for (uint32_t depth = 0; depth < node->depth; depth++) {
        if (found == NULL || found->count <= MERKLE_LEAF_MAX)
            break;
        found = found->below[half_byte(&node->path, depth)];
    }
    if (found != NULL && found->count > MERKLE_LEAF_MAX)
        return found;
    items->count = list_items(found, list);
    for (size_t i = 0; i < items->count; i++)
        items->item[i] = list[i];
    keep_below(items, node);
    return NULL;
}

static struct digest hash_of(struct subtree *tree)
{
    uint8_t bytes[1 + FAN * DIGEST] = {'N'};
    struct item *list[MERKLE_LEAF_MAX];
    struct items items;

    if (tree == NULL)
        return (struct digest){{0}};
    if (tree->known)
        return tree->hash;
    if (tree->count <= MERKLE_LEAF_MAX) {
        items.count = list_items(tree, list);
        for (size_t i = 0; i < items.count; i++)
            items.item[i] = list[i];
        tree->hash = hash_of_items(&items);
    } else {
        for (size_t i = 0; i < FAN; i++) {
            const struct digest below = hash_of(tree->below[i]);

            memcpy(bytes + 1 + DIGEST * i, below.byte, DIGEST);
        }
        tree->hash = md5((struct slice){bytes, sizeof bytes});
    }
    tree->known = true;
    return tree->hash;
}

static struct digest hash_of_node(const struct merkle *tree,
                                  const struct merkle_node *node)
{
    struct items items;
    struct subtree *const found = find_subtree(tree, node, &items);

    return found != NULL ? hash_of(found) : hash_of_items(&items);
}

/* @starter
@end */

int merkle_hash(struct merkle *tree, const struct merkle_node *node,
                struct digest *hash)
{
    /* @solution */
    if (tree == NULL || node == NULL || hash == NULL || !is_node(node))
        return DYN_EINVAL;
    /* Through the root, whose hash is kept. */
    *hash = node->depth == 0 ? hash_of(tree->root) : hash_of_node(tree, node);
    return DYN_OK;
    /* @starter
    (void)tree;
    (void)node;
    (void)hash;
    return DYN_ETODO;
    @end */
}

/* ---- Comparing ---- */

int merkle_describe(struct merkle *tree, const struct merkle_node *node,
                    uint8_t *bytes, size_t capacity, size_t *length)
{
    /* @solution */
    struct items items;
    struct subtree *found;

    if (tree == NULL || node == NULL || length == NULL ||
        (bytes == NULL && capacity > 0) || !is_node(node))
        return DYN_EINVAL;
    found = find_subtree(tree, node, &items);
    *length = 1 + FAN * DIGEST;
    if (found == NULL) {
        *length = 1 + SIZE;
        for (size_t i = 0; i < items.count; i++)
            *length += SIZE + items.item[i]->key.size + DIGEST;
    }
    if (bytes == NULL || *length > capacity)
        return DYN_ERANGE;
    if (found != NULL) {
        *bytes++ = 'N';
        for (size_t i = 0; i < FAN; i++, bytes += DIGEST) {
            const struct digest hash = hash_of(found->below[i]);

            memcpy(bytes, hash.byte, DIGEST);
        }
        return DYN_OK;
    }
    *bytes++ = 'L';
    bytes_write(bytes, SIZE, items.count);
    bytes += SIZE;
    for (size_t i = 0; i < items.count; i++) {
        const struct item *const item = items.item[i];

        bytes_write(bytes, SIZE, item->key.size);
        memcpy(bytes + SIZE, item->key.data, item->key.size);
        bytes += SIZE + item->key.size;
        memcpy(bytes, item->stored.byte, DIGEST);
        bytes += DIGEST;
    }
    return DYN_OK;
    /* @starter
    (void)tree;
    (void)node;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
    @end */
}

/* @solution */

/* Reads the keys of another tree's leaf to room[]. */
static int read_leaf(struct slice bytes, const struct merkle_node *node,
                     struct item *room, struct items *items)
{
    if (bytes.size < SIZE)
        return DYN_ECORRUPT;
    items->count = bytes_read(bytes.data, SIZE);
    if (items->count > MERKLE_LEAF_MAX)
        return DYN_ECORRUPT;
    bytes = (struct slice){bytes.data + SIZE, bytes.size - SIZE};
    for (size_t i = 0; i < items->count; i++) {
        struct item *const item = &room[i];
        size_t size;

        if (bytes.size < SIZE)
            return DYN_ECORRUPT;
        size = bytes_read(bytes.data, SIZE);
        if (size < 1 || size > KEY_SIZE_MAX ||
            bytes.size < SIZE + size + DIGEST)
            return DYN_ECORRUPT;
        item->key = (struct slice){bytes.data + SIZE, size};
        item->place = md5(item->key);
        memcpy(item->stored.byte, bytes.data + SIZE + size, DIGEST);
        if (!is_below(&item->place, node) ||
            (i > 0 && order(&room[i - 1].place, &item->place) >= 0))
            return DYN_ECORRUPT;
        items->item[i] = item;
        bytes = (struct slice){bytes.data + SIZE + size + DIGEST,
                               bytes.size - SIZE - size - DIGEST};
    }
    return bytes.size == 0 ? DYN_OK : DYN_ECORRUPT;
}

static void compare_items(const struct items *ours, const struct items *theirs,
                          struct merkle_difference *difference)
{
    size_t i = 0, j = 0;

    while (i < ours->count || j < theirs->count) {
        int which; /* below 0: only ours has it; above 0: only theirs */

        if (i == ours->count)
            which = 1;
        else if (j == theirs->count)
            which = -1;
        else
            which = order(&ours->item[i]->place, &theirs->item[j]->place);
        if (which != 0 ||
            order(&ours->item[i]->stored, &theirs->item[j]->stored) != 0)
            difference->keys[difference->key_count++] =
                which <= 0 ? ours->item[i]->key : theirs->item[j]->key;
        i += which <= 0;
        j += which >= 0;
    }
}

/* @starter
@end */

int merkle_compare(struct merkle *tree, const struct merkle_node *node,
                   const uint8_t *bytes, size_t length,
                   struct merkle_difference *difference)
{
    /* @solution */
    struct merkle_difference made = {.node_count = 0};
    struct items ours, theirs = {.count = 0};
    struct item room[MERKLE_LEAF_MAX];
    struct subtree *found;
    bool leaf;
    int rv = DYN_OK;

    if (tree == NULL || node == NULL || difference == NULL ||
        (bytes == NULL && length > 0) || !is_node(node))
        return DYN_EINVAL;
    if (length == 0 || (bytes[0] != 'L' && bytes[0] != 'N'))
        return DYN_ECORRUPT;
    leaf = bytes[0] == 'L';
    if (leaf)
        rv = read_leaf((struct slice){bytes + 1, length - 1}, node, room,
                       &theirs);
    else if (length != 1 + FAN * DIGEST || node->depth == MERKLE_DEPTH_MAX)
        rv = DYN_ECORRUPT;
    if (rv != DYN_OK)
        return rv;
    found = find_subtree(tree, node, &ours);
    if (leaf && found == NULL) {
        compare_items(&ours, &theirs, &made);
        *difference = made;
        return DYN_OK;
    }
    for (unsigned i = 0; i < FAN; i++) {
        const struct merkle_node child = child_of(node, i);
        struct digest our_hash = hash_of_node(tree, &child), their_hash;
        struct items some = theirs;

        keep_below(&some, &child);
        their_hash = hash_of_items(&some);
        if (!leaf)
            memcpy(their_hash.byte, bytes + 1 + DIGEST * i, DIGEST);
        if (order(&our_hash, &their_hash) != 0)
            made.nodes[made.node_count++] = child;
    }
    *difference = made;
    return DYN_OK;
    /* @starter
    (void)tree;
    (void)node;
    (void)bytes;
    (void)length;
    (void)difference;
    return DYN_ETODO;
    @end */
}
