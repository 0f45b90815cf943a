/* cart.h: a shopping cart on top of get and put: what the paper calls semantic
 * reconciliation (section 4.4). You write these functions in cart.c (lab 3, part
 * F).
 *
 * The store hands its client all siblings of a key, and knows no better. The cart
 * knows what they mean: a client merges them, changes the result, and puts it with
 * the context of its get. So no item that was added is lost. One that was deleted
 * can come back.
 *
 * Ownership: a cart belongs to whoever opened or decoded it, who closes it.
 * Pointers that a function is given are borrowed until it returns.
 * Errors: see err.h. NULL pointers and DYN_ENOMEM: as in vclock.h. A function that
 * fails changes nothing. */
#ifndef DYNAMO_CART_H
#define DYNAMO_CART_H

#include "dynamo/slice.h"

#include <stddef.h>
#include <stdint.h>

/* ---- A cart ----
 *
 * For each item in it, how many of it: 1 .. UINT32_MAX. An item is named by 1 ..
 * CART_ITEM_MAX bytes, each of '!' .. '~' but '='; a function that is given another
 * name returns DYN_EINVAL. */

struct cart; /* yours to define */

enum { CART_ITEM_MAX = 64 }; /* bytes */

/* Opens an empty cart, stored in *cart, which the caller closes. */
int cart_open(struct cart **cart);

/* Frees the cart. NULL is allowed. */
void cart_close(struct cart *cart);

/* Puts `count` more of an item into the cart.
 * DYN_EINVAL: count is 0. DYN_ERANGE: there would be more than UINT32_MAX. */
int cart_add(struct cart *cart, struct slice item, uint32_t count);

/* Takes an item out, all of it. DYN_ENOENT: it is not in the cart. */
int cart_remove(struct cart *cart, struct slice item);

/* How many different items there are. */
size_t cart_count(const struct cart *cart);

/* The item numbered `index`, from 0, in ascending order as by memcmp, a prefix
 * first, and how many of it. *item is borrowed until the cart is changed.
 * DYN_ENOENT: there are no more than `index`. */
int cart_at(const struct cart *cart, size_t index, struct slice *item,
            uint32_t *count);

/* ---- Reconciliation ---- */

/* Adds what another cart holds: the items of both, and of an item that both have
 * the larger count. (The sum would count twice what both have from a common
 * ancestor.) In whatever order carts are merged, and however often, the result is
 * the same. Both may be the same cart. */
int cart_merge(struct cart *into, const struct cart *from);

/* Opens the cart that the values of a get stand for, in *cart, which the caller
 * closes: what cart_encode wrote of several carts, merged; an empty one for no
 * values. DYN_ECORRUPT: cart_decode refuses one of them. */
int cart_reconcile(struct cart **cart, const struct slice *values,
                   size_t count);

/* ---- Bytes ----
 *
 * "book=2 pen=1": of each item its name, '=', and how many, in decimal digits
 * without leading zeros; between items a space; in the order of cart_at. An empty
 * cart has no bytes. */

/* *length becomes the encoding's length in bytes, also with DYN_ERANGE.
 * DYN_ERANGE: it exceeds `capacity`, and nothing is written to bytes[]. */
int cart_encode(const struct cart *cart, uint8_t *bytes, size_t capacity,
                size_t *length);

/* Opens the cart that cart_encode wrote, stored in *cart, closed by the caller.
 * The bytes come from a client: trust nothing in them.
 * DYN_ECORRUPT: cart_encode cannot have written them. */
int cart_decode(struct cart **cart, const uint8_t *bytes, size_t length);

/* ---- What comes back ---- */

enum cart_change { CART_ADDS = 1, CART_REMOVES = 2 };

/* One of the writes of a history, write number i of it (from 0): a client merges
 * the carts that it has read, adds one of an item or removes it, and puts that. */
struct cart_write {
    uint32_t read;   /* bit k: it has read the cart that write k < i put */
    uint32_t change; /* an enum cart_change; what is removed is in the cart */
    uint32_t item;   /* 0 .. 255: any numbers, the same for the same item */
};

enum { CART_WRITES_MAX = 32 };

struct cart_history {
    struct cart_write writes[CART_WRITES_MAX];
    size_t count;
    size_t removal; /* the index of a write that removes an item */
};

/* Stores a history in which an item comes back. Its write number `removal` removes
 * an item, and has seen every write that adds it (has read its cart, or one that
 * had seen it). No version is lost: a client that then reads, is given the carts
 * that no other write has seen, and merges them. The item is in the result. */
int cart_resurfacing(struct cart_history *history);

#endif
