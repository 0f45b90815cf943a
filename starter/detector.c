/* detector.c: which nodes answer, as far as this node can tell.
 *
 * Interface: dynamo/detector.h, which says what every function owes its caller.
 */
#include "dynamo/detector.h"

#include "dynamo/err.h"

#include <stdlib.h>

struct detector {
    struct detector_config config;
    // Who has been asked, and when: yours to add.
};

/* ---- Suspicion ---- */

int detector_open(struct detector **detector,
                  const struct detector_config *config)
{
    (void)detector;
    (void)config;
    return DYN_ETODO;
}

void detector_close(struct detector *detector)
{
    (void)detector;
}

int detector_asked(struct detector *detector, node_id node, uint64_t now_ms)
{
    (void)detector;
    (void)node;
    (void)now_ms;
    return DYN_ETODO;
}

int detector_heard(struct detector *detector, node_id node, uint64_t now_ms)
{
    (void)detector;
    (void)node;
    (void)now_ms;
    return DYN_ETODO;
}

bool detector_suspects(const struct detector *detector, node_id node,
                       uint64_t now_ms)
{
    (void)detector;
    (void)node;
    (void)now_ms;
    return false;
}

/* ---- Probes ---- */

int detector_due(struct detector *detector, uint64_t now_ms, node_id *nodes,
                 size_t capacity, size_t *count)
{
    (void)detector;
    (void)now_ms;
    (void)nodes;
    (void)capacity;
    (void)count;
    return DYN_ETODO;
}

int detector_next(const struct detector *detector, uint64_t *at_ms)
{
    (void)detector;
    (void)at_ms;
    return DYN_ETODO;
}
