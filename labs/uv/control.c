/* control.c: see control.h. */
#define _GNU_SOURCE
#include "uv/control.h"

#include "dynamo/err.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE_MAX = 256 };

/* Pipe, socket or terminal: whatever it is, it can be polled and read. */
struct control {
    uv_poll_t poll; /* first: its address is the control's */
    struct control_setup setup;
    int in, out;
    char line[LINE_SIZE_MAX];
    size_t size;
};

static void complain(const char *line, const char *text)
{
    fprintf(stderr, "dynamo-node: control line '%s': %s\n", line, text);
}

/* ---- Lines ---- */

static void take_peer(struct control *control, const char *line)
{
    struct sockaddr_in address;
    char host[64], rest;
    unsigned long id, port;

    if (sscanf(line, "peer %lu %63s %lu %c", &id, host, &port, &rest) != 3 ||
        id > UINT32_MAX || port < 1 || port > UINT16_MAX ||
        uv_ip4_addr(host, (int)port, &address) != 0)
        complain(line, "it is to be as 'peer 2 127.0.0.1 40011'");
    else if (control->setup.peer(control->setup.owner, (node_id)id, &address) !=
             DYN_OK)
        complain(line, "no other member has this number");
}

static void take_line(struct control *control, const char *line)
{
    if (strncmp(line, "peer ", 5) == 0)
        take_peer(control, line);
    else if (strcmp(line, "stop") == 0)
        control->setup.stop(control->setup.owner);
    else if (line[0] != '\0')
        complain(line, "there are 'peer' and 'stop'");
}

static void take_lines(struct control *control)
{
    char *end;

    while ((end = memchr(control->line, '\n', control->size)) != NULL) {
        size_t used = (size_t)(end - control->line) + 1;

        *end = '\0';
        take_line(control, control->line);
        control->size -= used;
        memmove(control->line, control->line + used, control->size);
    }
    if (control->size == LINE_SIZE_MAX) {
        control->line[LINE_SIZE_MAX - 1] = '\0';
        complain(control->line, "it is too long");
        control->size = 0;
    }
}

/* ---- The descriptor ---- */

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct control *control = (struct control *)poll;
    ssize_t got = 0;

    (void)events;
    if (status == 0)
        got = read(control->in, control->line + control->size,
                   LINE_SIZE_MAX - control->size);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        uv_poll_stop(poll);
        control->setup.gone(control->setup.owner);
        return;
    }
    control->size += (size_t)got;
    take_lines(control);
}

static void free_control(uv_handle_t *handle)
{
    free(handle); /* the control that begins with it */
}

int control_open(struct control **control, const struct control_setup *setup)
{
    struct control *made = calloc(1, sizeof *made);
    int rv;

    if (made == NULL)
        return UV_ENOMEM;
    made->setup = *setup;
    made->in = setup->fd >= 0 ? setup->fd : STDIN_FILENO;
    made->out = setup->fd >= 0 ? setup->fd : STDOUT_FILENO;
    rv = uv_poll_init(setup->loop, &made->poll, made->in);
    if (rv != 0) {
        free(made);
        return rv;
    }
    rv = uv_poll_start(&made->poll, UV_READABLE, on_event);
    if (rv != 0) {
        uv_close((uv_handle_t *)&made->poll, free_control);
        return rv;
    }
    *control = made;
    return 0;
}

void control_say(struct control *control, const char *line)
{
    size_t size = strlen(line), done = 0;

    while (done < size) {
        ssize_t put = write(control->out, line + done, size - done);

        if (put >= 0)
            done += (size_t)put;
        else if (errno != EINTR)
            return;
    }
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    uv_poll_stop(&control->poll);
    uv_close((uv_handle_t *)&control->poll, free_control);
}
