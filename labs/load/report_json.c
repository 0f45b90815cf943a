/* report_json.c: the results as JSON. */
#define _GNU_SOURCE
#include "load/report.h"

#include <inttypes.h>
#include <time.h>

/* ---- Values ---- */

/* Members of an object follow each other after commas. */
static void begin_member(FILE *file, const char **comma, const char *name)
{
    fprintf(file, "%s\n  \"%s\": ", *comma, name);
    *comma = ",";
}

static void write_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            fprintf(file, "\\%c", byte);
        else if (byte < ' ' || byte > '~')
            fprintf(file, "\\u%04x", byte);
        else
            fputc(byte, file);
    }
    fputc('"', file);
}

static void write_count(FILE *file, const char **comma, const char *name,
                        uint64_t count)
{
    fprintf(file, "%s\"%s\": %" PRIu64, *comma, name, count);
    *comma = ", ";
}

/* ---- Parts ---- */

static void write_config(FILE *file, const struct load_options *options)
{
    const struct workload *workload = &options->workload;

    fprintf(file, "{\"targets\": [");
    for (size_t i = 0; i < options->target_count; i++) {
        fprintf(file, "%s", i > 0 ? ", " : "");
        write_text(file, options->targets[i].name);
    }
    fprintf(file, "], \"connections\": %zu, \"pipeline\": %zu",
            options->connections, options->pipeline);
    fprintf(file, ", \"loop\": \"%s\", \"rate\": %.9g, \"arrivals\": \"%s\"",
            options->rate > 0 ? "open" : "closed", options->rate,
            options->poisson ? "poisson" : "even");
    fprintf(file, ", \"keys\": %" PRIu64 ", \"prefix\": ", workload->keys);
    write_text(file, workload->prefix);
    fprintf(
        file, ", \"distribution\": \"%s\", \"theta\": %.9g, \"reads\": %.9g",
        workload->zipf ? "zipf" : "uniform", workload->theta, workload->reads);
    fprintf(file, ", \"size\": [%zu, %zu], \"seed\": %" PRIu64,
            workload->size_least, workload->size_most, workload->seed);
    fprintf(file,
            ", \"warmup\": %.9g, \"seconds\": %.9g, \"requests\": %" PRIu64
            ", \"timeout\": %.9g}",
            options->warmup_s, options->seconds, options->requests,
            options->timeout_s);
}

static void write_began(FILE *file, time_t began)
{
    char text[32];
    struct tm parts;

    gmtime_r(&began, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    write_text(file, text);
}

static void write_counts(FILE *file, const struct tally *tally)
{
    const char *comma = "";

    fputc('{', file);
    write_count(file, &comma, "gets", tally->latency[OP_GET].count);
    write_count(file, &comma, "puts", tally->latency[OP_PUT].count);
    write_count(file, &comma, "misses", tally->misses);
    write_count(file, &comma, "old", tally->old);
    write_count(file, &comma, "wrong", tally->wrong);
    write_count(file, &comma, "errors", tally->errors);
    write_count(file, &comma, "sent", tally->sent);
    write_count(file, &comma, "late", tally->late);
    write_count(file, &comma, "dawdled", tally->dawdled);
    write_count(file, &comma, "never_sent", tally->never_sent);
    write_count(file, &comma, "unanswered", tally->unanswered);
    write_count(file, &comma, "connections_lost", tally->connections_lost);
    write_count(file, &comma, "connects_failed", tally->connects_failed);
    fputc('}', file);
}

static void write_errors(FILE *file, const struct tally *tally)
{
    fputc('{', file);
    for (size_t i = 0; i < tally->kind_count; i++) {
        const struct error_count *kind = &tally->kinds[i];

        fprintf(file, "%s", i > 0 ? ", " : "");
        write_text(file, kind->name);
        fprintf(file, ": {\"count\": %" PRIu64 ", \"example\": ", kind->count);
        write_text(file, kind->example);
        fputc('}', file);
    }
    fputc('}', file);
}

static void write_wrong(FILE *file, const struct tally *tally)
{
    fputc('[', file);
    for (size_t i = 0; i < tally->wrong_shown_count; i++) {
        fprintf(file, "%s", i > 0 ? ", " : "");
        write_text(file, tally->wrong_shown[i]);
    }
    fputc(']', file);
}

static void write_times(FILE *file, const char *name,
                        const struct latency *latency)
{
    fprintf(file, "\n    \"%s\": {\"count\": %" PRIu64 ", \"mean\": %.3f", name,
            latency->count, latency_mean(latency));
    for (size_t i = 0; i < SHARES; i++)
        fprintf(file, ", \"%s\": %" PRIu64, report_shares[i].name,
                latency_percentile(latency, report_shares[i].millionths));
    fprintf(file, ", \"max\": %" PRIu64 "}", latency->most_us);
}

static void write_all_times(FILE *file, const struct latency kinds[OP_KINDS])
{
    struct latency all;

    report_sum(&all, kinds);
    fputc('{', file);
    for (size_t kind = 0; kind < OP_KINDS; kind++) {
        write_times(file, report_kinds[kind], &kinds[kind]);
        fputc(',', file);
    }
    write_times(file, "all", &all);
    fputc('}', file);
}

/* Of all kinds together: [us, count] of each bucket that has some. */
static void write_buckets(FILE *file, const struct latency kinds[OP_KINDS])
{
    const char *comma = "";
    struct latency all;

    report_sum(&all, kinds);
    fputc('[', file);
    for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
        if (all.buckets[bucket] == 0)
            continue;
        fprintf(file, "%s[%" PRIu64 ", %" PRIu64 "]", comma,
                latency_bucket_end(bucket), all.buckets[bucket]);
        comma = ", ";
    }
    fputc(']', file);
}

static void write_rows(FILE *file, const struct tally *tally)
{
    fputc('[', file);
    for (size_t i = 0; i < tally->row_count; i++) {
        const struct row *row = &tally->rows[i];

        fprintf(file,
                "%s\n    {\"second\": %zu, \"ops\": %" PRIu64
                ", \"errors\": %" PRIu64 ", \"p50\": %" PRIu64
                ", \"p99\": %" PRIu64 ", \"p99.9\": %" PRIu64
                ", \"max\": %" PRIu64 "}",
                i > 0 ? "," : "", i, row->ops, row->errors, row->p50_us,
                row->p99_us, row->p999_us, row->most_us);
    }
    fputc(']', file);
}

/* ---- All ---- */

void report_json(FILE *file, const struct load_options *options,
                 const struct result *result)
{
    static const char *const ends[] = {
        [RUN_TIME] = "time",
        [RUN_REQUESTS] = "requests",
        [RUN_INTERRUPTED] = "interrupted",
        [RUN_UNREACHABLE] = "unreachable",
    };
    const struct tally *tally = result->tally;
    const char *comma = "{";

    begin_member(file, &comma, "config");
    write_config(file, options);
    begin_member(file, &comma, "run");
    fprintf(file, "%" PRIu32, result->run);
    begin_member(file, &comma, "began");
    write_began(file, result->began);
    begin_member(file, &comma, "ended_by");
    write_text(file, ends[result->end]);
    begin_member(file, &comma, "elapsed");
    fprintf(file, "%.6f", result->elapsed_s);
    begin_member(file, &comma, "throughput");
    fprintf(file, "%.3f", report_throughput(result));
    begin_member(file, &comma, "counts");
    write_counts(file, tally);
    begin_member(file, &comma, "errors");
    write_errors(file, tally);
    begin_member(file, &comma, "wrong_values");
    write_wrong(file, tally);
    begin_member(file, &comma, "latency_us");
    write_all_times(file, tally->latency);
    begin_member(file, &comma, "service_us");
    write_all_times(file, tally->service);
    begin_member(file, &comma, "latency_histogram");
    write_buckets(file, tally->latency);
    begin_member(file, &comma, "service_histogram");
    write_buckets(file, tally->service);
    begin_member(file, &comma, "seconds");
    write_rows(file, tally);
    fprintf(file, "\n}\n");
}
