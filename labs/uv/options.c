/* options.c: see options.h. */
#define _GNU_SOURCE
#include "uv/options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    STORE_MB = 256,
    STORE_MB_MAX = 1 << 20,
    RETRY_MS = 100,
    GIVE_UP_MS = 2000,
    HANDOFF_MS = 500,
    SYNC_MS = 1000,
    TOKENS = 8,
    PARTITIONS = 64,
};

enum key {
    KEY_ID = 256,
    KEY_PROGRAM,
    KEY_MEMBERS,
    KEY_N,
    KEY_R,
    KEY_W,
    KEY_F,
    KEY_RETRY,
    KEY_GIVE_UP,
    KEY_STRATEGY,
    KEY_TOKENS,
    KEY_PARTITIONS,
    KEY_RING_SEED,
    KEY_SLOPPY,
    KEY_HANDOFF,
    KEY_SYNC,
    KEY_GOSSIP,
    KEY_FIRST,
    KEY_STORE,
    KEY_STORE_MB,
    KEY_PORT,
    KEY_CLIENT_PORT,
    KEY_TRACE,
    KEY_RANDOM_SEED,
    KEY_CONTROL_FD,
    KEY_DISK,
};

static const struct argp_option known[] = {
    {0, 0, 0, 0, "The cluster, the same for all its nodes:", 1},
    {"members", KEY_MEMBERS, "1,2,3", 0, "all nodes, this one among them", 1},
    {"program", KEY_PROGRAM, "NAME", 0,
     "what the nodes run: register, masking, vclock, dvv or failure", 1},
    {"n", KEY_N, "N", 0, "replicas of a key (3, or all members)", 1},
    {"r", KEY_R, "R", 0, "answers that a read waits for (a majority of N)", 1},
    {"w", KEY_W, "W", 0, "answers that a write waits for (a majority of N)", 1},
    {"f", KEY_F, "F", 0, "liars to be borne (0)", 1},
    {"retry-ms", KEY_RETRY, "MS", 0, "when to ask again (100)", 1},
    {"give-up-ms", KEY_GIVE_UP, "MS", 0, "when to give up a request (2000)", 1},
    {"strategy", KEY_STRATEGY, "1|2|3", 0, "of the ring (1)", 1},
    {"tokens", KEY_TOKENS, "T", 0, "a node, strategies 1 and 2 (8)", 1},
    {"partitions", KEY_PARTITIONS, "Q", 0, "strategies 2 and 3 (64)", 1},
    {"ring-seed", KEY_RING_SEED, "N", 0, "names the ring (0)", 1},
    {"sloppy", KEY_SLOPPY, "0|1", 0,
     "whether others stand in for replicas that do not answer (1); failure "
     "alone",
     1},
    {"handoff-ms", KEY_HANDOFF, "MS", 0, "when to look at hints again (500)",
     1},
    {"sync-ms", KEY_SYNC, "MS", 0,
     "when to compare with another replica again (1000); 0: never; failure "
     "alone",
     1},
    {"gossip-ms", KEY_GOSSIP, "MS", 0,
     "when to ask another node for its view of the membership (0: it never "
     "changes); failure alone",
     1},
    {"first", KEY_FIRST, "COUNT", 0,
     "with --gossip-ms: so many of the members, those with the lowest numbers, "
     "are the store until others join (0: all)",
     1},
    {0, 0, 0, 0, "This node:", 2},
    {"id", KEY_ID, "N", 0, "which of the members it is", 2},
    {"store", KEY_STORE, "memory|lmdb:FOLDER", 0, "its store (memory)", 2},
    {"store-mb", KEY_STORE_MB, "MB", 0, "what the store may hold (256)", 2},
    {"disk", KEY_DISK, "N", 0,
     "which of its stores this is: 1 the first; higher than any before when it "
     "begins without its store (1)",
     2},
    {"port", KEY_PORT, "PORT", 0, "for its peers (a free one)", 2},
    {"client-port", KEY_CLIENT_PORT, "PORT", 0,
     "for clients, which speak the Redis protocol (a free one)", 2},
    {"trace", KEY_TRACE, "FILE", 0, "write there what happens, as JSON lines",
     2},
    {"random-seed", KEY_RANDOM_SEED, "N", 0, "of the program's draws", 2},
    {"control-fd", KEY_CONTROL_FD, "FD", 0,
     "talk to the parent over this descriptor, not over standard input and "
     "output",
     2},
    {0},
};

static const char about[] =
    "One node of a Dynamo store.\v"
    "It listens on 127.0.0.1 and says where: \"node 1 peer 40001 client "
    "40002\". Its parent tells it, at any time, where the others are, a line "
    "each: \"peer 2 127.0.0.1 40011\". \"stop\" ends it, and so does the end "
    "of that input. To try it: redis-cli -p 40002 SET key value.";

/* What was given, before it is known whether it fits together. */
struct reading {
    struct node_options *options;
    bool has_id, has_n, has_r, has_w;
};

/* ---- Values ---- */

static uint64_t number(struct argp_state *state, const char *name,
                       const char *text, uint64_t least, uint64_t most)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' ||
        value < least || value > most)
        argp_error(state, "--%s takes a number from %llu to %llu, not '%s'",
                   name, (unsigned long long)least, (unsigned long long)most,
                   text);
    return value;
}

static int compare_ids(const void *left, const void *right)
{
    node_id a = *(const node_id *)left, b = *(const node_id *)right;

    return a < b ? -1 : a > b;
}

static void read_members(struct argp_state *state, struct node_options *options,
                         const char *text)
{
    size_t count = 0;
    char *copy = strdup(text), *rest = copy, *word;

    if (copy == NULL)
        argp_failure(state, EX_OSERR, 0, "no memory");
    while ((word = strsep(&rest, ",")) != NULL) {
        if (count == MEMBERS_MAX)
            argp_error(state, "--members takes at most %d nodes", MEMBERS_MAX);
        options->members[count++] =
            (node_id)number(state, "members", word, 0, UINT32_MAX);
    }
    free(copy);
    qsort(options->members, count, sizeof options->members[0], compare_ids);
    for (size_t i = 1; i < count; i++)
        if (options->members[i] == options->members[i - 1])
            argp_error(state, "--members names node %u twice",
                       options->members[i]);
    options->config.members = options->members;
    options->config.member_count = count;
}

static void read_store(struct argp_state *state, struct node_options *options,
                       const char *text)
{
    static const char prefix[] = "lmdb:";
    const size_t length = sizeof prefix - 1;

    if (strcmp(text, "memory") == 0)
        options->store_folder = NULL;
    else if (strncmp(text, prefix, length) == 0 && text[length] != '\0')
        options->store_folder = text + length;
    else
        argp_error(state, "--store is memory or lmdb:FOLDER, not '%s'", text);
}

/* ---- All options ---- */

static void check(struct argp_state *state, struct reading *reading)
{
    struct config *config = &reading->options->config;
    const char *program = reading->options->program;
    size_t i = 0;

    if (program == NULL)
        argp_error(state, "--program says what the node runs, as in "
                          "--program=register; it is missing");
    if (config->member_count == 0)
        argp_error(state, "--members names all nodes, as in --members=1,2,3; "
                          "it is missing");
    if (!reading->has_id)
        argp_error(state, "--id says which of the members this node is; it is "
                          "missing");
    while (i < config->member_count && config->members[i] != config->self)
        i++;
    if (i == config->member_count)
        argp_error(state, "--id=%u is not among the --members", config->self);
    if (!reading->has_n)
        config->n =
            config->member_count < 3 ? (uint32_t)config->member_count : 3;
    if (config->n < 1 || config->n > config->member_count)
        argp_error(state, "--n must be 1 to %zu, the number of members",
                   config->member_count);
    if (config->first > 0 &&
        (config->first < config->n || config->first > config->member_count))
        argp_error(state,
                   "--first must be %u (--n) to %zu, the number of "
                   "members; or 0, for all of them",
                   config->n, config->member_count);
    if (!reading->has_r)
        config->r = config->n / 2 + 1;
    if (!reading->has_w)
        config->w = config->n / 2 + 1;
    if (config->r < 1 || config->r > config->n || config->w < 1 ||
        config->w > config->n)
        argp_error(state, "--r and --w must be 1 to %u, which is --n",
                   config->n);
}

static error_t read_cluster(int key, char *text, struct argp_state *state)
{
    struct reading *reading = state->input;
    struct config *config = &reading->options->config;

    switch (key) {
    case KEY_PROGRAM:
        reading->options->program = text;
        return 0;
    case KEY_MEMBERS:
        read_members(state, reading->options, text);
        return 0;
    case KEY_N:
        reading->has_n = true;
        config->n = (uint32_t)number(state, "n", text, 1, UINT32_MAX);
        return 0;
    case KEY_R:
        reading->has_r = true;
        config->r = (uint32_t)number(state, "r", text, 1, UINT32_MAX);
        return 0;
    case KEY_W:
        reading->has_w = true;
        config->w = (uint32_t)number(state, "w", text, 1, UINT32_MAX);
        return 0;
    case KEY_F:
        config->f = (uint32_t)number(state, "f", text, 0, UINT32_MAX);
        return 0;
    case KEY_RETRY:
        config->retry_ms =
            (uint32_t)number(state, "retry-ms", text, 1, UINT32_MAX);
        return 0;
    case KEY_GIVE_UP:
        config->give_up_ms =
            (uint32_t)number(state, "give-up-ms", text, 1, UINT32_MAX);
        return 0;
    case KEY_SLOPPY:
        config->sloppy = (uint32_t)number(state, "sloppy", text, 0, 1);
        return 0;
    case KEY_HANDOFF:
        config->handoff_ms =
            (uint32_t)number(state, "handoff-ms", text, 1, UINT32_MAX);
        return 0;
    case KEY_SYNC:
        config->sync_ms =
            (uint32_t)number(state, "sync-ms", text, 0, UINT32_MAX);
        return 0;
    case KEY_GOSSIP:
        config->gossip_ms =
            (uint32_t)number(state, "gossip-ms", text, 0, UINT32_MAX);
        return 0;
    case KEY_FIRST:
        config->first = (uint32_t)number(state, "first", text, 0, MEMBERS_MAX);
        return 0;
    case KEY_STRATEGY:
        config->ring.strategy =
            (enum ring_strategy)number(state, "strategy", text, 1, 3);
        return 0;
    case KEY_TOKENS:
        config->ring.tokens =
            (uint32_t)number(state, "tokens", text, 1, RING_TOKENS_MAX);
        return 0;
    case KEY_PARTITIONS:
        config->ring.partitions =
            (uint32_t)number(state, "partitions", text, 1, RING_PARTITIONS_MAX);
        return 0;
    case KEY_RING_SEED:
        config->ring.seed = number(state, "ring-seed", text, 0, UINT64_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
    struct reading *reading = state->input;
    struct node_options *options = reading->options;

    switch (key) {
    case KEY_ID:
        reading->has_id = true;
        options->config.self =
            (node_id)number(state, "id", text, 0, UINT32_MAX);
        return 0;
    case KEY_STORE:
        read_store(state, options, text);
        return 0;
    case KEY_STORE_MB:
        options->store_bytes =
            (size_t)number(state, "store-mb", text, 1, STORE_MB_MAX) << 20;
        return 0;
    case KEY_DISK:
        options->config.disk =
            (uint32_t)number(state, "disk", text, 1, UINT32_MAX);
        return 0;
    case KEY_PORT:
        options->port = (uint16_t)number(state, "port", text, 0, UINT16_MAX);
        return 0;
    case KEY_CLIENT_PORT:
        options->client_port =
            (uint16_t)number(state, "client-port", text, 0, UINT16_MAX);
        return 0;
    case KEY_TRACE:
        options->trace = text;
        return 0;
    case KEY_RANDOM_SEED:
        options->random_seed =
            number(state, "random-seed", text, 0, UINT64_MAX);
        return 0;
    case KEY_CONTROL_FD:
        options->control_fd =
            (int)number(state, "control-fd", text, 0, INT_MAX);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not an option", text);
        return 0;
    case ARGP_KEY_END:
        check(state, reading);
        return 0;
    default:
        return read_cluster(key, text, state);
    }
}

void options_read(struct node_options *options, int argc, char **argv)
{
    static const struct argp parser = {known, read_option, NULL, about,
                                       NULL,  NULL,        NULL};
    struct reading reading = {.options = options};

    *options = (struct node_options){
        .config = {.ring = {RING_TOKENS, TOKENS, PARTITIONS, 0},
                   .retry_ms = RETRY_MS,
                   .give_up_ms = GIVE_UP_MS,
                   .sloppy = 1,
                   .handoff_ms = HANDOFF_MS,
                   .sync_ms = SYNC_MS,
                   .disk = 1},
        .store_bytes = (size_t)STORE_MB << 20,
        .control_fd = -1,
    };
    if (argp_parse(&parser, argc, argv, 0, NULL, &reading) != 0)
        exit(EX_USAGE);
}
