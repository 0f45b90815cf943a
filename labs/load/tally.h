/* tally.h: what came of a load, counted in bounded memory but for a row a
 * second. */
#ifndef LOAD_TALLY_H
#define LOAD_TALLY_H

#include "load/stream.h"
#include "uv/latency.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ERROR_KINDS_MAX = 16, /* the last one is for all others */
    ERROR_NAME_MAX = 32,
    EXAMPLE_MAX = 300,
    WRONG_SHOWN_MAX = 5,
    LATE_US = 1000, /* sent so much after its time is late */
};

struct error_count {
    char name[ERROR_NAME_MAX];
    uint64_t count;
    char example[EXAMPLE_MAX]; /* the first one's words */
};

/* What was answered within one second. */
struct row {
    uint64_t ops, errors;
    uint64_t p50_us, p99_us, p999_us, most_us; /* of ops' latency */
};

struct tally {
    /* Of what was answered without an error. Latency is counted from when the
     * request was due, service time from when it was sent. */
    struct latency latency[OP_KINDS], service[OP_KINDS];
    uint64_t misses, old, wrong;
    uint64_t sent, never_sent, unanswered;
    uint64_t late;    /* sent */
    uint64_t dawdled; /* late, though a connection was free: our own fault */
    uint64_t errors;
    struct error_count kinds[ERROR_KINDS_MAX];
    size_t kind_count;
    uint64_t connections_lost, connects_failed;
    struct error_count broke; /* why the first connection broke */
    char wrong_shown[WRONG_SHOWN_MAX][EXAMPLE_MAX];
    size_t wrong_shown_count;
    struct latency this_second;
    struct row *rows; /* of whole seconds, and the last one by tally_end */
    size_t row_count, row_capacity;
    uint64_t errors_before; /* this second */
};

/* NULL when there is no memory. */
struct tally *tally_open(void);
void tally_close(struct tally *tally);

/* So many seconds of what is counted are over. */
void tally_seconds(struct tally *tally, uint64_t seconds);

/* A request was answered, and well. */
void tally_answer(struct tally *tally, enum op_kind kind, uint64_t latency_us,
                  uint64_t service_us);

/* A request was sent so long after it was due; a connection may have been free
 * all the time. */
void tally_sent(struct tally *tally, uint64_t late_us, bool was_free);

/* A request failed; `text` begins with the kind of the error if `kind` is
 * NULL. */
void tally_error(struct tally *tally, const char *kind, const char *text,
                 size_t size);

/* A get found what it must not. */
void tally_wrong(struct tally *tally, const char *key, const char *why);

/* A connection broke, or could not be made. */
void tally_broke(struct tally *tally, bool was_up, const char *why);

/* The last row, of part of a second, is there too. */
void tally_end(struct tally *tally);

#endif
