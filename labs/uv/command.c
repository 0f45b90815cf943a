/* command.c: see command.h. */
#include "uv/command.h"

#include "dynamo/err.h"

#include <hiredis/read.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command_reader {
    redisReader *redis;
    char why[192];
};

/* ---- What hiredis builds: one array, of strings only ----
 *
 * A result of NULL makes it give up, and it hands a command that is half read
 * to free_command. */

static void *make_array(const redisReadTask *task, int count)
{
    if (task->parent != NULL || count > COMMAND_WORDS_MAX)
        return NULL;
    return calloc(1, sizeof(struct command));
}

static void *make_word(const redisReadTask *task, char *bytes, size_t size)
{
    struct command *command;
    uint8_t *copy;

    if (task->parent == NULL || task->type != REDIS_REPLY_STRING)
        return NULL;
    command = task->parent->obj;
    copy = malloc(size + 1); /* 0 bytes are a word too */
    if (copy == NULL)
        return NULL;
    memcpy(copy, bytes, size);
    command->words[command->count++] = (struct slice){copy, size};
    return command;
}

static void *refuse_integer(const redisReadTask *task, long long number)
{
    (void)task;
    (void)number;
    return NULL;
}

static void *refuse_nil(const redisReadTask *task)
{
    (void)task;
    return NULL;
}

void command_free(struct command *command)
{
    if (command == NULL)
        return;
    for (size_t i = 0; i < command->count; i++)
        free((void *)(uintptr_t)command->words[i].data);
    free(command);
}

static void free_command(void *command)
{
    command_free(command);
}

/* hiredis does not change it, though its type does not say so. */
static redisReplyObjectFunctions functions = {
    make_word, make_array, refuse_integer, refuse_nil, free_command,
};

/* ---- The reader ---- */

struct command_reader *command_reader_open(void)
{
    struct command_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return NULL;
    reader->redis = redisReaderCreateWithFunctions(&functions);
    if (reader->redis == NULL) {
        free(reader);
        return NULL;
    }
    return reader;
}

void command_reader_close(struct command_reader *reader)
{
    if (reader == NULL)
        return;
    redisReaderFree(reader->redis);
    free(reader);
}

int command_reader_feed(struct command_reader *reader, struct slice bytes)
{
    return redisReaderFeed(reader->redis, (const char *)bytes.data,
                           bytes.size) == REDIS_OK
               ? DYN_OK
               : DYN_ENOMEM;
}

static int refuse(struct command_reader *reader, const char *text,
                  const char **why)
{
    snprintf(reader->why, sizeof reader->why, "%s%s",
             strncmp(text, "Protocol error", 14) == 0 ? "" : "Protocol error: ",
             text);
    *why = reader->why;
    return DYN_ECORRUPT;
}

int command_reader_next(struct command_reader *reader, struct command **command,
                        const char **why)
{
    redisReader *redis = reader->redis;
    void *found = NULL;

    *command = NULL;
    if (redisReaderGetReply(redis, &found) != REDIS_OK) {
        if (redis->err != REDIS_ERR_OOM)
            return refuse(reader, redis->errstr, why);
        return refuse(reader,
                      "a command is an array of bulk strings, at most 32 of "
                      "them",
                      why);
    }
    if (found == NULL && redis->len - redis->pos > COMMAND_SIZE_MAX)
        return refuse(reader, "the command is too long", why);
    *command = found;
    return DYN_OK;
}
