/* main.c: dynamo-load, which loads a store and measures it.
 *
 * Exit status: 0 when it ran, 1 when it could not or could not write its
 * results, 2 when a wrong value was read. */
#define _GNU_SOURCE
#include "load/options.h"
#include "load/progress.h"
#include "load/report.h"
#include "load/run.h"
#include "load/schedule.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STATUS_GOOD, STATUS_FAILED, STATUS_WRONG, NS_IN_US = 1000 };

/* A file to be written at the end; opened at the beginning, so that nobody
 * waits for results that have no place. What is in it stays until then. */
struct output {
    const char *name; /* NULL: not wanted */
    FILE *file;
};

static bool open_output(struct output *output, const char *name)
{
    output->name = name;
    if (name == NULL)
        return true;
    output->file = strcmp(name, "-") == 0 ? stdout : fopen(name, "a");
    if (output->file == NULL)
        fprintf(stderr, "dynamo-load: cannot write %s: %s\n", name,
                strerror(errno));
    return output->file != NULL;
}

/* Begins to write. What cannot be emptied, a pipe say, is none the worse. */
static FILE *emptied(const struct output *output)
{
    if (output->file != stdout && ftruncate(fileno(output->file), 0) != 0)
        errno = 0;
    return output->file;
}

/* Whether all has been written. */
static bool close_output(struct output *output)
{
    bool failed;

    if (output->file == NULL)
        return true;
    failed = fflush(output->file) != 0 || ferror(output->file) != 0;
    if (output->file != stdout && fclose(output->file) != 0)
        failed = true;
    if (failed)
        fprintf(stderr, "dynamo-load: cannot write %s: %s\n",
                strcmp(output->name, "-") == 0 ? "to standard output"
                                               : output->name,
                strerror(errno));
    output->file = NULL;
    return !failed;
}

/* A connection needs a descriptor. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- Without asking anybody ---- */

static void print_request(const struct stream *stream, uint64_t number,
                          uint64_t due_us)
{
    struct op op = stream_op(stream, number);
    char key[KEY_TEXT_MAX];

    stream_key(stream, op.key, key);
    printf("%" PRIu64 " %" PRIu64 " %s %s %zu\n", number, due_us,
           report_kinds[op.kind], key, op.kind == OP_PUT ? op.size : 0);
}

static int dry_run(const struct load_options *options)
{
    struct stream stream = stream_open(&options->workload);
    struct schedule schedule =
        schedule_open(options->rate, options->poisson, options->workload.seed);
    struct output output;

    for (uint64_t number = 0; number < options->requests; number++) {
        uint64_t due_ns = options->rate > 0 ? schedule_next_ns(&schedule) : 0;

        print_request(&stream, number, due_ns / NS_IN_US);
        schedule_pass(&schedule);
    }
    open_output(&output, "-");
    return close_output(&output) ? STATUS_GOOD : STATUS_FAILED;
}

/* ---- A load ---- */

static bool write_results(const struct load_options *options,
                          const struct result *result, struct output *json,
                          struct output *histogram)
{
    struct output table;
    bool written;

    open_output(&table, "-");
    /* Programs that read JSON from standard output want nothing else there. */
    if (json->file == stdout || histogram->file == stdout)
        table.file = stderr;
    report_table(table.file, options, result);
    written = table.file == stderr || close_output(&table);
    if (json->file != NULL)
        report_json(emptied(json), options, result);
    written = close_output(json) && written;
    if (histogram->file != NULL)
        report_histogram(emptied(histogram), result);
    return close_output(histogram) && written;
}

static int status_of(const struct result *result, bool written)
{
    if (result->tally->wrong > 0)
        return STATUS_WRONG;
    return written && result->end != RUN_UNREACHABLE ? STATUS_GOOD
                                                     : STATUS_FAILED;
}

static int load_and_report(const struct load_options *options)
{
    struct output json = {0}, histogram = {0};
    struct result result = {0};
    int status = STATUS_FAILED;

    if (open_output(&json, options->json) &&
        open_output(&histogram, options->histogram) &&
        run_load(options, &result) == 0) {
        if (result.tally->row_count > 0)
            progress_end();
        status = status_of(&result,
                           write_results(options, &result, &json, &histogram));
    }
    close_output(&json);
    close_output(&histogram);
    tally_close(result.tally);
    return status;
}

int main(int argc, char **argv)
{
    struct load_options options;

    signal(SIGPIPE, SIG_IGN);
    load_options_read(&options, argc, argv);
    raise_limit();
    return options.dry_run ? dry_run(&options) : load_and_report(&options);
}
