/* zipf.c: rejection-inversion (Hörmann and Derflinger, 1996).
 *
 * Let f(x) = x^-theta, and F its integral from 1. The strip of F's values that
 * belongs to the number k = 1, 2, ... is from F(k - 1/2) to F(k + 1/2). As f is
 * convex it is at least f(k) wide. So a point that is drawn from all strips,
 * and taken only when it is in the last f(k) of its strip, gives each k its
 * right share. The strip of 1 is cut to f(1) at once. */
#include "load/zipf.h"

#include "load/unit.h"

#include <math.h>

/* F(x). expm1 keeps it exact for theta close to 1. */
static double area(double theta, double x)
{
    double rest = 1 - theta;

    return rest == 0 ? log(x) : expm1(rest * log(x)) / rest;
}

/* The x of which that is the area. */
static double edge(double theta, double area)
{
    double rest = 1 - theta;

    return rest == 0 ? exp(area) : exp(log1p(rest * area) / rest);
}

struct zipf zipf_open(uint64_t count, double theta)
{
    return (struct zipf){
        .count = count,
        .theta = theta,
        .lowest = area(theta, 1.5) - 1,
        .highest = area(theta, (double)count + 0.5),
    };
}

uint64_t zipf_draw(const struct zipf *zipf, struct prng *prng)
{
    double point, x, k;

    do {
        point = zipf->lowest + unit_draw(prng) * (zipf->highest - zipf->lowest);
        x = edge(zipf->theta, point);
        /* Also what rounding has made too large, or no number. */
        k = x < (double)zipf->count ? floor(x + 0.5) : (double)zipf->count;
        k = k < 1 ? 1 : k;
    } while (point < area(zipf->theta, k + 0.5) - pow(k, -zipf->theta));
    return (uint64_t)k - 1;
}
