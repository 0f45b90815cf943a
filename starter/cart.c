/* cart.c: shopping carts that merge.
 *
 * Interface: dynamo/cart.h, which says what every function owes its caller.
 */
#include "dynamo/cart.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct cart {
    size_t count;
    // The items: yours to add.
};

/* ---- A cart ---- */

int cart_open(struct cart **cart)
{
    (void)cart;
    return DYN_ETODO;
}

void cart_close(struct cart *cart)
{
    (void)cart;
}

int cart_add(struct cart *cart, struct slice item, uint32_t count)
{
    (void)cart;
    (void)item;
    (void)count;
    return DYN_ETODO;
}

int cart_remove(struct cart *cart, struct slice item)
{
    (void)cart;
    (void)item;
    return DYN_ETODO;
}

size_t cart_count(const struct cart *cart)
{
    (void)cart;
    return 0;
}

int cart_at(const struct cart *cart, size_t index, struct slice *item,
            uint32_t *count)
{
    (void)cart;
    (void)index;
    (void)item;
    (void)count;
    return DYN_ETODO;
}

/* ---- Reconciliation ---- */

int cart_merge(struct cart *into, const struct cart *from)
{
    (void)into;
    (void)from;
    return DYN_ETODO;
}

int cart_reconcile(struct cart **cart, const struct slice *values, size_t count)
{
    (void)cart;
    (void)values;
    (void)count;
    return DYN_ETODO;
}

/* ---- Bytes ---- */

int cart_encode(const struct cart *cart, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    (void)cart;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
}

int cart_decode(struct cart **cart, const uint8_t *bytes, size_t length)
{
    (void)cart;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
}

/* ---- What comes back ---- */

int cart_resurfacing(struct cart_history *history)
{
    (void)history;
    return DYN_ETODO;
}
