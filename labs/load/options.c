/* options.c: see options.h. */
#define _GNU_SOURCE
#include "load/options.h"

#include "load/value.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS = 10000,
    VALUE_SIZE = 100,
    CONNECTIONS = 50,
    CONNECTIONS_MAX = 10000,
    PIPELINE_MAX = 1000,
    SECONDS = 10,
    TIMEOUT_S = 10,
};

static const double SHARE = 0.5, THETA = 0.99, THETA_MAX = 20;
static const double RATE_MAX = 1e7, RATE_LEAST = 1e-3;
static const double SECONDS_MAX = 1e6, SECONDS_LEAST = 1e-3;
static const uint64_t KEYS_MAX = UINT64_C(1) << 40;

enum key {
    KEY_TARGET = 256,
    KEY_CONNECTIONS,
    KEY_PIPELINE,
    KEY_RATE,
    KEY_ARRIVALS,
    KEY_KEYS,
    KEY_PREFIX,
    KEY_DISTRIBUTION,
    KEY_THETA,
    KEY_READS,
    KEY_SIZE,
    KEY_SEED,
    KEY_WARMUP,
    KEY_SECONDS,
    KEY_REQUESTS,
    KEY_TIMEOUT,
    KEY_JSON,
    KEY_HISTOGRAM,
    KEY_PROGRESS,
    KEY_DRY_RUN,
};

static const struct argp_option known[] = {
    {0, 0, 0, 0, "Whom to load, and how hard:", 1},
    {"target", KEY_TARGET, "HOST:PORT", 0,
     "a server of the Redis protocol (127.0.0.1:6379); several with commas, or "
     "by several options: connections are spread over them",
     1},
    {"connections", KEY_CONNECTIONS, "N", 0, "to all targets together (50)", 1},
    {"pipeline", KEY_PIPELINE, "N", 0,
     "requests under way at a time on a connection (1)", 1},
    {"rate", KEY_RATE, "OPS", 0,
     "an open loop: so many requests a second are due, whatever the answers. "
     "Without it, a closed loop: each connection sends its next request when "
     "it is answered",
     1},
    {"arrivals", KEY_ARRIVALS, "even|poisson", 0,
     "of an open loop: evenly spaced, or as from many independent clients "
     "(even)",
     1},
    {0, 0, 0, 0, "What to ask:", 2},
    {"keys", KEY_KEYS, "N", 0, "how many there are (10000)", 2},
    {"prefix", KEY_PREFIX, "TEXT", 0,
     "what their names begin with (load:); a number follows", 2},
    {"distribution", KEY_DISTRIBUTION, "uniform|zipf", 0,
     "of requests over keys (uniform)", 2},
    {"theta", KEY_THETA, "T", 0,
     "of zipf: key k, from 0, has a share in proportion to 1 / (k + 1)^T "
     "(0.99)",
     2},
    {"reads", KEY_READS, "SHARE", 0, "of gets, from 0 to 1 (0.5)", 2},
    {"size", KEY_SIZE, "BYTES|LEAST-MOST", 0,
     "of a value, at least 10 (100); between two, all sizes are equally likely",
     2},
    {"seed", KEY_SEED, "N", 0, "determines all requests, but not when (1)", 2},
    {0, 0, 0, 0, "How long:", 3},
    {"warmup", KEY_WARMUP, "S", 0,
     "seconds at the beginning that are not counted (0)", 3},
    {"seconds", KEY_SECONDS, "S", 0,
     "that are counted (10, unless --requests is given)", 3},
    {"requests", KEY_REQUESTS, "N", 0, "end after so many that are counted", 3},
    {"timeout", KEY_TIMEOUT, "S", 0,
     "break a connection that does not answer within so many seconds (10)", 3},
    {0, 0, 0, 0, "What to tell:", 4},
    {"json", KEY_JSON, "FILE", 0,
     "write all results there; - is standard output, and the table goes to "
     "standard error",
     4},
    {"histogram", KEY_HISTOGRAM, "FILE", 0,
     "write how many requests took how long there", 4},
    {"progress", KEY_PROGRESS, 0, 0,
     "a line a second on standard error, also if that is no terminal", 4},
    {"dry-run", KEY_DRY_RUN, 0, 0,
     "ask nobody: print the requests, --requests of them, a line each: number, "
     "when it is due (us), get or put, key, size of the value",
     4},
    {0},
};

static const char about[] =
    "Loads a store that speaks the Redis protocol, and measures it.\v"
    "In an open loop, latency is counted from the time at which a request was "
    "due, so that a store that stands still does not get fewer requests that "
    "tell; service time is counted from when it was sent. Each value tells "
    "which put wrote it, and what is read is checked. Ctrl-C ends a run early, "
    "with what there is so far.\n\n"
    "Exit status: 0 when it ran, whatever the errors; 1 when it could not, or "
    "could not write its results; 2 when a wrong value was read.";

/* What was given, before it is known whether it fits together. */
struct reading {
    struct load_options *options;
    bool has_theta, has_arrivals, has_seconds;
};

/* ---- Values ---- */

static uint64_t whole(struct argp_state *state, const char *name,
                      const char *text, uint64_t least, uint64_t most)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' ||
        value < least || value > most)
        argp_error(state,
                   "--%s takes a whole number from %llu to %llu, not "
                   "'%s'",
                   name, (unsigned long long)least, (unsigned long long)most,
                   text);
    return value;
}

static double decimal(struct argp_state *state, const char *name,
                      const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= least) || !(value <= most))
        argp_error(state, "--%s takes a number from %g to %g, not '%s'", name,
                   least, most, text);
    return value;
}

/* Whether it is the second of the two words. */
static bool choice(struct argp_state *state, const char *name, const char *text,
                   const char *first, const char *second)
{
    if (strcmp(text, first) != 0 && strcmp(text, second) != 0)
        argp_error(state, "--%s is %s or %s, not '%s'", name, first, second,
                   text);
    return strcmp(text, second) == 0;
}

/* The host of "HOST:PORT" and of "[HOST]:PORT", as IPv6 has it. */
static bool split_target(struct target *target, char *word)
{
    char *colon = strrchr(word, ':'), *host = word;
    size_t length;

    if (colon == NULL || strlen(word) >= HOST_MAX)
        return false;
    snprintf(target->name, sizeof target->name, "%s", word);
    *colon = '\0';
    length = strlen(host);
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        host++;
    }
    if (*host == '\0' || strlen(colon + 1) >= PORT_TEXT_MAX)
        return false;
    snprintf(target->host, sizeof target->host, "%s", host);
    snprintf(target->port, sizeof target->port, "%s", colon + 1);
    return true;
}

static void read_targets(struct argp_state *state, struct load_options *options,
                         const char *text)
{
    char *copy = strdup(text), *rest = copy, *word;

    if (copy == NULL)
        argp_failure(state, EXIT_FAILURE, 0, "no memory");
    while ((word = strsep(&rest, ",")) != NULL) {
        struct target *target = &options->targets[options->target_count];

        if (options->target_count++ == TARGETS_MAX)
            argp_error(state, "there are at most %d targets", TARGETS_MAX);
        if (!split_target(target, word))
            argp_error(state,
                       "--target takes HOST:PORT, as in 127.0.0.1:6379, not "
                       "'%s'",
                       text);
        whole(state, "target's port", target->port, 1, UINT16_MAX);
    }
    free(copy);
}

static size_t size_of_value(struct argp_state *state, const char *text)
{
    return (size_t)whole(state, "size", text, VALUE_SIZE_LEAST,
                         VALUE_SIZE_MOST);
}

static void read_size(struct argp_state *state, struct workload *workload,
                      const char *text)
{
    const char *dash = strchr(text, '-');
    char least[32];

    snprintf(least, sizeof least, "%.*s",
             dash == NULL ? (int)strlen(text) : (int)(dash - text), text);
    workload->size_least = size_of_value(state, least);
    workload->size_most =
        dash == NULL ? workload->size_least : size_of_value(state, dash + 1);
    if (workload->size_most < workload->size_least)
        argp_error(state, "--size takes the smaller number first, not '%s'",
                   text);
}

static void read_prefix(struct argp_state *state, struct workload *workload,
                        const char *text)
{
    if (strlen(text) > KEY_PREFIX_MAX)
        argp_error(state, "--prefix has at most %d bytes", KEY_PREFIX_MAX);
    workload->prefix = text;
}

/* ---- All options ---- */

static void check(struct argp_state *state, struct reading *reading)
{
    struct load_options *options = reading->options;

    if (reading->has_arrivals && options->rate == 0)
        argp_error(state, "--arrivals is for an open loop; say --rate too");
    if (reading->has_theta && !options->workload.zipf)
        argp_error(state, "--theta is for --distribution=zipf; say that too");
    if (options->dry_run && options->requests == 0)
        argp_error(state, "--dry-run prints --requests lines; say how many");
    if (options->target_count == 0)
        read_targets(state, options, "127.0.0.1:6379");
    if (options->connections < options->target_count)
        argp_error(state,
                   "--connections=%zu are too few for %zu targets; say "
                   "--connections=%zu, or more",
                   options->connections, options->target_count,
                   options->target_count);
    if (!reading->has_seconds && options->requests == 0)
        options->seconds = SECONDS;
    /* Both at once would be one text in the other. */
    if (options->json != NULL && options->histogram != NULL &&
        strcmp(options->json, options->histogram) == 0)
        argp_error(state,
                   "--json and --histogram need a file each, not both "
                   "'%s'",
                   options->json);
}

static error_t read_workload(int key, char *text, struct argp_state *state)
{
    struct reading *reading = state->input;
    struct workload *workload = &reading->options->workload;

    switch (key) {
    case KEY_KEYS:
        workload->keys = whole(state, "keys", text, 1, KEYS_MAX);
        return 0;
    case KEY_PREFIX:
        read_prefix(state, workload, text);
        return 0;
    case KEY_DISTRIBUTION:
        workload->zipf = choice(state, "distribution", text, "uniform", "zipf");
        return 0;
    case KEY_THETA:
        reading->has_theta = true;
        workload->theta = decimal(state, "theta", text, 0.01, THETA_MAX);
        return 0;
    case KEY_READS:
        workload->reads = decimal(state, "reads", text, 0, 1);
        return 0;
    case KEY_SIZE:
        read_size(state, workload, text);
        return 0;
    case KEY_SEED:
        workload->seed = whole(state, "seed", text, 0, UINT64_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t read_length(int key, char *text, struct argp_state *state)
{
    struct reading *reading = state->input;
    struct load_options *options = reading->options;

    switch (key) {
    case KEY_WARMUP:
        options->warmup_s = decimal(state, "warmup", text, 0, SECONDS_MAX);
        return 0;
    case KEY_SECONDS:
        reading->has_seconds = true;
        options->seconds =
            decimal(state, "seconds", text, SECONDS_LEAST, SECONDS_MAX);
        return 0;
    case KEY_REQUESTS:
        options->requests = whole(state, "requests", text, 1, INT64_MAX);
        return 0;
    case KEY_TIMEOUT:
        options->timeout_s =
            decimal(state, "timeout", text, SECONDS_LEAST, SECONDS_MAX);
        return 0;
    default:
        return read_workload(key, text, state);
    }
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
    struct reading *reading = state->input;
    struct load_options *options = reading->options;

    switch (key) {
    case KEY_TARGET:
        read_targets(state, options, text);
        return 0;
    case KEY_CONNECTIONS:
        options->connections =
            (size_t)whole(state, "connections", text, 1, CONNECTIONS_MAX);
        return 0;
    case KEY_PIPELINE:
        options->pipeline =
            (size_t)whole(state, "pipeline", text, 1, PIPELINE_MAX);
        return 0;
    case KEY_RATE:
        options->rate = decimal(state, "rate", text, RATE_LEAST, RATE_MAX);
        return 0;
    case KEY_ARRIVALS:
        reading->has_arrivals = true;
        options->poisson = choice(state, "arrivals", text, "even", "poisson");
        return 0;
    case KEY_JSON:
        options->json = text;
        return 0;
    case KEY_HISTOGRAM:
        options->histogram = text;
        return 0;
    case KEY_PROGRESS:
        options->progress = true;
        return 0;
    case KEY_DRY_RUN:
        options->dry_run = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not an option; they begin with --", text);
        return 0;
    case ARGP_KEY_END:
        check(state, reading);
        return 0;
    default:
        return read_length(key, text, state);
    }
}

void load_options_read(struct load_options *options, int argc, char **argv)
{
    static const struct argp parser = {known, read_option, NULL, about,
                                       NULL,  NULL,        NULL};
    struct reading reading = {.options = options};

    *options = (struct load_options){
        .workload = {.seed = 1,
                     .keys = KEYS,
                     .prefix = "load:",
                     .theta = THETA,
                     .reads = SHARE,
                     .size_least = VALUE_SIZE,
                     .size_most = VALUE_SIZE},
        .connections = CONNECTIONS,
        .pipeline = 1,
        .timeout_s = TIMEOUT_S,
    };
    argp_err_exit_status = EXIT_FAILURE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &reading) != 0)
        exit(EXIT_FAILURE);
}
