/* load.c, built otherwise: free connections are in a heap, the lowest on top, and a
 * connection knows the request on it by its number. Its histograms may need memory
 * when they record, so that an answer may be refused: then neither has it. */
#include "dynamo/load.h"

#include "dynamo/err.h"

#include <stdbool.h>
#include <stdlib.h>

struct sent {
    uint64_t request; /* or FREE */
    uint64_t left_us;
};

#define FREE UINT64_MAX

struct load {
    struct load_config config;
    struct sent *sent; /* by connection */
    uint32_t *heap;    /* free connections */
    uint32_t free;     /* how many */
    uint64_t departed;
    struct histogram *latency, *service;
};

void load_close(struct load *load)
{
    if (load == NULL)
        return;
    free(load->sent);
    free(load->heap);
    histogram_close(load->latency);
    histogram_close(load->service);
    free(load);
}

int load_open(struct load **load, const struct load_config *config)
{
    struct load *made;

    if (load == NULL || config == NULL)
        return DYN_EINVAL;
    if (config->begin_us >> 63 != 0 || config->interval_us == 0 ||
        config->interval_us > LOAD_US_MAX || config->requests == 0 ||
        config->requests > LOAD_REQUESTS_MAX || config->connections == 0 ||
        config->connections > LOAD_CONNECTIONS_MAX)
        return DYN_EINVAL;
    made = malloc(sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *made = (struct load){.config = *config, .free = config->connections};
    made->sent = malloc(config->connections * sizeof *made->sent);
    made->heap = malloc(config->connections * sizeof *made->heap);
    if (made->sent == NULL || made->heap == NULL ||
        histogram_open(&made->latency) != DYN_OK ||
        histogram_open(&made->service) != DYN_OK) {
        load_close(made);
        return DYN_ENOMEM;
    }
    for (uint32_t i = 0; i < config->connections; i++) {
        made->heap[i] = i;
        made->sent[i] = (struct sent){FREE, 0};
    }
    *load = made;
    return DYN_OK;
}

/* ---- The heap ---- */

static void swap(uint32_t *one, uint32_t *other)
{
    uint32_t kept = *one;

    *one = *other;
    *other = kept;
}

static void push(struct load *load, uint32_t connection)
{
    uint32_t *heap = load->heap, at = load->free++;

    heap[at] = connection;
    for (; at > 0 && heap[at] < heap[(at - 1) / 2]; at = (at - 1) / 2)
        swap(&heap[at], &heap[(at - 1) / 2]);
}

static uint32_t pop(struct load *load)
{
    uint32_t *heap = load->heap, top = heap[0], at = 0;

    heap[0] = heap[--load->free];
    for (;;) {
        uint32_t lowest = at;

        for (uint32_t below = 2 * at + 1;
             below <= 2 * at + 2 && below < load->free; below++)
            if (heap[below] < heap[lowest])
                lowest = below;
        if (lowest == at)
            return top;
        swap(&heap[at], &heap[lowest]);
        at = lowest;
    }
}

/* ---- Requests ---- */

static uint64_t due_at(const struct load *load, uint64_t request)
{
    return load->config.begin_us + load->config.interval_us * request;
}

int load_next(const struct load *load, uint64_t *at_us)
{
    if (load == NULL || at_us == NULL)
        return DYN_EINVAL;
    if (load->free == 0 || load->departed >= load->config.requests)
        return DYN_ENOENT;
    *at_us = due_at(load, load->departed);
    return DYN_OK;
}

int load_due(struct load *load, uint64_t now_us, uint64_t *request,
             uint32_t *connection)
{
    uint64_t at_us;

    if (load == NULL || request == NULL || connection == NULL)
        return DYN_EINVAL;
    if (load_next(load, &at_us) != DYN_OK || at_us > now_us)
        return DYN_ENOENT;
    *connection = pop(load);
    *request = load->departed++;
    load->sent[*connection] = (struct sent){*request, now_us};
    return DYN_OK;
}

uint64_t load_late(const struct load *load, uint64_t now_us)
{
    uint64_t from, to;

    if (load == NULL)
        return 0;
    /* The first request whose time has not come is one of from .. to. */
    from = load->departed;
    to = load->config.requests;
    while (from < to) {
        uint64_t half = from + (to - from) / 2;

        if (due_at(load, half) <= now_us)
            from = half + 1;
        else
            to = half;
    }
    return from - load->departed;
}

/* A copy with one more. */
static int with(const struct histogram *histogram, uint64_t us,
                struct histogram **copy)
{
    int code = histogram_open(copy);

    if (code != DYN_OK)
        return code;
    code = histogram_merge(*copy, histogram);
    if (code == DYN_OK)
        code = histogram_record(*copy, us, 1);
    if (code != DYN_OK)
        histogram_close(*copy);
    return code;
}

int load_answered(struct load *load, uint32_t connection, uint64_t now_us)
{
    struct histogram *service;
    struct sent *sent;
    int code;

    if (load == NULL || connection >= load->config.connections)
        return DYN_EINVAL;
    sent = &load->sent[connection];
    if (sent->request == FREE)
        return DYN_ENOENT;
    code = with(load->service, now_us - sent->left_us, &service);
    if (code != DYN_OK)
        return code;
    code = histogram_record(load->latency, now_us - due_at(load, sent->request),
                            1);
    if (code != DYN_OK) {
        histogram_close(service);
        return code;
    }
    histogram_close(load->service);
    load->service = service;
    sent->request = FREE;
    push(load, connection);
    return DYN_OK;
}

const struct histogram *load_latency(const struct load *load)
{
    return load != NULL ? load->latency : NULL;
}

const struct histogram *load_service(const struct load *load)
{
    return load != NULL ? load->service : NULL;
}
