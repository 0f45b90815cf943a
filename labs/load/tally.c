/* tally.c: see tally.h. */
#include "load/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_FIRST = 64 };

struct tally *tally_open(void)
{
    return calloc(1, sizeof(struct tally));
}

void tally_close(struct tally *tally)
{
    if (tally == NULL)
        return;
    free(tally->rows);
    free(tally);
}

/* ---- Rows ---- */

/* Without memory for another row, the last one is overwritten. */
static struct row *next_row(struct tally *tally)
{
    if (tally->row_count == tally->row_capacity) {
        size_t capacity =
            tally->row_capacity > 0 ? 2 * tally->row_capacity : ROWS_FIRST;
        struct row *rows = realloc(tally->rows, capacity * sizeof *rows);

        if (rows == NULL)
            return tally->row_count > 0 ? &tally->rows[tally->row_count - 1]
                                        : NULL;
        tally->rows = rows;
        tally->row_capacity = capacity;
    }
    return &tally->rows[tally->row_count++];
}

static void end_second(struct tally *tally)
{
    struct latency *latency = &tally->this_second;
    struct row *row = next_row(tally);

    if (row != NULL)
        *row = (struct row){
            .ops = latency->count,
            .errors = tally->errors - tally->errors_before,
            .p50_us = latency_percentile(latency, 500000),
            .p99_us = latency_percentile(latency, 990000),
            .p999_us = latency_percentile(latency, 999000),
            .most_us = latency->most_us,
        };
    *latency = (struct latency){0};
    tally->errors_before = tally->errors;
}

void tally_seconds(struct tally *tally, uint64_t seconds)
{
    while (tally->row_count < seconds) {
        size_t before = tally->row_count;

        end_second(tally);
        if (tally->row_count == before)
            return;
    }
}

void tally_end(struct tally *tally)
{
    if (tally->this_second.count > 0 || tally->errors > tally->errors_before)
        end_second(tally);
}

/* ---- Words ---- */

/* Copies what others wrote as one line of printable ASCII. */
static void copy_text(char *room, size_t room_size, const char *text,
                      size_t size)
{
    size_t length = size < room_size ? size : room_size - 1;

    for (size_t i = 0; i < length; i++)
        room[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    room[length] = '\0';
}

static size_t first_word(const char *text, size_t size)
{
    size_t length = 0;

    while (length < size && text[length] != ' ')
        length++;
    return length;
}

/* The kind's count, a new one while there is room. */
static struct error_count *find_kind(struct tally *tally, const char *name)
{
    struct error_count *last = &tally->kinds[ERROR_KINDS_MAX - 1];

    for (size_t i = 0; i < tally->kind_count; i++)
        if (strcmp(tally->kinds[i].name, name) == 0)
            return &tally->kinds[i];
    if (tally->kind_count == ERROR_KINDS_MAX)
        return last;
    if (++tally->kind_count == ERROR_KINDS_MAX)
        name = "others";
    copy_text(tally->kinds[tally->kind_count - 1].name, ERROR_NAME_MAX, name,
              strlen(name));
    return &tally->kinds[tally->kind_count - 1];
}

/* ---- Counting ---- */

void tally_answer(struct tally *tally, enum op_kind kind, uint64_t latency_us,
                  uint64_t service_us)
{
    latency_add(&tally->latency[kind], latency_us);
    latency_add(&tally->service[kind], service_us);
    latency_add(&tally->this_second, latency_us);
}

void tally_sent(struct tally *tally, uint64_t late_us, bool was_free)
{
    tally->sent++;
    tally->late += late_us > LATE_US;
    tally->dawdled += late_us > LATE_US && was_free;
}

void tally_error(struct tally *tally, const char *kind, const char *text,
                 size_t size)
{
    char name[ERROR_NAME_MAX];
    struct error_count *count;

    if (kind == NULL)
        copy_text(name, sizeof name, text, first_word(text, size));
    else
        copy_text(name, sizeof name, kind, strlen(kind));
    count = find_kind(tally, name);
    if (count->count++ == 0)
        copy_text(count->example, EXAMPLE_MAX, text, size);
    tally->errors++;
}

void tally_wrong(struct tally *tally, const char *key, const char *why)
{
    char text[EXAMPLE_MAX];

    tally->wrong++;
    snprintf(text, sizeof text, "%s: %s", key, why);
    for (size_t i = 0; i < tally->wrong_shown_count; i++)
        if (strcmp(tally->wrong_shown[i], text) == 0)
            return;
    if (tally->wrong_shown_count < WRONG_SHOWN_MAX)
        copy_text(tally->wrong_shown[tally->wrong_shown_count++], EXAMPLE_MAX,
                  text, strlen(text));
}

void tally_broke(struct tally *tally, bool was_up, const char *why)
{
    if (was_up)
        tally->connections_lost++;
    else
        tally->connects_failed++;
    if (tally->broke.count++ == 0)
        copy_text(tally->broke.example, EXAMPLE_MAX, why, strlen(why));
}
