/* runtime.c: see runtime.h. */
#define _GNU_SOURCE
#include "uv/runtime.h"

#include "dynamo/err.h"
#include "uv/programs.h"
#include "uv/turn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* ---- The parent ---- */

static int on_peer(void *owner, node_id peer, const struct sockaddr_in *address)
{
    struct runtime *runtime = owner;

    return peers_address(runtime->peers, peer, address);
}

static void on_stop(void *owner)
{
    struct runtime *runtime = owner;

    uv_stop(runtime->loop);
}

static void on_gone(void *owner)
{
    (void)owner;
    _Exit(EX_OK);
}

static void report(struct runtime *runtime)
{
    char line[128];

    snprintf(line, sizeof line, "node %" PRIu32 " peer %u client %u\n",
             runtime->about.node, runtime->about.peer_port,
             runtime->about.client_port);
    control_say(runtime->control, line);
}

/* ---- Opening ---- */

static int open_store(struct runtime *runtime)
{
    const struct node_options *options = runtime->options;
    const char *why = dyn_error_text(DYN_ENOMEM);
    int rv = DYN_ENOMEM;

    if (options->store_folder == NULL) {
        runtime->store = store_memory();
        rv = runtime->store != NULL ? DYN_OK : DYN_ENOMEM;
    } else {
        rv = store_lmdb(&runtime->store, options->store_folder,
                        options->store_bytes, &why);
    }
    if (rv != DYN_OK)
        runtime_complain(runtime, "the store cannot be opened", why);
    return rv;
}

static int open_program(struct runtime *runtime)
{
    const struct node_options *options = runtime->options;
    uint64_t seed = options->random_seed;
    int rv;

    runtime->program = program_named(options->program);
    if (runtime->program == NULL) {
        runtime_complain(
            runtime, options->program,
            "there is no such --program here; build dynamo-node with it");
        return DYN_ENOENT;
    }
    if (seed == 0 && uv_random(NULL, NULL, &seed, sizeof seed, 0, NULL) != 0)
        seed = uv_hrtime();
    runtime->env = env_open(runtime->store, seed);
    if (runtime->env == NULL) {
        runtime_complain(runtime, "the env", dyn_error_text(DYN_ENOMEM));
        return DYN_ENOMEM;
    }
    turn_begin(runtime);
    rv = runtime->program->open(&runtime->node, &options->config, runtime->env);
    trace_opened(runtime->trace, rv);
    if (rv != DYN_OK) {
        runtime->node = NULL;
        runtime_complain(runtime, "the program's open", dyn_error_text(rv));
        return rv;
    }
    turn_finish(runtime);
    return DYN_OK;
}

static int open_inbox(struct runtime *runtime)
{
    const struct config *config = &runtime->options->config;
    const struct inbox_setup setup = {
        .loop = runtime->loop,
        .self = config->self,
        .members = config->members,
        .member_count = config->member_count,
        .counts = &runtime->counts,
        .received = turn_frame,
        .owner = runtime,
    };
    int rv;

    runtime->about.peer_port = runtime->options->port;
    rv = inbox_open(&runtime->inbox, &setup, &runtime->about.peer_port);
    if (rv != 0)
        runtime_complain(runtime, "the port for peers", uv_strerror(rv));
    return rv == 0 ? DYN_OK : DYN_EIO;
}

static int open_clients(struct runtime *runtime)
{
    const struct clients_setup setup = {
        .loop = runtime->loop,
        .about = &runtime->about,
        .counts = &runtime->counts,
        .gets = &runtime->gets,
        .puts = &runtime->puts,
        .asked = turn_request,
        .owner = runtime,
    };
    int rv;

    runtime->about.client_port = runtime->options->client_port;
    rv = clients_open(&runtime->clients, &setup, &runtime->about.client_port);
    if (rv != 0)
        runtime_complain(runtime, "the port for clients", uv_strerror(rv));
    return rv == 0 ? DYN_OK : DYN_EIO;
}

static int open_control(struct runtime *runtime)
{
    const struct control_setup setup = {
        .loop = runtime->loop,
        .fd = runtime->options->control_fd,
        .peer = on_peer,
        .stop = on_stop,
        .gone = on_gone,
        .owner = runtime,
    };
    int rv = control_open(&runtime->control, &setup);

    if (rv != 0)
        runtime_complain(
            runtime,
            "the parent's channel must be a pipe, a socket or a terminal",
            uv_strerror(rv));
    return rv == 0 ? DYN_OK : DYN_EIO;
}

static int open_trace(struct runtime *runtime)
{
    const char *why;
    int rv = trace_open(&runtime->trace, runtime->options, &why);

    if (rv != DYN_OK)
        runtime_complain(runtime, "the trace cannot be written", why);
    return rv;
}

int runtime_open(struct runtime **runtime, const struct node_options *options,
                 uv_loop_t *loop)
{
    struct runtime *made = calloc(1, sizeof *made);
    int rv = DYN_ENOMEM;

    if (made == NULL)
        return rv;
    made->loop = loop;
    made->options = options;
    /* Also after a restart no number is used again: fewer than one message a
     * nanosecond is sent. */
    made->number = uv_hrtime();
    made->about = (struct redis_about){
        .node = options->config.self,
        .program = options->program,
        .contexts = program_has_contexts(options->program),
        .membership = options->config.gossip_ms > 0 &&
                      program_has_membership(options->program),
        .counts = &made->counts,
        .gets = &made->gets,
        .puts = &made->puts};
    turn_start(made);
    made->timers = timers_open(loop, turn_timer, made);
    made->peers = peers_open(loop, options->config.self, options->members,
                             options->config.member_count, &made->counts);
    if (made->timers == NULL || made->peers == NULL) {
        runtime_complain(made, "the node", dyn_error_text(rv));
        goto end;
    }
    if ((rv = open_trace(made)) != DYN_OK || (rv = open_store(made)) != DYN_OK)
        goto end;
    /* The program may reply and send as soon as it is open. */
    if ((rv = open_clients(made)) != DYN_OK ||
        (rv = open_program(made)) != DYN_OK ||
        (rv = open_inbox(made)) != DYN_OK ||
        (rv = open_control(made)) != DYN_OK)
        goto end;
    report(made);
    *runtime = made;
end:
    if (rv != DYN_OK)
        runtime_close(made);
    return rv;
}

/* ---- Closing ---- */

static void free_runtime(uv_handle_t *handle)
{
    struct runtime *runtime = handle->data;

    if (--runtime->handles > 0)
        return;
    buffer_free(&runtime->own);
    free(runtime);
}

void runtime_close(struct runtime *runtime)
{
    if (runtime == NULL)
        return;
    if (runtime->node != NULL) {
        turn_commit(runtime);
        runtime->program->close(runtime->node);
    }
    control_close(runtime->control);
    clients_close(runtime->clients);
    inbox_close(runtime->inbox);
    peers_close(runtime->peers);
    timers_close(runtime->timers);
    if (runtime->env != NULL)
        env_close(runtime->env);
    if (runtime->store != NULL)
        runtime->store->engine->close(runtime->store);
    trace_close(runtime->trace);
    /* Last: what the others' handles still point to lives as long. */
    uv_close((uv_handle_t *)&runtime->turn, free_runtime);
    uv_close((uv_handle_t *)&runtime->again, free_runtime);
}
