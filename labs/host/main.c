/* main.c: the process that student code lives in when it is tested.
 *
 *     host [--heap-mb=N] [--fill=N]           a nursery (nursery.h) on the socket at
 *                                             descriptor 3; in each of its hosts calls
 *                                             come over descriptor 3, the answers go to
 *                                             descriptor 4
 *     host --replay FILE [--heap-mb=N]        calls come from a saved script
 *
 * It knows no test and no expected value: it does what it is told and answers
 * what the student's functions returned. A frame is a length (4 bytes, little
 * endian) and that many bytes of MessagePack: an array of calls (calls.h); the
 * answers go back the same way. A script is a file of such frames. */
#define _GNU_SOURCE
#include "calls.h"
#include "events.h"
#include "heap.h"
#include "lockdown.h"
#include "nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <msgpuck.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTROL = 3, FRAME_MAX = 64 << 20 };

/* The sanitizers' settings, here because a sandbox clears the environment: die
 * of the first report, leave files and lines to the reader of the report. What is
 * freed stays forbidden until 4 MB more were freed: with more of it each allocation
 * is memory that no cache holds, and lockstep a fifth slower. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "symbolize=0:detect_leaks=0:exitcode=99:abort_on_error=0:"
           "allocator_may_return_null=1:quarantine_size_mb=4:"
           "detect_stack_use_after_return=1:print_legend=0:"
           "strict_string_checks=1:handle_abort=0:malloc_context_size=12:"
           "intercept_tls_get_addr=0";
}

const char *__ubsan_default_options(void)
{
    return "symbolize=0:print_stacktrace=1:halt_on_error=1:exitcode=99";
}

/* Frames as they come in. The judge waits for an answer before it sends the
 * next one, so that mostly one read brings one whole frame. */
struct inbox {
    int fd;
    char *data;
    size_t begin, end, capacity;
};

/* Reads until there are `size` bytes. False: the channel ended before the
 * first of them. */
static bool fill(struct inbox *inbox, size_t size)
{
    if (inbox->begin + size > inbox->capacity) {
        size_t capacity = size > 1 << 16 ? size : 1 << 16;
        char *data = malloc(capacity);

        if (data == NULL)
            host_fail("no memory for a frame");
        inbox->end -= inbox->begin;
        if (inbox->end > 0)
            memcpy(data, inbox->data + inbox->begin, inbox->end);
        free(inbox->data);
        inbox->data = data;
        inbox->capacity = capacity;
        inbox->begin = 0;
    }
    while (inbox->end - inbox->begin < size) {
        ssize_t got = read(inbox->fd, inbox->data + inbox->end,
                           inbox->capacity - inbox->end);

        if (got == 0 && inbox->begin == inbox->end)
            return false;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            host_fail("the channel closed within a frame");
        inbox->end += (size_t)got;
    }
    return true;
}

static void write_whole(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t put = write(fd, at, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            host_fail("the channel does not take the answer");
        at += put;
        size -= (size_t)put;
    }
}

/* The next frame's bytes, borrowed until the next call, or NULL at the end. */
static const char *next_frame(struct inbox *inbox)
{
    const char *frame, *end;
    uint32_t size;

    if (inbox->begin == inbox->end)
        inbox->begin = inbox->end = 0;
    if (!fill(inbox, sizeof size))
        return NULL;
    memcpy(&size, inbox->data + inbox->begin, sizeof size);
    if (size == 0 || size > FRAME_MAX)
        host_fail("malformed frame: its length is out of range");
    if (!fill(inbox, sizeof size + size))
        host_fail("the channel closed within a frame");
    frame = end = inbox->data + inbox->begin + sizeof size;
    inbox->begin += sizeof size + size;
    if (mp_check(&end, frame + size) != 0 || end != frame + size)
        host_fail("malformed frame: not MessagePack");
    return frame;
}

static const struct call *find_call(struct slice name)
{
    const struct call *const tables[] = {event_calls, lab_calls, heap_calls};

    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct call *call = tables[t]; call->name != NULL; call++)
            if (strlen(call->name) == name.size &&
                memcmp(call->name, name.data, name.size) == 0)
                return call;
    host_fail("malformed call: no function of that name");
}

/* A place to stop at in the debugger: the call numbered `step` (from 1) is
 * about to be made. */
void host_before_step(unsigned long step);

__attribute__((noinline)) void host_before_step(unsigned long step)
{
    __asm__ volatile("" : : "r"(step));
}

static void run_call(struct reader *in, struct writer *out, bool show)
{
    static unsigned long step;
    const char *start = in->at;
    uint32_t elements = read_array(in);
    const struct call *call;
    size_t answer = out->size;

    if (elements == 0)
        host_fail("malformed call: it is empty");
    call = find_call(read_string(in));
    if (elements != call->arguments + 1)
        host_fail("malformed call: a wrong number of arguments");
    step++;
    if (show) {
        printf("%5lu  ", step);
        mp_fprint(stdout, start);
        fflush(stdout);
        host_before_step(step);
    }
    call->run(in, out);
    if (show) {
        printf("\n    ->  ");
        mp_fprint(stdout, out->data + answer);
        printf("\n");
    }
}

static void serve(int in, int out, bool show)
{
    struct inbox inbox = {.fd = in};
    struct writer answers = {NULL, 0, 0};
    uint32_t size = 0, calls;
    const char *frame;

    while ((frame = next_frame(&inbox)) != NULL) {
        struct reader reader = {frame};

        calls = read_array(&reader);
        answers.size = 0;
        write_raw(&answers, &size, sizeof size); /* room for the length */
        write_array(&answers, calls);
        for (uint32_t i = 0; i < calls; i++)
            run_call(&reader, &answers, show);
        size = (uint32_t)(answers.size - sizeof size);
        memcpy(answers.data, &size, sizeof size);
        if (out >= 0) {
            fflush(stdout);
            write_whole(out, answers.data, answers.size);
        }
    }
    free(answers.data);
    free(inbox.data);
}

int main(int argc, char **argv)
{
    const char *script = NULL;
    size_t heap_mb = 512;
    unsigned fill = 0xa5;
    int rv;

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--heap-mb=", 10) == 0)
            heap_mb = strtoul(argv[i] + 10, NULL, 10);
        else if (strncmp(argv[i], "--fill=", 7) == 0)
            fill = (unsigned)strtoul(argv[i] + 7, NULL, 0);
        else if (strcmp(argv[i], "--replay") == 0 && i + 1 < argc)
            script = argv[++i];
        else
            host_fail("usage: host [--heap-mb=N] [--fill=N] [--replay FILE]");
    }
    heap_configure(heap_mb << 20, (uint8_t)fill);
    if (script != NULL) {
        int fd = open(script, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            host_fail("the script cannot be opened");
        serve(fd, -1, true);
        return 0;
    }
    rv = lockdown_prepare((heap_mb * 2 + 256) << 20);
    nursery_serve(CONTROL);
    if (rv == 0)
        rv = lockdown();
    if (rv != 0)
        fprintf(stderr, "host: no seccomp here (%s); going on without\n",
                strerror(-rv));
    serve(HOST_CALLS, HOST_ANSWERS, false);
    _exit(0); /* nothing is left to be tidied up, and no destructor to be run */
}
