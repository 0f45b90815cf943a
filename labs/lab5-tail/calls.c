/* calls.c: the calls of histogram.h, load.h and fanout.h that a host of lab 5 can
 * be told. */
#include "calls.h"
#include "arguments.h"
#include "dynamo/err.h"
#include "dynamo/fanout.h"
#include "dynamo/histogram.h"
#include "dynamo/load.h"
#include "events.h"

#include <stdlib.h>
#include <string.h>

static struct histogram *histograms[SLOTS];
static struct load *loads[SLOTS];

static struct histogram *read_histogram(struct reader *in)
{
    return read_nil(in) ? NULL : histograms[read_slot(in)];
}

static struct load *read_load(struct reader *in)
{
    return read_nil(in) ? NULL : loads[read_slot(in)];
}

/* Where a call puts a number: nil is a NULL pointer. */
struct result {
    void *room; /* of at least the number's size, marked */
    bool null;
};

static struct result read_result(struct reader *in, size_t size)
{
    struct result result = {marked_room(size), read_nil(in)};

    if (!result.null)
        (void)read_uint(in);
    return result;
}

static void *place_of(struct result result)
{
    return result.null ? NULL : result.room;
}

/* Whether nothing was written. */
static bool is_untouched(struct result result, size_t size)
{
    return room_is_marked(result.room, size);
}

/* number, or 0 if none was written. Frees the room. */
static void answer_us(struct writer *out, struct result result)
{
    const uint64_t *us = result.room;

    write_uint(out, is_untouched(result, sizeof *us) ? 0 : *us);
    free(result.room);
}

static void answer_word(struct writer *out, struct result result)
{
    const uint32_t *word = result.room;

    write_uint(out, is_untouched(result, sizeof *word) ? 0 : *word);
    free(result.room);
}

static void answer_double(struct writer *out, struct result result)
{
    const double *number = result.room;

    write_double(out, is_untouched(result, sizeof *number) ? 0 : *number);
    free(result.room);
}

/* ---- histogram.h ---- */

/* histogram_bucket(us) -> [bucket] */
static void call_histogram_bucket(struct reader *in, struct writer *out)
{
    uint64_t us = read_uint(in);

    write_array(out, 1);
    write_uint(out, histogram_bucket(us));
}

/* histogram_bounds(bucket, least, most: nil or 0)
 *     -> [code, least, most, least and most untouched] */
static void call_histogram_bounds(struct reader *in, struct writer *out)
{
    uint64_t bucket = read_uint(in);
    struct result least = read_result(in, sizeof(uint64_t));
    struct result most = read_result(in, sizeof(uint64_t));
    int code = histogram_bounds(bucket, place_of(least), place_of(most));
    bool untouched = is_untouched(least, sizeof(uint64_t)) &&
                     is_untouched(most, sizeof(uint64_t));

    write_array(out, 4);
    write_int(out, code);
    answer_us(out, least);
    answer_us(out, most);
    write_bool(out, untouched);
}

/* histogram_open(histogram) -> [code, made] */
static void call_histogram_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct histogram *made = NULL;
    int code = histogram_open(place.nowhere ? NULL : &made);

    if (answer_made(out, place, code, made))
        histograms[place.slot] = made;
}

/* histogram_decode(histogram, bytes or nil) -> [code, made] */
static void call_histogram_decode(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct slice bytes = read_copy(in);
    struct histogram *made = NULL;
    int code =
        histogram_decode(place.nowhere ? NULL : &made, bytes.data, bytes.size);

    free_copy(bytes);
    if (answer_made(out, place, code, made))
        histograms[place.slot] = made;
}

/* histogram_close(histogram) -> [] */
static void call_histogram_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    histogram_close(place.nowhere ? NULL : histograms[place.slot]);
    if (!place.nowhere)
        histograms[place.slot] = NULL;
    write_array(out, 0);
}

/* histogram_record(histogram, us, requests) -> [code] */
static void call_histogram_record(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);
    uint64_t us = read_uint(in);

    answer_code(out, histogram_record(histogram, us, read_uint(in)));
}

/* histogram_record_all(histogram, [us, requests, ...]): one call for each, up to the
 * first that fails -> [code] */
static void call_histogram_record_all(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);
    int code = DYN_OK;

    for (uint32_t left = read_array(in) / 2; left > 0; left--) {
        uint64_t us = read_uint(in), requests = read_uint(in);

        if (code == DYN_OK)
            code = histogram_record(histogram, us, requests);
    }
    answer_code(out, code);
}

/* histogram_count(histogram) -> [requests] */
static void call_histogram_count(struct reader *in, struct writer *out)
{
    write_array(out, 1);
    write_uint(out, histogram_count(read_histogram(in)));
}

/* histogram_over(histogram, us) -> [requests] */
static void call_histogram_over(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);

    write_array(out, 1);
    write_uint(out, histogram_over(histogram, read_uint(in)));
}

/* histogram_percentile(histogram, per million, us: nil or 0)
 *     -> [code, us, untouched] */
static void call_histogram_percentile(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);
    uint32_t per_million = (uint32_t)read_uint(in);
    struct result us = read_result(in, sizeof(uint64_t));
    int code = histogram_percentile(histogram, per_million, place_of(us));
    bool untouched = is_untouched(us, sizeof(uint64_t));

    write_array(out, 3);
    write_int(out, code);
    answer_us(out, us);
    write_bool(out, untouched);
}

/* histogram_mean(histogram, us: nil or 0) -> [code, us, untouched] */
static void call_histogram_mean(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);
    struct result us = read_result(in, sizeof(double));
    int code = histogram_mean(histogram, place_of(us));
    bool untouched = is_untouched(us, sizeof(double));

    write_array(out, 3);
    write_int(out, code);
    answer_double(out, us);
    write_bool(out, untouched);
}

/* histogram_merge(into, from) -> [code] */
static void call_histogram_merge(struct reader *in, struct writer *out)
{
    struct histogram *into = read_histogram(in);

    answer_code(out, histogram_merge(into, read_histogram(in)));
}

/* histogram_encode(histogram, capacity or nil, whether length is NULL)
 *     -> as answer_room does */
static void call_histogram_encode(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);
    struct room room = read_room(in);

    answer_room(out, room,
                histogram_encode(histogram, room.bytes, room.capacity,
                                 room.no_length ? NULL : &room.length));
}

/* ---- fanout.h ---- */

/* fanout_over(histogram, calls, us, share: nil or 0) -> [code, share, untouched] */
static void call_fanout_over(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);
    uint32_t calls = (uint32_t)read_uint(in);
    uint64_t us = read_uint(in);
    struct result share = read_result(in, sizeof(double));
    int code = fanout_over(histogram, calls, us, place_of(share));
    bool untouched = is_untouched(share, sizeof(double));

    write_array(out, 3);
    write_int(out, code);
    answer_double(out, share);
    write_bool(out, untouched);
}

/* fanout_percentile(histogram, calls, per million, us: nil or 0)
 *     -> [code, us, untouched] */
static void call_fanout_percentile(struct reader *in, struct writer *out)
{
    struct histogram *histogram = read_histogram(in);
    uint32_t calls = (uint32_t)read_uint(in);
    uint32_t per_million = (uint32_t)read_uint(in);
    struct result us = read_result(in, sizeof(uint64_t));
    int code = fanout_percentile(histogram, calls, per_million, place_of(us));
    bool untouched = is_untouched(us, sizeof(uint64_t));

    write_array(out, 3);
    write_int(out, code);
    answer_us(out, us);
    write_bool(out, untouched);
}

/* fanout_budget(calls, per million, calls per million: nil or 0)
 *     -> [code, calls per million, untouched] */
static void call_fanout_budget(struct reader *in, struct writer *out)
{
    uint32_t calls = (uint32_t)read_uint(in);
    uint32_t per_million = (uint32_t)read_uint(in);
    struct result slow = read_result(in, sizeof(uint32_t));
    int code = fanout_budget(calls, per_million, place_of(slow));
    bool untouched = is_untouched(slow, sizeof(uint32_t));

    write_array(out, 3);
    write_int(out, code);
    answer_word(out, slow);
    write_bool(out, untouched);
}

/* ---- load.h ---- */

/* load_open(load, nil or 0, begin, interval, requests, connections)
 *     -> [code, made] */
static void call_load_open(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);
    struct load_config config;
    struct load *made = NULL;
    bool none = read_nil(in);
    int code;

    if (!none)
        (void)read_uint(in);
    memset(&config, 0, sizeof config);
    config.begin_us = read_uint(in);
    config.interval_us = read_uint(in);
    config.requests = read_uint(in);
    config.connections = (uint32_t)read_uint(in);
    code = load_open(place.nowhere ? NULL : &made, none ? NULL : &config);
    if (answer_made(out, place, code, made))
        loads[place.slot] = made;
}

/* load_close(load) -> [] */
static void call_load_close(struct reader *in, struct writer *out)
{
    struct place place = read_place(in);

    load_close(place.nowhere ? NULL : loads[place.slot]);
    if (!place.nowhere)
        loads[place.slot] = NULL;
    write_array(out, 0);
}

/* load_due(load, now, request, connection: nil or 0)
 *     -> [code, request, connection, how many of both are untouched] */
static void call_load_due(struct reader *in, struct writer *out)
{
    struct load *load = read_load(in);
    uint64_t now_us = read_uint(in);
    struct result request = read_result(in, sizeof(uint64_t));
    struct result connection = read_result(in, sizeof(uint32_t));
    int code = load_due(load, now_us, place_of(request), place_of(connection));
    unsigned untouched = 0;

    untouched += is_untouched(request, sizeof(uint64_t));
    untouched += is_untouched(connection, sizeof(uint32_t));
    write_array(out, 4);
    write_int(out, code);
    answer_us(out, request);
    answer_word(out, connection);
    write_uint(out, untouched);
}

/* load_next(load, at: nil or 0) -> [code, at, untouched] */
static void call_load_next(struct reader *in, struct writer *out)
{
    struct load *load = read_load(in);
    struct result at = read_result(in, sizeof(uint64_t));
    int code = load_next(load, place_of(at));
    bool untouched = is_untouched(at, sizeof(uint64_t));

    write_array(out, 3);
    write_int(out, code);
    answer_us(out, at);
    write_bool(out, untouched);
}

/* load_answered(load, connection, now) -> [code] */
static void call_load_answered(struct reader *in, struct writer *out)
{
    struct load *load = read_load(in);
    uint32_t connection = (uint32_t)read_uint(in);

    answer_code(out, load_answered(load, connection, read_uint(in)));
}

/* load_late(load, now) -> [requests] */
static void call_load_late(struct reader *in, struct writer *out)
{
    struct load *load = read_load(in);

    write_array(out, 1);
    write_uint(out, load_late(load, read_uint(in)));
}

/* load_times(load, histogram, 0 latency or 1 service): a new histogram with what the
 * load's has -> [code of that, made, the load has one] */
static void call_load_times(struct reader *in, struct writer *out)
{
    struct load *load = read_load(in);
    uint64_t slot = read_slot(in);
    const struct histogram *times =
        read_uint(in) == 0 ? load_latency(load) : load_service(load);
    struct histogram *copy = NULL;
    int code = DYN_OK;

    if (times != NULL) {
        code = histogram_open(&copy);
        if (code == DYN_OK)
            code = histogram_merge(copy, times);
    }
    histograms[slot] = copy;
    write_array(out, 3);
    write_int(out, code);
    write_bool(out, copy != NULL);
    write_bool(out, times != NULL);
}

const struct program *const lab_programs[] = {NULL};

const struct call lab_calls[] = {
    {"histogram_bucket", 1, call_histogram_bucket},
    {"histogram_bounds", 3, call_histogram_bounds},
    {"histogram_open", 1, call_histogram_open},
    {"histogram_decode", 2, call_histogram_decode},
    {"histogram_close", 1, call_histogram_close},
    {"histogram_record", 3, call_histogram_record},
    {"histogram_record_all", 2, call_histogram_record_all},
    {"histogram_count", 1, call_histogram_count},
    {"histogram_over", 2, call_histogram_over},
    {"histogram_percentile", 3, call_histogram_percentile},
    {"histogram_mean", 2, call_histogram_mean},
    {"histogram_merge", 2, call_histogram_merge},
    {"histogram_encode", 3, call_histogram_encode},
    {"fanout_over", 4, call_fanout_over},
    {"fanout_percentile", 4, call_fanout_percentile},
    {"fanout_budget", 3, call_fanout_budget},
    {"load_open", 6, call_load_open},
    {"load_close", 1, call_load_close},
    {"load_due", 4, call_load_due},
    {"load_next", 2, call_load_next},
    {"load_answered", 3, call_load_answered},
    {"load_late", 2, call_load_late},
    {"load_times", 3, call_load_times},
    {NULL, 0, NULL},
};
