/* detector.c: which nodes answer, as far as this node can tell.
 *
 * Interface: dynamo/detector.h, which says what every function owes its caller.
 */
#include "dynamo/detector.h"

#include "dynamo/err.h"

#include <stdlib.h>

/* @solution */

#include <string.h>

/* A node to which a question is open. */
struct silent {
    node_id node;
    uint64_t asked_ms;
    uint64_t probe_ms; /* when the next probe is due */
    uint64_t pause_ms; /* from that to the one after it */
};

struct detector {
    struct detector_config config;
    struct silent *silent; /* by node */
    size_t count, room;
};

/* @starter
struct detector {
    struct detector_config config;
    // Who has been asked, and when: yours to add.
};
@end */

/* ---- Suspicion ---- */

/* @solution */

static bool in_range(uint32_t ms)
{
    return ms >= 1 && ms <= DETECTOR_MS_MAX;
}

/* @starter
@end */

int detector_open(struct detector **detector,
                  const struct detector_config *config)
{
    /* @solution */
    struct detector *made;

    if (detector == NULL || config == NULL || !in_range(config->patience_ms) ||
        !in_range(config->probe_ms) || !in_range(config->probe_most_ms) ||
        config->probe_most_ms < config->probe_ms)
        return DYN_EINVAL;
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return DYN_ENOMEM;
    made->config = *config;
    *detector = made;
    return DYN_OK;
    /* @starter
    (void)detector;
    (void)config;
    return DYN_ETODO;
    @end */
}

void detector_close(struct detector *detector)
{
    /* @solution */
    if (detector == NULL)
        return;
    free(detector->silent);
    free(detector);
    /* @starter
    (void)detector;
    @end */
}

/* @solution */

/* Where the node is among the silent ones, or would be. */
static size_t find(const struct detector *detector, node_id node, bool *found)
{
    size_t i = 0;

    while (i < detector->count && detector->silent[i].node < node)
        i++;
    *found = i < detector->count && detector->silent[i].node == node;
    return i;
}

/* Room for one more. */
static int grow(struct detector *detector)
{
    const size_t room = 2 * detector->room + 8;
    struct silent *more;

    if (detector->count < detector->room)
        return DYN_OK;
    more = realloc(detector->silent, room * sizeof *more);
    if (more == NULL)
        return DYN_ENOMEM;
    detector->silent = more;
    detector->room = room;
    return DYN_OK;
}

static uint64_t shorter(uint64_t pause_ms, const struct detector_config *config)
{
    return pause_ms < config->probe_most_ms ? pause_ms : config->probe_most_ms;
}

/* @starter
@end */

int detector_asked(struct detector *detector, node_id node, uint64_t now_ms)
{
    /* @solution */
    const struct detector_config *config;
    bool found;
    size_t at;
    int rv;

    if (detector == NULL)
        return DYN_EINVAL;
    at = find(detector, node, &found);
    if (found)
        return DYN_OK;
    rv = grow(detector);
    if (rv != DYN_OK)
        return rv;
    memmove(&detector->silent[at + 1], &detector->silent[at],
            (detector->count - at) * sizeof detector->silent[0]);
    detector->count++;
    config = &detector->config;
    detector->silent[at] = (struct silent){
        .node = node,
        .asked_ms = now_ms,
        .probe_ms = now_ms + config->patience_ms + config->probe_ms,
        .pause_ms = shorter(2 * (uint64_t)config->probe_ms, config),
    };
    return DYN_OK;
    /* @starter
    (void)detector;
    (void)node;
    (void)now_ms;
    return DYN_ETODO;
    @end */
}

int detector_heard(struct detector *detector, node_id node, uint64_t now_ms)
{
    /* @solution */
    bool found;
    size_t at;

    (void)now_ms;
    if (detector == NULL)
        return DYN_EINVAL;
    at = find(detector, node, &found);
    if (!found)
        return DYN_OK;
    detector->count--;
    memmove(&detector->silent[at], &detector->silent[at + 1],
            (detector->count - at) * sizeof detector->silent[0]);
    return DYN_OK;
    /* @starter
    (void)detector;
    (void)node;
    (void)now_ms;
    return DYN_ETODO;
    @end */
}

bool detector_suspects(const struct detector *detector, node_id node,
                       uint64_t now_ms)
{
    /* @solution */
    bool found;
    size_t at;

    if (detector == NULL)
        return false;
    at = find(detector, node, &found);
    return found && now_ms - detector->silent[at].asked_ms >=
                        detector->config.patience_ms;
    /* @starter
    (void)detector;
    (void)node;
    (void)now_ms;
    return false;
    @end */
}

/* ---- Probes ---- */

int detector_due(struct detector *detector, uint64_t now_ms, node_id *nodes,
                 size_t capacity, size_t *count)
{
    /* @solution */
    size_t named = 0;

    if (detector == NULL || nodes == NULL || count == NULL || capacity == 0)
        return DYN_EINVAL;
    for (size_t i = 0; i < detector->count && named < capacity; i++) {
        struct silent *const silent = &detector->silent[i];

        if (silent->probe_ms > now_ms)
            continue;
        nodes[named++] = silent->node;
        silent->probe_ms = now_ms + silent->pause_ms;
        silent->pause_ms = shorter(2 * silent->pause_ms, &detector->config);
    }
    *count = named;
    return DYN_OK;
    /* @starter
    (void)detector;
    (void)now_ms;
    (void)nodes;
    (void)capacity;
    (void)count;
    return DYN_ETODO;
    @end */
}

int detector_next(const struct detector *detector, uint64_t *at_ms)
{
    /* @solution */
    uint64_t next;

    if (detector == NULL || at_ms == NULL)
        return DYN_EINVAL;
    if (detector->count == 0)
        return DYN_ENOENT;
    next = detector->silent[0].probe_ms;
    for (size_t i = 1; i < detector->count; i++)
        if (detector->silent[i].probe_ms < next)
            next = detector->silent[i].probe_ms;
    *at_ms = next;
    return DYN_OK;
    /* @starter
    (void)detector;
    (void)at_ms;
    return DYN_ETODO;
    @end */
}
