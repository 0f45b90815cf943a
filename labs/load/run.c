/* run.c: see run.h. */
#define _GNU_SOURCE
#include "load/run.h"

#include "load/alarm.h"
#include "load/connection.h"
#include "load/progress.h"
#include "load/request.h"
#include "load/schedule.h"
#include "load/targets.h"
#include "load/verdict.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include <uv.h>

enum {
    NS_IN_US = 1000,
    TICK_MS = 100,
    START_MS = 5000, /* to connect to who does not even refuse */
    WHY_MAX = 100,
};

static const double NS_IN_S = 1e9;

enum phase {
    STARTING, /* until every connection is up, or has failed once */
    SENDING,
    DRAINING, /* nothing is sent, but answers are due */
    FINISHED,
};

struct load;

/* A connection, and whether it waits for something to send. */
struct slot {
    struct load *load;
    struct connection *connection;
    const struct target *target;
    bool tried; /* it was up, or could not be made */
    bool listed;
    uint64_t free_since_ns; /* when it is listed */
    char why[WHY_MAX];      /* it could not be made */
    struct slot *prev, *next;
};

struct load {
    const struct load_options *options;
    struct result *result;
    struct tally *tally;
    struct writer writer;
    struct schedule schedule;
    uv_loop_t loop;
    struct sockaddr_storage addresses[TARGETS_MAX];
    struct slot *slots, *ready; /* ready: who waited longest first */
    struct alarm alarm;         /* when the next request is due */
    uv_timer_t tick, deadline;  /* the deadline is the phase's */
    uv_signal_t interrupt, terminate;
    enum phase phase;
    uint64_t begin_ns, counted_from_ns, end_ns; /* no end: 0 */
    uint64_t counted;                           /* operations */
    uint64_t last_answer_ns, last_up_ns;
    size_t under_way, rows_shown;
    char room[CONNECTION_READ_SIZE];
};

static bool is_open_loop(const struct load *load)
{
    return load->options->rate > 0;
}

/* ---- The end ---- */

/* What was due and is not sent, when nothing is sent any more. */
static uint64_t count_never_sent(const struct load *load, uint64_t until_ns)
{
    struct schedule schedule = load->schedule;
    uint64_t most = load->options->requests, count = 0;

    while (most == 0 || load->counted + count < most) {
        uint64_t due_ns = load->begin_ns + schedule_next_ns(&schedule);

        if (due_ns >= until_ns)
            break;
        count += due_ns >= load->counted_from_ns;
        schedule_pass(&schedule);
    }
    return count;
}

static double seconds_counted(const struct load *load, uint64_t now_ns)
{
    uint64_t until_ns = now_ns;

    if (load->result->end == RUN_REQUESTS && load->last_answer_ns > 0)
        until_ns = load->last_answer_ns;
    else if (load->result->end == RUN_TIME)
        until_ns = load->last_answer_ns > load->end_ns ? load->last_answer_ns
                                                       : load->end_ns;
    return until_ns > load->counted_from_ns
               ? (double)(until_ns - load->counted_from_ns) / NS_IN_S
               : 0;
}

static void close_handles(struct load *load)
{
    for (size_t i = 0; i < load->options->connections; i++)
        connection_close(load->slots[i].connection);
    alarm_close(&load->alarm);
    uv_close((uv_handle_t *)&load->tick, NULL);
    uv_close((uv_handle_t *)&load->deadline, NULL);
    uv_close((uv_handle_t *)&load->interrupt, NULL);
    uv_close((uv_handle_t *)&load->terminate, NULL);
}

/* Brings the rows up to date. */
static void pass_time(struct load *load, uint64_t now_ns)
{
    if (load->phase != STARTING && now_ns > load->counted_from_ns)
        tally_seconds(
            load->tally,
            (uint64_t)((double)(now_ns - load->counted_from_ns) / NS_IN_S));
}

static void finish(struct load *load)
{
    uint64_t now_ns = uv_hrtime();

    if (load->phase == FINISHED)
        return;
    if (load->phase != STARTING) {
        pass_time(load, now_ns);
        tally_end(load->tally);
        load->result->elapsed_s = seconds_counted(load, now_ns);
        if (is_open_loop(load))
            load->tally->never_sent = count_never_sent(
                load, load->end_ns > 0 && load->end_ns < now_ns ? load->end_ns
                                                                : now_ns);
    }
    load->tally->unanswered = load->under_way;
    load->phase = FINISHED;
    close_handles(load);
}

static void on_drained(uv_timer_t *timer)
{
    finish(timer->data);
}

static void finish_if_drained(struct load *load)
{
    if (load->phase == DRAINING && load->under_way == 0)
        finish(load);
}

static void drain(struct load *load, enum run_end end)
{
    if (load->phase != SENDING)
        return;
    load->phase = DRAINING;
    load->result->end = end;
    /* Those that will not answer are to time out before. */
    uv_timer_start(&load->deadline, on_drained,
                   (uint64_t)(load->options->timeout_s * 1000) + 5 * TICK_MS,
                   0);
    finish_if_drained(load);
}

static void end_early(struct load *load, enum run_end end)
{
    load->result->end = end;
    finish(load);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    end_early(handle->data, RUN_INTERRUPTED);
}

/* ---- Sending ---- */

/* The next request, if one is due. */
static bool next_flight(struct load *load, struct flight *flight)
{
    uint64_t now_ns = uv_hrtime(), due_ns = now_ns;

    if (load->phase != SENDING)
        return false;
    if (is_open_loop(load))
        due_ns = load->begin_ns + schedule_next_ns(&load->schedule);
    /* What is due before the end is sent after it too, if somebody is free. */
    if (load->end_ns > 0 && due_ns >= load->end_ns) {
        drain(load, RUN_TIME);
        return false;
    }
    if (due_ns > now_ns) {
        alarm_set(&load->alarm, due_ns);
        return false;
    }
    *flight = (struct flight){
        .op = stream_op(&load->writer.stream, load->writer.count),
        .due_ns = due_ns,
        .sent_ns = now_ns,
        .counted = due_ns >= load->counted_from_ns,
    };
    return true;
}

static void send_one(struct load *load, struct slot *slot,
                     const struct flight *flight)
{
    /* Without memory it is lost when the buffer is flushed. */
    request_write(connection_buffer(slot->connection), &load->writer,
                  &flight->op);
    connection_ask(slot->connection, flight);
    load->writer.count++;
    load->under_way++;
    schedule_pass(&load->schedule);
    if (!flight->counted)
        return;
    tally_sent(load->tally, (flight->sent_ns - flight->due_ns) / NS_IN_US,
               slot->free_since_ns <= flight->due_ns);
    load->counted++;
}

/* In a closed loop all that there is room for goes in one write; in an open
 * one requests are spread over the connections. */
static bool send_by(struct load *load, struct slot *slot)
{
    size_t most =
        is_open_loop(load) ? 1 : connection_vacancies(slot->connection);
    uint64_t wanted = load->options->requests;
    struct flight flight;
    size_t sent = 0;

    while (sent < most && next_flight(load, &flight)) {
        send_one(load, slot, &flight);
        sent++;
        if (wanted > 0 && load->counted == wanted) {
            drain(load, RUN_REQUESTS);
            break;
        }
    }
    if (sent > 0)
        connection_flush(slot->connection);
    return sent > 0;
}

static void unlist(struct slot *slot)
{
    if (slot->listed)
        DL_DELETE(slot->load->ready, slot);
    slot->listed = false;
}

static void list(struct slot *slot)
{
    if (slot->listed || connection_vacancies(slot->connection) == 0)
        return;
    DL_APPEND(slot->load->ready, slot);
    slot->listed = true;
    slot->free_since_ns = uv_hrtime();
}

/* Who has sent goes to the end. */
static void take_turns(struct slot *slot)
{
    if (connection_vacancies(slot->connection) == 0) {
        unlist(slot);
    } else if (slot->listed) {
        DL_DELETE(slot->load->ready, slot);
        DL_APPEND(slot->load->ready, slot);
    }
}

/* Sends what is due while somebody is free to send it. */
static void pump(struct load *load)
{
    while (load->phase == SENDING && load->ready != NULL) {
        struct slot *slot = load->ready;

        if (!send_by(load, slot))
            return;
        take_turns(slot);
    }
}

static void on_alarm(void *owner)
{
    pump(owner);
}

static void on_time_over(uv_timer_t *timer)
{
    pump(timer->data);
    drain(timer->data, RUN_TIME);
}

/* ---- The beginning ---- */

static size_t count_up(const struct load *load, const struct target *target)
{
    size_t count = 0;

    for (size_t i = 0; i < load->options->connections; i++)
        count += connection_is_up(load->slots[i].connection) &&
                 (target == NULL || load->slots[i].target == target);
    return count;
}

/* Names the targets that no connection has reached. */
static void name_unreached(const struct load *load)
{
    for (size_t i = 0; i < load->options->target_count; i++) {
        /* The first connections go to the targets in their order. */
        const struct slot *slot = &load->slots[i];

        if (count_up(load, slot->target) == 0)
            fprintf(stderr, "dynamo-load: %s cannot be reached: %s\n",
                    slot->target->name,
                    slot->why[0] != '\0' ? slot->why : "it does not answer");
    }
}

static void begin(struct load *load)
{
    const struct load_options *options = load->options;

    if (load->phase != STARTING)
        return;
    name_unreached(load);
    if (count_up(load, NULL) == 0) {
        end_early(load, RUN_UNREACHABLE);
        return;
    }
    load->phase = SENDING;
    load->begin_ns = load->last_up_ns = uv_hrtime();
    load->result->began = time(NULL);
    load->counted_from_ns =
        load->begin_ns + (uint64_t)(options->warmup_s * NS_IN_S);
    uv_timer_stop(&load->deadline);
    if (options->seconds > 0) {
        load->end_ns =
            load->counted_from_ns + (uint64_t)(options->seconds * NS_IN_S);
        uv_update_time(&load->loop);
        uv_timer_start(
            &load->deadline, on_time_over,
            (uint64_t)((options->warmup_s + options->seconds) * 1000) + 1, 0);
    }
    for (size_t i = 0; i < options->connections; i++)
        list(&load->slots[i]);
    pump(load);
}

static void on_start_over(uv_timer_t *timer)
{
    begin(timer->data);
}

static void begin_if_all_tried(struct load *load)
{
    for (size_t i = 0; i < load->options->connections; i++)
        if (!load->slots[i].tried)
            return;
    begin(load);
}

/* ---- What connections tell ---- */

static void on_ready(void *owner)
{
    struct slot *slot = owner;
    struct load *load = slot->load;

    if (load->phase == STARTING) {
        slot->tried = true;
        begin_if_all_tried(load);
    } else {
        list(slot);
        pump(load);
    }
}

static void on_answered(void *owner, const struct flight *flight,
                        const struct answer *answer)
{
    struct load *load = ((struct slot *)owner)->load;
    uint64_t now_ns = uv_hrtime();

    load->under_way--;
    pass_time(load, now_ns);
    if (flight->counted)
        load->last_answer_ns = now_ns;
    verdict_count(load->tally, &load->writer, flight, answer, now_ns);
    finish_if_drained(load);
}

static void on_lost(void *owner, const struct flight *flight, const char *kind,
                    const char *why)
{
    struct load *load = ((struct slot *)owner)->load;

    if (load->phase == FINISHED)
        return;
    load->under_way--;
    pass_time(load, uv_hrtime());
    if (flight->counted)
        tally_error(load->tally, kind, why, strlen(why));
    finish_if_drained(load);
}

static void on_broke(void *owner, bool was_up, const char *why)
{
    struct slot *slot = owner;
    struct load *load = slot->load;

    unlist(slot);
    if (load->phase == STARTING) {
        snprintf(slot->why, sizeof slot->why, "%s", why);
        slot->tried = true;
        begin_if_all_tried(load);
    } else if (load->phase != FINISHED) {
        tally_broke(load->tally, was_up, why);
    }
}

/* ---- Ten times a second ---- */

static void on_tick(uv_timer_t *timer)
{
    struct load *load = timer->data;
    uint64_t now_ns = uv_hrtime();
    uint64_t patience_ns = (uint64_t)(load->options->timeout_s * NS_IN_S);

    if (load->phase == STARTING)
        return;
    pass_time(load, now_ns);
    if (load->tally->row_count > load->rows_shown)
        progress_show(load->options, load->tally);
    load->rows_shown = load->tally->row_count;
    if (now_ns > patience_ns)
        for (size_t i = 0; i < load->options->connections; i++)
            connection_expire(load->slots[i].connection, now_ns - patience_ns);
    if (load->phase == FINISHED)
        return;
    if (count_up(load, NULL) > 0)
        load->last_up_ns = now_ns;
    /* Without a time to end at, it would go on for ever. */
    else if (load->end_ns == 0 && now_ns - load->last_up_ns > patience_ns)
        end_early(load, RUN_UNREACHABLE);
}

/* ---- A load ---- */

static int open_connections(struct load *load)
{
    static const struct connection_watcher watcher = {on_ready, on_answered,
                                                      on_lost, on_broke};
    const struct load_options *options = load->options;

    for (size_t i = 0; i < options->connections; i++) {
        size_t target = i % options->target_count;
        struct slot *slot = &load->slots[i];
        const struct connection_setup setup = {
            .loop = &load->loop,
            .address = (const struct sockaddr *)&load->addresses[target],
            .most = options->pipeline,
            .room = load->room,
            .watcher = &watcher,
            .owner = slot};

        slot->load = load;
        slot->target = &options->targets[target];
        slot->connection = connection_open(&setup);
        if (slot->connection == NULL)
            return UV_ENOMEM;
    }
    return 0;
}

/* From here on the handles are to be closed. */
static int open_handles(struct load *load)
{
    int rv = alarm_open(&load->alarm, &load->loop, on_alarm, load);

    if (rv != 0)
        return rv;
    uv_timer_init(&load->loop, &load->tick);
    uv_timer_init(&load->loop, &load->deadline);
    uv_signal_init(&load->loop, &load->interrupt);
    uv_signal_init(&load->loop, &load->terminate);
    load->tick.data = load->deadline.data = load;
    load->interrupt.data = load->terminate.data = load;
    uv_timer_start(&load->tick, on_tick, TICK_MS, TICK_MS);
    uv_timer_start(&load->deadline, on_start_over, START_MS, 0);
    uv_signal_start(&load->interrupt, on_signal, SIGINT);
    uv_signal_start(&load->terminate, on_signal, SIGTERM);
    return 0;
}

static int run(struct load *load)
{
    int rv = targets_resolve(load->options, &load->loop, load->addresses);

    if (rv != 0)
        return -1;
    rv = open_handles(load);
    if (rv == 0) {
        rv = open_connections(load);
        if (rv != 0)
            finish(load);
        uv_run(&load->loop, UV_RUN_DEFAULT);
    }
    if (rv != 0)
        fprintf(stderr, "dynamo-load: cannot begin: %s\n", uv_strerror(rv));
    /* It has been said that there was nobody. */
    if (load->begin_ns == 0 && load->result->end == RUN_UNREACHABLE)
        rv = -1;
    return rv == 0 ? 0 : -1;
}

static uint32_t draw_run(void)
{
    uint32_t run = 0;

    if (uv_random(NULL, NULL, &run, sizeof run, 0, NULL) != 0)
        run = (uint32_t)uv_hrtime();
    return run & VALUE_RUN_MAX;
}

int run_load(const struct load_options *options, struct result *result)
{
    struct load *load = calloc(1, sizeof *load);
    struct tally *tally = tally_open();
    int rv = -1;

    *result =
        (struct result){.tally = tally, .run = draw_run(), .began = time(NULL)};
    if (load != NULL)
        load->slots = calloc(options->connections, sizeof *load->slots);
    if (tally == NULL || load == NULL || load->slots == NULL) {
        fprintf(stderr, "dynamo-load: no memory\n");
    } else {
        load->options = options;
        load->result = result;
        load->tally = tally;
        load->writer = (struct writer){
            .stream = stream_open(&options->workload), .run = result->run};
        load->schedule = schedule_open(options->rate, options->poisson,
                                       options->workload.seed);
        uv_loop_init(&load->loop);
        rv = run(load);
        uv_loop_close(&load->loop);
    }
    if (load != NULL)
        free(load->slots);
    free(load);
    return rv;
}
