/* figures.c: three experiments about tails, measured with your histogram.c, load.c
 * and fanout.c.
 *
 *     figures [--pages=N] [--seed=K]
 *
 * prints what they gave as JSON on stdout:
 *   stall   a store that stalls now and then, under your load
 *   stores  percentiles of ten nodes, their average, and that of their sum
 *   pages   pages of many calls, predicted by fanout.h and drawn at random
 * Time is virtual. Whatever your code says is set beside what is counted here from
 * every single time, without your code.
 *
 * Exit status: 0 done, 1 the code cannot do it yet, 2 wrong arguments. */
#include "dynamo/err.h"
#include "dynamo/fanout.h"
#include "dynamo/histogram.h"
#include "dynamo/load.h"
#include "dynamo/prng.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MILLION = 1000000, MS = 1000 /* us */ };

struct options {
    uint32_t pages; /* drawn for each number of calls */
    uint64_t seed;
};

/* ---- What unfinished code is told ---- */

static _Noreturn void unfinished(const char *function, const char *part,
                                 const char *what)
{
    (void)fprintf(stderr,
                  "figures: %s %s; finish part %s of the lab before you "
                  "draw its figures (make test-lab5 says what is missing).\n",
                  function, what, part);
    exit(1);
}

static void need(int rv, const char *function, const char *part)
{
    char what[160];

    if (rv == DYN_OK)
        return;
    (void)snprintf(what, sizeof what, "returned %s (%s)", dyn_error_name(rv),
                   dyn_error_text(rv));
    unfinished(function, part, what);
}

static void *room_for(size_t count, size_t size)
{
    void *room = calloc(count, size);

    if (room == NULL) {
        (void)fprintf(stderr, "figures: no memory for %zu times.\n", count);
        exit(1);
    }
    return room;
}

/* ---- Times, each of them kept ---- */

struct times {
    uint64_t *us;
    size_t count;
};

static struct times times_of(size_t capacity)
{
    return (struct times){room_for(capacity, sizeof(uint64_t)), 0};
}

static int ascending(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static void sort(struct times *times)
{
    qsort(times->us, times->count, sizeof *times->us, ascending);
}

/* The percentile of times that are sorted, as histogram.h defines it. */
static uint64_t exact(const struct times *sorted, uint32_t per_million)
{
    const uint64_t rank =
        ((uint64_t)sorted->count * per_million + MILLION - 1) / MILLION;

    return sorted->us[rank == 0 ? 0 : rank - 1];
}

/* ---- Your histograms ---- */

static struct histogram *histogram_new(void)
{
    struct histogram *histogram = NULL;

    need(histogram_open(&histogram), "histogram_open", "A");
    if (histogram == NULL)
        unfinished("histogram_open", "A",
                   "returned DYN_OK without a histogram");
    return histogram;
}

static struct histogram *histogram_of(const struct times *times)
{
    struct histogram *histogram = histogram_new();

    for (size_t i = 0; i < times->count; i++)
        need(histogram_record(histogram, times->us[i], 1), "histogram_record",
             "A");
    if (histogram_count(histogram) != times->count)
        unfinished("histogram_count", "A",
                   "does not count the requests that were recorded");
    return histogram;
}

static uint64_t percentile(const struct histogram *histogram,
                           uint32_t per_million)
{
    uint64_t us = 0;

    need(histogram_percentile(histogram, per_million, &us),
         "histogram_percentile", "A");
    return us;
}

/* How far percentiles of a histogram are from the exact ones, at the most. */
struct error {
    double most; /* as a share of the exact one */
    size_t compared;
};

static void compare(struct error *error, const struct histogram *histogram,
                    const struct times *sorted)
{
    enum { STEP = 500 };

    for (uint32_t share = 0; share <= MILLION; share += STEP) {
        const double right = (double)exact(sorted, share);
        const double seen = (double)percentile(histogram, share);

        error->most = fmax(error->most, fabs(seen - right) / right);
        error->compared++;
    }
}

/* ---- Chance ---- */

/* In (0, 1). */
static double uniform(struct prng *prng)
{
    return ((double)(prng_next(prng) >> 12) + 0.5) / 4503599627370496.0;
}

/* As likely above the median as below; of wider spread the larger sigma is. */
static double log_normal(struct prng *prng, double median, double sigma)
{
    const double radius = sqrt(-2 * log(uniform(prng)));

    return median * exp(sigma * radius * cos(2 * acos(-1.0) * uniform(prng)));
}

static uint64_t whole_us(double us)
{
    return us < 1 ? 1 : (uint64_t)us;
}

/* ---- What a stall does ---- */

/* A store that takes about half a millisecond for each of any number of requests at
 * once, except that in each STALL_EVERY_US it stands still for a while. */
enum {
    SECONDS = 60,
    INTERVAL_US = 1 * MS, /* from each request to the next */
    REQUESTS = SECONDS * 1000 * MS / INTERVAL_US,
    CONNECTIONS = 10,
    STALL_US = 200 * MS,
    STALL_EVERY_US = 4000 * MS,
    STALLS = SECONDS * 1000 * MS / STALL_EVERY_US,
    BEFORE_US = 40 * MS, /* the part that is drawn, from the first stall on */
    AFTER_US = 280 * MS,
};

struct store {
    uint64_t stalls[STALLS]; /* when they begin */
    uint64_t work[REQUESTS]; /* what each request takes without a stall */
};

static void store_make(struct store *store, uint64_t seed)
{
    struct prng prng = prng_seeded(seed);

    for (uint64_t i = 0; i < STALLS; i++)
        store->stalls[i] =
            i * STALL_EVERY_US + STALL_EVERY_US / 4 +
            prng_below(&prng, STALL_EVERY_US / 4 * 3 - 2 * STALL_US);
    for (size_t i = 0; i < REQUESTS; i++)
        store->work[i] = whole_us(log_normal(&prng, 0.4 * MS, 0.6));
}

/* When the store answers a request that reaches it at a time. */
static uint64_t answer_us(const struct store *store, uint64_t at_us,
                          uint64_t request)
{
    uint64_t done_us = at_us + store->work[request];

    for (size_t i = 0; i < STALLS; i++) {
        const uint64_t begin_us = store->stalls[i];

        if (at_us >= begin_us && at_us < begin_us + STALL_US)
            done_us += begin_us + STALL_US - at_us;
        else if (at_us < begin_us && done_us > begin_us)
            done_us += STALL_US;
    }
    return done_us;
}

/* One of the points around the first stall. */
static bool is_drawn(const struct store *store, uint64_t at_us)
{
    return at_us + BEFORE_US >= store->stalls[0] &&
           at_us <= store->stalls[0] + AFTER_US;
}

struct dots {
    bool any;
};

static void dots_begin(const char *name)
{
    printf("\"%s\":[", name);
}

static void dot(struct dots *dots, const struct store *store, uint64_t at_us,
                uint64_t took_us)
{
    if (!is_drawn(store, at_us))
        return;
    printf("%s[%.3f,%.3f]", dots->any ? "," : "",
           ((double)at_us - (double)store->stalls[0]) / MS,
           (double)took_us / MS);
    dots->any = true;
}

static void dots_end(void)
{
    printf("],\n");
}

/* What clients meet, one of whom comes at each interval, whatever the others meet. */
static struct times clients_met(const struct store *store)
{
    struct times met = times_of(REQUESTS);
    uint64_t free_us[CONNECTIONS] = {0}; /* when each connection is */
    struct dots dots = {false};

    dots_begin("met_dots");
    for (uint64_t i = 0; i < REQUESTS; i++) {
        const uint64_t came_us = i * INTERVAL_US;
        size_t first = 0;

        for (size_t j = 1; j < CONNECTIONS; j++)
            if (free_us[j] < free_us[first])
                first = j;
        free_us[first] = answer_us(
            store, came_us > free_us[first] ? came_us : free_us[first], i);
        met.us[met.count++] = free_us[first] - came_us;
        dot(&dots, store, came_us, free_us[first] - came_us);
    }
    dots_end();
    sort(&met);
    return met;
}

/* What one client measures who waits for each answer before it asks again, and no
 * sooner than an interval after it has asked. */
static struct times closed_loop(const struct store *store)
{
    struct times measured = times_of(REQUESTS);
    uint64_t now_us = 0;
    struct dots dots = {false};

    dots_begin("closed_dots");
    while (measured.count < REQUESTS &&
           now_us < (uint64_t)REQUESTS * INTERVAL_US) {
        const uint64_t took_us =
            answer_us(store, now_us, measured.count) - now_us;

        measured.us[measured.count++] = took_us;
        dot(&dots, store, now_us, took_us);
        now_us += took_us > INTERVAL_US ? took_us : INTERVAL_US;
    }
    dots_end();
    sort(&measured);
    return measured;
}

/* Your load, and the requests that are on its connections. */
struct run {
    struct load *load;
    const struct store *store;
    uint64_t left; /* how many requests have left */
    bool busy[CONNECTIONS];
    uint64_t answer_us[CONNECTIONS];
    struct dots dots;
};

/* The connection with the first answer to come; CONNECTIONS: none is waited for. */
static uint32_t first_answer(const struct run *run)
{
    uint32_t first = CONNECTIONS;

    for (uint32_t i = 0; i < CONNECTIONS; i++)
        if (run->busy[i] &&
            (first == CONNECTIONS || run->answer_us[i] < run->answer_us[first]))
            first = i;
    return first;
}

static void hear(struct run *run, uint64_t now_us)
{
    uint32_t i;

    while ((i = first_answer(run)) < CONNECTIONS &&
           run->answer_us[i] <= now_us) {
        need(load_answered(run->load, i, run->answer_us[i]), "load_answered",
             "B");
        run->busy[i] = false;
    }
}

static void send_due(struct run *run, uint64_t now_us)
{
    uint64_t request = 0;
    uint32_t i = 0;
    int rv;

    while ((rv = load_due(run->load, now_us, &request, &i)) == DYN_OK) {
        if (request >= REQUESTS || i >= CONNECTIONS || run->busy[i])
            unfinished("load_due", "B",
                       "names a request that there is not, or a connection "
                       "that is not free");
        run->busy[i] = true;
        run->answer_us[i] = answer_us(run->store, now_us, request);
        run->left++;
        dot(&run->dots, run->store, now_us, run->answer_us[i] - now_us);
    }
    if (rv != DYN_ENOENT)
        need(rv, "load_due", "B");
}

/* When there is something to hear or to send again. False: never. */
static bool next_us(const struct run *run, uint64_t now_us, uint64_t *at_us)
{
    const uint32_t i = first_answer(run);
    uint64_t due_us = 0;
    const int rv = load_next(run->load, &due_us);

    if (rv != DYN_OK && rv != DYN_ENOENT)
        need(rv, "load_next", "B");
    if (rv == DYN_OK && due_us > now_us &&
        (i == CONNECTIONS || due_us < run->answer_us[i]))
        *at_us = due_us;
    else if (i < CONNECTIONS)
        *at_us = run->answer_us[i];
    else if (rv == DYN_OK)
        unfinished("load_due", "B",
                   "sends nothing when load_next says that it will");
    else
        return false;
    return true;
}

static struct run run_load(const struct store *store)
{
    const struct load_config config = {
        .interval_us = INTERVAL_US,
        .requests = REQUESTS,
        .connections = CONNECTIONS,
    };
    struct run run = {.store = store};
    uint64_t now_us = 0;

    need(load_open(&run.load, &config), "load_open", "B");
    if (run.load == NULL)
        unfinished("load_open", "B", "returned DYN_OK without a load");
    dots_begin("service_dots");
    do {
        hear(&run, now_us);
        send_due(&run, now_us);
        if (now_us > (uint64_t)3 * REQUESTS * INTERVAL_US)
            unfinished("load_next", "B",
                       "goes on long after the last request was to leave");
    } while (next_us(&run, now_us, &now_us));
    dots_end();
    if (load_latency(run.load) == NULL || load_service(run.load) == NULL)
        unfinished("load_latency or load_service", "B", "returned NULL");
    if (histogram_count(load_latency(run.load)) != run.left ||
        histogram_count(load_service(run.load)) != run.left)
        unfinished("load_answered", "B",
                   "does not record each request that was answered once");
    return run;
}

/* The percentiles that are drawn: from one in two, the rest shrinks by a tenth of a
 * power of ten in two steps, to one in ten thousand. */
static uint32_t drawn_share(int step)
{
    return step == 0 ? MILLION / 2
                     : MILLION - (uint32_t)lround(MILLION *
                                                  pow(10, -(step + 6) / 20.0));
}

enum { SHARES = 75 };

static void stall(const struct options *options, struct error *error)
{
    struct store *store = room_for(1, sizeof *store);
    struct times met, closed;
    struct histogram *histogram;
    struct run run;

    store_make(store, options->seed);
    printf("\"stall\":{\n");
    met = clients_met(store);
    closed = closed_loop(store);
    histogram = histogram_of(&met);
    compare(error, histogram, &met);
    histogram_close(histogram);
    run = run_load(store);
    printf("\"stall_ms\":%d,\"seconds\":%d,\"requests\":%d,\"connections\":%d,"
           "\"stalls\":%d,\n\"left\":%" PRIu64 ",\"closed_requests\":%zu,\n",
           STALL_US / MS, SECONDS, REQUESTS, CONNECTIONS, STALLS, run.left,
           closed.count);
    printf("\"percentiles\":[");
    for (int i = 0; i < SHARES; i++) {
        const uint32_t share = drawn_share(i);

        printf("%s\n{\"per_million\":%" PRIu32 ",\"met\":%" PRIu64
               ",\"latency\":%" PRIu64 ",\"service\":%" PRIu64
               ",\"closed\":%" PRIu64 "}",
               i == 0 ? "" : ",", share, exact(&met, share),
               percentile(load_latency(run.load), share),
               percentile(load_service(run.load), share),
               exact(&closed, share));
    }
    printf("]},\n");
    load_close(run.load);
    free(closed.us);
    free(met.us);
    free(store);
}

/* ---- Averages of percentiles ---- */

/* Of ten nodes the last is slow: a twentieth of what it is asked waits for a disk. */
enum {
    NODES = 10,
    NODE_REQUESTS = 100000, /* that each of the others is asked */
    DRAWN = 999000,         /* the percentile */
};

static uint64_t node_us(struct prng *prng, bool slow)
{
    if (slow && prng_below(prng, 20) == 0)
        return whole_us(log_normal(prng, 250.0 * MS, 0.3));
    return whole_us(log_normal(prng, 2.0 * MS, 0.5));
}

/* The histogram as another node gets it. */
static struct histogram *sent(const struct histogram *histogram)
{
    struct histogram *got = NULL;
    size_t length = 0;
    uint8_t *bytes;
    int rv = histogram_encode(histogram, NULL, 0, &length);

    if (rv != DYN_ERANGE)
        need(rv, "histogram_encode", "A");
    bytes = room_for(length + 1, 1);
    need(histogram_encode(histogram, bytes, length, &length),
         "histogram_encode", "A");
    need(histogram_decode(&got, bytes, length), "histogram_decode", "A");
    if (got == NULL)
        unfinished("histogram_decode", "A",
                   "returned DYN_OK without a histogram");
    free(bytes);
    return got;
}

/* The times of one node, which are also added to all. */
static struct times node_times(struct prng *prng, bool slow, size_t requests,
                               struct times *all)
{
    struct times node = times_of(requests);

    while (node.count < requests) {
        node.us[node.count] = node_us(prng, slow);
        all->us[all->count++] = node.us[node.count++];
    }
    sort(&node);
    return node;
}

static void store_of_nodes(const char *name, size_t slow_requests,
                           uint64_t seed, struct error *error)
{
    struct prng prng = prng_seeded(seed);
    struct times all = times_of((size_t)NODES * NODE_REQUESTS);
    struct histogram *sum = histogram_new();
    double average = 0;

    printf("{\"name\":\"%s\",\"nodes\":[", name);
    for (int i = 0; i < NODES; i++) {
        const bool slow = i == NODES - 1;
        struct times node =
            node_times(&prng, slow, slow ? slow_requests : NODE_REQUESTS, &all);
        struct histogram *own = histogram_of(&node);
        struct histogram *got = sent(own);

        need(histogram_merge(sum, got), "histogram_merge", "A");
        compare(error, own, &node);
        average += (double)percentile(own, DRAWN) / NODES;
        printf("%s\n{\"requests\":%zu,\"us\":%" PRIu64 "}", i == 0 ? "" : ",",
               node.count, percentile(own, DRAWN));
        histogram_close(got);
        histogram_close(own);
        free(node.us);
    }
    sort(&all);
    compare(error, sum, &all);
    printf("],\n\"average\":%.0f,\"merged\":%" PRIu64 ",\"exact\":%" PRIu64 "}",
           average, percentile(sum, DRAWN), exact(&all, DRAWN));
    histogram_close(sum);
    free(all.us);
}

static void stores(const struct options *options, struct error *error)
{
    printf("\"stores\":[\n");
    store_of_nodes("asked", NODE_REQUESTS, options->seed, error);
    printf(",\n");
    store_of_nodes("avoided", NODE_REQUESTS / 50, options->seed, error);
    printf("],\n");
}

/* ---- Pages of many calls ---- */

/* One call in a thousand takes 320 ms or more, the others some milliseconds. */
enum {
    CALLS = 1000000, /* that were measured, from which pages draw */
    LIMIT_US = 300 * MS,
    CALLS_MOST = 1000, /* of a page */
    CURVE = 181,       /* numbers of calls for which pages are predicted */
    BUDGET = 10000,    /* of a million pages may exceed a limit */
};
static const uint32_t page_calls[] = {1,  2,   5,   10,  20,
                                      50, 100, 200, 500, CALLS_MOST};
static const uint32_t page_shares[] = {500000, 990000, 999000};
enum {
    PAGE_CALLS = sizeof page_calls / sizeof *page_calls,
    PAGE_SHARES = sizeof page_shares / sizeof *page_shares,
};

static struct times measured_calls(struct prng *prng)
{
    struct times calls = times_of(CALLS);

    for (; calls.count < CALLS; calls.count++)
        calls.us[calls.count] =
            prng_below(prng, 1000) == 0
                ? whole_us(320.0 * MS - 150.0 * MS * log(uniform(prng)))
                : whole_us(log_normal(prng, 3.0 * MS, 0.35));
    sort(&calls);
    return calls;
}

static struct histogram *histogram_of_calls(const struct times *calls)
{
    struct histogram *histogram = histogram_of(calls);
    const uint64_t short_us = 100; /* in a bucket of its own */
    uint64_t over = 0;

    for (size_t i = 0; i < calls->count; i++)
        over += calls->us[i] > short_us;
    if (histogram_over(histogram, short_us) != over)
        unfinished("histogram_over", "A",
                   "does not count the requests above 100 us");
    return histogram;
}

static double share_over(const struct histogram *call, uint32_t calls)
{
    double share = 0;

    need(fanout_over(call, calls, LIMIT_US, &share), "fanout_over", "G");
    return share;
}

/* What fanout.h says of pages of so many calls. */
static void predict(const struct histogram *call, uint32_t calls)
{
    uint32_t budget = 0;

    printf("{\"calls\":%" PRIu32 ",\"over\":%.9g,\"us\":[", calls,
           share_over(call, calls));
    for (size_t i = 0; i < PAGE_SHARES; i++) {
        uint64_t us = 0;

        need(fanout_percentile(call, calls, page_shares[i], &us),
             "fanout_percentile", "G");
        printf("%s%" PRIu64, i == 0 ? "" : ",", us);
    }
    need(fanout_budget(calls, BUDGET, &budget), "fanout_budget", "G");
    printf("],\"budget\":%" PRIu32 "}", budget);
}

/* The page whose rank is so many deviations of chance from that of a percentile. */
static uint64_t ranked(const struct times *sorted, uint32_t per_million,
                       double deviations)
{
    const double share = per_million / 1e6, count = (double)sorted->count;
    const double rank =
        ceil(share * count) + deviations * sqrt(share * (1 - share) * count);

    return sorted->us[(size_t)fmin(fmax(rank, 1), count) - 1];
}

/* Pages of so many calls, each drawn from those that were measured. */
static void draw_pages(struct prng *prng, const struct times *measured,
                       uint32_t calls, uint32_t count)
{
    struct times pages = times_of(count);
    size_t over = 0;

    for (; pages.count < count; pages.count++) {
        uint64_t slowest = 0;

        for (uint32_t i = 0; i < calls; i++) {
            /* Sorted as they are, the slowest one is the one furthest back. */
            const uint64_t drawn = prng_below(prng, measured->count);

            slowest = drawn > slowest ? drawn : slowest;
        }
        pages.us[pages.count] = measured->us[slowest];
        over += pages.us[pages.count] > LIMIT_US;
    }
    sort(&pages);
    printf("{\"calls\":%" PRIu32 ",\"over\":%.9g,\"us\":[", calls,
           (double)over / count);
    for (size_t i = 0; i < PAGE_SHARES; i++)
        printf("%s[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", i == 0 ? "" : ",",
               ranked(&pages, page_shares[i], -3),
               exact(&pages, page_shares[i]),
               ranked(&pages, page_shares[i], 3));
    printf("]}");
    free(pages.us);
}

static void pages(const struct options *options, struct error *error)
{
    struct prng prng = prng_seeded(options->seed);
    struct times measured = measured_calls(&prng);
    struct histogram *call = histogram_of_calls(&measured);
    uint32_t before = 0;

    compare(error, call, &measured);
    printf("\"pages\":{\"limit\":%d,\"drawn\":%" PRIu32
           ",\"per_million\":[%" PRIu32 ",%" PRIu32 ",%" PRIu32 "],\n"
           "\"curve\":[",
           LIMIT_US, options->pages, page_shares[0], page_shares[1],
           page_shares[2]);
    for (int i = 0; i < CURVE; i++) {
        const uint32_t calls =
            (uint32_t)lround(pow(CALLS_MOST, i / (CURVE - 1.0)));

        if (calls == before)
            continue;
        printf("%s\n", before == 0 ? "" : ",");
        predict(call, calls);
        before = calls;
    }
    printf("],\n\"points\":[");
    for (size_t i = 0; i < PAGE_CALLS; i++) {
        printf("%s\n{\"predicted\":", i == 0 ? "" : ",");
        predict(call, page_calls[i]);
        printf(",\"met\":");
        draw_pages(&prng, &measured, page_calls[i], options->pages);
        printf("}");
    }
    printf("]},\n");
    histogram_close(call);
    free(measured.us);
}

/* ---- Command line ---- */

static _Noreturn void usage(void)
{
    (void)fprintf(stderr,
                  "usage: figures [--pages=1000..10000000] [--seed=K]\n");
    exit(2);
}

/* The text after `name` in `argument`, or NULL. */
static const char *value_of(const char *argument, const char *name)
{
    const size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

static struct options parse(int argc, char **argv)
{
    struct options options = {.pages = 50000, .seed = 1};

    for (int i = 1; i < argc; i++) {
        const char *value;

        if ((value = value_of(argv[i], "--pages=")) != NULL)
            options.pages = (uint32_t)strtoul(value, NULL, 10);
        else if ((value = value_of(argv[i], "--seed=")) != NULL)
            options.seed = strtoull(value, NULL, 0);
        else
            usage();
    }
    if (options.pages < 1000 || options.pages > 10000000)
        usage();
    return options;
}

int main(int argc, char **argv)
{
    const struct options options = parse(argc, argv);
    struct error error = {0};

    printf("{\"seed\":%" PRIu64 ",\n", options.seed);
    stall(&options, &error);
    stores(&options, &error);
    pages(&options, &error);
    printf("\"error\":{\"most\":%.6f,\"compared\":%zu}}\n", error.most,
           error.compared);
    return ferror(stdout) || fflush(stdout) != 0;
}
