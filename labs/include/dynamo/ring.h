/* ring.h: which nodes store a key: consistent hashing as in sections 4.2, 4.3
 * and 6.2 of the Dynamo paper. You write these functions in ring.c (lab 1).
 *
 * A ring holds the membership of a store and answers, for any position on the
 * circle of 2^128 positions, which nodes are responsible for it. It is plain
 * data: no I/O, no clock, no global variables.
 *
 * Ownership: a ring belongs to whoever opened or decoded it, who closes it.
 * Pointers that a function is given are borrowed until it returns.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a count or a measure; but ring_close
 * takes NULL, and an array may be NULL where its count, capacity or length is 0.
 * Where several errors hold, the one that is listed first is returned;
 * DYN_ENOMEM is always possible and comes last.
 *
 * Speed is not graded, but tests use rings of thousands of tokens: a lookup may
 * look at every token once, not at every pair of them. */
#ifndef DYNAMO_RING_H
#define DYNAMO_RING_H

#include "dynamo/node.h"
#include "dynamo/slice.h"

#include <stddef.h>
#include <stdint.h>

/* ---- Positions (section 4.2) ---- */

/* A point on the circle: the number hi * 2^64 + lo. After the largest position
 * comes 0 again; clockwise means upwards. */
struct position {
    uint64_t hi, lo;
};

/* Where a key lies: its MD5 digest, read as one big-endian 128-bit number
 * (byte[0] is the most significant). */
struct position ring_position(struct slice key);

/* Where token number `index` (from 0) of `node` lies in the ring named `seed`:
 * the MD5 digest, read as above, of 16 bytes: the seed (8 bytes), the node
 * (4 bytes) and the index (4 bytes), each big-endian. Tokens are 'random' in
 * the paper's sense, yet every node of a store computes the same ones. */
struct position ring_token(uint64_t seed, node_id node, uint32_t index);

/* ---- The ring and its members ---- */

enum ring_strategy {
    RING_TOKENS = 1, /* T random tokens a node; tokens cut the circle */
    RING_TOKENS_PARTITIONS = 2, /* T random tokens a node; Q equal partitions */
    RING_PARTITIONS = 3         /* Q equal partitions, Q/S of them a node */
};

#define RING_TOKENS_MAX 65536u /* tokens of a node: T * weight, or `count` */
#define RING_PARTITIONS_MAX 1048576u /* Q */
#define RING_WEIGHT_MAX 1024u

struct ring_config {
    enum ring_strategy strategy;
    uint32_t tokens;     /* T, tokens of a node of weight 1: 1..RING_TOKENS_MAX;
                            strategies 1 and 2, ignored under 3 */
    uint32_t partitions; /* Q: 1..RING_PARTITIONS_MAX;
                            strategies 2 and 3, ignored under 1 */
    uint64_t seed;       /* names the ring; any value */
};

struct ring; /* yours to define */

/* Opens a ring without members. Stores it in *ring, which the caller closes.
 * DYN_EINVAL: an unknown strategy, or a number that the strategy uses is out of
 * its range. DYN_ENOMEM. */
int ring_open(struct ring **ring, const struct ring_config *config);

/* Frees the ring and all that it holds. NULL is allowed. */
void ring_close(struct ring *ring);

/* Adds a node of the given weight: 1..RING_WEIGHT_MAX. A node of weight w gets
 * w times what a node of weight 1 gets: under strategies 1 and 2 the tokens
 * 0 .. w*T-1 of ring_token; under 3 a share of the Q partitions as described
 * at ring_owner.
 * DYN_EINVAL: the weight is out of range, or w*T exceeds RING_TOKENS_MAX
 * (strategies 1 and 2). DYN_EEXIST: already a member. DYN_ERANGE (strategy 3):
 * the share s of some member, described at ring_owner, would be below 1.
 * DYN_ENOMEM. */
int ring_join(struct ring *ring, node_id node, uint32_t weight);

/* Adds a node with tokens of its own choosing instead of ring_token's, as a
 * node does that comes back and finds its tokens on its disk (section 4.8.1).
 * `count`: 1..RING_TOKENS_MAX; positions may repeat; copied.
 * DYN_EINVAL: strategy 3, or the count is out of range. DYN_EEXIST. DYN_ENOMEM. */
int ring_join_at(struct ring *ring, node_id node, const struct position *tokens,
                 size_t count);

/* Removes a node; the same node may join again later.
 * DYN_ENOENT: not a member (any more). DYN_ENOMEM. */
int ring_leave(struct ring *ring, node_id node);

/* How many members there are. Stores the smallest min(capacity, members) of
 * them in nodes[], in ascending order; `nodes` may be NULL when capacity is 0. */
size_t ring_members(const struct ring *ring, node_id *nodes, size_t capacity);

/* ---- Placement (sections 4.2, 4.3, 6.2) ----
 *
 * From a position, walk the circle clockwise and note each physical node when
 * it is met for the first time. That order is the position's walk.
 * Strategy 1: the walk starts at the first token at or after the position.
 * Strategy 2: it starts at the first token at or after the end of the
 *   position's partition, that is, where the next partition begins.
 * Strategy 3: it visits the owner of the position's partition, then those of
 *   the partitions that follow.
 * Where tokens of several nodes share one position, the smaller node_id is met
 * first.
 *
 * Under strategies 1 and 2 the walk is a function of the members and their
 * tokens alone: it must not depend on the order of joins and leaves. */

/* The first node of the walk: the coordinator of the position's key.
 * DYN_ERANGE: the ring has no members. */
int ring_lookup(const struct ring *ring, struct position position,
                node_id *node);

/* The first n nodes of the walk, n >= 1, into list[0..n-1].
 * DYN_EINVAL: n is 0. DYN_ERANGE: there are fewer than n members. */
int ring_preference_list(const struct ring *ring, struct position position,
                         size_t n, node_id *list);

/* The walk after its first `skip` nodes: up to `capacity` nodes into list[],
 * their number into *count, 0 when no more than `skip` nodes exist; that is not
 * an error. This is how one steps over nodes that are down (section 4.6). */
int ring_successors(const struct ring *ring, struct position position,
                    size_t skip, size_t capacity, node_id *list, size_t *count);

/* ---- Partitions (section 6.2; strategies 2 and 3) ---- */

/* The partition of a position: floor(h * Q / 2^32), where h is the number that
 * the position's topmost 32 bits make. Partition p so begins at the smallest
 * position that has p for its partition.
 * DYN_EINVAL: strategy 1. */
int ring_partition(const struct ring *ring, struct position position,
                   uint32_t *partition);

/* The node that a partition belongs to: the first of its positions' walks.
 * Strategy 3 keeps a table of owners, and that table is the membership data:
 * - Each member owns floor(s) or ceil(s) partitions, where s = Q * weight / sum
 *   of all weights (so Q/S, give or take one, when weights are equal).
 * - A join or a leave changes the owner of as few partitions as that allows,
 *   members ending at floor(s) or ceil(s), whichever needs fewer. (With equal
 *   weights only the joining node gains and only the leaving node loses; with
 *   unequal ones a partition may have to go from one old member to another.)
 * - The partitions that move are drawn at random, so that a node's partitions
 *   lie scattered over the circle, and the partitions of a leaving node are
 *   spread over the others.
 * - What a join or a leave does is determined by what ring_encode writes and by
 *   the call, and by nothing else: a decoded ring goes on as the one that was
 *   encoded, so that all nodes come to the same table.
 * DYN_EINVAL: strategy 1, or partition >= Q. DYN_ERANGE: no members. */
int ring_owner(const struct ring *ring, uint32_t partition, node_id *node);

/* Writes a ring of strategy 3 as bytes, for other nodes to decode. All numbers
 * are big-endian:
 *     4 bytes   "DYR3"
 *     4         Q
 *     8         seed
 *     4         M, the number of members
 *     M times   node (4), weight (4), in ascending order of node
 *     Q times   the owner of partition 0, 1, ... (4); absent when M is 0
 *     16        MD5 of all bytes before
 * *length becomes the encoding's length in bytes, also with DYN_ERANGE.
 * DYN_EINVAL: strategy 1 or 2. DYN_ERANGE: the length exceeds `capacity`, and
 * nothing is written to bytes[]; `bytes` may be NULL when capacity is 0. */
int ring_encode(const struct ring *ring, uint8_t *bytes, size_t capacity,
                size_t *length);

/* Opens the ring that ring_encode wrote, stored in *ring, closed by the caller.
 * The bytes come from the network: trust nothing in them.
 * DYN_ECORRUPT: too short, too long, not the MD5, or anything in them breaks a
 * rule of this header (Q or a weight out of range; nodes not ascending; a share
 * below 1; an owner that is no member; a member with too few or too many
 * partitions). DYN_ENOMEM. */
int ring_decode(struct ring **ring, const uint8_t *bytes, size_t length);

/* ---- Measures (section 6.2, Figures 6 and 8) ---- */

/* Each member's share of the circle when every position is stored on the first
 * n nodes of its walk: shares[i] belongs to the i-th member in ascending order;
 * they add up to n, within 1e-6 of the exact values (so partitions may be
 * taken as equal, though they are not quite when Q is no power of two).
 * `capacity` is the room in shares[].
 * DYN_EINVAL: n is 0. DYN_ERANGE: fewer than n members, or more members than
 * capacity. DYN_ENOMEM. */
int ring_shares(const struct ring *ring, size_t n, double *shares,
                size_t capacity);

/* The size of the membership metadata: how many entries every node must keep.
 * Strategies 1 and 2: one a token. Strategy 3: one a partition, with members or
 * without. */
size_t ring_metadata(const struct ring *ring);

/* What a change of membership moves. */
struct ring_moved {
    uint64_t keys; /* keys that some node must newly store */
    uint64_t
        copies; /* (key, node) pairs where the node must newly store the key */
};

/* Compares the first n nodes of each key's walk before and after a change.
 * The order within the n does not matter; a key that occurs twice counts twice.
 * The rings may differ in everything.
 * DYN_EINVAL: n is 0. DYN_ERANGE: one of the rings has fewer than n members. */
int ring_moved(const struct ring *before, const struct ring *after, size_t n,
               const struct position *keys, size_t count,
               struct ring_moved *moved);

/* Load-balancing efficiency: mean load / load of the hottest node (section
 * 6.2). Loads are finite and >= 0. 1 when `count` is 0 or all loads are 0. */
double load_efficiency(const double *loads, size_t count);

/* The fraction of nodes out of balance (Figure 6): those whose load differs
 * from the mean by at least threshold * mean; the paper's threshold is 0.15.
 * Loads and threshold are finite and >= 0.
 * 0 when `count` is 0 or all loads are 0. */
double load_imbalance(const double *loads, size_t count, double threshold);

#endif
