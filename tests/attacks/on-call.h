/* on-call.h: the starter, with attack() run by the first call of a test. */
#define ring_position starter_position
#define ring_token starter_token
#define ring_open starter_open
#define load_efficiency starter_efficiency
#define load_imbalance starter_imbalance
#define ring_decode starter_decode
#include "starter/ring.c"
#undef ring_position
#undef ring_token
#undef ring_open
#undef load_efficiency
#undef load_imbalance
#undef ring_decode

static void attack(void);

struct position ring_position(struct slice key)
{
    attack();
    return starter_position(key);
}

struct position ring_token(uint64_t seed, node_id node, uint32_t index)
{
    attack();
    return starter_token(seed, node, index);
}

int ring_open(struct ring **ring, const struct ring_config *config)
{
    attack();
    return starter_open(ring, config);
}

int ring_decode(struct ring **ring, const uint8_t *bytes, size_t length)
{
    attack();
    return starter_decode(ring, bytes, length);
}

double load_efficiency(const double *loads, size_t count)
{
    attack();
    return starter_efficiency(loads, count);
}

double load_imbalance(const double *loads, size_t count, double threshold)
{
    attack();
    return starter_imbalance(loads, count, threshold);
}
