#define siblings_open starter_open
#define siblings_count starter_count
#define siblings_at starter_at
#define siblings_encode starter_encode
#include "starter/siblings.c"
#undef siblings_open
#undef siblings_count
#undef siblings_at
#undef siblings_encode

int siblings_open(struct siblings **set)
{
    *set = calloc(1, sizeof **set);
    return DYN_OK;
}

size_t siblings_count(const struct siblings *set)
{
    (void)set;
    return SIZE_MAX;
}

int siblings_at(const struct siblings *set, size_t index,
                const struct vclock **clock, struct slice *value)
{
    (void)index;
    *clock = NULL;
    *value = (struct slice){(const uint8_t *)set, SIZE_MAX / 2};
    return DYN_OK;
}

int siblings_encode(const struct siblings *set, uint8_t *bytes, size_t capacity,
                    size_t *length)
{
    (void)set;
    (void)bytes;
    (void)capacity;
    *length = (size_t)1 << 50;
    return DYN_OK;
}
