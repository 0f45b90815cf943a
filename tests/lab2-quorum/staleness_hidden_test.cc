// staleness_hidden_test.cc: the graded tests of lab 2's part D that only
// instructors have.
#include "lab2-quorum/staleness_model.h"

#include <cmath>

namespace judge
{
namespace
{

// Two delays below 2^32 add up to more.
GRADED_TEST(StalenessOnce, HoldsForTheLargestNumbers,
            "All delays are legal, up to 2^32 - 1 us, and 64 replicas.")
{
    const uint32_t max = UINT32_MAX;
    std::vector<staleness_delays> many(64);
    staleness_outcome seen;

    for (uint32_t i = 0; i < 64; i++)
        many[i] = {1000000 * (i * 37 % 64), i % 5, 100 * (i * 11 % 64), i % 7};
    const struct {
        quorum_sizes sizes;
        std::vector<staleness_delays> delays;
    } cases[] = {
        {{1, 1, 1, 0}, {{max, max, max, max}}},
        {{2, 1, 1, 0}, {{max, 0, 0, 0}, {0, 0, 0, 1}}},
        {{2, 2, 2, 0}, {{max, max, 0, 0}, {0, 0, max, max}}},
        {{2, 1, 1, 0}, {{max, max, 0, 1}, {0, max, max, 1}}},
        {{3, 1, 2, 0}, {{max, 0, 0, 0}, {0, max, 1, 1}, {max, max, 1, 1}}},
        {{64, 1, 1, 0}, many},
        {{64, 5, 3, 0}, many},
        {{64, 32, 32, 0}, many},
        {{64, 64, 64, 0}, many},
    };
    for (const auto &c : cases) {
        t.ExpectCode(DYN_OK, StudentOnce(t, c.sizes, c.delays, &seen),
                     "staleness_once of legal numbers");
        ExpectOutcome(t, OutcomeOf(c.sizes, c.delays), seen);
    }
}

// Replicas that share their luck, or runs that do, look safer or worse than
// they are.
GRADED_PROPERTY(StalenessMany, DrawsEveryDelayAnew, 12,
                "Whatever the samples are, every delay is drawn on its own, "
                "and a second call goes on where the first one ended.")
{
    const Legs likely[] = {{{0, 10}, {0, 10}, {0, 10}, {0, 10}},
                           {{1, 2, 30}, {5}, {1, 8}, {2}},
                           {{4, 11}, {1, 2, 20}, {0}, {3, 6}}};
    const Legs &legs = likely[t.Choose(3)];
    quorum_sizes sizes = ChooseStalenessSizes(t, 3);
    uint64_t seed = t.Choose(1u << 20), again = seed, third;
    std::vector<staleness_outcome> first, second, next;

    while (DrawsOf(sizes, legs) > 10000)
        sizes = {sizes.n - 1, 1, 1, 0};
    ComparePlays(t, sizes, legs, seed);
    // The same from the same seed; others from where the generator stands.
    sizes = {3, 1, 1, 0};
    StudentMany(t, sizes, legs, &seed, 60, &first);
    StudentMany(t, sizes, legs, &again, 60, &second);
    third = seed;
    StudentMany(t, sizes, legs, &third, 60, &next);
    bool same = true, stuck = true;
    for (size_t i = 0; i < 60; i++) {
        same = same && Show(first.at(i)) == Show(second.at(i));
        stuck = stuck && Show(first.at(i)) == Show(next.at(i));
    }
    t.Expect(same && seed == again,
             "the same arguments give the same outcomes, and leave the "
             "generator in the same state",
             "others");
    t.Expect(!stuck && seed != third,
             "a second call with the generator as the first one left it plays "
             "others",
             "the same 60 outcomes again, or the generator did not move");
}

// A number of nines is what availability is talked of in.
GRADED_TEST(Staleness, KeepsItsDigits,
            "Availability is exact to 1e-12 with 64 replicas, and the ends of "
            "all ranges are right.")
{
    const double chances[] = {0, 1e-9, 0.01, 0.5, 0.9, 0.999, 1 - 1e-9, 1};
    const quorum_sizes cases[] = {{64, 1, 64, 0},  {64, 32, 33, 0},
                                  {64, 63, 20, 0}, {64, 50, 58, 0},
                                  {13, 7, 4, 0},   {1, 1, 1, 0}};

    for (const quorum_sizes &sizes : cases)
        for (const double up : chances) {
            staleness_availability seen, due = {0, 0, 0};
            long double choose = 1; // n over k

            for (uint32_t k = 0; k <= sizes.n; k++) {
                const double likely = static_cast<double>(
                    choose * std::pow(static_cast<long double>(up), k) *
                    std::pow(1 - static_cast<long double>(up), sizes.n - k));

                due.r_up += k >= sizes.r ? likely : 0;
                due.w_up += k >= sizes.w ? likely : 0;
                due.both_up += k >= sizes.r && k >= sizes.w ? likely : 0;
                choose = choose * (sizes.n - k) / (k + 1);
            }
            t.ExpectCode(DYN_OK, StudentAvailable(t, sizes, up, &seen),
                         "staleness_available of legal arguments");
            ExpectAvailability(t, due, seen);
        }
    const uint32_t max = UINT32_MAX;
    const struct {
        std::vector<uint32_t> fresh_after;
        double share;
        uint64_t due;
    } waits[] = {{{max}, 1, max},
                 {{max, 0, max, 5}, 1, max},
                 {{max, 0, max, 5}, 0.5, 5},
                 {{max, 0, max, 5}, 0.25, 0},
                 {{max, 7, max, 5}, 0, 0},
                 {{0, 0}, 1, 0},
                 {{1u << 31, 1}, 1, 1u << 31}};
    for (const auto &c : waits) {
        uint64_t seen = 0;

        t.ExpectCode(DYN_OK, StudentWait(t, c.fresh_after, c.share, &seen),
                     "staleness_wait of legal arguments");
        t.Expect(seen == c.due, std::to_string(c.due), std::to_string(seen));
    }
}

} // namespace
} // namespace judge
