#define dvv_open starter_open
#define dvv_at starter_at
#define dvv_context starter_context
#define dvv_encode starter_encode
#include "starter/dvv.c"
#undef dvv_open
#undef dvv_at
#undef dvv_context
#undef dvv_encode

int dvv_open(struct dvv **set)
{
    *set = (struct dvv *)(uintptr_t)16;
    return DYN_OK;
}

int dvv_at(const struct dvv *set, size_t index, struct dot *dot,
           struct slice *value)
{
    (void)index;
    dot[1000].counter = 1;
    *value = (struct slice){(const uint8_t *)set, 64};
    return DYN_OK;
}

int dvv_context(const struct dvv *set, struct vclock **context)
{
    *context = (struct vclock *)(uintptr_t)set;
    return DYN_OK;
}

int dvv_encode(const struct dvv *set, uint8_t *bytes, size_t capacity,
               size_t *length)
{
    (void)set;
    *length = capacity;
    bytes[capacity + 100000] = 1;
    return DYN_OK;
}
