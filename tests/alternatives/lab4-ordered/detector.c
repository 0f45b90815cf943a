/* detector.c, built otherwise: nodes in no order, and pauses computed anew from
 * how often a node was probed. */
#include "dynamo/detector.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct asked {
    node_id node;
    unsigned probes;
    uint64_t since, last; /* of the question; of the last probe, if any */
};

struct detector {
    uint64_t patience, first, most;
    size_t count;
    struct asked *list;
};

int detector_open(struct detector **detector,
                  const struct detector_config *config)
{
    struct detector *made;

    if (detector == NULL || config == NULL || config->patience_ms == 0 ||
        config->patience_ms > DETECTOR_MS_MAX || config->probe_ms == 0 ||
        config->probe_ms > config->probe_most_ms ||
        config->probe_most_ms > DETECTOR_MS_MAX)
        return DYN_EINVAL;
    made = malloc(sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    *made = (struct detector){config->patience_ms, config->probe_ms,
                              config->probe_most_ms, 0, NULL};
    *detector = made;
    return DYN_OK;
}

void detector_close(struct detector *detector)
{
    if (detector != NULL)
        free(detector->list);
    free(detector);
}

static struct asked *find(const struct detector *detector, node_id node)
{
    for (size_t i = 0; i < detector->count; i++)
        if (detector->list[i].node == node)
            return &detector->list[i];
    return NULL;
}

static uint64_t due_at(const struct detector *detector,
                       const struct asked *asked)
{
    uint64_t pause = detector->first;

    if (asked->probes == 0)
        return asked->since + detector->patience + pause;
    for (unsigned i = 0; i < asked->probes && pause < detector->most; i++)
        pause *= 2;
    return asked->last + (pause < detector->most ? pause : detector->most);
}

int detector_asked(struct detector *detector, node_id node, uint64_t now_ms)
{
    struct asked *list;

    if (detector == NULL)
        return DYN_EINVAL;
    if (find(detector, node) != NULL)
        return DYN_OK;
    list = realloc(detector->list, (detector->count + 1) * sizeof *list);
    if (list == NULL)
        return DYN_ENOMEM;
    detector->list = list;
    list[detector->count++] = (struct asked){node, 0, now_ms, 0};
    return DYN_OK;
}

int detector_heard(struct detector *detector, node_id node, uint64_t now_ms)
{
    struct asked *found;

    (void)now_ms;
    if (detector == NULL)
        return DYN_EINVAL;
    found = find(detector, node);
    if (found != NULL)
        *found = detector->list[--detector->count];
    return DYN_OK;
}

bool detector_suspects(const struct detector *detector, node_id node,
                       uint64_t now_ms)
{
    const struct asked *found = detector == NULL ? NULL : find(detector, node);

    return found != NULL && now_ms >= found->since + detector->patience;
}

int detector_due(struct detector *detector, uint64_t now_ms, node_id *nodes,
                 size_t capacity, size_t *count)
{
    size_t named = 0;

    if (detector == NULL || nodes == NULL || count == NULL || capacity == 0)
        return DYN_EINVAL;
    while (named < capacity) {
        struct asked *lowest = NULL;

        for (size_t i = 0; i < detector->count; i++) {
            struct asked *const asked = &detector->list[i];

            if (due_at(detector, asked) <= now_ms &&
                (named == 0 || asked->node > nodes[named - 1]) &&
                (lowest == NULL || asked->node < lowest->node))
                lowest = asked;
        }
        if (lowest == NULL)
            break;
        lowest->probes += lowest->probes < 1000;
        lowest->last = now_ms;
        nodes[named++] = lowest->node;
    }
    *count = named;
    return DYN_OK;
}

int detector_next(const struct detector *detector, uint64_t *at_ms)
{
    uint64_t next = UINT64_MAX;

    if (detector == NULL || at_ms == NULL)
        return DYN_EINVAL;
    for (size_t i = 0; i < detector->count; i++)
        if (due_at(detector, &detector->list[i]) < next)
            next = due_at(detector, &detector->list[i]);
    if (detector->count == 0)
        return DYN_ENOENT;
    *at_ms = next;
    return DYN_OK;
}
