/* cart.c: shopping carts that merge.
 *
 * Interface: dynamo/cart.h, which says what every function owes its caller.
 *
 * A cart is a binary search tree of its items, each subtree with its size, so
 * that the n-th item is found from the top. It is a treap: an item's priority
 * is a hash of its name, and no item has one of a higher priority below it, so
 * the tree is flat in whatever order items come.
 */
#include "dynamo/cart.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct item *left, *right;
    size_t weight; /* how many items there are from here down */
    uint64_t priority;
    uint32_t count;
    size_t size;
    uint8_t name[CART_ITEM_MAX];
};

struct cart {
    struct item *root;
};

/* ---- Names ---- */

static bool is_name_byte(uint8_t byte)
{
    return byte >= '!' && byte <= '~' && byte != '=';
}

static bool is_name(struct slice name)
{
    if (name.data == NULL || name.size < 1 || name.size > CART_ITEM_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_name_byte(name.data[i]))
            return false;
    return true;
}

/* As by memcmp, a prefix first. */
static int order(struct slice a, struct slice b)
{
    int sign = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    return sign != 0 ? sign : (a.size > b.size) - (a.size < b.size);
}

static struct slice name_of(const struct item *item)
{
    return (struct slice){item->name, item->size};
}

/* FNV-1a, stirred. */
static uint64_t priority_of(struct slice name)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ name.data[i]) * UINT64_C(1099511628211);
    hash ^= hash >> 31;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* ---- Trees ---- */

static size_t weight_of(const struct item *tree)
{
    return tree == NULL ? 0 : tree->weight;
}

static void weigh(struct item *tree)
{
    tree->weight = weight_of(tree->left) + weight_of(tree->right) + 1;
}

static struct item *item_new(struct slice name, uint32_t count)
{
    struct item *made = calloc(1, sizeof *made);

    if (made == NULL)
        return NULL;
    made->weight = 1;
    made->priority = priority_of(name);
    made->count = count;
    made->size = name.size;
    memcpy(made->name, name.data, name.size);
    return made;
}

static void tree_free(struct item *tree)
{
    if (tree == NULL)
        return;
    tree_free(tree->left);
    tree_free(tree->right);
    free(tree);
}

static struct item *find(struct item *tree, struct slice name)
{
    while (tree != NULL) {
        int sign = order(name, name_of(tree));

        if (sign == 0)
            break;
        tree = sign < 0 ? tree->left : tree->right;
    }
    return tree;
}

/* Makes one tree of two, all of whose items ascend from left to right. */
static struct item *join(struct item *left, struct item *right)
{
    if (left == NULL || right == NULL)
        return left != NULL ? left : right;
    if (left->priority >= right->priority) {
        left->right = join(left->right, right);
        weigh(left);
        return left;
    }
    right->left = join(left, right->left);
    weigh(right);
    return right;
}

/* Makes two trees of one: what is below the name, and what is above it. The
 * name itself is not in the tree. */
static void split(struct item *tree, struct slice name, struct item **below,
                  struct item **above)
{
    if (tree == NULL) {
        *below = *above = NULL;
    } else if (order(name_of(tree), name) < 0) {
        split(tree->right, name, &tree->right, above);
        weigh(tree);
        *below = tree;
    } else {
        split(tree->left, name, below, &tree->left);
        weigh(tree);
        *above = tree;
    }
}

static void insert(struct cart *cart, struct item *item)
{
    struct item *below, *above;

    split(cart->root, name_of(item), &below, &above);
    cart->root = join(join(below, item), above);
}

/* ---- A cart ---- */

int cart_open(struct cart **cart)
{
    struct cart *opened;

    if (cart == NULL)
        return DYN_EINVAL;
    opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return DYN_ENOMEM;
    *cart = opened;
    return DYN_OK;
}

void cart_close(struct cart *cart)
{
    if (cart == NULL)
        return;
    tree_free(cart->root);
    free(cart);
}

int cart_add(struct cart *cart, struct slice item, uint32_t count)
{
    struct item *held;

    if (cart == NULL || !is_name(item) || count == 0)
        return DYN_EINVAL;
    held = find(cart->root, item);
    if (held != NULL) {
        if (count > UINT32_MAX - held->count)
            return DYN_ERANGE;
        held->count += count;
        return DYN_OK;
    }
    held = item_new(item, count);
    if (held == NULL)
        return DYN_ENOMEM;
    insert(cart, held);
    return DYN_OK;
}

int cart_remove(struct cart *cart, struct slice item)
{
    struct item **at, *gone;

    if (cart == NULL || !is_name(item))
        return DYN_EINVAL;
    gone = find(cart->root, item);
    if (gone == NULL)
        return DYN_ENOENT;
    at = &cart->root;
    while (*at != gone) {
        (*at)->weight--;
        at = order(item, name_of(*at)) < 0 ? &(*at)->left : &(*at)->right;
    }
    *at = join(gone->left, gone->right);
    free(gone);
    return DYN_OK;
}

size_t cart_count(const struct cart *cart)
{
    return cart == NULL ? 0 : weight_of(cart->root);
}

int cart_at(const struct cart *cart, size_t index, struct slice *item,
            uint32_t *count)
{
    const struct item *at;

    if (cart == NULL || item == NULL || count == NULL)
        return DYN_EINVAL;
    if (index >= weight_of(cart->root))
        return DYN_ENOENT;
    at = cart->root;
    while (index != weight_of(at->left)) {
        if (index < weight_of(at->left)) {
            at = at->left;
        } else {
            index -= weight_of(at->left) + 1;
            at = at->right;
        }
    }
    *item = name_of(at);
    *count = at->count;
    return DYN_OK;
}

/* ---- Reconciliation ---- */

/* Collects copies of the items of a tree that the cart lacks, in a list that is
 * linked by `right`. False: no memory. */
static bool collect_missing(const struct item *tree, const struct cart *cart,
                            struct item **list)
{
    if (tree == NULL)
        return true;
    if (find(cart->root, name_of(tree)) == NULL) {
        struct item *made = item_new(name_of(tree), tree->count);

        if (made == NULL)
            return false;
        made->right = *list;
        *list = made;
    }
    return collect_missing(tree->left, cart, list) &&
           collect_missing(tree->right, cart, list);
}

/* Raises the counts of the cart's items to those that the tree has. */
static void raise_counts(struct cart *cart, const struct item *tree)
{
    struct item *held;

    if (tree == NULL)
        return;
    held = find(cart->root, name_of(tree));
    if (held != NULL && held->count < tree->count)
        held->count = tree->count;
    raise_counts(cart, tree->left);
    raise_counts(cart, tree->right);
}

int cart_merge(struct cart *into, const struct cart *from)
{
    struct item *missing = NULL;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    if (!collect_missing(from->root, into, &missing)) {
        while (missing != NULL) {
            struct item *next = missing->right;

            free(missing);
            missing = next;
        }
        return DYN_ENOMEM;
    }
    raise_counts(into, from->root);
    while (missing != NULL) {
        struct item *next = missing->right;

        missing->right = NULL;
        insert(into, missing);
        missing = next;
    }
    return DYN_OK;
}

/* ---- Bytes ---- */

/* Takes "name=count" from the front of *rest, and a space if more has to
 * follow. False: it does not begin so. */
static bool take_item(struct slice *rest, struct slice *name, uint32_t *count)
{
    const uint8_t *at = rest->data, *end = rest->data + rest->size;
    uint64_t number = 0;

    while (at < end && is_name_byte(*at))
        at++;
    *name = (struct slice){rest->data, (size_t)(at - rest->data)};
    if (!is_name(*name) || at == end || *at++ != '=')
        return false;

    if (at == end || *at < '1' || *at > '9')
        return false;
    while (at < end && *at >= '0' && *at <= '9') {
        number = 10 * number + (uint64_t)(*at++ - '0');
        if (number > UINT32_MAX)
            return false;
    }
    *count = (uint32_t)number;

    if (at < end && (*at++ != ' ' || at == end))
        return false;
    *rest = (struct slice){at, (size_t)(end - at)};
    return true;
}

/* Whether cart_encode can have written the bytes. */
static bool is_cart(struct slice rest)
{
    struct slice last = {NULL, 0}, name;
    uint32_t count;

    while (rest.size > 0) {
        if (!take_item(&rest, &name, &count))
            return false;
        if (last.data != NULL && order(last, name) >= 0)
            return false;
        last = name;
    }
    return true;
}

/* The decimal digits of a number, of which *count are in use, at the end. */
struct digits {
    uint8_t byte[10];
    size_t count;
};

static struct digits digits_of(uint32_t number)
{
    struct digits digits = {{0}, 0};

    do {
        digits.byte[sizeof digits.byte - ++digits.count] =
            (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return digits;
}

/* The length of a tree's items, each with a space after it. */
static size_t tree_length(const struct item *tree)
{
    if (tree == NULL)
        return 0;
    return tree_length(tree->left) + tree_length(tree->right) + tree->size + 1 +
           digits_of(tree->count).count + 1;
}

/* Writes that, but for the space that would reach the end. */
static uint8_t *write_tree(const struct item *tree, uint8_t *at,
                           const uint8_t *end)
{
    struct digits digits;

    if (tree == NULL)
        return at;
    at = write_tree(tree->left, at, end);
    memcpy(at, tree->name, tree->size);
    at += tree->size;
    *at++ = '=';
    digits = digits_of(tree->count);
    memcpy(at, digits.byte + sizeof digits.byte - digits.count, digits.count);
    at += digits.count;
    if (at < end)
        *at++ = ' ';
    return write_tree(tree->right, at, end);
}

int cart_encode(const struct cart *cart, uint8_t *bytes, size_t capacity,
                size_t *length)
{
    size_t size;

    if (cart == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    size = tree_length(cart->root);
    if (size > 0)
        size--; // no space after the last
    *length = size;
    if (size > capacity)
        return DYN_ERANGE;
    if (size > 0)
        write_tree(cart->root, bytes, bytes + size);
    return DYN_OK;
}

int cart_decode(struct cart **cart, const uint8_t *bytes, size_t length)
{
    struct slice value = {bytes, length};

    if (cart == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    return cart_reconcile(cart, &value, 1);
}

/* Adds the items of encoded bytes that is_cart has found good, as by
 * cart_merge. */
static int merge_bytes(struct cart *cart, struct slice rest)
{
    struct slice name;
    uint32_t count;

    while (rest.size > 0 && take_item(&rest, &name, &count)) {
        struct item *held = find(cart->root, name);

        if (held == NULL) {
            held = item_new(name, count);
            if (held == NULL)
                return DYN_ENOMEM;
            insert(cart, held);
        } else if (held->count < count) {
            held->count = count;
        }
    }
    return DYN_OK;
}

/* Nothing is made before all values have been looked at. */
int cart_reconcile(struct cart **cart, const struct slice *values, size_t count)
{
    struct cart *opened = NULL;
    int code;

    if (cart == NULL || (values == NULL && count > 0))
        return DYN_EINVAL;
    for (size_t i = 0; i < count; i++)
        if (values[i].data == NULL && values[i].size > 0)
            return DYN_EINVAL;
    for (size_t i = 0; i < count; i++)
        if (!is_cart(values[i]))
            return DYN_ECORRUPT;
    code = cart_open(&opened);
    for (size_t i = 0; i < count && code == DYN_OK; i++)
        code = merge_bytes(opened, values[i]);
    if (code != DYN_OK) {
        cart_close(opened);
        return code;
    }
    *cart = opened;
    return DYN_OK;
}

/* ---- What comes back ---- */

/* Two clients have read a cart with a book. One adds a pen, and so puts a cart
 * with a book; the other removes the book. Neither has seen the other. */
int cart_resurfacing(struct cart_history *history)
{
    enum { BOOK = 1, PEN = 2 };
    static const struct cart_write writes[] = {
        {.read = 0, .change = CART_ADDS, .item = BOOK},
        {.read = 1, .change = CART_ADDS, .item = PEN},
        {.read = 1, .change = CART_REMOVES, .item = BOOK},
    };

    if (history == NULL)
        return DYN_EINVAL;
    memset(history, 0, sizeof *history);
    memcpy(history->writes, writes, sizeof writes);
    history->count = sizeof writes / sizeof writes[0];
    history->removal = 2;
    return DYN_OK;
}
