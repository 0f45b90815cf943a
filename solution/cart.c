/* cart.c: shopping carts that merge.
 *
 * Interface: dynamo/cart.h, which says what every function owes its caller.
 */
#include "dynamo/cart.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include <stdbool.h>
#include <string.h>

struct line {
    uint8_t name[CART_ITEM_MAX];
    size_t size; /* of the name */
    uint32_t count;
};

/* Lines in ascending order of their names. */
struct cart {
    struct line *lines; /* the first `count` of `capacity` */
    size_t count, capacity;
};

/* @starter
struct cart {
    size_t count;
    // The items: yours to add.
};
@end */

/* ---- A cart ---- */

/* @solution */

static bool is_item(struct slice item)
{
    if (item.data == NULL || item.size < 1 || item.size > CART_ITEM_MAX)
        return false;
    for (size_t i = 0; i < item.size; i++)
        if (item.data[i] < '!' || item.data[i] > '~' || item.data[i] == '=')
            return false;
    return true;
}

static int compare(const struct line *line, struct slice item)
{
    size_t shared = line->size < item.size ? line->size : item.size;
    int order = memcmp(line->name, item.data, shared);

    return order != 0 ? order
                      : (line->size > item.size) - (line->size < item.size);
}

/* The index of the item, or where it belongs. */
static size_t find(const struct cart *cart, struct slice item, bool *there)
{
    size_t low = 0, high = cart->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(&cart->lines[middle], item) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *there = low < cart->count && compare(&cart->lines[low], item) == 0;
    return low;
}

static int reserve(struct cart *cart, size_t capacity)
{
    struct line *grown;

    if (capacity <= cart->capacity)
        return DYN_OK;
    if (capacity < 2 * cart->capacity)
        capacity = 2 * cart->capacity;
    grown = realloc(cart->lines, capacity * sizeof *grown);
    if (grown == NULL)
        return DYN_ENOMEM;
    cart->lines = grown;
    cart->capacity = capacity;
    return DYN_OK;
}

/* For a name that is not there, at its index; there is room. */
static void insert(struct cart *cart, size_t at, struct slice item,
                   uint32_t count)
{
    struct line *line = &cart->lines[at];

    memmove(line + 1, line, (cart->count - at) * sizeof *line);
    memcpy(line->name, item.data, item.size);
    line->size = item.size;
    line->count = count;
    cart->count++;
}

static struct slice name_of(const struct line *line)
{
    return (struct slice){line->name, line->size};
}

/* @starter
@end */

int cart_open(struct cart **cart)
{
    /* @solution */
    struct cart *made;

    if (cart == NULL)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *cart = made;
    return DYN_OK;
    /* @starter
    (void)cart;
    return DYN_ETODO;
    @end */
}

void cart_close(struct cart *cart)
{
    /* @solution */
    if (cart == NULL)
        return;
    free(cart->lines);
    free(cart);
    /* @starter
    (void)cart;
    @end */
}

int cart_add(struct cart *cart, struct slice item, uint32_t count)
{
    /* @solution */
    size_t at;
    bool there;

    if (cart == NULL || !is_item(item) || count == 0)
        return DYN_EINVAL;
    at = find(cart, item, &there);
    if (there) {
        if (count > UINT32_MAX - cart->lines[at].count)
            return DYN_ERANGE;
        cart->lines[at].count += count;
        return DYN_OK;
    }
    if (reserve(cart, cart->count + 1) != DYN_OK)
        return DYN_ENOMEM;
    insert(cart, at, item, count);
    return DYN_OK;
    /* @starter
    (void)cart;
    (void)item;
    (void)count;
    return DYN_ETODO;
    @end */
}

int cart_remove(struct cart *cart, struct slice item)
{
    /* @solution */
    struct line *line;
    size_t at;
    bool there;

    if (cart == NULL || !is_item(item))
        return DYN_EINVAL;
    at = find(cart, item, &there);
    if (!there)
        return DYN_ENOENT;
    line = &cart->lines[at];
    memmove(line, line + 1, (cart->count - at - 1) * sizeof *line);
    cart->count--;
    return DYN_OK;
    /* @starter
    (void)cart;
    (void)item;
    return DYN_ETODO;
    @end */
}

size_t cart_count(const struct cart *cart)
{
    /* @solution */
    return cart != NULL ? cart->count : 0;
    /* @starter
    (void)cart;
    return 0;
    @end */
}

int cart_at(const struct cart *cart, size_t index, struct slice *item,
            uint32_t *count)
{
    /* @solution */
    if (cart == NULL || item == NULL || count == NULL)
        return DYN_EINVAL;
    if (index >= cart->count)
        return DYN_ENOENT;
    *item = name_of(&cart->lines[index]);
    *count = cart->lines[index].count;
    return DYN_OK;
    /* @starter
    (void)cart;
    (void)index;
    (void)item;
    (void)count;
    return DYN_ETODO;
    @end */
}

/* ---- Reconciliation ---- */

int cart_merge(struct cart *into, const struct cart *from)
{
    /* @solution */
    size_t missing = 0, at;
    bool there;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    for (size_t i = 0; i < from->count; i++) {
        (void)find(into, name_of(&from->lines[i]), &there);
        missing += !there;
    }
    if (reserve(into, into->count + missing) != DYN_OK)
        return DYN_ENOMEM;
    for (size_t i = 0; i < from->count; i++) {
        const struct line *line = &from->lines[i];

        at = find(into, name_of(line), &there);
        if (!there)
            insert(into, at, name_of(line), line->count);
        else if (into->lines[at].count < line->count)
            into->lines[at].count = line->count;
    }
    return DYN_OK;
    /* @starter
    (void)into;
    (void)from;
    return DYN_ETODO;
    @end */
}

int cart_reconcile(struct cart **cart, const struct slice *values, size_t count)
{
    /* @solution */
    struct cart *made, *one;
    int rv;

    if (cart == NULL || (values == NULL && count > 0))
        return DYN_EINVAL;
    rv = cart_open(&made);
    if (rv != DYN_OK)
        return rv;
    for (size_t i = 0; rv == DYN_OK && i < count; i++) {
        rv = cart_decode(&one, values[i].data, values[i].size);
        if (rv != DYN_OK)
            break;
        rv = cart_merge(made, one);
        cart_close(one);
    }
    if (rv == DYN_OK)
        *cart = made;
    else
        cart_close(made);
    return rv;
    /* @starter
    (void)cart;
    (void)values;
    (void)count;
    return DYN_ETODO;
    @end */
}

/* ---- Bytes ---- */

/* @solution */

static size_t digits_of(uint32_t number)
{
    size_t digits = 1;

    while (number > 9) {
        number /= 10;
        digits++;
    }
    return digits;
}

/* Takes "name=count" off the front of `rest`, and the space after it. */
static int take_line(struct slice *rest, struct slice *item, uint32_t *count)
{
    uint64_t number = 0;
    size_t at = 0, first;

    while (at < rest->size && rest->data[at] != '=')
        at++;
    *item = (struct slice){rest->data, at};
    if (at == rest->size || !is_item(*item))
        return DYN_ECORRUPT;
    first = ++at;
    while (at < rest->size && rest->data[at] >= '0' && rest->data[at] <= '9' &&
           number <= UINT32_MAX)
        number = 10 * number + (rest->data[at++] - '0');
    if (at == first || rest->data[first] == '0' || number > UINT32_MAX)
        return DYN_ECORRUPT;
    *count = (uint32_t)number;
    if (at < rest->size) {
        /* A space, and something after it. */
        if (rest->data[at] != ' ' || at + 1 == rest->size)
            return DYN_ECORRUPT;
        at++;
    }
    *rest = (struct slice){rest->data + at, rest->size - at};
    return DYN_OK;
}

/* @starter
@end */

int cart_encode(const struct cart *cart, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    /* @solution */
    if (cart == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    *length = cart->count > 0 ? cart->count - 1 : 0;
    for (size_t i = 0; i < cart->count; i++)
        *length += cart->lines[i].size + 1 + digits_of(cart->lines[i].count);
    if (*length > capacity)
        return DYN_ERANGE;
    if (bytes == NULL)
        return DYN_OK; /* the cart is empty */
    for (size_t i = 0; i < cart->count; i++) {
        const struct line *line = &cart->lines[i];
        uint32_t number = line->count;
        size_t digits = digits_of(number);

        if (i > 0)
            *bytes++ = ' ';
        memcpy(bytes, line->name, line->size);
        bytes += line->size;
        *bytes++ = '=';
        for (size_t k = digits; k > 0; k--) {
            bytes[k - 1] = (uint8_t)('0' + number % 10);
            number /= 10;
        }
        bytes += digits;
    }
    return DYN_OK;
    /* @starter
    (void)cart;
    (void)bytes;
    (void)capacity;
    (void)length;
    return DYN_ETODO;
    @end */
}

int cart_decode(struct cart **cart, const uint8_t *bytes, size_t length)
{
    /* @solution */
    struct slice rest = {bytes, length}, item;
    struct cart *made;
    uint32_t count;
    int rv;

    if (cart == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    rv = cart_open(&made);
    if (rv != DYN_OK)
        return rv;
    while (rv == DYN_OK && rest.size > 0) {
        rv = take_line(&rest, &item, &count);
        if (rv == DYN_OK && made->count > 0 &&
            compare(&made->lines[made->count - 1], item) >= 0)
            rv = DYN_ECORRUPT;
        if (rv == DYN_OK)
            rv = cart_add(made, item, count);
    }
    if (rv == DYN_OK)
        *cart = made;
    else
        cart_close(made);
    return rv;
    /* @starter
    (void)cart;
    (void)bytes;
    (void)length;
    return DYN_ETODO;
    @end */
}

/* ---- What comes back ---- */

int cart_resurfacing(struct cart_history *history)
{
    /* @solution */
    if (history == NULL)
        return DYN_EINVAL;
    /* Two clients read the cart with item 0. One removes it; the other adds item 1
     * to the cart that it has read, item 0 in it. */
    *history = (struct cart_history){
        .writes = {{0, CART_ADDS, 0}, {1, CART_REMOVES, 0}, {1, CART_ADDS, 1}},
        .count = 3,
        .removal = 1,
    };
    return DYN_OK;
    /* @starter
    (void)history;
    return DYN_ETODO;
    @end */
}
