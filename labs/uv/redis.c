/* redis.c: see redis.h. */
#define _GNU_SOURCE
#include "uv/redis.h"

#include "dynamo/err.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- Writing ---- */

static void write_bulk(struct buffer *answer, struct slice bytes)
{
    buffer_print(answer, "$%zu\r\n", bytes.size);
    buffer_add(answer, bytes.data, bytes.size);
    buffer_add_text(answer, "\r\n");
}

static void write_bulk_text(struct buffer *answer, const char *text)
{
    write_bulk(answer, (struct slice){(const uint8_t *)text, strlen(text)});
}

static void write_array(struct buffer *answer, size_t count)
{
    buffer_print(answer, "*%zu\r\n", count);
}

static void write_number(struct buffer *answer, long long number)
{
    buffer_print(answer, ":%lld\r\n", number);
}

static void write_ok(struct buffer *answer)
{
    buffer_add_text(answer, "+OK\r\n");
}

void redis_error(struct buffer *answer, const char *text)
{
    buffer_print(answer, "-%s\r\n", text);
}

/* ---- Reading ---- */

static bool word_is(const struct command *command, size_t at, const char *text)
{
    return at < command->count && command->words[at].size == strlen(text) &&
           strncasecmp((const char *)command->words[at].data, text,
                       command->words[at].size) == 0;
}

/* A word as part of a sentence: short, and without what ends a line. */
static const char *shown(struct slice word, char room[40])
{
    size_t size = word.size < 32 ? word.size : 32;

    for (size_t i = 0; i < size; i++)
        room[i] =
            word.data[i] > ' ' && word.data[i] < 127 ? (char)word.data[i] : '?';
    room[size] = '\0';
    return room;
}

/* ---- Commands that the node is asked ---- */

static bool key_is_good(struct slice key, struct buffer *answer)
{
    if (key.size >= 1 && key.size <= KEY_SIZE_MAX)
        return true;
    buffer_print(answer, "-ERR a key has 1 to %d bytes, this one has %zu\r\n",
                 KEY_SIZE_MAX, key.size);
    return false;
}

static bool size_is_good(struct slice bytes, const char *what,
                         struct buffer *answer)
{
    if (bytes.size <= VALUE_SIZE_MAX)
        return true;
    buffer_print(answer, "-ERR a %s has at most %d bytes, this one has %zu\r\n",
                 what, VALUE_SIZE_MAX, bytes.size);
    return false;
}

static enum redis_outcome ask_get(const struct command *command,
                                  struct buffer *answer,
                                  struct request *request)
{
    if (!key_is_good(command->words[1], answer))
        return REDIS_ANSWERED;
    *request = (struct request){.kind = REQUEST_GET, .key = command->words[1]};
    return REDIS_ASK;
}

static int digit_of(uint8_t letter)
{
    const char *digits = "0123456789abcdef";
    const char *at = letter != 0 ? strchr(digits, letter) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* The bytes that write_context wrote, into `room`. */
static bool read_context(struct slice text, struct buffer *room)
{
    uint8_t *bytes = buffer_room(room, text.size / 2 + 1);

    if (bytes == NULL || text.size % 2 != 0)
        return false;
    for (size_t i = 0; i < text.size; i += 2) {
        int high = digit_of(text.data[i]), low = digit_of(text.data[i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i / 2] = (uint8_t)(16 * high + low);
    }
    room->size += text.size / 2;
    return true;
}

static enum redis_outcome ask_put(struct slice key, struct slice context,
                                  struct slice value, struct buffer *answer,
                                  struct buffer *room, struct request *request)
{
    if (!key_is_good(key, answer) || !size_is_good(value, "value", answer))
        return REDIS_ANSWERED;
    if (!read_context(context, room) || room->size > VALUE_SIZE_MAX) {
        redis_error(answer, "CORRUPT a context is what DYN.GET answered first, "
                            "unchanged");
        return REDIS_ANSWERED;
    }
    *request = (struct request){.kind = REQUEST_PUT,
                                .key = key,
                                .value = value,
                                .context = {room->data, room->size}};
    return REDIS_ASK;
}

/* A client that knows no contexts replaces what is there: it is read first. */
static enum redis_outcome ask_set(const struct command *command,
                                  const struct redis_about *about,
                                  struct buffer *answer, struct buffer *room,
                                  struct request *request,
                                  enum answer_form *form)
{
    const struct slice *words = command->words;

    if (!about->contexts)
        return ask_put(words[1], (struct slice){NULL, 0}, words[2], answer,
                       room, request);
    if (!size_is_good(words[2], "value", answer))
        return REDIS_ANSWERED;
    *form = ANSWER_LATER;
    return ask_get(command, answer, request);
}

static bool read_number(struct slice text, uint32_t *number)
{
    uint64_t value = 0;

    if (text.size < 1 || text.size > 10)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = 10 * value + (uint64_t)(text.data[i] - '0');
    }
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* What an administrator says. */
static enum redis_outcome
ask_word(const struct command *command, const struct redis_about *about,
         enum request_kind kind, struct buffer *answer, struct request *request)
{
    uint32_t node, weight = 1;

    if (!about->membership) {
        redis_error(answer, "ERR membership never changes here; it does with "
                            "--program=failure --gossip-ms=1000");
        return REDIS_ANSWERED;
    }
    if (!read_number(command->words[1], &node) ||
        (command->count == 3 && !read_number(command->words[2], &weight))) {
        redis_error(answer, "ERR nodes and weights are numbers");
        return REDIS_ANSWERED;
    }
    *request = (struct request){.kind = kind, .node = node, .weight = weight};
    return REDIS_ASK;
}

/* ---- Commands that are answered here ---- */

static void answer_ping(const struct command *command, struct buffer *answer)
{
    if (command->count == 2)
        write_bulk(answer, command->words[1]);
    else
        buffer_add_text(answer, "+PONG\r\n");
}

/* From a request's arrival until the node's reply, in microseconds. */
static void print_latency(struct buffer *text, const char *what,
                          const struct latency *latency)
{
    static const struct {
        const char *name;
        uint32_t share;
    } shown[] = {
        {"p50", 500000}, {"p95", 950000}, {"p99", 990000}, {"p99.9", 999000}};

    buffer_print(text, "%ss:%" PRIu64 "\r\n", what, latency->count);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        buffer_print(text, "%s_us_%s:%" PRIu64 "\r\n", what, shown[i].name,
                     latency_percentile(latency, shown[i].share));
    buffer_print(text, "%s_us_most:%" PRIu64 "\r\n", what, latency->most_us);
}

static void answer_info(const struct redis_about *about, struct buffer *answer)
{
    struct buffer text = {0};

    buffer_print(&text, "# Node\r\nnode_id:%" PRIu32 "\r\nprogram:%s\r\n",
                 about->node, about->program);
    buffer_print(&text, "process_id:%ld\r\npeer_port:%u\r\nclient_port:%u\r\n",
                 (long)getpid(), about->peer_port, about->client_port);
    buffer_add_text(&text, "\r\n# Counts\r\n");
#define NODE_COUNT(name, meaning)                                              \
    buffer_print(&text, "%s:%" PRIu64 "\r\n", #name, about->counts->name);
    NODE_COUNTS(NODE_COUNT)
#undef NODE_COUNT
    buffer_add_text(&text, "\r\n# Latency\r\n");
    print_latency(&text, "get", about->gets);
    print_latency(&text, "put", about->puts);
    write_bulk(answer, (struct slice){text.data, text.size});
    buffer_free(&text);
}

/* redis-benchmark and others look at these two; there are no others. */
static void answer_config(const struct command *command, struct buffer *answer)
{
    if (!word_is(command, 1, "GET") || command->count < 3) {
        redis_error(answer, "ERR CONFIG can only GET; a node is configured by "
                            "its command line");
    } else if (word_is(command, 2, "save")) {
        write_array(answer, 2);
        write_bulk_text(answer, "save");
        write_bulk_text(answer, "");
    } else if (word_is(command, 2, "appendonly")) {
        write_array(answer, 2);
        write_bulk_text(answer, "appendonly");
        write_bulk_text(answer, "no");
    } else {
        write_array(answer, 0);
    }
}

static void answer_hello(const struct command *command,
                         const struct redis_about *about, struct buffer *answer)
{
    if (command->count > 2) {
        redis_error(answer, "ERR HELLO takes no options here");
        return;
    }
    if (command->count == 2 && !word_is(command, 1, "2")) {
        redis_error(answer, "NOPROTO version 2 of the protocol is spoken here");
        return;
    }
    write_array(answer, 8);
    write_bulk_text(answer, "server");
    write_bulk_text(answer, "dynamo-node");
    write_bulk_text(answer, "version");
    write_bulk_text(answer, "1.0.0");
    write_bulk_text(answer, "proto");
    write_number(answer, 2);
    write_bulk_text(answer, "id");
    write_number(answer, about->node);
}

static void answer_client(const struct command *command, struct buffer *answer)
{
    if (word_is(command, 1, "SETNAME") || word_is(command, 1, "SETINFO"))
        write_ok(answer);
    else
        redis_error(answer, "ERR CLIENT knows SETNAME and SETINFO here");
}

static void answer_select(const struct command *command, struct buffer *answer)
{
    if (word_is(command, 1, "0"))
        write_ok(answer);
    else
        redis_error(answer, "ERR there is one database, number 0");
}

static void answer_command(const struct command *command, struct buffer *answer)
{
    if (word_is(command, 1, "COUNT"))
        write_number(answer, 0);
    else
        write_array(answer, 0);
}

/* ---- All commands ---- */

enum word {
    WORD_GET,
    WORD_SET,
    WORD_DYN_GET,
    WORD_DYN_PUT,
    WORD_DYN_JOIN,
    WORD_DYN_LEAVE,
    WORD_PING,
    WORD_ECHO,
    WORD_INFO,
    WORD_COMMAND,
    WORD_CONFIG,
    WORD_SELECT,
    WORD_CLIENT,
    WORD_HELLO,
    WORD_QUIT,
    WORD_DEL,
};

/* `least` and `most` words with the name; `usage` is told when there are more
 * or fewer. */
static const struct {
    const char *name;
    enum word word;
    size_t least, most;
    const char *usage;
} commands[] = {
    {"GET", WORD_GET, 2, 2, "GET key"},
    {"SET", WORD_SET, 3, 3, "SET key value, without options"},
    {"DYN.GET", WORD_DYN_GET, 2, 2, "DYN.GET key"},
    {"DYN.PUT", WORD_DYN_PUT, 4, 4, "DYN.PUT key context value"},
    {"DYN.JOIN", WORD_DYN_JOIN, 2, 3, "DYN.JOIN node, or DYN.JOIN node weight"},
    {"DYN.LEAVE", WORD_DYN_LEAVE, 2, 2, "DYN.LEAVE node"},
    {"PING", WORD_PING, 1, 2, "PING, or PING text"},
    {"ECHO", WORD_ECHO, 2, 2, "ECHO text"},
    {"INFO", WORD_INFO, 1, COMMAND_WORDS_MAX, "INFO"},
    {"COMMAND", WORD_COMMAND, 1, COMMAND_WORDS_MAX, "COMMAND"},
    {"CONFIG", WORD_CONFIG, 2, COMMAND_WORDS_MAX, "CONFIG GET name"},
    {"SELECT", WORD_SELECT, 2, 2, "SELECT 0"},
    {"CLIENT", WORD_CLIENT, 2, 4, "CLIENT SETNAME name"},
    {"HELLO", WORD_HELLO, 1, COMMAND_WORDS_MAX, "HELLO 2"},
    {"QUIT", WORD_QUIT, 1, 1, "QUIT"},
    {"DEL", WORD_DEL, 1, COMMAND_WORDS_MAX, "DEL key"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void refuse_unknown(struct slice word, struct buffer *answer)
{
    char room[40];

    buffer_print(answer,
                 "-ERR unknown command '%s'; there are GET, SET, DYN.GET, "
                 "DYN.PUT, DYN.JOIN, DYN.LEAVE, PING, ECHO, INFO and QUIT\r\n",
                 shown(word, room));
}

static enum redis_outcome run(enum word word, const struct command *command,
                              const struct redis_about *about,
                              struct buffer *answer, struct buffer *room,
                              struct request *request, enum answer_form *form)
{
    const struct slice *words = command->words;

    switch (word) {
    case WORD_GET:
        *form = ANSWER_VALUE;
        return ask_get(command, answer, request);
    case WORD_DYN_GET:
        *form = ANSWER_VALUES;
        return ask_get(command, answer, request);
    case WORD_SET:
        *form = ANSWER_WRITTEN;
        return ask_set(command, about, answer, room, request, form);
    case WORD_DYN_PUT:
        *form = ANSWER_WRITTEN;
        return ask_put(words[1], words[2], words[3], answer, room, request);
    case WORD_DYN_JOIN:
        *form = ANSWER_WRITTEN;
        return ask_word(command, about, REQUEST_JOIN, answer, request);
    case WORD_DYN_LEAVE:
        *form = ANSWER_WRITTEN;
        return ask_word(command, about, REQUEST_LEAVE, answer, request);
    case WORD_PING:
        answer_ping(command, answer);
        break;
    case WORD_ECHO:
        write_bulk(answer, words[1]);
        break;
    case WORD_INFO:
        answer_info(about, answer);
        break;
    case WORD_COMMAND:
        answer_command(command, answer);
        break;
    case WORD_CONFIG:
        answer_config(command, answer);
        break;
    case WORD_SELECT:
        answer_select(command, answer);
        break;
    case WORD_CLIENT:
        answer_client(command, answer);
        break;
    case WORD_HELLO:
        answer_hello(command, about, answer);
        break;
    case WORD_QUIT:
        write_ok(answer);
        return REDIS_QUIT;
    case WORD_DEL:
        redis_error(answer, "ERR Dynamo has get and put alone, and nothing is "
                            "deleted; SET an empty value instead");
        break;
    }
    return REDIS_ANSWERED;
}

enum redis_outcome redis_command(const struct command *command,
                                 const struct redis_about *about,
                                 struct buffer *answer, struct buffer *room,
                                 struct request *request,
                                 enum answer_form *form)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (!word_is(command, 0, commands[i].name))
            continue;
        if (command->count < commands[i].least ||
            command->count > commands[i].most) {
            buffer_print(answer,
                         "-ERR wrong number of arguments; it is: %s\r\n",
                         commands[i].usage);
            return REDIS_ANSWERED;
        }
        return run(commands[i].word, command, about, answer, room, request,
                   form);
    }
    refuse_unknown(command->words[0], answer);
    return REDIS_ANSWERED;
}

/* ---- Replies ---- */

/* In hexadecimal digits: to be copied from a terminal to a terminal. */
static void write_context(struct buffer *answer, struct slice context)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *room;

    buffer_print(answer, "$%zu\r\n", 2 * context.size);
    room = buffer_room(answer, 2 * context.size);
    if (room == NULL)
        return; /* the answer says that it has failed */
    for (size_t i = 0; i < context.size; i++) {
        room[2 * i] = (uint8_t)digits[context.data[i] >> 4];
        room[2 * i + 1] = (uint8_t)digits[context.data[i] & 15];
    }
    answer->size += 2 * context.size;
    buffer_add_text(answer, "\r\n");
}

/* "UNAVAILABLE too few nodes answered in time": clients of the Redis protocol
 * take the first word for the kind of the error. */
static void write_code(struct buffer *answer, int code)
{
    const char *name = dyn_error_name(code);

    if (strncmp(name, "DYN_E", 5) == 0)
        name += 5;
    buffer_print(answer, "-%s %s\r\n", strcmp(name, "?") == 0 ? "ERR" : name,
                 dyn_error_text(code));
}

void redis_reply(struct buffer *answer, enum answer_form form,
                 const struct reply *reply)
{
    if (reply->code != DYN_OK) {
        write_code(answer, reply->code);
        return;
    }
    switch (form) {
    case ANSWER_WRITTEN:
        write_ok(answer);
        break;
    case ANSWER_LATER: /* not answered by this reply */
        break;
    case ANSWER_VALUE:
        if (reply->count == 0)
            buffer_add_text(answer, "$-1\r\n");
        else if (reply->count > 1)
            buffer_print(answer,
                         "-CONFLICT %zu versions of this key were written by "
                         "clients that had not read each other's; DYN.GET "
                         "reads them all, and DYN.PUT with its context "
                         "replaces them\r\n",
                         reply->count);
        else
            write_bulk(answer, reply->values[0]);
        break;
    case ANSWER_VALUES:
        write_array(answer, 2);
        write_context(answer, reply->context);
        write_array(answer, reply->count);
        for (size_t i = 0; i < reply->count; i++)
            write_bulk(answer, reply->values[i]);
        break;
    }
}
