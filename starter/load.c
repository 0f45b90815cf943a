/* load.c: what is sent when, and how long it took.
 *
 * Interface: dynamo/load.h, which says what every function owes its caller.
 */
#include "dynamo/load.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>

/* A connection, and the request on it. */
struct connection {
    bool busy;
    uint64_t meant_us; /* when the request was to leave */
    uint64_t left_us;  /* when it left */
};

struct load {
    struct load_config config;
    struct connection *connections;
    uint64_t next; /* the first request that has not left */
    uint64_t next_us;
    struct histogram *latency, *service;
};

static bool in_range(uint64_t number, uint64_t most)
{
    return number >= 1 && number <= most;
}

int load_open(struct load **load, const struct load_config *config)
{
    struct load *made;

    if (load == NULL || config == NULL || config->begin_us > INT64_MAX ||
        !in_range(config->interval_us, LOAD_US_MAX) ||
        !in_range(config->requests, LOAD_REQUESTS_MAX) ||
        !in_range(config->connections, LOAD_CONNECTIONS_MAX))
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    made->next_us = config->begin_us;
    made->connections = calloc(config->connections, sizeof *made->connections);
    if (made->connections == NULL || histogram_open(&made->latency) != DYN_OK ||
        histogram_open(&made->service) != DYN_OK) {
        return DYN_ENOMEM;
    }
    *load = made;
    return DYN_OK;
}

void load_close(struct load *load)
{
    if (load == NULL)
        return;
    histogram_close(load->service);
    histogram_close(load->latency);
    free(load->connections);
    free(load);
}

/* ---- What is sent ---- */

/* The free connection of the lowest number, or NULL. */
static struct connection *free_connection(const struct load *load)
{
    for (uint32_t i = 0; i < load->config.connections; i++)
        if (!load->connections[i].busy)
            return &load->connections[i];
    return NULL;
}

int load_due(struct load *load, uint64_t now_us, uint64_t *request,
             uint32_t *connection)
{
    struct connection *chosen;

    if (load == NULL || request == NULL || connection == NULL)
        return DYN_EINVAL;
    if (load->next == load->config.requests || load->next_us > now_us)
        return DYN_ENOENT;
    // Whatever happens, the store gets no more than it is meant to get.
    load->next_us = now_us + load->config.interval_us;
    chosen = free_connection(load);
    if (chosen == NULL) {
        // All are busy: the next one will find one that is free.
        load->next++;
        return DYN_ENOENT;
    }
    *chosen = (struct connection){true, now_us, now_us};
    *request = load->next++;
    *connection = (uint32_t)(chosen - load->connections);
    return DYN_OK;
}

int load_next(const struct load *load, uint64_t *at_us)
{
    if (load == NULL || at_us == NULL)
        return DYN_EINVAL;
    if (load->next == load->config.requests)
        return DYN_ENOENT;
    *at_us = load->next_us;
    return DYN_OK;
}

uint64_t load_late(const struct load *load, uint64_t now_us)
{
    // None is ever late: each leaves when its time has come.
    (void)load, (void)now_us;
    return 0;
}

/* ---- What was measured ---- */

int load_answered(struct load *load, uint32_t connection, uint64_t now_us)
{
    struct connection *answered;

    if (load == NULL || connection >= load->config.connections)
        return DYN_EINVAL;
    answered = &load->connections[connection];
    if (!answered->busy)
        return DYN_ENOENT;
    answered->busy = false;
    /* No time comes more than 2^64 - 1 times. */
    (void)histogram_record(load->latency, now_us - answered->meant_us, 1);
    (void)histogram_record(load->service, now_us - answered->left_us, 1);
    return DYN_OK;
}

const struct histogram *load_latency(const struct load *load)
{
    return load == NULL ? NULL : load->latency;
}

const struct histogram *load_service(const struct load *load)
{
    return load == NULL ? NULL : load->service;
}
