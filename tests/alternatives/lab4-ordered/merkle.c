/* merkle.c, built otherwise: no tree of subtrees but all keys in one search tree,
 * ordered by place, that counts what is below. Places are random, so it needs no
 * balancing. Hashes of large subtrees are kept in a table on the side, as far as
 * there is memory for it. */
#include "dynamo/merkle.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"
#include "dynamo/message.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct leaf {
    struct leaf *left, *right;
    size_t count; /* of keys, itself and all below */
    struct digest place, stored;
    size_t size;
    uint8_t key[KEY_SIZE_MAX];
};

struct memo {
    struct memo *next;
    struct merkle_node node;
    struct digest hash;
};

enum { CHAINS = 4096 };

struct merkle {
    struct leaf *all;
    struct memo *chains[CHAINS];
};

static size_t count_of(const struct leaf *leaf)
{
    return leaf == NULL ? 0 : leaf->count;
}

static int by_bytes(const struct digest *a, const struct digest *b)
{
    return memcmp(a, b, sizeof *a);
}

int merkle_open(struct merkle **tree)
{
    struct merkle *made;

    if (tree == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *tree = made;
    return DYN_OK;
}

static void close_leaf(struct leaf *leaf)
{
    if (leaf == NULL)
        return;
    close_leaf(leaf->left);
    close_leaf(leaf->right);
    free(leaf);
}

void merkle_close(struct merkle *tree)
{
    if (tree == NULL)
        return;
    close_leaf(tree->all);
    for (size_t i = 0; i < CHAINS; i++)
        while (tree->chains[i] != NULL) {
            struct memo *const memo = tree->chains[i];

            tree->chains[i] = memo->next;
            free(memo);
        }
    free(tree);
}

/* ---- Subtrees as ranges of places ---- */

static unsigned digit(const struct digest *place, uint32_t i)
{
    return i % 2 == 0 ? place->byte[i / 2] / 16 : place->byte[i / 2] % 16;
}

static void set_digit(struct digest *place, uint32_t i, unsigned value)
{
    const unsigned byte = place->byte[i / 2];

    place->byte[i / 2] =
        (uint8_t)(i % 2 == 0 ? value * 16 + byte % 16 : byte / 16 * 16 + value);
}

static struct merkle_node prefix_of(const struct digest *place, uint32_t depth)
{
    struct merkle_node node = {depth, *place};

    for (uint32_t i = depth; i < MERKLE_DEPTH_MAX; i++)
        set_digit(&node.path, i, 0);
    return node;
}

static struct digest last_of(const struct merkle_node *node)
{
    struct digest last = node->path;

    for (uint32_t i = node->depth; i < MERKLE_DEPTH_MAX; i++)
        set_digit(&last, i, 15);
    return last;
}

/* How many keys have places before this one. */
static size_t rank(const struct leaf *leaf, const struct digest *place)
{
    size_t before = 0;

    while (leaf != NULL) {
        if (by_bytes(&leaf->place, place) < 0) {
            before += count_of(leaf->left) + 1;
            leaf = leaf->right;
        } else {
            leaf = leaf->left;
        }
    }
    return before;
}

static const struct leaf *find(const struct leaf *leaf,
                               const struct digest *place)
{
    while (leaf != NULL && by_bytes(place, &leaf->place) != 0)
        leaf = by_bytes(place, &leaf->place) < 0 ? leaf->left : leaf->right;
    return leaf;
}

static size_t count_below(const struct merkle *tree,
                          const struct merkle_node *node)
{
    const struct digest last = last_of(node);

    return rank(tree->all, &last) - rank(tree->all, &node->path) +
           (find(tree->all, &last) != NULL);
}

/* Those of a range, by place; the caller knows that they are few. */
static void gather(const struct leaf *leaf, const struct digest *from,
                   const struct digest *to, const struct leaf **list,
                   size_t *count)
{
    if (leaf == NULL)
        return;
    if (by_bytes(from, &leaf->place) <= 0)
        gather(leaf->left, from, to, list, count);
    if (by_bytes(from, &leaf->place) <= 0 && by_bytes(&leaf->place, to) <= 0)
        list[(*count)++] = leaf;
    if (by_bytes(&leaf->place, to) <= 0)
        gather(leaf->right, from, to, list, count);
}

static size_t few_below(const struct merkle *tree,
                        const struct merkle_node *node,
                        const struct leaf **list)
{
    const struct digest last = last_of(node);
    size_t count = 0;

    gather(tree->all, &node->path, &last, list, &count);
    return count;
}

/* ---- Hashes that are known ---- */

static size_t chain_of(const struct merkle_node *node)
{
    return (node->path.byte[0] * 16u + node->path.byte[1] / 16u +
            node->path.byte[1] % 16u * 257u + node->path.byte[2] * 31u +
            node->depth * 977u) %
           CHAINS;
}

static bool same_node(const struct merkle_node *a, const struct merkle_node *b)
{
    return a->depth == b->depth && by_bytes(&a->path, &b->path) == 0;
}

static void forget(struct merkle *tree, const struct digest *place)
{
    for (uint32_t depth = 0; depth <= MERKLE_DEPTH_MAX; depth++) {
        const struct merkle_node node = prefix_of(place, depth);
        struct memo **at = &tree->chains[chain_of(&node)];

        while (*at != NULL && !same_node(&(*at)->node, &node))
            at = &(*at)->next;
        if (*at != NULL) {
            struct memo *const memo = *at;

            *at = memo->next;
            free(memo);
        }
    }
}

static struct digest hash_few(const struct leaf *const *list, size_t count)
{
    uint8_t bytes[1 + 32 * MERKLE_LEAF_MAX];

    if (count == 0) {
        struct digest none;

        memset(&none, 0, sizeof none);
        return none;
    }
    bytes[0] = 'L';
    for (size_t i = 0; i < count; i++) {
        memcpy(&bytes[1 + 32 * i], &list[i]->place, 16);
        memcpy(&bytes[17 + 32 * i], &list[i]->stored, 16);
    }
    return md5((struct slice){bytes, 1 + 32 * count});
}

static struct digest hash_of(struct merkle *tree,
                             const struct merkle_node *node)
{
    const struct leaf *list[MERKLE_LEAF_MAX];
    struct memo **const chain = &tree->chains[chain_of(node)];
    struct memo *memo;
    struct digest hash;
    uint8_t bytes[257];

    if (count_below(tree, node) <= MERKLE_LEAF_MAX)
        return hash_few(list, few_below(tree, node, list));
    for (memo = *chain; memo != NULL; memo = memo->next)
        if (same_node(&memo->node, node))
            return memo->hash;
    bytes[0] = 'N';
    for (unsigned i = 0; i < 16; i++) {
        struct merkle_node child = {node->depth + 1, node->path};

        set_digit(&child.path, node->depth, i);
        hash = hash_of(tree, &child);
        memcpy(&bytes[1 + 16 * i], &hash, 16);
    }
    hash = md5((struct slice){bytes, sizeof bytes});
    memo = malloc(sizeof *memo);
    if (memo != NULL) {
        *memo = (struct memo){*chain, *node, hash};
        *chain = memo;
    }
    return hash;
}

static bool is_subtree(const struct merkle_node *node)
{
    if (node->depth > MERKLE_DEPTH_MAX)
        return false;
    const struct merkle_node clean = prefix_of(&node->path, node->depth);
    return same_node(node, &clean);
}

/* ---- The contract ---- */

int merkle_put(struct merkle *tree, struct slice key, struct slice stored)
{
    struct leaf **at, *found, *made;
    struct digest place;

    if (tree == NULL || key.data == NULL || key.size < 1 ||
        key.size > KEY_SIZE_MAX || (stored.data == NULL && stored.size > 0))
        return DYN_EINVAL;
    place = md5(key);
    found = (struct leaf *)(uintptr_t)find(tree->all, &place);
    if (found == NULL) {
        made = calloc(1, sizeof *made);
        if (made == NULL)
            return DYN_ENOMEM;
        made->place = place;
        made->count = 1;
        made->size = key.size;
        memcpy(made->key, key.data, key.size);
        for (at = &tree->all; *at != NULL;) {
            (*at)->count++;
            at = by_bytes(&place, &(*at)->place) < 0 ? &(*at)->left
                                                     : &(*at)->right;
        }
        *at = found = made;
    }
    found->stored = md5(stored);
    forget(tree, &place);
    return DYN_OK;
}

int merkle_remove(struct merkle *tree, struct slice key)
{
    struct leaf **at, *gone;
    struct digest place;

    if (tree == NULL || (key.data == NULL && key.size > 0))
        return DYN_EINVAL;
    place = md5(key);
    if (find(tree->all, &place) == NULL)
        return DYN_ENOENT;
    for (at = &tree->all; by_bytes(&place, &(*at)->place) != 0;) {
        (*at)->count--;
        at = by_bytes(&place, &(*at)->place) < 0 ? &(*at)->left : &(*at)->right;
    }
    gone = *at;
    if (gone->left == NULL || gone->right == NULL) {
        *at = gone->left != NULL ? gone->left : gone->right;
    } else {
        struct leaf **low = &gone->right, *next;

        while ((*low)->left != NULL) {
            (*low)->count--;
            low = &(*low)->left;
        }
        next = *low;
        *low = next->right;
        next->left = gone->left;
        next->right = gone->right;
        next->count = gone->count - 1;
        *at = next;
    }
    free(gone);
    forget(tree, &place);
    return DYN_OK;
}

size_t merkle_count(const struct merkle *tree)
{
    return tree == NULL ? 0 : count_of(tree->all);
}

int merkle_hash(struct merkle *tree, const struct merkle_node *node,
                struct digest *hash)
{
    if (tree == NULL || node == NULL || hash == NULL || !is_subtree(node))
        return DYN_EINVAL;
    *hash = hash_of(tree, node);
    return DYN_OK;
}

int merkle_describe(struct merkle *tree, const struct merkle_node *node,
                    uint8_t *bytes, size_t capacity, size_t *length)
{
    uint8_t room[MERKLE_DESCRIPTION_MAX], *at = room;
    const struct leaf *list[MERKLE_LEAF_MAX];

    if (tree == NULL || node == NULL || length == NULL ||
        (bytes == NULL && capacity > 0) || !is_subtree(node))
        return DYN_EINVAL;
    if (count_below(tree, node) > MERKLE_LEAF_MAX) {
        *at++ = 'N';
        for (unsigned i = 0; i < 16; i++, at += 16) {
            struct merkle_node child = {node->depth + 1, node->path};
            struct digest hash;

            set_digit(&child.path, node->depth, i);
            hash = hash_of(tree, &child);
            memcpy(at, &hash, 16);
        }
    } else {
        const size_t count = few_below(tree, node, list);

        *at++ = 'L';
        bytes_write(at, 2, count);
        at += 2;
        for (size_t i = 0; i < count; i++) {
            bytes_write(at, 2, list[i]->size);
            memcpy(at + 2, list[i]->key, list[i]->size);
            memcpy(at + 2 + list[i]->size, &list[i]->stored, 16);
            at += 2 + list[i]->size + 16;
        }
    }
    *length = (size_t)(at - room);
    if (*length > capacity)
        return DYN_ERANGE;
    memcpy(bytes, room, *length);
    return DYN_OK;
}

int merkle_compare(struct merkle *tree, const struct merkle_node *node,
                   const uint8_t *bytes, size_t length,
                   struct merkle_difference *difference)
{
    static const struct merkle_difference nothing;
    const struct leaf *ours[MERKLE_LEAF_MAX];
    struct leaf *theirs;
    const struct leaf *list[MERKLE_LEAF_MAX];
    size_t our_count = 0, count = 0, at = 3;
    bool many;
    int rv = DYN_OK;

    if (tree == NULL || node == NULL || difference == NULL ||
        (bytes == NULL && length > 0) || !is_subtree(node))
        return DYN_EINVAL;
    many = count_below(tree, node) > MERKLE_LEAF_MAX;
    if (length == 257 && bytes[0] == 'N') {
        if (node->depth == MERKLE_DEPTH_MAX)
            return DYN_ECORRUPT;
        *difference = nothing;
        for (unsigned i = 0; i < 16; i++) {
            struct merkle_node child = {node->depth + 1, node->path};
            struct digest hash;

            set_digit(&child.path, node->depth, i);
            hash = hash_of(tree, &child);
            if (memcmp(&hash, bytes + 1 + 16 * i, 16) != 0)
                difference->nodes[difference->node_count++] = child;
        }
        return DYN_OK;
    }
    if (length < 3 || bytes[0] != 'L' ||
        bytes_read(bytes + 1, 2) > MERKLE_LEAF_MAX)
        return DYN_ECORRUPT;
    count = bytes_read(bytes + 1, 2);
    theirs = calloc(MERKLE_LEAF_MAX, sizeof *theirs);
    if (theirs == NULL)
        return DYN_ENOMEM;
    for (size_t i = 0; i < count && rv == DYN_OK; i++) {
        size_t size = 0;

        rv = DYN_ECORRUPT;
        if (length - at >= 2)
            size = bytes_read(bytes + at, 2);
        if (size < 1 || size > KEY_SIZE_MAX || length - at < 2 + size + 16)
            break;
        theirs[i].place = md5((struct slice){bytes + at + 2, size});
        memcpy(&theirs[i].stored, bytes + at + 2 + size, 16);
        const struct merkle_node in = prefix_of(&theirs[i].place, node->depth);
        if (!same_node(&in, node) ||
            (i > 0 && by_bytes(&theirs[i - 1].place, &theirs[i].place) >= 0))
            break;
        theirs[i].count = at + 2; /* where the key's bytes are */
        theirs[i].size = size;
        list[i] = &theirs[i];
        at += 2 + size + 16;
        rv = DYN_OK;
    }
    if (rv == DYN_OK && at != length)
        rv = DYN_ECORRUPT;
    if (rv != DYN_OK) {
        free(theirs);
        return rv;
    }
    *difference = nothing;
    if (many) {
        for (unsigned i = 0; i < 16; i++) {
            struct merkle_node child = {node->depth + 1, node->path};
            size_t from = 0, to;
            struct digest a, b;

            set_digit(&child.path, node->depth, i);
            while (from < count && digit(&list[from]->place, node->depth) < i)
                from++;
            to = from;
            while (to < count && digit(&list[to]->place, node->depth) == i)
                to++;
            a = hash_of(tree, &child);
            b = hash_few(list + from, to - from);
            if (by_bytes(&a, &b) != 0)
                difference->nodes[difference->node_count++] = child;
        }
    } else {
        our_count = few_below(tree, node, ours);
        for (size_t i = 0, j = 0; i < our_count || j < count;) {
            const int way = i == our_count ? 1
                            : j == count
                                ? -1
                                : by_bytes(&ours[i]->place, &list[j]->place);
            struct slice *const next = &difference->keys[difference->key_count];

            if (way < 0) {
                *next = (struct slice){ours[i]->key, ours[i]->size};
                difference->key_count++;
                i++;
            } else if (way > 0) {
                *next = (struct slice){bytes + list[j]->count, list[j]->size};
                difference->key_count++;
                j++;
            } else {
                if (by_bytes(&ours[i]->stored, &list[j]->stored) != 0) {
                    *next = (struct slice){ours[i]->key, ours[i]->size};
                    difference->key_count++;
                }
                i++;
                j++;
            }
        }
    }
    free(theirs);
    return DYN_OK;
}
