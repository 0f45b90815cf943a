/* main.c: dynamo-node, one node of a store in a process of its own.
 *
 * Exit status: 0 after "stop" or when the parent is gone, 64 for a wrong command
 * line, 70 when the node could not begin or go on. */
#define _GNU_SOURCE
#include "dynamo/err.h"
#include "uv/options.h"
#include "uv/runtime.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <uv.h>

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

int main(int argc, char **argv)
{
    struct node_options options;
    struct runtime *runtime = NULL;
    uv_signal_t terminate, interrupt;
    uv_loop_t loop;
    int rv;

    /* Also when it stands still, and would not see its parent's channel end. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    options_read(&options, argc, argv);
    rv = uv_loop_init(&loop);
    if (rv != 0) {
        fprintf(stderr, "dynamo-node: no event loop: %s\n", uv_strerror(rv));
        return EX_SOFTWARE;
    }
    uv_signal_init(&loop, &terminate);
    uv_signal_init(&loop, &interrupt);
    uv_signal_start(&terminate, on_signal, SIGTERM);
    uv_signal_start(&interrupt, on_signal, SIGINT);
    rv = runtime_open(&runtime, &options, &loop);
    if (rv == DYN_OK) {
        uv_run(&loop, UV_RUN_DEFAULT);
        runtime_close(runtime);
    }
    uv_close((uv_handle_t *)&terminate, NULL);
    uv_close((uv_handle_t *)&interrupt, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return rv == DYN_OK ? EX_OK : EX_SOFTWARE;
}
