// staleness_public_test.cc: the graded tests of lab 2's part D that students are
// given: one put and one get, many of them, and availability.
#include "lab2-quorum/staleness_model.h"

#include <cmath>

namespace judge
{
namespace
{

staleness_outcome Once(Trial &t, const quorum_sizes &sizes,
                       const std::vector<staleness_delays> &delays)
{
    staleness_outcome outcome = {};

    t.ExpectCode(DYN_OK, StudentOnce(t, sizes, delays, &outcome),
                 "staleness_once of legal sizes");
    return outcome;
}

void ExpectTime(Trial &t, const char *name, uint64_t due, uint64_t seen)
{
    t.Expect(seen == due, std::string(name) + " " + std::to_string(due),
             std::string(name) + " " + std::to_string(seen));
}

// Whoever waits for all pays for the slowest; whoever counts only one way pays
// nothing for the way back. The table is the handout's.
GRADED_TEST(
    StalenessOnce, IsAsPlayedByHand,
    "Three replicas, whose delays the handout's table has, give what it "
    "says.")
{
    const std::vector<staleness_delays> delays = {{1000, 1000, 4000, 1000},
                                                  {9000, 1000, 1000, 1000},
                                                  {6000, 2000, 2000, 1000}};
    const struct {
        uint32_t r, w;
        staleness_outcome due;
    } cases[] = {
        {1, 1, {2000, 2000, 6000}}, {2, 1, {2000, 3000, 2000}},
        {3, 1, {2000, 5000, 0}},    {1, 2, {8000, 2000, 0}},
        {1, 3, {10000, 2000, 0}},
    };

    for (const auto &c : cases)
        ExpectOutcome(t, c.due, Once(t, {3, c.r, c.w, 0}, delays));
}

// The one number that says what 'eventually' means. (And when both end.)
GRADED_PROPERTY(StalenessOnce, SaysWhenAGetIsFresh, 80,
                "A get is fresh from the moment on at which the question "
                "reaches one of the r replicas that answer first no earlier "
                "than the value.")
{
    const quorum_sizes sizes = ChooseStalenessSizes(t, 5);
    // Delays that are often equal, and some that seldom are.
    const std::vector<staleness_delays> delays =
        ChooseDelays(t, sizes.n, t.Choose(3) == 2 ? 1000 : 3);

    ExpectOutcome(t, OutcomeOf(sizes, delays), Once(t, sizes, delays));
}

// Part A's R + W > N, seen from the other side.
GRADED_PROPERTY(Staleness, IsNoneWhereQuorumsMeet, 30,
                "If R + W > N every get that begins after the put was answered "
                "is fresh: the share is exactly 1.")
{
    quorum_sizes sizes = ChooseStalenessSizes(t, 7);
    std::vector<staleness_outcome> outcomes;
    uint64_t seed = t.Choose(1000);

    sizes.w = static_cast<uint32_t>(t.Between(sizes.n - sizes.r + 1, sizes.n));
    ExpectTime(t, "fresh_after_us", 0,
               Once(t, sizes, ChooseDelays(t, sizes.n, 1 + t.Choose(1000)))
                   .fresh_after_us);
    t.ExpectCode(DYN_OK,
                 StudentMany(t, sizes, {{1, 500, 90000}, {0, 7}, {0, 3}, {1}},
                             &seed, 200, &outcomes),
                 "staleness_many of legal arguments");
    std::vector<uint32_t> fresh_after;
    for (const staleness_outcome &outcome : outcomes)
        fresh_after.push_back(outcome.fresh_after_us);
    const double fresh = StudentFresh(t, fresh_after, 0);
    t.Expect(fresh == 1, "exactly 1", std::to_string(fresh));
}

// A prediction is as good as its dice.
GRADED_TEST(StalenessMany, IsAsLikelyAsTheSamplesMakeIt,
            "How often each time comes out is how likely all ways to draw the "
            "4n delays make it.")
{
    const quorum_sizes sizes[] = {
        {1, 1, 1, 0}, {2, 1, 1, 0}, {3, 1, 1, 0}, {3, 2, 1, 0}, {3, 1, 2, 0}};
    uint64_t seed = 1;

    for (const quorum_sizes &of : sizes) {
        ComparePlays(t, of, {{1, 9}, {2}, {0, 4}, {1}}, seed++);
        // One leg has more samples, and one of them twice.
        ComparePlays(t, of, {{3, 40, 3, 12}, {1, 6}, {2}, {0, 5}}, seed++);
    }
    // A step: nothing is left to chance.
    ComparePlays(t, {3, 1, 1, 0}, {{70}, {5}, {20}, {9}}, seed);
}

GRADED_PROPERTY(StalenessFresh, CountsAndWaits, 60,
                "staleness_fresh is the share that is fresh at a time, and "
                "staleness_wait the first time at which that is enough.")
{
    std::vector<uint32_t> fresh_after(t.Between(1, 16));

    for (uint32_t &after : fresh_after)
        after = static_cast<uint32_t>(t.Choose(2) == 0 ? t.Choose(4)
                                                       : t.Choose(100000));
    const uint32_t some = fresh_after[t.Choose(fresh_after.size())];
    for (const uint64_t at : {uint64_t{0}, uint64_t{some}, uint64_t{some} + 1,
                              uint64_t{some > 0 ? some - 1 : 0}, UINT64_MAX}) {
        size_t fresh = 0;

        for (const uint32_t after : fresh_after)
            fresh += after <= at;
        const double due = static_cast<double>(fresh) /
                           static_cast<double>(fresh_after.size()),
                     seen = StudentFresh(t, fresh_after, at);
        t.Expect(std::fabs(due - seen) < 1e-12, std::to_string(due),
                 std::to_string(seen));
    }
    // So many of them, or just a little more than one fewer.
    const size_t enough = t.Between(1, fresh_after.size());
    const double share =
        (static_cast<double>(enough) - (t.Choose(2) == 0 ? 0.5 : 0.01)) /
        static_cast<double>(fresh_after.size());
    uint64_t due = UINT64_MAX, seen = 0;
    for (const uint32_t candidate : fresh_after) {
        size_t fresh = 0;

        for (const uint32_t after : fresh_after)
            fresh += after <= candidate;
        if (fresh >= enough)
            due = std::min(due, uint64_t{candidate});
    }
    t.ExpectCode(DYN_OK, StudentWait(t, fresh_after, share, &seen),
                 "staleness_wait");
    ExpectTime(t, "after", due, seen);
}

// What an operation costs in nodes that have to be up.
GRADED_PROPERTY(StalenessAvailable, IsHowOftenEnoughAreUp, 60,
                "The chances that r of the n replicas are up, that w are, and "
                "that both many are.")
{
    const quorum_sizes sizes = ChooseStalenessSizes(t, 9);
    const double up = static_cast<double>(t.Choose(1001)) / 1000;
    staleness_availability seen;

    t.ExpectCode(DYN_OK, StudentAvailable(t, sizes, up, &seen),
                 "staleness_available of legal arguments");
    ExpectAvailability(t, AvailabilityOf(sizes, up), seen);
}

GRADED_TEST(BadInput, StalenessRefusesWhatIsOutOfRange,
            "NULL pointers, sizes and numbers out of their ranges and legs "
            "without samples are DYN_EINVAL, and nothing is written.")
{
    const quorum_sizes wrong[] = {{0, 0, 0, 0}, {0, 1, 1, 0}, {3, 0, 1, 0},
                                  {3, 1, 0, 0}, {3, 4, 1, 0}, {3, 1, 4, 0},
                                  {65, 1, 1, 0}};
    const std::vector<staleness_delays> delays(65, {1, 1, 1, 1});
    const std::vector<uint32_t> none, one = {1};
    std::vector<staleness_outcome> outcomes;
    staleness_outcome outcome;
    staleness_availability availability;
    uint64_t time, seed = 1;

    ExpectStalenessNullsRefused(t);
    for (const quorum_sizes &sizes : wrong) {
        t.ExpectCode(DYN_EINVAL, StudentOnce(t, sizes, delays, &outcome),
                     Show(sizes));
        t.ExpectCode(
            DYN_EINVAL,
            StudentMany(t, sizes, {one, one, one, one}, &seed, 2, &outcomes),
            Show(sizes));
        t.ExpectCode(DYN_EINVAL, StudentAvailable(t, sizes, 0.5, &availability),
                     Show(sizes));
    }
    for (const Legs &legs :
         {Legs{none, one, one, one}, Legs{one, none, one, one},
          Legs{one, one, none, one}, Legs{one, one, one, none}})
        t.ExpectCode(DYN_EINVAL,
                     StudentMany(t, {3, 2, 2, 0}, legs, &seed, 2, &outcomes),
                     "staleness_many with a leg without samples");
    for (const double number :
         {-0.001, 1.001, -HUGE_VAL, HUGE_VAL, double{NAN}}) {
        const std::string text = std::to_string(number);

        t.ExpectCode(DYN_EINVAL,
                     StudentAvailable(t, {3, 2, 2, 0}, number, &availability),
                     "staleness_available with up " + text);
        t.ExpectCode(DYN_EINVAL, StudentWait(t, {1, 2}, number, &time),
                     "staleness_wait for a share of " + text);
    }
    t.ExpectCode(DYN_EINVAL, StudentWait(t, none, 0.5, &time),
                 "staleness_wait for no outcomes");
    t.Expect(StudentFresh(t, none, 5) == 0, "0 of no outcomes",
             "another share");
    // Not looked at.
    t.ExpectCode(DYN_OK, StudentOnce(t, {1, 1, 1, 9}, {{1, 1, 1, 1}}, &outcome),
                 "staleness_once with f 9");
    t.ExpectCode(
        DYN_OK,
        StudentMany(t, {1, 1, 1, 0}, {one, one, one, one}, &seed, 0, &outcomes),
        "staleness_many of none");
}

} // namespace
} // namespace judge
