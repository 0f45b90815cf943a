/* staleness.c: what the sizes of quorums cost and buy, as numbers.
 *
 * Interface: dynamo/staleness.h, which says what every function owes its caller.
 */
#include "dynamo/staleness.h"

#include "dynamo/err.h"

/* @solution */

#include <stdbool.h>

static bool in_range(const struct quorum_sizes *sizes)
{
    return sizes->n >= 1 && sizes->n <= STALENESS_NODES_MAX && sizes->r >= 1 &&
           sizes->r <= sizes->n && sizes->w >= 1 && sizes->w <= sizes->n;
}

/* Also false for what is no number. */
static bool is_share(double number)
{
    return number >= 0 && number <= 1;
}

/* @starter
@end */

/* ---- One put and one get ---- */

/* @solution */

/* When something came back, and from which replica. */
struct arrival {
    uint64_t us;
    uint32_t replica;
};

/* Puts one more into the first `count`, in the order in which they come back.
 * Those of one time stay in the order in which they were added. */
static void insert(struct arrival *arrivals, uint32_t count,
                   struct arrival added)
{
    while (count > 0 && arrivals[count - 1].us > added.us) {
        arrivals[count] = arrivals[count - 1];
        count--;
    }
    arrivals[count] = added;
}

/* @starter
@end */

int staleness_once(const struct quorum_sizes *sizes,
                   const struct staleness_delays *delays,
                   struct staleness_outcome *outcome)
{
    /* @solution */
    struct arrival acks[STALENESS_NODES_MAX], answers[STALENESS_NODES_MAX];
    struct staleness_outcome found = {0, 0, UINT32_MAX};

    if (sizes == NULL || delays == NULL || outcome == NULL)
        return DYN_EINVAL;
    if (!in_range(sizes))
        return DYN_EINVAL;
    for (uint32_t i = 0; i < sizes->n; i++) {
        const struct staleness_delays *of = &delays[i];

        insert(acks, i,
               (struct arrival){(uint64_t)of->write_us + of->ack_us, i});
        insert(answers, i,
               (struct arrival){(uint64_t)of->read_us + of->response_us, i});
    }
    found.put_us = acks[sizes->w - 1].us;
    found.get_us = answers[sizes->r - 1].us;
    /* Which replicas answer first does not depend on when the get begins. So it
     * is enough that the question reaches the earliest of them after the value:
     * put_us + t + read_us >= write_us. */
    for (uint32_t i = 0; i < sizes->r; i++) {
        const struct staleness_delays *of = &delays[answers[i].replica];
        uint64_t asked = found.put_us + of->read_us;
        uint32_t late =
            of->write_us > asked ? (uint32_t)(of->write_us - asked) : 0;

        if (late < found.fresh_after_us)
            found.fresh_after_us = late;
    }
    *outcome = found;
    return DYN_OK;
    /* @starter
    (void)sizes;
    (void)delays;
    (void)outcome;
    return DYN_ETODO;
    @end */
}

/* ---- Many of them ---- */

/* @solution */

static bool has_samples(const struct staleness_samples *leg)
{
    return leg->us != NULL && leg->count > 0;
}

static uint32_t draw(const struct staleness_samples *leg,
                     struct prng *generator)
{
    return leg->us[prng_below(generator, leg->count)];
}

/* @starter
@end */

int staleness_many(const struct quorum_sizes *sizes,
                   const struct staleness_legs *legs, struct prng *generator,
                   struct staleness_outcome *outcomes, size_t count)
{
    /* @solution */
    struct staleness_delays delays[STALENESS_NODES_MAX];

    if (sizes == NULL || legs == NULL || generator == NULL ||
        (outcomes == NULL && count > 0))
        return DYN_EINVAL;
    if (!in_range(sizes) || !has_samples(&legs->write) ||
        !has_samples(&legs->ack) || !has_samples(&legs->read) ||
        !has_samples(&legs->response))
        return DYN_EINVAL;
    for (size_t play = 0; play < count; play++) {
        int rv;

        for (uint32_t i = 0; i < sizes->n; i++) {
            delays[i].write_us = draw(&legs->write, generator);
            delays[i].ack_us = draw(&legs->ack, generator);
            delays[i].read_us = draw(&legs->read, generator);
            delays[i].response_us = draw(&legs->response, generator);
        }
        rv = staleness_once(sizes, delays, &outcomes[play]);
        if (rv != DYN_OK)
            return rv;
    }
    return DYN_OK;
    /* @starter
    (void)sizes;
    (void)legs;
    (void)generator;
    (void)outcomes;
    (void)count;
    return DYN_ETODO;
    @end */
}

double staleness_fresh(const struct staleness_outcome *outcomes, size_t count,
                       uint64_t t_us)
{
    /* @solution */
    size_t fresh = 0;

    if (outcomes == NULL || count == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        fresh += outcomes[i].fresh_after_us <= t_us;
    return (double)fresh / (double)count;
    /* @starter
    (void)outcomes;
    (void)count;
    (void)t_us;
    return 0;
    @end */
}

int staleness_wait(const struct staleness_outcome *outcomes, size_t count,
                   double share, uint64_t *t_us)
{
    /* @solution */
    uint64_t least = 0, enough = UINT32_MAX;

    if (t_us == NULL || (outcomes == NULL && count > 0))
        return DYN_EINVAL;
    if (count == 0 || !is_share(share))
        return DYN_EINVAL;
    /* The share grows with the time, and `enough` is always enough: halve what
     * lies between. So nothing has to be sorted, nor copied for that. */
    while (least < enough) {
        uint64_t middle = least + (enough - least) / 2;

        if (staleness_fresh(outcomes, count, middle) >= share)
            enough = middle;
        else
            least = middle + 1;
    }
    *t_us = enough;
    return DYN_OK;
    /* @starter
    (void)outcomes;
    (void)count;
    (void)share;
    (void)t_us;
    return DYN_ETODO;
    @end */
}

/* ---- Availability ---- */

/* @solution */

/* How likely it is that `needed` or more of n are up; up_of[k]: that k are. */
static double at_least(const double *up_of, uint32_t n, uint32_t needed)
{
    double sum = 0;

    /* The small ones first, so that they are not lost beside the large. */
    if (2 * needed > n) {
        for (uint32_t k = n + 1; k > needed; k--)
            sum += up_of[k - 1];
        return sum < 1 ? sum : 1;
    }
    for (uint32_t k = 0; k < needed; k++)
        sum += up_of[k];
    return sum < 1 ? 1 - sum : 0;
}

/* @starter
@end */

int staleness_available(const struct quorum_sizes *sizes, double up,
                        struct staleness_availability *availability)
{
    /* @solution */
    double up_of[STALENESS_NODES_MAX + 1] = {1};
    uint32_t n;

    if (sizes == NULL || availability == NULL)
        return DYN_EINVAL;
    if (!in_range(sizes) || !is_share(up))
        return DYN_EINVAL;
    n = sizes->n;
    /* One node after the other: k are up if k were and this one is not, or
     * k - 1 were and it is. No factorials, and nothing but sums of products. */
    for (uint32_t node = 1; node <= n; node++) {
        for (uint32_t k = node; k > 0; k--)
            up_of[k] = up_of[k] * (1 - up) + up_of[k - 1] * up;
        up_of[0] *= 1 - up;
    }
    *availability = (struct staleness_availability){
        .r_up = at_least(up_of, n, sizes->r),
        .w_up = at_least(up_of, n, sizes->w),
        .both_up =
            at_least(up_of, n, sizes->r > sizes->w ? sizes->r : sizes->w),
    };
    return DYN_OK;
    /* @starter
    (void)sizes;
    (void)up;
    (void)availability;
    return DYN_ETODO;
    @end */
}
