/* figures.c: the experiments behind Figures 6 and 8 of the Dynamo paper, made
 * with your ring.
 *
 *     figures 8 [--seconds=S] [--trials=N] [--seed=K]
 *     figures 6 [--seconds=S] [--trials=N] [--seed=K]
 *
 * prints one table as CSV on stdout, and its progress on stderr. All that is
 * known about placement comes through ring.h. Each trial has a ring of its own,
 * named by a seed; the CSV says which seeds. Without --trials a point gets as
 * many trials as fit in its part of the time, so that a slow ring ends too.
 *
 * Exit status: 0 done, 1 the ring cannot do it yet, 2 wrong arguments. */
#define _POSIX_C_SOURCE 200809L
#include "dynamo/err.h"
#include "dynamo/prng.h"
#include "dynamo/ring.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    NODES = 30,      /* S in Figure 8 */
    REPLICAS = 3,    /* N in Figure 8 */
    TRIALS_MAX = 400 /* more would not move a mean that is drawn */
};

struct options {
    int figure;      /* 6 or 8 */
    double seconds;  /* CPU time for the whole table */
    unsigned trials; /* for each point; 0: as many as fit in the time */
    uint64_t seed;   /* of the first trial; the next trials count on from it */
};

/* Mean and standard deviation of a growing sample (Welford's method). */
struct sample {
    unsigned count;
    double mean;
    double squares; /* sum of squared distances from the mean */
};

static void sample_add(struct sample *sample, double value)
{
    double before = value - sample->mean;

    sample->count++;
    sample->mean += before / sample->count;
    sample->squares += before * (value - sample->mean);
}

static double sample_deviation(const struct sample *sample)
{
    return sample->count < 2 ? 0 : sqrt(sample->squares / (sample->count - 1));
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* One line that is written over and over, for somebody who is watching. */
static void progress(const char *format, ...)
{
    va_list arguments;

    if (!isatty(STDERR_FILENO))
        return;
    va_start(arguments, format);
    (void)fputc('\r', stderr);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
}

static bool more_trials(const struct options *options, unsigned done,
                        double started, double seconds)
{
    if (options->trials > 0)
        return done < options->trials;
    return done == 0 ||
           (done < TRIALS_MAX && cpu_seconds() - started < seconds);
}

/* ---- What an unfinished ring is told ---- */

static void unfinished(const char *function, const char *part, const char *what)
{
    progress("%40s\r", "");
    (void)fprintf(stderr,
                  "figures: %s %s; finish part %s of the lab before you "
                  "draw its figures (make test-lab1 says what is missing).\n",
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

/* ---- Rings ---- */

static const char *part_of(enum ring_strategy strategy)
{
    return strategy == RING_TOKENS ? "A" : "B";
}

/* A ring of NODES members whose metadata has `metadata` entries. */
static struct ring *ring_of(enum ring_strategy strategy, uint32_t metadata,
                            uint64_t seed)
{
    struct ring_config config = {
        .strategy = strategy,
        .tokens = metadata / NODES,
        /* The paper does not give strategy 2's Q; 1024 fits its curve. */
        .partitions = strategy == RING_PARTITIONS ? metadata : 1024,
        .seed = seed,
    };
    const char *part = part_of(strategy);
    struct ring *ring = NULL;

    need(ring_open(&ring, &config), "ring_open", part);
    if (ring == NULL)
        unfinished("ring_open", part, "returned DYN_OK without a ring");
    for (node_id node = 0; node < NODES; node++)
        need(ring_join(ring, node, 1), "ring_join", part);
    if (ring_members(ring, NULL, 0) != NODES)
        unfinished("ring_members", part, "does not count 30 after 30 joins");
    if (ring_metadata(ring) != metadata)
        unfinished("ring_metadata", "C",
                   "does not count one entry a token (strategies 1 and 2) or "
                   "a partition (strategy 3)");
    return ring;
}

/* ---- Figure 8: efficiency against the size of the metadata ---- */

static double efficiency(enum ring_strategy strategy, uint32_t metadata,
                         uint64_t seed)
{
    struct ring *ring = ring_of(strategy, metadata, seed);
    double shares[NODES] = {0};
    double sum = 0;
    double result;

    need(ring_shares(ring, REPLICAS, shares, NODES), "ring_shares", "C");
    for (size_t i = 0; i < NODES; i++)
        sum += shares[i];
    if (!(fabs(sum - REPLICAS) < 1e-6))
        unfinished("ring_shares", "C", "gave shares that do not add up to n");
    result = load_efficiency(shares, NODES);
    if (!(result > 0 && result <= 1))
        unfinished("load_efficiency", "C", "gave a number outside (0, 1]");
    ring_close(ring);
    return result;
}

static void figure8(const struct options *options)
{
    enum { SIZES = 10, POINTS = 3 * SIZES };
    double end = cpu_seconds() + options->seconds;
    int done = 0;

    printf("strategy,metadata,trials,first_seed,last_seed,mean,deviation\n");
    for (int strategy = RING_TOKENS; strategy <= RING_PARTITIONS; strategy++) {
        for (int k = 1; k <= SIZES; k++) {
            uint32_t metadata = (uint32_t)NODES << k;
            struct sample sample = {0};
            double started = cpu_seconds();

            /* What a small ring does not use of its time, a large one gets. */
            double share = (end - started) / (POINTS - done);

            progress("Figure 8: strategy %d, point %d of %d ", strategy, ++done,
                     POINTS);
            while (more_trials(options, sample.count, started, share))
                sample_add(&sample,
                           efficiency((enum ring_strategy)strategy, metadata,
                                      options->seed + sample.count));
            printf("%d,%u,%u,%llu,%llu,%.6f,%.6f\n", strategy, metadata,
                   sample.count, (unsigned long long)options->seed,
                   (unsigned long long)(options->seed + sample.count - 1),
                   sample.mean, sample_deviation(&sample));
            (void)fflush(stdout);
        }
    }
    progress("%40s\r", "");
}

/* ---- Figure 6: nodes out of balance against load ---- */

/* The ring is yours; the traffic is a model, since Amazon's is not public:
 * - Load follows the hour, as one wave between 1/8 of the peak and the peak.
 * - At the peak HOT_KEYS keys are popular; with less load proportionally fewer
 *   are ("during low loads fewer popular keys are accessed", section 6.2).
 * - The r-th most popular key gets requests in proportion to r^-SKEW.
 * - Each window has popular keys of its own, and each request for a key loads
 *   all N nodes of its preference list.
 * T, HOT_KEYS and SKEW are not in the paper. They were chosen so that strategy
 * 1 meets its two numbers: about 20 % at the lowest load, 10 % at the peak. */
enum {
    WINDOWS = 48, /* of 30 minutes */
    HOT_KEYS = 24000,
    METADATA = 48 * NODES /* T = 48; the same size for strategy 3 */
};
static const double skew = 0.5;
static const double low_load = 0.125;
static const double threshold = 0.15;

/* Quietest at 4 in the morning, busiest at 4 in the afternoon. */
static double load_at(int window)
{
    double hour = (window + 0.5) * 24 / WINDOWS;
    double wave = (1 - cos((hour - 4) * 2 * acos(-1.0) / 24)) / 2;

    return low_load + (1 - low_load) * wave;
}

/* The preference list of every key, REPLICAS nodes each, into lists[]. */
static void place_keys(const struct ring *ring, enum ring_strategy strategy,
                       uint64_t seed, node_id *lists)
{
    for (int i = 0; i < HOT_KEYS; i++) {
        char name[64];
        int length = snprintf(name, sizeof name, "cart/%llu/%d",
                              (unsigned long long)seed, i);
        struct slice key = {(const uint8_t *)name, (size_t)length};
        node_id *list = &lists[(size_t)i * REPLICAS];

        need(ring_preference_list(ring, ring_position(key), REPLICAS, list),
             "ring_preference_list", part_of(strategy));
        for (int r = 0; r < REPLICAS; r++)
            if (list[r] >= NODES)
                unfinished("ring_preference_list", part_of(strategy),
                           "named a node that is no member");
    }
}

static void shuffle(struct prng *prng, uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = (uint32_t)prng_below(prng, i);
        uint32_t kept = numbers[i - 1];

        numbers[i - 1] = numbers[j];
        numbers[j] = kept;
    }
}

/* One day of one ring: a value into each of the WINDOWS samples. */
static void day(enum ring_strategy strategy, uint64_t seed,
                const double *weight, node_id *lists, uint32_t *ranking,
                struct sample *samples)
{
    struct ring *ring = ring_of(strategy, METADATA, seed);
    struct prng prng = prng_seeded(seed);

    place_keys(ring, strategy, seed, lists);
    ring_close(ring);
    for (int window = 0; window < WINDOWS; window++) {
        double loads[NODES] = {0};
        int popular = (int)(HOT_KEYS * load_at(window));

        for (uint32_t i = 0; i < HOT_KEYS; i++)
            ranking[i] = i;
        shuffle(&prng, ranking, HOT_KEYS);
        for (int i = 0; i < popular; i++)
            for (int r = 0; r < REPLICAS; r++)
                loads[lists[(size_t)ranking[i] * REPLICAS + (size_t)r]] +=
                    weight[i];
        sample_add(&samples[window], load_imbalance(loads, NODES, threshold));
    }
}

static void figure6(const struct options *options)
{
    node_id *lists = calloc((size_t)HOT_KEYS * REPLICAS, sizeof *lists);
    uint32_t *ranking = calloc(HOT_KEYS, sizeof *ranking);
    double *weight = calloc(HOT_KEYS, sizeof *weight);

    if (lists == NULL || ranking == NULL || weight == NULL) {
        (void)fprintf(stderr, "figures: no memory for %d keys.\n", HOT_KEYS);
        exit(1);
    }
    for (int i = 0; i < HOT_KEYS; i++)
        weight[i] = pow(i + 1, -skew);
    printf(
        "strategy,metadata,window,hour,load,trials,first_seed,last_seed,mean,"
        "deviation\n");
    for (int strategy = RING_TOKENS; strategy <= RING_PARTITIONS;
         strategy += RING_PARTITIONS - RING_TOKENS) {
        struct sample samples[WINDOWS] = {0};
        double started = cpu_seconds();

        while (more_trials(options, samples[0].count, started,
                           options->seconds / 2)) {
            progress("Figure 6: strategy %d, day %u ", strategy,
                     samples[0].count + 1);
            day((enum ring_strategy)strategy, options->seed + samples[0].count,
                weight, lists, ranking, samples);
        }
        for (int window = 0; window < WINDOWS; window++)
            printf(
                "%d,%d,%d,%.1f,%.4f,%u,%llu,%llu,%.6f,%.6f\n", strategy,
                METADATA, window, window * 24.0 / WINDOWS, load_at(window),
                samples[window].count, (unsigned long long)options->seed,
                (unsigned long long)(options->seed + samples[window].count - 1),
                samples[window].mean, sample_deviation(&samples[window]));
    }
    progress("%40s\r", "");
    free(weight);
    free(ranking);
    free(lists);
}

/* ---- Command line ---- */

static void usage(void)
{
    (void)fprintf(stderr, "usage: figures 6|8 [--seconds=S] [--trials=N] "
                          "[--seed=K]\n");
    exit(2);
}

/* The text after `name` in `argument`, or NULL. */
static const char *value_of(const char *argument, const char *name)
{
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

static struct options parse(int argc, char **argv)
{
    struct options options = {.seed = 1};

    if (argc < 2 || (strcmp(argv[1], "6") != 0 && strcmp(argv[1], "8") != 0))
        usage();
    options.figure = argv[1][0] - '0';
    options.seconds = options.figure == 8 ? 14 : 6;
    for (int i = 2; i < argc; i++) {
        const char *value = NULL;

        if ((value = value_of(argv[i], "--seconds=")) != NULL)
            options.seconds = strtod(value, NULL);
        else if ((value = value_of(argv[i], "--trials=")) != NULL)
            options.trials = (unsigned)strtoul(value, NULL, 10);
        else if ((value = value_of(argv[i], "--seed=")) != NULL)
            options.seed = strtoull(value, NULL, 0);
        else
            usage();
    }
    return options;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);

    if (options.figure == 8)
        figure8(&options);
    else
        figure6(&options);
    return ferror(stdout) || fflush(stdout) != 0;
}
