/* answer.c: see answer.h. */
#include "load/answer.h"

#include "dynamo/err.h"
#include "uv/buffer.h"

#include <hiredis/read.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_SIZE_MAX = 64 << 20 };

struct answer_reader {
    redisReader *redis;
    struct answer answer;
    struct buffer bytes; /* the answer's */
};

/* ---- What hiredis builds: the one answer, never an array ----
 *
 * A result of NULL makes it give up. */

static void *make_text(const redisReadTask *task, char *bytes, size_t size)
{
    struct answer_reader *reader = task->privdata;
    struct answer *answer = &reader->answer;

    /* hiredis moves its own bytes before we see the answer. */
    reader->bytes.size = 0;
    if (!buffer_add(&reader->bytes, bytes, size))
        return NULL;
    answer->bytes = (struct slice){reader->bytes.data, size};
    answer->kind = task->type == REDIS_REPLY_STATUS  ? ANSWER_STATUS
                   : task->type == REDIS_REPLY_ERROR ? ANSWER_ERROR
                                                     : ANSWER_VALUE;
    return answer;
}

static void *refuse_array(const redisReadTask *task, int count)
{
    (void)task;
    (void)count;
    return NULL;
}

static void *make_number(const redisReadTask *task, long long number)
{
    struct answer_reader *reader = task->privdata;

    (void)number;
    reader->answer.kind = ANSWER_NUMBER;
    return &reader->answer;
}

static void *make_nil(const redisReadTask *task)
{
    struct answer_reader *reader = task->privdata;

    reader->answer.kind = ANSWER_NIL;
    return &reader->answer;
}

static void keep(void *answer)
{
    (void)answer;
}

/* hiredis does not change it, though its type does not say so. */
static redisReplyObjectFunctions functions = {
    make_text, refuse_array, make_number, make_nil, keep,
};

/* ---- The reader ---- */

struct answer_reader *answer_reader_open(void)
{
    struct answer_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return NULL;
    reader->redis = redisReaderCreateWithFunctions(&functions);
    if (reader->redis == NULL) {
        free(reader);
        return NULL;
    }
    reader->redis->privdata = reader;
    return reader;
}

void answer_reader_close(struct answer_reader *reader)
{
    if (reader == NULL)
        return;
    redisReaderFree(reader->redis);
    buffer_free(&reader->bytes);
    free(reader);
}

int answer_reader_feed(struct answer_reader *reader, struct slice bytes)
{
    return redisReaderFeed(reader->redis, (const char *)bytes.data,
                           bytes.size) == REDIS_OK
               ? DYN_OK
               : DYN_ENOMEM;
}

int answer_reader_next(struct answer_reader *reader,
                       const struct answer **answer, const char **why)
{
    redisReader *redis = reader->redis;
    void *found = NULL;

    *answer = NULL;
    if (redisReaderGetReply(redis, &found) != REDIS_OK) {
        *why = redis->err == REDIS_ERR_OOM
                   ? "an array, or no memory for the answer"
                   : redis->errstr;
        return DYN_ECORRUPT;
    }
    if (found == NULL && redis->len - redis->pos > ANSWER_SIZE_MAX) {
        *why = "the answer is too long";
        return DYN_ECORRUPT;
    }
    *answer = found;
    return DYN_OK;
}
