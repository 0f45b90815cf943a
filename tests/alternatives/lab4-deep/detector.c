/* detector.c, built otherwise: a list of nodes, each a block of its own. */
#include "dynamo/detector.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct watched {
    struct watched *next;
    node_id node;
    uint64_t suspected_ms, probe_ms, pause_ms;
};

struct detector {
    struct detector_config config;
    struct watched *first; /* by node */
};

static bool is_legal(uint32_t ms)
{
    return ms > 0 && ms <= DETECTOR_MS_MAX;
}

int detector_open(struct detector **detector,
                  const struct detector_config *config)
{
    if (detector == NULL || config == NULL || !is_legal(config->patience_ms) ||
        !is_legal(config->probe_ms) || !is_legal(config->probe_most_ms) ||
        config->probe_ms > config->probe_most_ms)
        return DYN_EINVAL;
    struct detector *const made = malloc(sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    made->first = NULL;
    *detector = made;
    return DYN_OK;
}

void detector_close(struct detector *detector)
{
    while (detector != NULL && detector->first != NULL) {
        struct watched *const gone = detector->first;

        detector->first = gone->next;
        free(gone);
    }
    free(detector);
}

static struct watched **place_of(struct detector *detector, node_id node)
{
    struct watched **at = &detector->first;

    while (*at != NULL && (*at)->node < node)
        at = &(*at)->next;
    return at;
}

int detector_asked(struct detector *detector, node_id node, uint64_t now_ms)
{
    struct watched **at, *made;

    if (detector == NULL)
        return DYN_EINVAL;
    at = place_of(detector, node);
    if (*at != NULL && (*at)->node == node)
        return DYN_OK;
    made = malloc(sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->next = *at;
    made->node = node;
    made->suspected_ms = now_ms + detector->config.patience_ms;
    made->probe_ms = made->suspected_ms + detector->config.probe_ms;
    made->pause_ms = detector->config.probe_ms;
    *at = made;
    return DYN_OK;
}

int detector_heard(struct detector *detector, node_id node, uint64_t now_ms)
{
    struct watched **at, *gone;

    if (detector == NULL)
        return DYN_EINVAL;
    (void)now_ms;
    at = place_of(detector, node);
    gone = *at;
    if (gone != NULL && gone->node == node) {
        *at = gone->next;
        free(gone);
    }
    return DYN_OK;
}

bool detector_suspects(const struct detector *detector, node_id node,
                       uint64_t now_ms)
{
    if (detector == NULL)
        return false;
    for (const struct watched *at = detector->first; at != NULL; at = at->next)
        if (at->node == node)
            return at->suspected_ms <= now_ms;
    return false;
}

int detector_due(struct detector *detector, uint64_t now_ms, node_id *nodes,
                 size_t capacity, size_t *count)
{
    if (detector == NULL || nodes == NULL || capacity == 0 || count == NULL)
        return DYN_EINVAL;
    *count = 0;
    for (struct watched *at = detector->first; at != NULL; at = at->next) {
        if (at->probe_ms > now_ms)
            continue;
        if (*count == capacity)
            break;
        nodes[(*count)++] = at->node;
        at->pause_ms *= 2;
        if (at->pause_ms > detector->config.probe_most_ms)
            at->pause_ms = detector->config.probe_most_ms;
        at->probe_ms = now_ms + at->pause_ms;
    }
    return DYN_OK;
}

int detector_next(const struct detector *detector, uint64_t *at_ms)
{
    const struct watched *soonest;

    if (detector == NULL || at_ms == NULL)
        return DYN_EINVAL;
    soonest = detector->first;
    if (soonest == NULL)
        return DYN_ENOENT;
    for (const struct watched *at = soonest->next; at != NULL; at = at->next)
        if (at->probe_ms < soonest->probe_ms)
            soonest = at;
    *at_ms = soonest->probe_ms;
    return DYN_OK;
}
