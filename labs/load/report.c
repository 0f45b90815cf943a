/* report.c: see report.h. */
#include "load/report.h"

#include <inttypes.h>

const struct share report_shares[SHARES] = {{"p50", "50 %", 500000},
                                            {"p90", "90 %", 900000},
                                            {"p99", "99 %", 990000},
                                            {"p99.9", "99.9 %", 999000},
                                            {"p99.99", "99.99 %", 999900}};

const char *const report_kinds[OP_KINDS] = {"get", "put"};

void report_sum(struct latency *all, const struct latency kinds[OP_KINDS])
{
    *all = (struct latency){0};
    for (size_t kind = 0; kind < OP_KINDS; kind++)
        latency_merge(all, &kinds[kind]);
}

uint64_t report_answered(const struct result *result)
{
    uint64_t count = 0;

    for (size_t kind = 0; kind < OP_KINDS; kind++)
        count += result->tally->latency[kind].count;
    return count;
}

double report_throughput(const struct result *result)
{
    return result->elapsed_s > 0
               ? (double)report_answered(result) / result->elapsed_s
               : 0;
}

/* ---- The table ---- */

static void show_targets(FILE *file, const struct load_options *options)
{
    for (size_t i = 0; i < options->target_count; i++)
        fprintf(file, "%s%s", i > 0 ? ", " : "", options->targets[i].name);
}

static void show_head(FILE *file, const struct load_options *options,
                      const struct result *result)
{
    const struct workload *workload = &options->workload;

    if (options->rate > 0)
        fprintf(file, "open loop, %g requests a second (%s)", options->rate,
                options->poisson ? "poisson" : "even");
    else
        fprintf(file, "closed loop");
    fprintf(file, ", %zu connections to ", options->connections);
    show_targets(file, options);
    fprintf(file, "\n%" PRIu64 " keys, ", workload->keys);
    if (workload->zipf)
        fprintf(file, "zipf %g", workload->theta);
    else
        fprintf(file, "uniform");
    fprintf(file, ", %g %% gets, values of %zu", 100 * workload->reads,
            workload->size_least);
    if (workload->size_most > workload->size_least)
        fprintf(file, " to %zu", workload->size_most);
    fprintf(file, " bytes, seed %" PRIu64 ", run %06" PRIx32 "\n\n",
            workload->seed, result->run);
}

static void show_times(FILE *file, const char *kind, const char *what,
                       const struct latency *latency)
{
    if (latency->count == 0)
        return;
    fprintf(file, "%-4s%-9s%10" PRIu64 "%10.0f", kind, what, latency->count,
            latency_mean(latency));
    for (size_t i = 0; i < SHARES; i++)
        fprintf(file, "%10" PRIu64,
                latency_percentile(latency, report_shares[i].millionths));
    fprintf(file, "%10" PRIu64 "\n", latency->most_us);
}

static void show_all_times(FILE *file, const struct tally *tally)
{
    fprintf(file, "us           %10s%10s", "count", "mean");
    for (size_t i = 0; i < SHARES; i++)
        fprintf(file, "%10s", report_shares[i].title);
    fprintf(file, "%10s\n", "longest");
    for (size_t kind = 0; kind < OP_KINDS; kind++) {
        show_times(file, report_kinds[kind], "latency", &tally->latency[kind]);
        show_times(file, report_kinds[kind], "service", &tally->service[kind]);
    }
}

static void show_end(FILE *file, const struct result *result)
{
    const struct tally *tally = result->tally;

    fprintf(file,
            "\n%" PRIu64 " answered in %.3f s, %.1f a second; %" PRIu64
            " misses, %" PRIu64 " values of earlier runs\n",
            report_answered(result), result->elapsed_s,
            report_throughput(result), tally->misses, tally->old);
    if (result->end == RUN_INTERRUPTED)
        fprintf(file, "It was ended early.\n");
    if (result->end == RUN_UNREACHABLE)
        fprintf(file,
                "It was ended, as no target could be reached any more.\n");
}

static void show_lateness(FILE *file, const struct tally *tally)
{
    if (tally->late > 0)
        fprintf(file,
                "%" PRIu64 " of %" PRIu64 " requests were sent more than %d "
                "us late, which their latency tells\n",
                tally->late, tally->sent, LATE_US);
    if (tally->dawdled > 0)
        fprintf(file,
                "%" PRIu64 " of them were late though a connection was free: "
                "this machine is too slow, or too busy, for this rate\n",
                tally->dawdled);
    if (tally->never_sent > 0)
        fprintf(file,
                "%" PRIu64 " requests that were due were never sent: the true "
                "latency is worse than what is shown\n",
                tally->never_sent);
    if (tally->unanswered > 0)
        fprintf(file, "%" PRIu64 " requests had no answer when it ended\n",
                tally->unanswered);
}

static void show_errors(FILE *file, const struct tally *tally)
{
    if (tally->errors > 0)
        fprintf(file, "%" PRIu64 " errors:\n", tally->errors);
    for (size_t i = 0; i < tally->kind_count; i++)
        fprintf(file, "  %8" PRIu64 " %s, such as: %s\n", tally->kinds[i].count,
                tally->kinds[i].name, tally->kinds[i].example);
    if (tally->broke.count > 0)
        fprintf(file,
                "%" PRIu64 " connections broke, %" PRIu64
                " could not be made; the first one: %s\n",
                tally->connections_lost, tally->connects_failed,
                tally->broke.example);
}

static void show_wrong(FILE *file, const struct tally *tally)
{
    if (tally->wrong > 0)
        fprintf(file, "%" PRIu64 " WRONG VALUES were read:\n", tally->wrong);
    for (size_t i = 0; i < tally->wrong_shown_count; i++)
        fprintf(file, "  %s\n", tally->wrong_shown[i]);
}

void report_table(FILE *file, const struct load_options *options,
                  const struct result *result)
{
    show_head(file, options, result);
    show_all_times(file, result->tally);
    show_end(file, result);
    show_lateness(file, result->tally);
    show_errors(file, result->tally);
    show_wrong(file, result->tally);
}

/* ---- The histogram ---- */

void report_histogram(FILE *file, const struct result *result)
{
    const struct tally *tally = result->tally;
    uint64_t all = report_answered(result), seen = 0;

    fprintf(file,
            "# dynamo-load: how many of %" PRIu64 " requests took how long\n"
            "# us, latency: gets puts, service time: gets puts, share of "
            "all with such a latency or less\n",
            all);
    for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
        uint64_t gets = tally->latency[OP_GET].buckets[bucket];
        uint64_t puts = tally->latency[OP_PUT].buckets[bucket];
        uint64_t gets_served = tally->service[OP_GET].buckets[bucket];
        uint64_t puts_served = tally->service[OP_PUT].buckets[bucket];

        seen += gets + puts;
        if (gets + puts + gets_served + puts_served > 0)
            fprintf(file,
                    "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                    " %.9f\n",
                    latency_bucket_end(bucket), gets, puts, gets_served,
                    puts_served, (double)seen / (double)all);
    }
}
