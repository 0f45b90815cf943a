#define detector_open starter_open
#define detector_due starter_due
#include "starter/detector.c"
#undef detector_open
#undef detector_due

int detector_open(struct detector **detector,
                  const struct detector_config *config)
{
    *detector = calloc(1, sizeof **detector);
    (*detector)->config = *config;
    return DYN_OK;
}

int detector_due(struct detector *detector, uint64_t now_ms, node_id *nodes,
                 size_t capacity, size_t *count)
{
    (void)detector;
    (void)now_ms;
    for (size_t i = 0; i < capacity; i++)
        nodes[i] = (node_id)-i;
    *count = SIZE_MAX;
    return DYN_OK;
}
