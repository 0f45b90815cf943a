/* command.h: commands as a client sends them: arrays of bulk strings in the
 * Redis protocol, read by hiredis. */
#ifndef UV_COMMAND_H
#define UV_COMMAND_H

#include "dynamo/slice.h"

#include <stddef.h>

enum {
    COMMAND_WORDS_MAX = 32,
    COMMAND_SIZE_MAX = 3 << 20, /* bytes: a key, a context, a value, a little */
};

struct command {
    size_t count;
    struct slice words[COMMAND_WORDS_MAX]; /* the command's own */
};

/* NULL is ignored. */
void command_free(struct command *command);

struct command_reader;

/* NULL when there is no memory. */
struct command_reader *command_reader_open(void);
void command_reader_close(struct command_reader *reader);

/* Copies bytes that arrived. DYN_OK or DYN_ENOMEM. */
int command_reader_feed(struct command_reader *reader, struct slice bytes);

/* The next command, which the caller frees, or NULL when none is whole.
 * DYN_ECORRUPT for what is no command, and then *why is a sentence, borrowed as
 * long as the reader lives, that begins with "Protocol error". */
int command_reader_next(struct command_reader *reader, struct command **command,
                        const char **why);

#endif
