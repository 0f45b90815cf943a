/* calls.c: the calls of quorum.h, masking.h and staleness.h that a host of lab 2
 * can be told.
 *
 * Votes are named by numbers that the caller chooses, below VOTES; nil stands
 * for a NULL pointer. */
#include "calls.h"
#include "dynamo/err.h"
#include "dynamo/masking.h"
#include "dynamo/quorum.h"
#include "dynamo/staleness.h"

#include <stdlib.h>
#include <string.h>

enum { VOTES = 64 };

static struct quorum *votes[VOTES];

static struct quorum **read_slot(struct reader *in)
{
    uint64_t slot = read_uint(in);

    if (slot >= VOTES)
        host_fail("malformed call: no such vote");
    return &votes[slot];
}

static struct quorum *read_vote(struct reader *in)
{
    return read_nil(in) ? NULL : *read_slot(in);
}

/* ---- quorum.h ---- */

/* quorum_open(vote, [node, ...], count, needed) -> [code, made]
 * A vote of nil: the place for the result is NULL. Nodes of nil: NULL. */
static void call_open(struct reader *in, struct writer *out)
{
    bool nowhere = read_nil(in);
    struct quorum **slot = nowhere ? NULL : read_slot(in), *made = NULL;
    node_id *nodes = NULL;
    size_t count;
    int code;

    if (!read_nil(in)) {
        uint32_t given = read_array(in);

        nodes = marked_room(given * sizeof *nodes);
        for (uint32_t i = 0; i < given; i++)
            nodes[i] = (node_id)read_uint(in);
    }
    count = read_uint(in);
    code = quorum_open(nowhere ? NULL : &made, nodes, count, read_uint(in));
    free(nodes);
    write_array(out, 2);
    write_int(out, code);
    write_bool(out, made != NULL);
    if (code == DYN_OK && slot != NULL)
        *slot = made;
}

/* quorum_close(vote) -> [] */
static void call_close(struct reader *in, struct writer *out)
{
    if (read_nil(in)) {
        quorum_close(NULL);
    } else {
        struct quorum **slot = read_slot(in);

        quorum_close(*slot);
        *slot = NULL;
    }
    write_array(out, 0);
}

/* quorum_vote(vote, node, yes: 0 or 1) -> [code] */
static void call_vote(struct reader *in, struct writer *out)
{
    struct quorum *quorum = read_vote(in);
    node_id node = (node_id)read_uint(in);

    write_array(out, 1);
    write_int(out, quorum_vote(quorum, node, read_uint(in) != 0));
}

/* quorum_decision(vote) -> [decision, or a code] */
static void call_decision(struct reader *in, struct writer *out)
{
    write_array(out, 1);
    write_int(out, quorum_decision(read_vote(in)));
}

/* quorum_count(vote, yes: 0 or 1) -> [count] */
static void call_count(struct reader *in, struct writer *out)
{
    struct quorum *quorum = read_vote(in);

    write_array(out, 1);
    write_uint(out, quorum_count(quorum, read_uint(in) != 0));
}

/* quorum_silent(vote, capacity) -> [count, [node, ...]]; capacity 0 passes a
 * NULL array */
static void call_silent(struct reader *in, struct writer *out)
{
    struct quorum *quorum = read_vote(in);
    size_t capacity = read_uint(in), count, listed;
    node_id *nodes =
        capacity == 0 ? NULL : marked_room(capacity * sizeof *nodes);

    count = quorum_silent(quorum, nodes, capacity);
    listed = count < capacity ? count : capacity;
    write_array(out, 2);
    write_uint(out, count);
    write_array(out, (uint32_t)listed);
    for (size_t i = 0; i < listed; i++)
        write_uint(out, nodes[i]);
    free(nodes);
}

/* A bool that may never have been written is no bool: its byte as a number. */
static void write_flag(struct writer *out, const bool *flag)
{
    uint8_t byte;

    memcpy(&byte, flag, sizeof byte);
    write_uint(out, byte);
}

/* quorum_facts(n, r, w, f, nowhere: 0 or 1) -> [code, the six numbers, safe,
 * live, untouched]. n of nil: the sizes are NULL; nowhere 1: the result is. */
static void call_facts(struct reader *in, struct writer *out)
{
    struct quorum_facts *facts = marked_room(sizeof *facts);
    struct quorum_sizes sizes = {0, 0, 0, 0};
    bool nothing = read_nil(in), nowhere;
    int code;

    if (!nothing)
        sizes.n = (uint32_t)read_uint(in);
    sizes.r = (uint32_t)read_uint(in);
    sizes.w = (uint32_t)read_uint(in);
    sizes.f = (uint32_t)read_uint(in);
    nowhere = read_uint(in) != 0;
    code = quorum_facts(nothing ? NULL : &sizes, nowhere ? NULL : facts);
    write_array(out, 10);
    write_int(out, code);
    write_uint(out, facts->read_write_shared);
    write_uint(out, facts->read_read_shared);
    write_uint(out, facts->write_write_shared);
    write_uint(out, facts->read_survives);
    write_uint(out, facts->write_survives);
    write_uint(out, facts->register_survives);
    write_flag(out, &facts->masking_safe);
    write_flag(out, &facts->masking_live);
    write_bool(out, room_is_marked(facts, sizeof *facts));
    free(facts);
}

/* ---- masking.h ---- */

/* [node, counter, writer, value, ...] as an array of exactly its size, whose
 * values are blocks of theirs; free_replies frees it. nil: NULL. */
static struct register_reply *read_replies(struct reader *in, size_t *count)
{
    struct register_reply *replies;

    *count = 0;
    if (read_nil(in))
        return NULL;
    *count = read_array(in) / 4;
    replies = marked_room(*count * sizeof *replies);
    for (size_t i = 0; i < *count; i++) {
        struct slice value;
        uint8_t *copy;

        replies[i].from = (node_id)read_uint(in);
        replies[i].version.counter = read_uint(in);
        replies[i].version.writer = (node_id)read_uint(in);
        value = read_bytes(in);
        copy = value.size == 0 ? NULL : marked_room(value.size);
        if (value.size > 0)
            memcpy(copy, value.data, value.size);
        replies[i].value = (struct slice){copy, value.size};
    }
    return replies;
}

static void free_replies(struct register_reply *replies, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((uint8_t *)replies[i].value.data);
    free(replies);
}

/* masking_choose([replies], count, f, nowhere: 0 or 1) -> [code, chosen,
 * untouched]. Replies of nil are NULL, with that count. */
static void call_choose(struct reader *in, struct writer *out)
{
    size_t given, *chosen = marked_room(sizeof *chosen);
    struct register_reply *replies = read_replies(in, &given);
    size_t count = read_uint(in);
    uint32_t f = (uint32_t)read_uint(in);
    bool nowhere = read_uint(in) != 0;
    int code = masking_choose(replies, count, f, nowhere ? NULL : chosen);

    write_array(out, 3);
    write_int(out, code);
    write_uint(out, *chosen);
    write_bool(out, room_is_marked(chosen, sizeof *chosen));
    free_replies(replies, given);
    free(chosen);
}

/* masking_counter: as masking_choose, with the counter for the index */
static void call_counter(struct reader *in, struct writer *out)
{
    uint64_t *counter = marked_room(sizeof *counter);
    size_t given;
    struct register_reply *replies = read_replies(in, &given);
    size_t count = read_uint(in);
    uint32_t f = (uint32_t)read_uint(in);
    bool nowhere = read_uint(in) != 0;
    int code = masking_counter(replies, count, f, nowhere ? NULL : counter);

    write_array(out, 3);
    write_int(out, code);
    write_uint(out, *counter);
    write_bool(out, room_is_marked(counter, sizeof *counter));
    free_replies(replies, given);
    free(counter);
}

/* masking_size(n, f, nowhere: 0 or 1) -> [code, size, untouched] */
static void call_size(struct reader *in, struct writer *out)
{
    uint32_t *size = marked_room(sizeof *size);
    uint32_t n = (uint32_t)read_uint(in), f = (uint32_t)read_uint(in);
    bool nowhere = read_uint(in) != 0;
    int code = masking_size(n, f, nowhere ? NULL : size);

    write_array(out, 3);
    write_int(out, code);
    write_uint(out, *size);
    write_bool(out, room_is_marked(size, sizeof *size));
    free(size);
}

/* ---- staleness.h ----
 *
 * `null` tells which argument is NULL, counted from 1; 0: none. */

static struct quorum_sizes read_sizes(struct reader *in)
{
    struct quorum_sizes sizes;

    sizes.n = (uint32_t)read_uint(in);
    sizes.r = (uint32_t)read_uint(in);
    sizes.w = (uint32_t)read_uint(in);
    sizes.f = (uint32_t)read_uint(in);
    return sizes;
}

/* Numbers as an array of exactly their size, which the caller frees. nil: NULL,
 * and *count is as it was. */
static uint32_t *read_numbers(struct reader *in, size_t *count)
{
    uint32_t *numbers;

    if (read_nil(in))
        return NULL;
    *count = read_array(in);
    numbers = marked_room(*count * sizeof *numbers);
    for (size_t i = 0; i < *count; i++)
        numbers[i] = (uint32_t)read_uint(in);
    return numbers;
}

static void write_outcomes(struct writer *out,
                           const struct staleness_outcome *outcomes,
                           size_t count)
{
    write_array(out, (uint32_t)(3 * count));
    for (size_t i = 0; i < count; i++) {
        write_uint(out, outcomes[i].put_us);
        write_uint(out, outcomes[i].get_us);
        write_uint(out, outcomes[i].fresh_after_us);
    }
}

/* staleness_once(n, r, w, f, [write, ack, read, response, ...], null) ->
 * [code, [put, get, fresh after], untouched] */
static void call_once(struct reader *in, struct writer *out)
{
    struct staleness_outcome *outcome = marked_room(sizeof *outcome);
    struct quorum_sizes sizes = read_sizes(in);
    size_t count = 0;
    uint32_t *numbers = read_numbers(in, &count);
    struct staleness_delays *delays = marked_room(count / 4 * sizeof *delays);
    uint64_t null = read_uint(in);
    int code;

    for (size_t i = 0; i < count / 4; i++)
        delays[i] =
            (struct staleness_delays){numbers[4 * i], numbers[4 * i + 1],
                                      numbers[4 * i + 2], numbers[4 * i + 3]};
    code = staleness_once(null == 1 ? NULL : &sizes, null == 2 ? NULL : delays,
                          null == 3 ? NULL : outcome);
    write_array(out, 3);
    write_int(out, code);
    write_outcomes(out, outcome, 1);
    write_bool(out, room_is_marked(outcome, sizeof *outcome));
    free(delays);
    free(numbers);
    free(outcome);
}

enum { LEGS = 4 };

/* staleness_many(n, r, w, f, [write, ...], [ack, ...], [read, ...],
 * [response, ...], seed, count, null) -> [code, [put, get, fresh after, ...],
 * untouched, the generator's state afterwards]. Samples of nil are NULL, though
 * there are some. */
static void call_many(struct reader *in, struct writer *out)
{
    struct quorum_sizes sizes = read_sizes(in);
    struct staleness_samples samples[LEGS];
    struct staleness_legs legs;
    struct staleness_outcome *outcomes;
    struct prng generator;
    uint32_t *numbers[LEGS];
    uint64_t null;
    size_t count;
    bool marked;
    int code;

    for (int i = 0; i < LEGS; i++) {
        samples[i].count = 1;
        samples[i].us = numbers[i] = read_numbers(in, &samples[i].count);
    }
    legs =
        (struct staleness_legs){samples[0], samples[1], samples[2], samples[3]};
    generator = prng_seeded(read_uint(in));
    count = read_uint(in);
    null = read_uint(in);
    outcomes = marked_room(count * sizeof *outcomes);
    code = staleness_many(null == 1 ? NULL : &sizes, null == 2 ? NULL : &legs,
                          null == 3 ? NULL : &generator,
                          null == 4 ? NULL : outcomes, count);
    marked = room_is_marked(outcomes, count * sizeof *outcomes);
    write_array(out, 4);
    write_int(out, code);
    write_outcomes(out, outcomes, code == DYN_OK && null != 4 ? count : 0);
    write_bool(out, marked);
    write_uint(out, generator.state);
    for (int i = 0; i < LEGS; i++)
        free(numbers[i]);
    free(outcomes);
}

/* Outcomes of which only `fresh_after_us` says anything, from those numbers. */
static struct staleness_outcome *read_fresh(struct reader *in)
{
    struct staleness_outcome *outcomes;
    size_t given = 0;
    uint32_t *numbers = read_numbers(in, &given);

    if (numbers == NULL)
        return NULL;
    outcomes = marked_room(given * sizeof *outcomes);
    for (size_t i = 0; i < given; i++)
        outcomes[i].fresh_after_us = numbers[i];
    free(numbers);
    return outcomes;
}

/* staleness_fresh([fresh after, ...], count, t) -> [share] */
static void call_fresh(struct reader *in, struct writer *out)
{
    struct staleness_outcome *outcomes = read_fresh(in);
    size_t count = read_uint(in);

    write_array(out, 1);
    write_double(out, staleness_fresh(outcomes, count, read_uint(in)));
    free(outcomes);
}

/* staleness_wait([fresh after, ...], count, share, null) -> [code, t,
 * untouched] */
static void call_wait(struct reader *in, struct writer *out)
{
    uint64_t *time = marked_room(sizeof *time);
    struct staleness_outcome *outcomes = read_fresh(in);
    size_t count = read_uint(in);
    double share = read_double(in);
    int code = staleness_wait(outcomes, count, share,
                              read_uint(in) == 4 ? NULL : time);

    write_array(out, 3);
    write_int(out, code);
    write_uint(out, *time);
    write_bool(out, room_is_marked(time, sizeof *time));
    free(outcomes);
    free(time);
}

/* staleness_available(n, r, w, f, up, null) -> [code, the three numbers,
 * untouched] */
static void call_available(struct reader *in, struct writer *out)
{
    struct staleness_availability *availability =
        marked_room(sizeof *availability);
    struct quorum_sizes sizes = read_sizes(in);
    double up = read_double(in);
    uint64_t null = read_uint(in);
    int code = staleness_available(null == 1 ? NULL : &sizes, up,
                                   null == 3 ? NULL : availability);

    write_array(out, 5);
    write_int(out, code);
    write_double(out, availability->r_up);
    write_double(out, availability->w_up);
    write_double(out, availability->both_up);
    write_bool(out, room_is_marked(availability, sizeof *availability));
    free(availability);
}

const struct call lab_calls[] = {
    {"quorum_open", 4, call_open},
    {"quorum_close", 1, call_close},
    {"quorum_vote", 3, call_vote},
    {"quorum_decision", 1, call_decision},
    {"quorum_count", 2, call_count},
    {"quorum_silent", 2, call_silent},
    {"quorum_facts", 5, call_facts},
    {"masking_choose", 4, call_choose},
    {"masking_counter", 4, call_counter},
    {"masking_size", 3, call_size},
    {"staleness_once", 6, call_once},
    {"staleness_many", 11, call_many},
    {"staleness_fresh", 3, call_fresh},
    {"staleness_wait", 4, call_wait},
    {"staleness_available", 6, call_available},
    {NULL, 0, NULL},
};
