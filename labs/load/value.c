/* value.c: see value.h. */
#include "load/value.h"

#include "dynamo/prng.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    RUN_BYTES = 3,
    NUMBER_BYTES = 5,
    HEAD_BYTES = RUN_BYTES + NUMBER_BYTES,
    SHOWN_BYTES = 20, /* of a value that nobody knows */
};

static uint64_t mixed(uint64_t so_far, uint64_t more)
{
    struct prng prng = prng_seeded(so_far ^ more);

    return prng_next(&prng);
}

/* From which the bytes behind the head come. */
static struct prng filler(size_t size, struct slice key, uint64_t head)
{
    uint64_t seed = mixed(size, head);

    for (size_t i = 0; i < key.size; i++)
        seed = mixed(seed, key.data[i]);
    return prng_seeded(seed);
}

static uint64_t read_head(const uint8_t *bytes)
{
    uint64_t head = 0;

    for (size_t i = 0; i < HEAD_BYTES; i++)
        head = head << 8 | bytes[i];
    return head;
}

static uint32_t run_of(uint64_t head)
{
    return (uint32_t)(head >> 8 * NUMBER_BYTES);
}

static uint64_t number_of(uint64_t head)
{
    return head & ((UINT64_C(1) << 8 * NUMBER_BYTES) - 1);
}

void value_write(uint8_t *bytes, size_t size, struct slice key, uint32_t run,
                 uint64_t number)
{
    uint64_t head = (uint64_t)run << 8 * NUMBER_BYTES | number_of(number);
    struct prng prng = filler(size, key, head);

    for (size_t i = 0; i < HEAD_BYTES; i++)
        bytes[i] = (uint8_t)(head >> 8 * (HEAD_BYTES - 1 - i));
    for (size_t i = HEAD_BYTES; i < size; i += sizeof(uint64_t)) {
        uint64_t word = prng_next(&prng);
        size_t left = size - i;

        memcpy(bytes + i, &word, left < sizeof word ? left : sizeof word);
    }
}

/* Whether the value is one that was written at this key. */
static bool is_whole(struct slice value, struct slice key)
{
    struct prng prng = filler(value.size, key, read_head(value.data));

    for (size_t i = HEAD_BYTES; i < value.size; i += sizeof(uint64_t)) {
        uint64_t word = prng_next(&prng);
        size_t left = value.size - i;

        if (memcmp(value.data + i, &word,
                   left < sizeof word ? left : sizeof word) != 0)
            return false;
    }
    return true;
}

static void say_unknown(struct slice value, char why[VALUE_WHY_MAX])
{
    char begin[SHOWN_BYTES + 1] = "";

    for (size_t i = 0; i < SHOWN_BYTES && i < value.size; i++)
        begin[i] = value.data[i] >= ' ' && value.data[i] <= '~'
                       ? (char)value.data[i]
                       : '?';
    snprintf(why, VALUE_WHY_MAX, "nobody wrote these %zu bytes: \"%s\"%s",
             value.size, begin, value.size > SHOWN_BYTES ? "..." : "");
}

/* What is known of a value that is not one of this key: names what it comes
 * from, if it names a put of this run itself. */
static void explain(const struct writer *writer, uint64_t key,
                    struct slice value, char why[VALUE_WHY_MAX])
{
    uint64_t head = read_head(value.data), number = number_of(head);
    char other[KEY_TEXT_MAX];
    struct slice other_key = {(const uint8_t *)other, 0};
    struct op op;

    say_unknown(value, why);
    if (run_of(head) != writer->run || number >= writer->count)
        return;
    op = stream_op(&writer->stream, number);
    other_key.size = stream_key(&writer->stream, op.key, other);
    if (op.kind != OP_PUT)
        return;
    if (op.key != key && is_whole(value, other_key))
        snprintf(why, VALUE_WHY_MAX, "it was put at %s, by operation %" PRIu64,
                 other, number);
    else if (op.key == key && value.size != op.size)
        snprintf(why, VALUE_WHY_MAX,
                 "operation %" PRIu64 " put %zu bytes there, and these are %zu",
                 number, op.size, value.size);
    else if (op.key == key)
        snprintf(why, VALUE_WHY_MAX,
                 "it is not what operation %" PRIu64
                 " put there, bytes have changed",
                 number);
}

enum value_verdict value_check(const struct writer *writer, uint64_t key,
                               struct slice value, char why[VALUE_WHY_MAX])
{
    char text[KEY_TEXT_MAX];
    struct slice name = {(const uint8_t *)text,
                         stream_key(&writer->stream, key, text)};
    uint64_t head;
    struct op op;

    if (value.size < VALUE_SIZE_LEAST) {
        say_unknown(value, why);
        return VALUE_WRONG;
    }
    if (!is_whole(value, name)) {
        explain(writer, key, value, why);
        return VALUE_WRONG;
    }
    head = read_head(value.data);
    if (run_of(head) != writer->run)
        return VALUE_OLD;
    /* It is well made, and yet it must have been sent. */
    op = stream_op(&writer->stream, number_of(head));
    if (number_of(head) < writer->count && op.kind == OP_PUT && op.key == key &&
        op.size == value.size)
        return VALUE_OURS;
    snprintf(why, VALUE_WHY_MAX, "operation %" PRIu64 " did not put it",
             number_of(head));
    return VALUE_WRONG;
}
