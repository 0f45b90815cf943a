#define vclock_open starter_open
#define vclock_pairs starter_pairs
#define vclock_compare starter_compare
#define vclock_counter starter_counter
#define vclock_false_conflict starter_false_conflict
#include "starter/vclock.c"
#undef vclock_open
#undef vclock_pairs
#undef vclock_compare
#undef vclock_counter
#undef vclock_false_conflict

int vclock_open(struct vclock **clock)
{
    *clock = calloc(1, 64);
    return DYN_OK;
}

size_t vclock_pairs(const struct vclock *clock, struct vclock_pair *pairs,
                    size_t capacity)
{
    (void)clock;
    for (size_t i = 0; i < capacity; i++)
        pairs[i] = (struct vclock_pair){(node_id)-i, UINT64_MAX, UINT64_MAX};
    return SIZE_MAX;
}

int vclock_compare(const struct vclock *a, const struct vclock *b)
{
    (void)a;
    (void)b;
    return VCLOCK_EQUAL | VCLOCK_BEFORE | VCLOCK_AFTER | VCLOCK_CONCURRENT;
}

uint64_t vclock_counter(const struct vclock *clock, node_id node)
{
    (void)clock;
    return node;
}

int vclock_false_conflict(struct vclock_history *history, size_t most)
{
    (void)most;
    history->count = SIZE_MAX;
    history->first = SIZE_MAX - 1;
    history->second = SIZE_MAX - 2;
    return DYN_OK;
}
