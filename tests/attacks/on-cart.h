/* on-cart.h: the starter, with attack() run by the first call of a test of carts. */
#define cart_open starter_open
#define cart_decode starter_decode
#define cart_reconcile starter_reconcile
#define cart_resurfacing starter_resurfacing
#include "starter/cart.c"
#undef cart_open
#undef cart_decode
#undef cart_reconcile
#undef cart_resurfacing

static void attack(void);

int cart_open(struct cart **cart)
{
    attack();
    return starter_open(cart);
}

int cart_decode(struct cart **cart, const uint8_t *bytes, size_t length)
{
    attack();
    return starter_decode(cart, bytes, length);
}

int cart_reconcile(struct cart **cart, const struct slice *values, size_t count)
{
    attack();
    return starter_reconcile(cart, values, count);
}

int cart_resurfacing(struct cart_history *history)
{
    attack();
    return starter_resurfacing(history);
}
