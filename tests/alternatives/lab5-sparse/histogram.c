/* histogram.c, built otherwise: only buckets that are not empty have room, in an
 * array that grows, in their order. A time's bucket is searched for, percentiles are
 * counted from the slow end. */
#include "dynamo/histogram.h"

#include "dynamo/bytes.h"
#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

struct pair {
    size_t bucket;
    uint64_t requests;
};

struct histogram {
    struct pair *pairs;
    size_t used, room;
    uint64_t shortest, longest; /* if there is a pair */
};

int histogram_bounds(size_t bucket, uint64_t *least_us, uint64_t *most_us)
{
    uint64_t width = 1, steps = bucket;

    if (least_us == NULL || most_us == NULL || bucket >= HISTOGRAM_BUCKETS)
        return DYN_EINVAL;
    for (; steps >= HISTOGRAM_SINGLE; steps -= HISTOGRAM_HALVES)
        width += width;
    *least_us = steps * width;
    *most_us = steps * width + (width - 1);
    return DYN_OK;
}

static uint64_t start_of(size_t bucket)
{
    uint64_t least = 0, most = 0;

    (void)histogram_bounds(bucket, &least, &most);
    return least;
}

static uint64_t end_of(size_t bucket)
{
    uint64_t least = 0, most = 0;

    (void)histogram_bounds(bucket, &least, &most);
    return most;
}

size_t histogram_bucket(uint64_t us)
{
    size_t from = 0, to = HISTOGRAM_BUCKETS; /* in from .. to - 1 */

    while (to - from > 1) {
        size_t half = (from + to) / 2;

        if (start_of(half) <= us)
            from = half;
        else
            to = half;
    }
    return from;
}

int histogram_open(struct histogram **histogram)
{
    struct histogram *made;

    if (histogram == NULL)
        return DYN_EINVAL;
    made = malloc(sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    memset(made, 0, sizeof *made);
    *histogram = made;
    return DYN_OK;
}

void histogram_close(struct histogram *histogram)
{
    if (histogram == NULL)
        return;
    free(histogram->pairs);
    free(histogram);
}

uint64_t histogram_count(const struct histogram *histogram)
{
    uint64_t count = 0;

    if (histogram != NULL)
        for (size_t i = 0; i < histogram->used; i++)
            count += histogram->pairs[i].requests;
    return count;
}

/* Where the pair of the bucket is, or would be. */
static size_t place_of(const struct histogram *histogram, size_t bucket)
{
    size_t place = histogram->used;

    while (place > 0 && histogram->pairs[place - 1].bucket >= bucket)
        place--;
    return place;
}

int histogram_record(struct histogram *histogram, uint64_t us,
                     uint64_t requests)
{
    size_t bucket, place;

    if (histogram == NULL || requests == 0)
        return DYN_EINVAL;
    if (histogram_count(histogram) > UINT64_MAX - requests)
        return DYN_ERANGE;
    bucket = histogram_bucket(us);
    place = place_of(histogram, bucket);
    if (place == histogram->used || histogram->pairs[place].bucket != bucket) {
        struct pair *at;

        if (histogram->used == histogram->room) {
            size_t room = histogram->room + histogram->room / 2 + 2;

            at = realloc(histogram->pairs, room * sizeof *at);
            if (at == NULL)
                return DYN_ENOMEM;
            histogram->pairs = at;
            histogram->room = room;
        }
        at = histogram->pairs + place;
        memmove(at + 1, at, (histogram->used - place) * sizeof *at);
        *at = (struct pair){bucket, 0};
        histogram->used++;
    }
    histogram->pairs[place].requests += requests;
    if (histogram->used == 1 && histogram->pairs[0].requests == requests)
        histogram->shortest = histogram->longest = us;
    if (us < histogram->shortest)
        histogram->shortest = us;
    if (us > histogram->longest)
        histogram->longest = us;
    return DYN_OK;
}

uint64_t histogram_over(const struct histogram *histogram, uint64_t us)
{
    uint64_t over = 0;

    if (histogram == NULL)
        return 0;
    for (size_t i = histogram->used;
         i > 0 && start_of(histogram->pairs[i - 1].bucket) > us; i--)
        over += histogram->pairs[i - 1].requests;
    return over;
}

int histogram_percentile(const struct histogram *histogram,
                         uint32_t per_million, uint64_t *us)
{
    uint64_t slower, start, end, found;
    size_t i;

    if (histogram == NULL || us == NULL || per_million > 1000000)
        return DYN_EINVAL;
    if (histogram->used == 0)
        return DYN_ENOENT;
    if (per_million == 0) {
        *us = histogram->shortest;
        return DYN_OK;
    }
    if (per_million == 1000000) {
        *us = histogram->longest;
        return DYN_OK;
    }
    /* So many may take longer. */
    slower = (uint64_t)((wide)histogram_count(histogram) *
                        (1000000 - per_million) / 1000000);
    for (i = histogram->used - 1; histogram->pairs[i].requests <= slower; i--)
        slower -= histogram->pairs[i].requests;
    /* As late in the bucket as is within 1 % of its first time. */
    start = start_of(histogram->pairs[i].bucket);
    end = end_of(histogram->pairs[i].bucket);
    found = end - start > start / 100 ? start + start / 100 : end;
    if (found > histogram->longest)
        found = histogram->longest;
    *us = found < histogram->shortest ? histogram->shortest : found;
    return DYN_OK;
}

int histogram_mean(const struct histogram *histogram, double *us)
{
    long double mean = 0, seen = 0;

    if (histogram == NULL || us == NULL)
        return DYN_EINVAL;
    if (histogram->used == 0)
        return DYN_ENOENT;
    for (size_t i = 0; i < histogram->used; i++) {
        const struct pair *pair = &histogram->pairs[i];
        long double start = start_of(pair->bucket), end = end_of(pair->bucket);
        /* As far from both ends, in percent. */
        long double time = end > 0 ? 2 * start / (start + end) * end : 0;

        seen += pair->requests;
        mean += (time - mean) * (pair->requests / seen);
    }
    *us = (double)mean;
    return DYN_OK;
}

int histogram_merge(struct histogram *into, const struct histogram *from)
{
    struct pair *sum;
    size_t i = 0, j = 0, used = 0, room;
    uint64_t shortest, longest;

    if (into == NULL || from == NULL)
        return DYN_EINVAL;
    if (histogram_count(into) > UINT64_MAX - histogram_count(from))
        return DYN_ERANGE;
    if (from->used == 0)
        return DYN_OK;
    room = into->used + from->used;
    sum = malloc(room * sizeof *sum);
    if (sum == NULL)
        return DYN_ENOMEM;
    while (i < into->used || j < from->used) {
        size_t left = i < into->used ? into->pairs[i].bucket : SIZE_MAX;
        size_t right = j < from->used ? from->pairs[j].bucket : SIZE_MAX;

        sum[used] = (struct pair){left < right ? left : right, 0};
        if (left <= right)
            sum[used].requests += into->pairs[i++].requests;
        if (right <= left)
            sum[used].requests += from->pairs[j++].requests;
        used++;
    }
    shortest = from->shortest;
    longest = from->longest;
    if (into->used > 0 && into->shortest < shortest)
        shortest = into->shortest;
    if (into->used > 0 && into->longest > longest)
        longest = into->longest;
    free(into->pairs); /* also those of `from`, if it is the same */
    *into = (struct histogram){sum, used, room, shortest, longest};
    return DYN_OK;
}

int histogram_encode(const struct histogram *histogram, uint8_t *bytes,
                     size_t capacity, size_t *length)
{
    if (histogram == NULL || length == NULL || (bytes == NULL && capacity > 0))
        return DYN_EINVAL;
    *length = 20 + 10 * histogram->used;
    if (capacity < *length)
        return DYN_ERANGE;
    bytes_write(bytes, 8, histogram->shortest);
    bytes_write(bytes + 8, 8, histogram->longest);
    bytes_write(bytes + 16, 4, histogram->used);
    for (size_t i = 0; i < histogram->used; i++) {
        bytes_write(bytes + 20 + 10 * i, 2, histogram->pairs[i].bucket);
        bytes_write(bytes + 22 + 10 * i, 8, histogram->pairs[i].requests);
    }
    return DYN_OK;
}

/* Whether a histogram has these bytes, of some pairs. */
static bool is_right(const uint8_t *bytes, size_t pairs)
{
    uint64_t least = bytes_read(bytes, 8), most = bytes_read(bytes + 8, 8);
    uint64_t count = 0, before = 0;

    if (pairs == 0)
        return (least | most) == 0;
    for (size_t i = 0; i < pairs; i++) {
        uint64_t bucket = bytes_read(bytes + 20 + 10 * i, 2);
        uint64_t requests = bytes_read(bytes + 22 + 10 * i, 8);

        if (bucket >= HISTOGRAM_BUCKETS || (i > 0 && bucket <= before) ||
            requests == 0)
            return false;
        count += requests;
        if (count < requests)
            return false;
        if (i == 0 && histogram_bucket(least) != bucket)
            return false;
        before = bucket;
    }
    return histogram_bucket(most) == before && least <= most &&
           (count > 1 || least == most);
}

int histogram_decode(struct histogram **histogram, const uint8_t *bytes,
                     size_t length)
{
    struct histogram *made;
    size_t pairs;

    if (histogram == NULL || (bytes == NULL && length > 0))
        return DYN_EINVAL;
    if (length < 20 || (length - 20) % 10 != 0)
        return DYN_ECORRUPT;
    pairs = (length - 20) / 10;
    if (bytes_read(bytes + 16, 4) != pairs || !is_right(bytes, pairs))
        return DYN_ECORRUPT;
    if (histogram_open(&made) != DYN_OK)
        return DYN_ENOMEM;
    if (pairs > 0) {
        made->pairs = malloc(pairs * sizeof *made->pairs);
        if (made->pairs == NULL) {
            histogram_close(made);
            return DYN_ENOMEM;
        }
    }
    made->used = made->room = pairs;
    made->shortest = bytes_read(bytes, 8);
    made->longest = bytes_read(bytes + 8, 8);
    for (size_t i = 0; i < pairs; i++) {
        made->pairs[i].bucket = (size_t)bytes_read(bytes + 20 + 10 * i, 2);
        made->pairs[i].requests = bytes_read(bytes + 22 + 10 * i, 8);
    }
    *histogram = made;
    return DYN_OK;
}
