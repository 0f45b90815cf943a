/* calls.c: the calls of vclock.h, siblings.h, dvv.h and cart.h that a host of lab
 * 3 can be told. */
#include "calls.h"
#include "arguments.h"
#include "dynamo/cart.h"
#include "dynamo/dvv.h"
#include "dynamo/err.h"
#include "dynamo/siblings.h"
#include "dynamo/vclock.h"

#include <stdlib.h>
#include <string.h>

static struct vclock *clocks[SLOTS];
static struct siblings *sibling_sets[SLOTS];
static struct dvv *dotted_sets[SLOTS];
static struct cart *carts[SLOTS];

/* ---- Arguments and answers ---- */

static struct vclock *read_clock(struct reader *in)
{
    return read_nil(in) ? NULL : clocks[read_slot(in)];
}

static struct siblings *read_siblings(struct reader *in)
{
    return read_nil(in) ? NULL : sibling_sets[read_slot(in)];
}

static struct dvv *read_dvv(struct reader *in)
{
    return read_nil(in) ? NULL : dotted_sets[read_slot(in)];
}

static struct cart *read_cart(struct reader *in)
{
    return read_nil(in) ? NULL : carts[read_slot(in)];
}

/* [node, counter, time, ...] */
static void write_triples(struct writer *out, const struct vclock_pair *pairs,
                          size_t count)
{
    write_array(out, (uint32_t)(3 * count));
    for (size_t i = 0; i < count; i++) {
        write_uint(out, pairs[i].node);
        write_uint(out, pairs[i].counter);
        write_uint(out, pairs[i].time_ms);
    }
}

/* All pairs of a clock, in the same form. */
static void write_pairs(struct writer *out, const struct vclock *clock)
{
    size_t count = vclock_pairs(clock, NULL, 0);
    struct vclock_pair *pairs;

    if (count > 1 << 20)
        host_fail("vclock_pairs counts more pairs than were ever made");
    pairs = marked_room(count * sizeof *pairs);
    if (count > 0 && vclock_pairs(clock, pairs, count) != count)
        host_fail("vclock_pairs gives two counts for one clock");
    write_triples(out, pairs, count);
    free(pairs);
}

/* ---- vclock.h ---- */

/* vclock_open(clock) -> [code, made] */
static void call_clock_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct vclock *made = NULL;
    int code = vclock_open(place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        clocks[place.slot] = made;
}

/* vclock_copy(copy, clock) -> [code, made] */
static void call_clock_copy(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct vclock *made = NULL;
    int code = vclock_copy(place.nowhere ? NULL : &made, read_clock(in));

    if (answer_made(out, place, code, made))
        clocks[place.slot] = made;
}

/* vclock_close(clock) -> [] */
static void call_clock_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    vclock_close(place.nowhere ? NULL : clocks[place.slot]);
    if (!place.nowhere)
        clocks[place.slot] = NULL;
    write_array(out, 0);
}

/* vclock_raise(clock, node, counter, time) -> [code] */
static void call_clock_raise(struct reader *in, struct writer *out)
{
    struct vclock *clock = read_clock(in);
    node_id node = (node_id)read_uint(in);
    uint64_t counter = read_uint(in);

    answer_code(out, vclock_raise(clock, node, counter, read_uint(in)));
}

/* vclock_increment(clock, node, time) -> [code] */
static void call_clock_increment(struct reader *in, struct writer *out)
{
    struct vclock *clock = read_clock(in);
    node_id node = (node_id)read_uint(in);

    answer_code(out, vclock_increment(clock, node, read_uint(in)));
}

/* vclock_counter(clock, node) -> [counter] */
static void call_clock_counter(struct reader *in, struct writer *out)
{
    struct vclock *clock = read_clock(in);

    write_array(out, 1);
    write_uint(out, vclock_counter(clock, (node_id)read_uint(in)));
}

/* vclock_pairs(clock, capacity) -> [count, [node, counter, time, ...],
 * untouched]; capacity 0 passes a NULL array, nil a NULL array as if there were
 * room */
static void call_clock_pairs(struct reader *in, struct writer *out)
{
    const struct vclock *clock = read_clock(in);
    struct vclock_pair *pairs = NULL;
    size_t capacity = 1, count, listed = 0;

    if (!read_nil(in)) {
        capacity = read_uint(in);
        if (capacity > 0)
            pairs = marked_room(capacity * sizeof *pairs);
    }
    count = vclock_pairs(clock, pairs, capacity);
    if (pairs != NULL)
        listed = count < capacity ? count : capacity;
    write_array(out, 3);
    write_uint(out, count);
    write_triples(out, pairs, listed);
    write_bool(out, pairs == NULL ||
                        room_is_marked(pairs + listed,
                                       (capacity - listed) * sizeof *pairs));
    free(pairs);
}

/* vclock_compare(a, b) -> [order, or a code] */
static void call_clock_compare(struct reader *in, struct writer *out)
{
    const struct vclock *a = read_clock(in);

    answer_code(out, vclock_compare(a, read_clock(in)));
}

/* vclock_merge(into, from) -> [code] */
static void call_clock_merge(struct reader *in, struct writer *out)
{
    struct vclock *into = read_clock(in);

    answer_code(out, vclock_merge(into, read_clock(in)));
}

/* vclock_encode(clock, capacity, no length: 0 or 1)
 *     -> [code, length, bytes, untouched] */
static void call_clock_encode(struct reader *in, struct writer *out)
{
    const struct vclock *clock = read_clock(in);
    struct room room = read_room(in);

    answer_room(out, room,
                vclock_encode(clock, room.bytes, room.capacity,
                              room.no_length ? NULL : &room.length));
}

/* vclock_decode(clock, bytes) -> [code, made] */
static void call_clock_decode(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct slice bytes = read_copy(in);
    struct vclock *made = NULL;
    int code =
        vclock_decode(place.nowhere ? NULL : &made, bytes.data, bytes.size);

    free_copy(bytes);
    if (answer_made(out, place, code, made))
        clocks[place.slot] = made;
}

/* vclock_truncate(clock, most) -> [code] */
static void call_clock_truncate(struct reader *in, struct writer *out)
{
    struct vclock *clock = read_clock(in);

    answer_code(out, vclock_truncate(clock, read_uint(in)));
}

typedef int history_fn(struct vclock_history *history, size_t most);

/* [code, untouched, first, second, [node, time, read, ...]] */
static void answer_history(struct reader *in, struct writer *out,
                           history_fn *make)
{
    struct vclock_history *history = NULL;
    size_t listed = 0;
    int code;

    if (!read_nil(in)) {
        (void)read_uint(in);
        history = marked_room(sizeof *history);
    }
    code = make(history, read_uint(in));
    if (code == DYN_OK && history != NULL)
        listed = history->count < VCLOCK_WRITES_MAX ? history->count
                                                    : VCLOCK_WRITES_MAX;
    write_array(out, 6);
    write_int(out, code);
    write_bool(out,
               history == NULL || room_is_marked(history, sizeof *history));
    write_uint(out, history != NULL ? history->count : 0);
    write_uint(out, history != NULL ? history->first : 0);
    write_uint(out, history != NULL ? history->second : 0);
    write_array(out, (uint32_t)(3 * listed));
    for (size_t i = 0; i < listed; i++) {
        write_uint(out, history->writes[i].node);
        write_uint(out, history->writes[i].time_ms);
        write_uint(out, history->writes[i].read);
    }
    free(history);
}

/* vclock_false_conflict(nil or 0, most) -> as answer_history; nil: NULL */
static void call_false_conflict(struct reader *in, struct writer *out)
{
    answer_history(in, out, vclock_false_conflict);
}

/* vclock_lost_write(nil or 0, most) -> as answer_history; nil: NULL */
static void call_lost_write(struct reader *in, struct writer *out)
{
    answer_history(in, out, vclock_lost_write);
}

/* ---- siblings.h ---- */

/* siblings_open(set) -> [code, made] */
static void call_siblings_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct siblings *made = NULL;
    int code = siblings_open(place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        sibling_sets[place.slot] = made;
}

/* siblings_close(set) -> [] */
static void call_siblings_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    siblings_close(place.nowhere ? NULL : sibling_sets[place.slot]);
    if (!place.nowhere)
        sibling_sets[place.slot] = NULL;
    write_array(out, 0);
}

/* siblings_add(set, clock, value) -> [code] */
static void call_siblings_add(struct reader *in, struct writer *out)
{
    struct siblings *set = read_siblings(in);
    const struct vclock *clock = read_clock(in);
    struct slice value = read_copy(in);

    answer_code(out, siblings_add(set, clock, value));
    free_copy(value);
}

/* siblings_merge(into, from) -> [code] */
static void call_siblings_merge(struct reader *in, struct writer *out)
{
    struct siblings *into = read_siblings(in);

    answer_code(out, siblings_merge(into, read_siblings(in)));
}

/* siblings_count(set) -> [count] */
static void call_siblings_count(struct reader *in, struct writer *out)
{
    write_array(out, 1);
    write_uint(out, siblings_count(read_siblings(in)));
}

/* siblings_at(set, index, without clock: 0 or 1, without value: 0 or 1)
 *     -> [code, [node, counter, time, ...], value, untouched] */
static void call_siblings_at(struct reader *in, struct writer *out)
{
    static const uint8_t mark[1];
    const struct siblings *set = read_siblings(in);
    uint64_t index = read_uint(in);
    bool no_clock = read_uint(in) != 0, no_value = read_uint(in) != 0;
    const struct vclock *clock = NULL;
    struct slice value = {mark, 0};
    int code = siblings_at(set, index, no_clock ? NULL : &clock,
                           no_value ? NULL : &value);

    write_array(out, 4);
    write_int(out, code);
    write_pairs(out, clock);
    write_slice(out, value.data, value.size);
    write_bool(out, clock == NULL && value.data == mark && value.size == 0);
}

/* siblings_context(set, clock) -> [code, made] */
static void call_siblings_context(struct reader *in, struct writer *out)
{
    const struct siblings *set = read_siblings(in);
    struct place place = read_place(in);
    struct vclock *made = NULL;
    int code = siblings_context(set, place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        clocks[place.slot] = made;
}

/* siblings_put(set, context, node, time, value, most) -> [code] */
static void call_siblings_put(struct reader *in, struct writer *out)
{
    struct siblings *set = read_siblings(in);
    const struct vclock *context = read_clock(in);
    node_id node = (node_id)read_uint(in);
    uint64_t time_ms = read_uint(in);
    struct slice value = read_copy(in);

    answer_code(
        out, siblings_put(set, context, node, time_ms, value, read_uint(in)));
    free_copy(value);
}

/* siblings_encode(set, capacity, no length: 0 or 1)
 *     -> [code, length, bytes, untouched] */
static void call_siblings_encode(struct reader *in, struct writer *out)
{
    const struct siblings *set = read_siblings(in);
    struct room room = read_room(in);

    answer_room(out, room,
                siblings_encode(set, room.bytes, room.capacity,
                                room.no_length ? NULL : &room.length));
}

/* siblings_decode(set, bytes) -> [code, made] */
static void call_siblings_decode(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct slice bytes = read_copy(in);
    struct siblings *made = NULL;
    int code =
        siblings_decode(place.nowhere ? NULL : &made, bytes.data, bytes.size);

    free_copy(bytes);
    if (answer_made(out, place, code, made))
        sibling_sets[place.slot] = made;
}

/* ---- dvv.h ---- */

/* dvv_open(set) -> [code, made] */
static void call_dvv_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct dvv *made = NULL;
    int code = dvv_open(place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        dotted_sets[place.slot] = made;
}

/* dvv_close(set) -> [] */
static void call_dvv_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    dvv_close(place.nowhere ? NULL : dotted_sets[place.slot]);
    if (!place.nowhere)
        dotted_sets[place.slot] = NULL;
    write_array(out, 0);
}

/* dvv_put(set, context, node, time, value) -> [code] */
static void call_dvv_put(struct reader *in, struct writer *out)
{
    struct dvv *set = read_dvv(in);
    const struct vclock *context = read_clock(in);
    node_id node = (node_id)read_uint(in);
    uint64_t time_ms = read_uint(in);
    struct slice value = read_copy(in);

    answer_code(out, dvv_put(set, context, node, time_ms, value));
    free_copy(value);
}

/* dvv_merge(into, from) -> [code] */
static void call_dvv_merge(struct reader *in, struct writer *out)
{
    struct dvv *into = read_dvv(in);

    answer_code(out, dvv_merge(into, read_dvv(in)));
}

/* dvv_count(set) -> [count] */
static void call_dvv_count(struct reader *in, struct writer *out)
{
    write_array(out, 1);
    write_uint(out, dvv_count(read_dvv(in)));
}

/* dvv_at(set, index, without dot: 0 or 1, without value: 0 or 1)
 *     -> [code, node, counter, value, untouched] */
static void call_dvv_at(struct reader *in, struct writer *out)
{
    static const uint8_t mark[1];
    const struct dvv *set = read_dvv(in);
    uint64_t index = read_uint(in);
    bool no_dot = read_uint(in) != 0, no_value = read_uint(in) != 0;
    struct dot dot = {0, 0};
    struct slice value = {mark, 0};
    int code =
        dvv_at(set, index, no_dot ? NULL : &dot, no_value ? NULL : &value);

    write_array(out, 5);
    write_int(out, code);
    write_uint(out, dot.node);
    write_uint(out, dot.counter);
    write_slice(out, value.data, value.size);
    write_bool(out, dot.node == 0 && dot.counter == 0 && value.data == mark &&
                        value.size == 0);
}

/* dvv_context(set, clock) -> [code, made] */
static void call_dvv_context(struct reader *in, struct writer *out)
{
    const struct dvv *set = read_dvv(in);
    struct place place = read_place(in);
    struct vclock *made = NULL;
    int code = dvv_context(set, place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        clocks[place.slot] = made;
}

/* dvv_encode(set, capacity, no length: 0 or 1)
 *     -> [code, length, bytes, untouched] */
static void call_dvv_encode(struct reader *in, struct writer *out)
{
    const struct dvv *set = read_dvv(in);
    struct room room = read_room(in);

    answer_room(out, room,
                dvv_encode(set, room.bytes, room.capacity,
                           room.no_length ? NULL : &room.length));
}

/* dvv_decode(set, bytes) -> [code, made] */
static void call_dvv_decode(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct slice bytes = read_copy(in);
    struct dvv *made = NULL;
    int code = dvv_decode(place.nowhere ? NULL : &made, bytes.data, bytes.size);

    free_copy(bytes);
    if (answer_made(out, place, code, made))
        dotted_sets[place.slot] = made;
}

/* ---- cart.h ---- */

/* cart_open(cart) -> [code, made] */
static void call_cart_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct cart *made = NULL;
    int code = cart_open(place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        carts[place.slot] = made;
}

/* cart_close(cart) -> [] */
static void call_cart_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    cart_close(place.nowhere ? NULL : carts[place.slot]);
    if (!place.nowhere)
        carts[place.slot] = NULL;
    write_array(out, 0);
}

/* cart_add(cart, item, count) -> [code] */
static void call_cart_add(struct reader *in, struct writer *out)
{
    struct cart *cart = read_cart(in);
    struct slice item = read_copy(in);

    answer_code(out, cart_add(cart, item, (uint32_t)read_uint(in)));
    free_copy(item);
}

/* cart_remove(cart, item) -> [code] */
static void call_cart_remove(struct reader *in, struct writer *out)
{
    struct cart *cart = read_cart(in);
    struct slice item = read_copy(in);

    answer_code(out, cart_remove(cart, item));
    free_copy(item);
}

/* cart_count(cart) -> [count] */
static void call_cart_count(struct reader *in, struct writer *out)
{
    write_array(out, 1);
    write_uint(out, cart_count(read_cart(in)));
}

/* cart_at(cart, index, without item: 0 or 1, without count: 0 or 1)
 *     -> [code, item, count, untouched] */
static void call_cart_at(struct reader *in, struct writer *out)
{
    static const uint8_t mark[1];
    const struct cart *cart = read_cart(in);
    uint64_t index = read_uint(in);
    bool no_item = read_uint(in) != 0, no_count = read_uint(in) != 0;
    struct slice item = {mark, 0};
    uint32_t count = 0;
    int code =
        cart_at(cart, index, no_item ? NULL : &item, no_count ? NULL : &count);

    write_array(out, 4);
    write_int(out, code);
    write_slice(out, item.data, item.size);
    write_uint(out, count);
    write_bool(out, item.data == mark && item.size == 0 && count == 0);
}

/* cart_merge(into, from) -> [code] */
static void call_cart_merge(struct reader *in, struct writer *out)
{
    struct cart *into = read_cart(in);

    answer_code(out, cart_merge(into, read_cart(in)));
}

/* cart_reconcile(cart, [value, ...]) -> [code, made]; nil for the values passes a
 * NULL array as if it had one */
static void call_cart_reconcile(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct slice *values = NULL;
    struct cart *made = NULL;
    uint32_t count = 1;
    int code;

    if (!read_nil(in)) {
        count = read_array(in);
        values = count > 0 ? marked_room(count * sizeof *values) : NULL;
        for (uint32_t i = 0; i < count; i++)
            values[i] = read_copy(in);
    }
    code = cart_reconcile(place.nowhere ? NULL : &made, values, count);
    for (uint32_t i = 0; values != NULL && i < count; i++)
        free_copy(values[i]);
    free(values);
    if (answer_made(out, place, code, made))
        carts[place.slot] = made;
}

/* cart_encode(cart, capacity, no length: 0 or 1)
 *     -> [code, length, bytes, untouched] */
static void call_cart_encode(struct reader *in, struct writer *out)
{
    const struct cart *cart = read_cart(in);
    struct room room = read_room(in);

    answer_room(out, room,
                cart_encode(cart, room.bytes, room.capacity,
                            room.no_length ? NULL : &room.length));
}

/* cart_decode(cart, bytes) -> [code, made] */
static void call_cart_decode(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct slice bytes = read_copy(in);
    struct cart *made = NULL;
    int code =
        cart_decode(place.nowhere ? NULL : &made, bytes.data, bytes.size);

    free_copy(bytes);
    if (answer_made(out, place, code, made))
        carts[place.slot] = made;
}

/* cart_resurfacing(nil or 0) -> [code, untouched, count, removal, [read, change,
 * item, ...]]; nil: NULL */
static void call_cart_resurfacing(struct reader *in, struct writer *out)
{
    struct cart_history *history = NULL;
    size_t listed = 0;
    int code;

    if (!read_nil(in)) {
        (void)read_uint(in);
        history = marked_room(sizeof *history);
    }
    code = cart_resurfacing(history);
    if (code == DYN_OK && history != NULL)
        listed =
            history->count < CART_WRITES_MAX ? history->count : CART_WRITES_MAX;
    write_array(out, 5);
    write_int(out, code);
    write_bool(out,
               history == NULL || room_is_marked(history, sizeof *history));
    write_uint(out, history != NULL ? history->count : 0);
    write_uint(out, history != NULL ? history->removal : 0);
    write_array(out, (uint32_t)(3 * listed));
    for (size_t i = 0; i < listed; i++) {
        write_uint(out, history->writes[i].read);
        write_uint(out, history->writes[i].change);
        write_uint(out, history->writes[i].item);
    }
    free(history);
}

const struct call lab_calls[] = {
    {"vclock_open", 1, call_clock_open},
    {"vclock_copy", 2, call_clock_copy},
    {"vclock_close", 1, call_clock_close},
    {"vclock_raise", 4, call_clock_raise},
    {"vclock_increment", 3, call_clock_increment},
    {"vclock_counter", 2, call_clock_counter},
    {"vclock_pairs", 2, call_clock_pairs},
    {"vclock_compare", 2, call_clock_compare},
    {"vclock_merge", 2, call_clock_merge},
    {"vclock_encode", 3, call_clock_encode},
    {"vclock_decode", 2, call_clock_decode},
    {"vclock_truncate", 2, call_clock_truncate},
    {"vclock_false_conflict", 2, call_false_conflict},
    {"vclock_lost_write", 2, call_lost_write},
    {"siblings_open", 1, call_siblings_open},
    {"siblings_close", 1, call_siblings_close},
    {"siblings_add", 3, call_siblings_add},
    {"siblings_merge", 2, call_siblings_merge},
    {"siblings_count", 1, call_siblings_count},
    {"siblings_at", 4, call_siblings_at},
    {"siblings_context", 2, call_siblings_context},
    {"siblings_put", 6, call_siblings_put},
    {"siblings_encode", 3, call_siblings_encode},
    {"siblings_decode", 2, call_siblings_decode},
    {"dvv_open", 1, call_dvv_open},
    {"dvv_close", 1, call_dvv_close},
    {"dvv_put", 5, call_dvv_put},
    {"dvv_merge", 2, call_dvv_merge},
    {"dvv_count", 1, call_dvv_count},
    {"dvv_at", 4, call_dvv_at},
    {"dvv_context", 2, call_dvv_context},
    {"dvv_encode", 3, call_dvv_encode},
    {"dvv_decode", 2, call_dvv_decode},
    {"cart_open", 1, call_cart_open},
    {"cart_close", 1, call_cart_close},
    {"cart_add", 3, call_cart_add},
    {"cart_remove", 2, call_cart_remove},
    {"cart_count", 1, call_cart_count},
    {"cart_at", 4, call_cart_at},
    {"cart_merge", 2, call_cart_merge},
    {"cart_reconcile", 2, call_cart_reconcile},
    {"cart_encode", 3, call_cart_encode},
    {"cart_decode", 2, call_cart_decode},
    {"cart_resurfacing", 1, call_cart_resurfacing},
    {NULL, 0, NULL},
};
