/* trace.c: see trace.h. */
#define _GNU_SOURCE
#include "uv/trace.h"

#include "dynamo/err.h"
#include "uv/buffer.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_MAX = 60, NS_IN_US = 1000 };

struct trace {
    int fd; /* -1 after it failed */
    node_id node;
    struct buffer text; /* what is not in the file yet */
};

/* ---- Values ---- */

static void put_uint(struct trace *trace, const char *name, uint64_t number)
{
    buffer_print(&trace->text, ",\"%s\":%" PRIu64, name, number);
}

static void put_int(struct trace *trace, const char *name, int64_t number)
{
    buffer_print(&trace->text, ",\"%s\":%" PRId64, name, number);
}

/* Other bytes than printable ASCII, and backslashes, as \xNN; quotes as JSON
 * has them. */
static void put_escaped(struct trace *trace, struct slice bytes)
{
    struct buffer *text = &trace->text;

    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];

        if (byte < ' ' || byte > '~' || byte == '\\')
            buffer_print(text, "\\\\x%02x", byte);
        else if (byte == '"')
            buffer_add_text(text, "\\\"");
        else
            buffer_add(text, &byte, 1);
    }
}

static void put_string(struct trace *trace, struct slice bytes)
{
    struct slice shown = {bytes.data,
                          bytes.size < SHOWN_MAX ? bytes.size : SHOWN_MAX};

    buffer_add_text(&trace->text, "\"");
    put_escaped(trace, shown);
    if (shown.size < bytes.size)
        buffer_print(&trace->text, "...(%zu bytes)", bytes.size);
    buffer_add_text(&trace->text, "\"");
}

static void put_bytes(struct trace *trace, const char *name, struct slice bytes)
{
    buffer_print(&trace->text, ",\"%s\":", name);
    put_string(trace, bytes);
}

static void put_set(struct trace *trace, const char *name, struct slice bytes)
{
    put_bytes(trace, name, bytes);
}

static void put_version(struct trace *trace, const char *name,
                        struct version version)
{
    buffer_print(&trace->text, ",\"%s\":\"%" PRIu64 ".%" PRIu32 "\"", name,
                 version.counter, version.writer);
}

static void put_node(struct trace *trace, const char *name, node_id node)
{
    buffer_print(&trace->text, ",\"%s\":%" PRIu32, name, node);
}

static void put_message_number(struct trace *trace, node_id sender,
                               uint64_t number)
{
    buffer_print(&trace->text, ",\"m\":\"%" PRIu32 ".%" PRIu64 "\"", sender,
                 number);
}

static void put_call(struct trace *trace, const struct call *call)
{
    buffer_print(&trace->text, ",\"call\":\"%u.%" PRIu64 "\"", call->port,
                 call->number);
}

/* ---- The fields of messages, each from message.def ---- */

#define MESSAGE_FIELD(number, type, name, text)                                \
    static void put_field_##name(struct trace *trace,                          \
                                 const struct message *message)                \
    {                                                                          \
        put_##type(trace, #name, message->name);                               \
    }
#include "dynamo/message.def"

static void put_fields(struct trace *trace, const struct message *message)
{
    /* Kinds may well have the same fields. NOLINTBEGIN(bugprone-branch-clone) */
    switch (message->kind) {
#define HAS(name) put_field_##name(trace, message);
#define MAY(name)                                                              \
    if (message->name != 0)                                                    \
        put_field_##name(trace, message);
#define MESSAGE_KIND(number, name, label, fields, text)                        \
    case name:                                                                 \
        fields break;
#include "dynamo/message.def"
#undef HAS
    }
    /* NOLINTEND(bugprone-branch-clone) */
}

/* ---- Lines ---- */

static bool begin(struct trace *trace, const char *event)
{
    if (trace == NULL || trace->fd < 0)
        return false;
    buffer_print(&trace->text, "{\"e\":\"%s\",\"t\":%" PRIu64 ",\"n\":%" PRIu32,
                 event, uv_hrtime() / NS_IN_US, trace->node);
    return true;
}

static void end(struct trace *trace)
{
    buffer_add_text(&trace->text, "}\n");
}

void trace_opened(struct trace *trace, int code)
{
    if (!begin(trace, "open"))
        return;
    put_int(trace, "code", code);
    end(trace);
}

void trace_send(struct trace *trace, node_id to, uint64_t number,
                struct slice bytes)
{
    struct message message;

    if (!begin(trace, "send"))
        return;
    put_uint(trace, "to", to);
    put_message_number(trace, trace->node, number);
    if (message_decode(&message, bytes) == DYN_OK) {
        const char *label = message_label(message.kind);

        put_bytes(trace, "kind",
                  (struct slice){(const uint8_t *)label, strlen(label)});
        put_fields(trace, &message);
    } else {
        buffer_add_text(&trace->text, ",\"kind\":\"?\"");
    }
    end(trace);
}

void trace_receive(struct trace *trace, node_id from, uint64_t number)
{
    if (!begin(trace, "recv"))
        return;
    put_uint(trace, "from", from);
    put_message_number(trace, from, number);
    end(trace);
}

void trace_lose(struct trace *trace, node_id sender, uint64_t number,
                const char *why)
{
    if (!begin(trace, "lose"))
        return;
    put_message_number(trace, sender, number);
    buffer_print(&trace->text, ",\"why\":\"%s\"", why);
    end(trace);
}

void trace_timer(struct trace *trace, timer_id timer, uint64_t after_ms,
                 int kind, uint64_t arg)
{
    if (!begin(trace, "timer"))
        return;
    put_uint(trace, "timer", timer);
    put_uint(trace, "after_ms", after_ms);
    put_int(trace, "kind", kind);
    put_uint(trace, "arg", arg);
    end(trace);
}

void trace_fire(struct trace *trace, timer_id timer, int kind, uint64_t arg)
{
    if (!begin(trace, "fire"))
        return;
    put_uint(trace, "timer", timer);
    put_int(trace, "kind", kind);
    put_uint(trace, "arg", arg);
    end(trace);
}

void trace_cancel(struct trace *trace, timer_id timer)
{
    if (!begin(trace, "cancel"))
        return;
    put_uint(trace, "timer", timer);
    end(trace);
}

void trace_put(struct trace *trace, struct slice key, const struct slice *value)
{
    if (!begin(trace, value != NULL ? "put" : "delete"))
        return;
    put_bytes(trace, "key", key);
    if (value != NULL)
        put_bytes(trace, "value", *value);
    end(trace);
}

void trace_sync(struct trace *trace)
{
    if (begin(trace, "sync"))
        end(trace);
}

void trace_note(struct trace *trace, struct slice text)
{
    if (!begin(trace, "note"))
        return;
    buffer_add_text(&trace->text, ",\"text\":\"");
    put_escaped(trace, text);
    buffer_add_text(&trace->text, "\"");
    end(trace);
}

void trace_request(struct trace *trace, const struct call *call, request_id id)
{
    if (!begin(trace, "request"))
        return;
    put_call(trace, call);
    put_uint(trace, "request", id);
    end(trace);
}

void trace_reply(struct trace *trace, const struct call *call, request_id id,
                 const struct reply *reply)
{
    if (!begin(trace, "reply"))
        return;
    put_call(trace, call);
    put_uint(trace, "request", id);
    put_int(trace, "code", reply->code);
    buffer_add_text(&trace->text, ",\"values\":[");
    for (size_t i = 0; i < reply->count; i++) {
        if (i > 0)
            buffer_add_text(&trace->text, ",");
        put_string(trace, reply->values[i]);
    }
    buffer_add_text(&trace->text, "]");
    end(trace);
}

/* ---- The file ---- */

static void describe(struct trace *trace, const struct node_options *options)
{
    const struct config *config = &options->config;
    struct buffer *text = &trace->text;

    buffer_add_text(text, "{\"trace\":1,\"world\":\"real\"");
    buffer_print(text, ",\"program\":\"%s\",\"nodes\":[", options->program);
    for (size_t i = 0; i < config->member_count; i++)
        buffer_print(text, "%s%" PRIu32, i > 0 ? "," : "", config->members[i]);
    buffer_add_text(text, "]");
    put_uint(trace, "n", config->n);
    put_uint(trace, "r", config->r);
    put_uint(trace, "w", config->w);
    put_uint(trace, "f", config->f);
    put_uint(trace, "node", config->self);
    end(trace);
}

int trace_open(struct trace **trace, const struct node_options *options,
               const char **why)
{
    struct trace *made;

    *trace = NULL;
    if (options->trace == NULL)
        return DYN_OK;
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        *why = "no memory";
        return DYN_ENOMEM;
    }
    made->node = options->config.self;
    made->fd =
        open(options->trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (made->fd < 0) {
        *why = strerror(errno);
        free(made);
        return DYN_EIO;
    }
    describe(made, options);
    *trace = made;
    return DYN_OK;
}

bool trace_flush(struct trace *trace)
{
    size_t done = 0;
    int error = 0;

    if (trace == NULL || trace->fd < 0 || trace->text.size == 0)
        return true;
    while (error == 0 && done < trace->text.size) {
        ssize_t put =
            write(trace->fd, trace->text.data + done, trace->text.size - done);

        if (put >= 0)
            done += (size_t)put;
        else if (errno != EINTR)
            error = errno;
    }
    if (trace->text.failed)
        error = ENOMEM;
    buffer_take(&trace->text, trace->text.size);
    if (error == 0)
        return true;
    close(trace->fd);
    trace->fd = -1;
    errno = error;
    return false;
}

void trace_close(struct trace *trace)
{
    if (trace == NULL)
        return;
    trace_flush(trace);
    if (trace->fd >= 0)
        close(trace->fd);
    buffer_free(&trace->text);
    free(trace);
}
