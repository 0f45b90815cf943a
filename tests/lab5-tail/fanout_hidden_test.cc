// fanout_hidden_test.cc: the graded tests of fanout.h that only instructors have.
#include "lab5-tail/fanout_model.h"

namespace judge
{
namespace
{

// ---- Part G ----

GRADED_TEST(FanoutPercentile, IsFinerThanAMillionth,
            "Of pages of very many calls, a percentile is one of calls beyond "
            "the last millionth.")
{
    HistogramTwin call(t);

    for (uint64_t i = 0; i <= 30; i++)
        call.Record(100 << i, uint64_t{1} << (2 * (30 - i)));
    for (const uint32_t calls : {1, 1000, 1000000})
        for (const uint32_t share : {1u, 500000u, 999000u, 999999u})
            ExpectPagePercentile(call, calls, share);
    for (uint64_t us = 90; us < uint64_t{1} << 37; us *= 5)
        ExpectPagesOver(call, 1000000, us);
}

GRADED_TEST(FanoutBudget, IsRightForAllPages,
            "So many calls may be slow, and not one millionth more, that no "
            "more pages are slow than is promised, for any page.")
{
    for (uint32_t calls = 1; calls <= FANOUT_CALLS_MAX; calls += 1 + calls / 3)
        for (uint32_t share = 1; share <= 999999; share += 1 + 2 * share / 3)
            ExpectBudget(t, calls, share);
    for (const uint32_t share : {271000, 488000, 737856})
        ExpectBudget(t, 3, share);
    for (uint32_t share = 7; share <= 999999; share += 23457)
        ExpectBudget(t, 1, share);
}

} // namespace
} // namespace judge
