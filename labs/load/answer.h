/* answer.h: answers of the Redis protocol, read by hiredis. */
#ifndef LOAD_ANSWER_H
#define LOAD_ANSWER_H

#include "dynamo/slice.h"

enum answer_kind {
    ANSWER_STATUS, /* +OK */
    ANSWER_ERROR,  /* -ERR and why */
    ANSWER_VALUE,
    ANSWER_NIL,
    ANSWER_NUMBER,
};

struct answer {
    enum answer_kind kind;
    struct slice bytes; /* of the first three; the reader's, until it goes on */
};

struct answer_reader;

/* NULL when there is no memory. */
struct answer_reader *answer_reader_open(void);
void answer_reader_close(struct answer_reader *reader);

/* Copies bytes that arrived. DYN_OK or DYN_ENOMEM. */
int answer_reader_feed(struct answer_reader *reader, struct slice bytes);

/* The next answer, or NULL when none is whole. DYN_ECORRUPT for what is none;
 * then *why says so, borrowed as long as the reader lives. */
int answer_reader_next(struct answer_reader *reader,
                       const struct answer **answer, const char **why);

#endif
