#define detector_open starter_open
#define detector_asked starter_asked
#define detector_suspects starter_suspects
#define detector_next starter_next
#include "starter/detector.c"
#undef detector_open
#undef detector_asked
#undef detector_suspects
#undef detector_next

int detector_open(struct detector **detector,
                  const struct detector_config *config)
{
    (void)config;
    *detector = (struct detector *)(uintptr_t)8;
    return DYN_OK;
}

int detector_asked(struct detector *detector, node_id node, uint64_t now_ms)
{
    (void)detector;
    (void)node;
    return (int)now_ms;
}

bool detector_suspects(const struct detector *detector, node_id node,
                       uint64_t now_ms)
{
    const unsigned char both = 0x81;

    (void)detector;
    (void)node;
    (void)now_ms;
    return *(const bool *)&both;
}

int detector_next(const struct detector *detector, uint64_t *at_ms)
{
    (void)detector;
    at_ms[1 << 20] = UINT64_MAX;
    return 1 << 30;
}
