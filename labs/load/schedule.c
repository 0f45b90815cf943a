/* schedule.c: see schedule.h. */
#include "load/schedule.h"

#include "load/unit.h"

#include <math.h>

static const double NS_IN_S = 1e9;

/* The gaps of a Poisson process are distributed exponentially. */
static double draw_gap(struct prng *prng)
{
    return -log1p(-unit_draw(prng));
}

struct schedule schedule_open(double rate, bool poisson, uint64_t seed)
{
    struct schedule schedule = {
        .rate = rate, .poisson = poisson, .prng = prng_seeded(~seed)};

    if (poisson)
        schedule.gaps = draw_gap(&schedule.prng);
    return schedule;
}

uint64_t schedule_next_ns(const struct schedule *schedule)
{
    double gaps = schedule->poisson ? schedule->gaps : (double)schedule->count;

    return (uint64_t)(gaps / schedule->rate * NS_IN_S);
}

void schedule_pass(struct schedule *schedule)
{
    schedule->count++;
    if (schedule->poisson)
        schedule->gaps += draw_gap(&schedule->prng);
}
