/* load.c, built otherwise: free connections are bits, and what is known of the
 * schedule is the next time and how many are left. A connection knows when its
 * request left, and how late. */
#include "dynamo/load.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct open_request {
    uint64_t left_us, late_us;
};

struct load {
    uint64_t next_us, interval_us;
    uint64_t requests, left; /* of all, those that have not left */
    uint32_t connections;
    struct histogram *times[2]; /* latency, service */
    uint64_t *free;             /* a bit for each connection */
    struct open_request open[];
};

static size_t words(uint32_t connections)
{
    return (connections + 63) / 64;
}

int load_open(struct load **load, const struct load_config *config)
{
    struct load *made;

    if (load == NULL || config == NULL || config->begin_us > INT64_MAX ||
        config->interval_us - 1 >= LOAD_US_MAX ||
        config->requests - 1 >= LOAD_REQUESTS_MAX ||
        config->connections - 1 >= LOAD_CONNECTIONS_MAX)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made + config->connections * sizeof made->open[0] +
                         words(config->connections) * sizeof *made->free);
    if (made == NULL)
        return DYN_ENOMEM;
    for (int i = 0; i < 2; i++) {
        int code = histogram_open(&made->times[i]);

        if (code != DYN_OK) {
            load_close(made);
            return code;
        }
    }
    made->next_us = config->begin_us;
    made->interval_us = config->interval_us;
    made->requests = made->left = config->requests;
    made->connections = config->connections;
    made->free = (uint64_t *)&made->open[config->connections];
    for (uint32_t i = 0; i < config->connections; i++)
        made->free[i / 64] |= (uint64_t)1 << i % 64;
    *load = made;
    return DYN_OK;
}

void load_close(struct load *load)
{
    if (load == NULL)
        return;
    for (int i = 0; i < 2; i++)
        histogram_close(load->times[i]);
    free(load);
}

/* The lowest connection that is free, or how many there are. */
static uint32_t lowest_free(const struct load *load)
{
    for (size_t i = 0; i < words(load->connections); i++)
        if (load->free[i] != 0)
            return (uint32_t)(i * 64 + (size_t)__builtin_ctzll(load->free[i]));
    return load->connections;
}

int load_due(struct load *load, uint64_t now_us, uint64_t *request,
             uint32_t *connection)
{
    uint32_t chosen;

    if (load == NULL || request == NULL || connection == NULL)
        return DYN_EINVAL;
    if (load_late(load, now_us) == 0)
        return DYN_ENOENT;
    chosen = lowest_free(load);
    if (chosen == load->connections)
        return DYN_ENOENT;
    load->free[chosen / 64] &= ~((uint64_t)1 << chosen % 64);
    load->open[chosen].left_us = now_us;
    load->open[chosen].late_us = now_us - load->next_us;
    *request = load->requests - load->left;
    *connection = chosen;
    load->left--;
    load->next_us += load->interval_us;
    return DYN_OK;
}

int load_next(const struct load *load, uint64_t *at_us)
{
    if (load == NULL || at_us == NULL)
        return DYN_EINVAL;
    if (load->left == 0 || lowest_free(load) == load->connections)
        return DYN_ENOENT;
    *at_us = load->next_us;
    return DYN_OK;
}

uint64_t load_late(const struct load *load, uint64_t now_us)
{
    uint64_t late;

    if (load == NULL || now_us < load->next_us)
        return 0;
    late = (now_us - load->next_us) / load->interval_us + 1;
    return late < load->left ? late : load->left;
}

int load_answered(struct load *load, uint32_t connection, uint64_t now_us)
{
    uint64_t took_us;

    if (load == NULL || connection >= load->connections)
        return DYN_EINVAL;
    if ((load->free[connection / 64] >> connection % 64 & 1) != 0)
        return DYN_ENOENT;
    load->free[connection / 64] ^= (uint64_t)1 << connection % 64;
    took_us = now_us - load->open[connection].left_us;
    /* These need no memory. */
    (void)histogram_record(load->times[1], took_us, 1);
    (void)histogram_record(load->times[0],
                           took_us + load->open[connection].late_us, 1);
    return DYN_OK;
}

const struct histogram *load_latency(const struct load *load)
{
    return load == NULL ? NULL : load->times[0];
}

const struct histogram *load_service(const struct load *load)
{
    return load == NULL ? NULL : load->times[1];
}
