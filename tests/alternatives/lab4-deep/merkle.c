/* merkle.c, built otherwise: a trie that goes down until every key is alone. What
 * is called a leaf is gathered from below when somebody asks. */
#include "dynamo/merkle.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"
#include "dynamo/message.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct digest place, stored;
    struct slice key;
};

struct cell {
    size_t count;
    struct cell *child[16]; /* none if it has an entry */
    struct entry *entry;    /* its only key */
    struct digest hash;
    int is_known;
};

struct merkle {
    struct cell top;
};

static unsigned step(const struct digest *place, uint32_t depth)
{
    return (place->byte[depth >> 1] >> (depth & 1 ? 0 : 4)) & 15u;
}

static int same(const struct digest *a, const struct digest *b)
{
    return memcmp(a->byte, b->byte, 16) == 0;
}

int merkle_open(struct merkle **tree)
{
    struct merkle *made = tree == NULL ? NULL : calloc(1, sizeof **tree);

    if (tree == NULL)
        return DYN_EINVAL;
    if (made == NULL)
        return DYN_ENOMEM;
    *tree = made;
    return DYN_OK;
}

static void empty(struct cell *cell)
{
    for (unsigned i = 0; i < 16; i++)
        if (cell->child[i] != NULL) {
            empty(cell->child[i]);
            free(cell->child[i]);
        }
    free(cell->entry);
}

void merkle_close(struct merkle *tree)
{
    if (tree != NULL)
        empty(&tree->top);
    free(tree);
}

static struct entry *make_entry(struct slice key, struct slice stored)
{
    struct entry *const made = malloc(sizeof *made + key.size);

    if (made == NULL)
        return NULL;
    memcpy((uint8_t *)made + sizeof *made, key.data, key.size);
    made->place = md5(key);
    made->stored = md5(stored);
    made->key = (struct slice){(uint8_t *)made + sizeof *made, key.size};
    return made;
}

int merkle_put(struct merkle *tree, struct slice key, struct slice stored)
{
    struct cell *path[MERKLE_DEPTH_MAX + 1], *spare = NULL, *cell;
    struct entry *made, *other = NULL;
    uint32_t depth = 0, deepest;

    if (tree == NULL || key.data == NULL || key.size == 0 ||
        key.size > KEY_SIZE_MAX || (stored.data == NULL && stored.size != 0))
        return DYN_EINVAL;
    made = make_entry(key, stored);
    if (made == NULL)
        return DYN_ENOMEM;
    /* Down to where it belongs, or where another key is in its way. */
    cell = path[0] = &tree->top;
    while (cell->entry == NULL &&
           cell->child[step(&made->place, depth)] != NULL) {
        cell = cell->child[step(&made->place, depth)];
        path[++depth] = cell;
    }
    if (cell->entry != NULL && same(&cell->entry->place, &made->place)) {
        free(cell->entry);
        cell->entry = made;
        for (uint32_t i = 0; i <= depth; i++)
            path[i]->is_known = 0;
        return DYN_OK;
    }
    other = cell->entry;
    deepest = depth;
    if (other != NULL)
        while (step(&other->place, deepest) == step(&made->place, deepest))
            deepest++;
    /* All the cells that are missing, before anything is changed. */
    for (uint32_t i = depth; other != NULL ? i < deepest + 2 : i < deepest + 1;
         i++) {
        struct cell *const fresh = calloc(1, sizeof *fresh);

        if (fresh == NULL) {
            while (spare != NULL) {
                cell = spare->child[0];
                free(spare);
                spare = cell;
            }
            free(made);
            return DYN_ENOMEM;
        }
        fresh->child[0] = spare;
        spare = fresh;
    }
    cell->entry = NULL;
    while (depth <= deepest) {
        struct cell *const next = spare;

        spare = next->child[0];
        next->child[0] = NULL;
        if (other != NULL && depth < deepest)
            next->count = 1; /* it is in this one as well */
        cell->child[step(&made->place, depth)] = next;
        if (other != NULL && depth == deepest) {
            struct cell *const aside = spare;

            spare = aside->child[0];
            aside->child[0] = NULL;
            aside->count = 1;
            aside->entry = other;
            cell->child[step(&other->place, depth)] = aside;
        }
        cell = next;
        path[++depth] = cell;
    }
    cell->entry = made;
    for (uint32_t i = 0; i <= depth; i++) {
        path[i]->count++;
        path[i]->is_known = 0;
    }
    return DYN_OK;
}

int merkle_remove(struct merkle *tree, struct slice key)
{
    struct cell *path[MERKLE_DEPTH_MAX + 1], *cell;
    struct digest place;
    uint32_t depth = 0;

    if (tree == NULL || (key.data == NULL && key.size != 0))
        return DYN_EINVAL;
    place = md5(key);
    cell = path[0] = &tree->top;
    while (cell != NULL && cell->entry == NULL && depth < MERKLE_DEPTH_MAX) {
        cell = cell->child[step(&place, depth)];
        path[++depth] = cell;
    }
    if (cell == NULL || cell->entry == NULL ||
        !same(&cell->entry->place, &place))
        return DYN_ENOENT;
    free(cell->entry);
    cell->entry = NULL;
    for (uint32_t i = depth + 1; i-- > 0;) {
        path[i]->count--;
        path[i]->is_known = 0;
        if (path[i]->count == 0 && i > 0) {
            path[i - 1]->child[step(&place, i - 1)] = NULL;
            free(path[i]);
        }
    }
    return DYN_OK;
}

size_t merkle_count(const struct merkle *tree)
{
    return tree == NULL ? 0 : tree->top.count;
}

/* ---- Hashes ---- */

/* A leaf as the contract sees it. */
struct few {
    const struct entry *entry[MERKLE_LEAF_MAX];
    size_t count;
};

static void gather(const struct cell *cell, struct few *few)
{
    if (cell == NULL || cell->count == 0)
        return;
    if (cell->entry != NULL)
        few->entry[few->count++] = cell->entry;
    else
        for (unsigned i = 0; i < 16; i++)
            gather(cell->child[i], few);
}

static struct digest hash_few(const struct few *few)
{
    uint8_t text[1 + MERKLE_LEAF_MAX * 32];
    size_t size = 0;
    struct digest hash = {.byte = {0}};

    if (few->count == 0)
        return hash;
    text[size++] = 'L';
    for (size_t i = 0; i < few->count; i++) {
        memcpy(text + size, few->entry[i]->place.byte, 16);
        size += 16;
        memcpy(text + size, few->entry[i]->stored.byte, 16);
        size += 16;
    }
    return md5((struct slice){text, size});
}

static struct digest hash_cell(struct cell *cell)
{
    uint8_t text[257] = {'N'};
    struct few few = {.count = 0};

    if (cell == NULL)
        return hash_few(&few);
    if (cell->is_known)
        return cell->hash;
    if (cell->count <= MERKLE_LEAF_MAX) {
        gather(cell, &few);
        cell->hash = hash_few(&few);
    } else {
        for (unsigned i = 0; i < 16; i++) {
            const struct digest part = hash_cell(cell->child[i]);

            memcpy(text + 1 + 16 * i, part.byte, 16);
        }
        cell->hash = md5((struct slice){text, sizeof text});
    }
    cell->is_known = 1;
    return cell->hash;
}

static int is_good(const struct merkle_node *node)
{
    if (node == NULL || node->depth > 32)
        return 0;
    for (uint32_t i = node->depth; i < 32; i++)
        if (step(&node->path, i) != 0)
            return 0;
    return 1;
}

static int lies_in(const struct digest *place, const struct merkle_node *node)
{
    for (uint32_t i = 0; i < node->depth; i++)
        if (step(place, i) != step(&node->path, i))
            return 0;
    return 1;
}

/* The cell of a subtree. A key that is alone higher up is copied to `lone`. */
static struct cell *cell_of(struct merkle *tree, const struct merkle_node *node,
                            struct cell *lone)
{
    struct cell *cell = &tree->top;

    for (uint32_t i = 0; i < node->depth && cell != NULL; i++) {
        if (cell->entry != NULL) {
            if (!lies_in(&cell->entry->place, node))
                return NULL;
            *lone = *cell;
            return lone;
        }
        cell = cell->child[step(&node->path, i)];
    }
    return cell;
}

static struct merkle_node below(const struct merkle_node *node, unsigned i)
{
    struct merkle_node child = *node;

    child.path.byte[node->depth / 2] += (uint8_t)(node->depth % 2 ? i : 16 * i);
    child.depth++;
    return child;
}

static struct digest hash_at(struct merkle *tree,
                             const struct merkle_node *node)
{
    struct cell lone;

    return hash_cell(cell_of(tree, node, &lone));
}

int merkle_hash(struct merkle *tree, const struct merkle_node *node,
                struct digest *hash)
{
    if (tree == NULL || hash == NULL || !is_good(node))
        return DYN_EINVAL;
    *hash = hash_at(tree, node);
    return DYN_OK;
}

/* ---- Descriptions ---- */

int merkle_describe(struct merkle *tree, const struct merkle_node *node,
                    uint8_t *bytes, size_t capacity, size_t *length)
{
    struct cell lone, *cell;
    struct few few = {.count = 0};
    size_t size = 257;

    if (tree == NULL || length == NULL || (bytes == NULL && capacity != 0) ||
        !is_good(node))
        return DYN_EINVAL;
    cell = cell_of(tree, node, &lone);
    if (cell == NULL || cell->count <= MERKLE_LEAF_MAX) {
        gather(cell, &few);
        size = 3;
        for (size_t i = 0; i < few.count; i++)
            size += 18 + few.entry[i]->key.size;
        cell = NULL;
    }
    *length = size;
    if (size > capacity)
        return DYN_ERANGE;
    if (cell != NULL) {
        *bytes = 'N';
        for (unsigned i = 0; i < 16; i++) {
            const struct digest part = hash_cell(cell->child[i]);

            memcpy(bytes + 1 + 16 * i, part.byte, 16);
        }
        return DYN_OK;
    }
    *bytes = 'L';
    bytes_write(bytes + 1, 2, few.count);
    bytes += 3;
    for (size_t i = 0; i < few.count; i++) {
        const struct slice key = few.entry[i]->key;

        bytes_write(bytes, 2, key.size);
        memcpy(bytes + 2, key.data, key.size);
        memcpy(bytes + 2 + key.size, few.entry[i]->stored.byte, 16);
        bytes += 18 + key.size;
    }
    return DYN_OK;
}

/* What the other one says of a leaf. */
struct said {
    struct entry room[MERKLE_LEAF_MAX];
    struct few few;
};

static int listen(const uint8_t *bytes, size_t length,
                  const struct merkle_node *node, struct said *said)
{
    const uint8_t *const end = bytes + length;
    size_t count;

    said->few.count = 0;
    if (length < 2)
        return DYN_ECORRUPT;
    count = bytes_read(bytes, 2);
    bytes += 2;
    if (count > MERKLE_LEAF_MAX)
        return DYN_ECORRUPT;
    for (size_t i = 0; i < count; i++) {
        struct entry *const entry = &said->room[i];

        if (end - bytes < 2)
            return DYN_ECORRUPT;
        entry->key = (struct slice){bytes + 2, bytes_read(bytes, 2)};
        if (entry->key.size == 0 || entry->key.size > KEY_SIZE_MAX ||
            (size_t)(end - bytes) < 18 + entry->key.size)
            return DYN_ECORRUPT;
        entry->place = md5(entry->key);
        memcpy(entry->stored.byte, bytes + 2 + entry->key.size, 16);
        if (!lies_in(&entry->place, node))
            return DYN_ECORRUPT;
        if (i > 0 &&
            memcmp(said->room[i - 1].place.byte, entry->place.byte, 16) >= 0)
            return DYN_ECORRUPT;
        said->few.entry[said->few.count++] = entry;
        bytes += 18 + entry->key.size;
    }
    return bytes == end ? DYN_OK : DYN_ECORRUPT;
}

int merkle_compare(struct merkle *tree, const struct merkle_node *node,
                   const uint8_t *bytes, size_t length,
                   struct merkle_difference *difference)
{
    struct merkle_difference found = {.key_count = 0, .node_count = 0};
    struct cell lone, *cell;
    struct said said;
    struct few ours = {.count = 0};
    int hashes, rv;

    if (tree == NULL || difference == NULL || (bytes == NULL && length != 0) ||
        !is_good(node))
        return DYN_EINVAL;
    if (length == 0)
        return DYN_ECORRUPT;
    hashes = bytes[0] == 'N';
    if (hashes && (length != 257 || node->depth == 32))
        return DYN_ECORRUPT;
    if (!hashes && bytes[0] != 'L')
        return DYN_ECORRUPT;
    if (!hashes) {
        rv = listen(bytes + 1, length - 1, node, &said);
        if (rv != DYN_OK)
            return rv;
    }
    cell = cell_of(tree, node, &lone);
    if (hashes || (cell != NULL && cell->count > MERKLE_LEAF_MAX)) {
        for (unsigned i = 0; i < 16; i++) {
            const struct merkle_node child = below(node, i);
            const struct digest mine = hash_at(tree, &child);
            struct digest other;

            if (hashes) {
                memcpy(other.byte, bytes + 1 + 16 * i, 16);
            } else {
                struct few part = {.count = 0};

                for (size_t j = 0; j < said.few.count; j++)
                    if (lies_in(&said.few.entry[j]->place, &child))
                        part.entry[part.count++] = said.few.entry[j];
                other = hash_few(&part);
            }
            if (!same(&mine, &other))
                found.nodes[found.node_count++] = child;
        }
        *difference = found;
        return DYN_OK;
    }
    gather(cell, &ours);
    for (size_t i = 0, j = 0; i < ours.count || j < said.few.count;) {
        int way = 0;

        if (i < ours.count && j < said.few.count)
            way = memcmp(ours.entry[i]->place.byte,
                         said.few.entry[j]->place.byte, 16);
        else
            way = i < ours.count ? -1 : 1;
        if (way > 0)
            found.keys[found.key_count++] = said.few.entry[j++]->key;
        else if (way < 0)
            found.keys[found.key_count++] = ours.entry[i++]->key;
        else if (same(&ours.entry[i++]->stored, &said.few.entry[j]->stored))
            j++;
        else
            found.keys[found.key_count++] = said.few.entry[j++]->key;
    }
    *difference = found;
    return DYN_OK;
}
