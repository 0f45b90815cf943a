/* merkle.h: a tree of hashes over the keys of a range, by which two replicas find
 * what one of them lacks without telling each other all that both have (section
 * 4.7). You write these functions in merkle.c (lab 4, part D).
 *
 * They are plain functions on plain data.
 *
 * Ownership: a tree belongs to whoever opened it, who closes it. Pointers that a
 * function is given are borrowed until it returns; keys are copied.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a count; but merkle_close takes NULL, and
 * bytes may be at NULL if there are none (a slice's too), or no room for any. Whatever returns a
 * code may return DYN_ENOMEM. */
#ifndef DYNAMO_MERKLE_H
#define DYNAMO_MERKLE_H

#include "dynamo/hash.h"
#include "dynamo/slice.h"

#include <stddef.h>
#include <stdint.h>

/* ---- What is in a tree ----
 *
 * Keys of 1 .. KEY_SIZE_MAX bytes (message.h), each with the MD5 of what is stored
 * under it. A key's place is the MD5 of the key. (No two keys that are put have the
 * same place.) */

struct merkle; /* yours to define */

/* Opens an empty tree, stored in *tree, which the caller closes. */
int merkle_open(struct merkle **tree);

/* Frees the tree. NULL is allowed. */
void merkle_close(struct merkle *tree);

/* Notes what is stored under a key now, instead of what was noted before.
 * DYN_EINVAL: the key's size is out of range. */
int merkle_put(struct merkle *tree, struct slice key, struct slice stored);

/* Forgets a key. DYN_ENOENT: it is not in the tree, as no key can be whose size is
 * out of range. */
int merkle_remove(struct merkle *tree, struct slice key);

/* How many keys there are. */
size_t merkle_count(const struct merkle *tree);

/* ---- Hashes ----
 *
 * A subtree has the keys whose places begin with the same half-bytes. The whole
 * tree is the subtree of all places, with a depth of 0. */

enum {
    MERKLE_LEAF_MAX = 16,  /* keys of a leaf */
    MERKLE_DEPTH_MAX = 32, /* half-bytes of a place */
    MERKLE_MD5_MAX = 64,   /* calls of md5 */
};

/* Which half-bytes; of a byte the upper half is the first. */
struct merkle_node {
    uint32_t depth;     /* how many: 0 .. MERKLE_DEPTH_MAX */
    struct digest path; /* they, and 0 after them */
};

/* The hash of a subtree follows from its keys alone, whatever was put and removed
 * before, and in whichever order:
 *     no keys                 16 bytes of 0
 *     1 .. MERKLE_LEAF_MAX    the MD5 of 'L' (1 byte) and then, of each key by
 *                             ascending places, its place (16) and the MD5 of what
 *                             is stored under it (16)
 *     more                    the MD5 of 'N' (1) and then the hashes of the 16
 *                             subtrees that are one half-byte deeper (16 each),
 *                             from half-byte 0 to 15
 * Cost: merkle_put or merkle_remove, and after it merkle_hash of the whole tree,
 * together call md5 (hash.h) at most MERKLE_MD5_MAX times, however many keys there
 * are, if the whole tree's hash was asked for just before.
 * DYN_EINVAL: the depth is out of range, or the rest of the path is not 0. */
int merkle_hash(struct merkle *tree, const struct merkle_node *node,
                struct digest *hash);

/* ---- Comparing ----
 *
 * Two replicas begin with the whole tree. One describes a subtree, and the other
 * compares that with its own: it learns which subtrees to ask for next, or which
 * keys are not the same. */

/* Describes a subtree: one byte, and what follows from it.
 *     'L'   at most MERKLE_LEAF_MAX keys: their number (2 bytes), then of each, by
 *           ascending places, its size (2), the key itself, and the MD5 of what is
 *           stored under it (16)
 *     'N'   more: the hashes of the 16 subtrees that are one half-byte deeper
 * Numbers are big-endian. *length becomes the description's length in bytes, also
 * with DYN_ERANGE.
 * DYN_ERANGE: it exceeds `capacity`, and nothing is written to bytes[].
 * DYN_EINVAL: as for merkle_hash. */
int merkle_describe(struct merkle *tree, const struct merkle_node *node,
                    uint8_t *bytes, size_t capacity, size_t *length);

/* The longest description, in bytes. */
enum { MERKLE_DESCRIPTION_MAX = 3 + MERKLE_LEAF_MAX * (2 + 256 + 16) };

/* What is not the same in two trees, below one subtree. */
struct merkle_difference {
    /* To be asked for next, by ascending paths. */
    struct merkle_node nodes[16];
    size_t node_count;
    /* By ascending places; borrowed from the description and from the tree, until
     * that is changed. */
    struct slice keys[2 * MERKLE_LEAF_MAX];
    size_t key_count;
};

/* Compares another tree's description of a subtree with this tree's subtree. Where
 * neither has more than MERKLE_LEAF_MAX keys, `keys` become those that only one of
 * them has, or under which the two store something else: each once, from either
 * side. Then there are no nodes. Else `nodes` become the subtrees, one half-byte
 * deeper, whose hashes differ, and there are no keys. The description comes from
 * the network: trust nothing in it.
 * DYN_EINVAL: as for merkle_hash. DYN_ECORRUPT: it is no description of that
 * subtree: too short, too long, begins with another byte, has more than
 * MERKLE_LEAF_MAX keys, a key whose size is out of range or whose place is not in
 * the subtree, places that do not ascend, or is an 'N' at MERKLE_DEPTH_MAX. */
int merkle_compare(struct merkle *tree, const struct merkle_node *node,
                   const uint8_t *bytes, size_t length,
                   struct merkle_difference *difference);

#endif
