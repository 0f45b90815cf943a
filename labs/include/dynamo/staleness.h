/* staleness.h: what the sizes of quorums cost and buy, as numbers: how likely a
 * get sees the last put, how long both take, how often they find their quorum.
 * You write these functions in staleness.c (lab 2, part D).
 *
 * They are plain functions: chance comes in as samples and as a generator, so
 * the same arguments give the same results.
 *
 * Of the sizes, n is 1 .. STALENESS_NODES_MAX, r and w are 1 .. n, and f is not
 * looked at. All times are in microseconds (us).
 *
 * Ownership: what a function is given is borrowed until it returns; nothing is
 * handed out.
 * Errors: see err.h. Before anything else a NULL pointer is refused, with
 * DYN_EINVAL, or 0 where the result is a share; but an array may be NULL where
 * its count is 0. Next comes DYN_EINVAL for sizes or a number out of range;
 * DYN_ENOMEM is always possible and comes last. */
#ifndef DYNAMO_STALENESS_H
#define DYNAMO_STALENESS_H

#include "dynamo/prng.h"
#include "dynamo/quorum.h"

#include <stddef.h>
#include <stdint.h>

#define STALENESS_NODES_MAX 64u

/* ---- One put and one get ----
 *
 * The model of 'Probabilistically Bounded Staleness' (Bailis and others, 2012,
 * section 4), named WARS after its four delays. A coordinator that is no replica
 * sends a put's value to all n replicas at once, and a get's question likewise.
 * Replica i gets the value after `write`, and its acknowledgement is back after
 * `ack` more; it gets the question `read` after the get begins, and its answer
 * is back after `response` more. Nothing is lost, nobody writes back, and no
 * other put is under way. */

struct staleness_delays { /* of one replica */
    uint32_t write_us, ack_us, read_us, response_us;
};

struct staleness_outcome {
    /* From when the put sends its value until w replicas have acknowledged it:
     * then the put is answered. (Asking for versions before is not counted.) */
    uint64_t put_us;
    /* From when a get begins until r replicas have answered it. */
    uint64_t get_us;
    /* The get takes the first r answers; those that come back at the same time
     * it takes in the order of the replicas. It is fresh if one of these
     * replicas got the value before the question, or at the same time.
     * How long after the put was answered a get must begin to be fresh, at the
     * least: 0 if it is fresh at once. */
    uint32_t fresh_after_us;
};

/* What comes of one put and one get whose messages take so long. `delays` are
 * those of the n replicas.
 * DYN_EINVAL: the sizes are out of range. */
int staleness_once(const struct quorum_sizes *sizes,
                   const struct staleness_delays *delays,
                   struct staleness_outcome *outcome);

/* ---- Many of them ---- */

/* How long a message may take: each of the samples is equally likely. */
struct staleness_samples {
    const uint32_t *us;
    size_t count; /* at least 1 */
};

struct staleness_legs {
    struct staleness_samples write, ack, read, response;
};

/* Plays `count` puts and gets. Of each, every one of its 4n delays is one of
 * its leg's samples, drawn with *generator, independently of all others.
 * Stores what came of each in outcomes[0 .. count-1]. How the draws are ordered
 * is yours to choose; the generator stays where the last draw left it, so that
 * a second call plays others.
 * DYN_EINVAL: the sizes are out of range, or a leg has no samples. Then nothing
 * is drawn. */
int staleness_many(const struct quorum_sizes *sizes,
                   const struct staleness_legs *legs, struct prng *generator,
                   struct staleness_outcome *outcomes, size_t count);

/* The share of the outcomes, 0 .. 1, in which a get is fresh that begins t_us
 * after the put was answered. Outcomes are in any order. 0 if `count` is 0. */
double staleness_fresh(const struct staleness_outcome *outcomes, size_t count,
                       uint64_t t_us);

/* Stores in *t_us the smallest time for which staleness_fresh is `share` or
 * more: with 0.999 the time after which 99.9 % of gets are fresh.
 * DYN_EINVAL: `count` is 0, or `share` is no number in 0 .. 1. */
int staleness_wait(const struct staleness_outcome *outcomes, size_t count,
                   double share, uint64_t *t_us);

/* ---- Availability ---- */

struct staleness_availability {
    double r_up;    /* r of the n are up: a get can be answered */
    double w_up;    /* w of the n are up: a value can be stored */
    double both_up; /* max(r, w) are: a put that asks for versions first, and a
                       get that may have to write back (register.h) */
};

/* How likely that is when each of the n replicas is up with the probability
 * `up`, independently of the others. Within 1e-12 of the exact values.
 * DYN_EINVAL: the sizes are out of range, or `up` is no number in 0 .. 1. */
int staleness_available(const struct quorum_sizes *sizes, double up,
                        struct staleness_availability *availability);

#endif
