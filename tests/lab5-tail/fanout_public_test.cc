// fanout_public_test.cc: the graded tests of fanout.h that students are given.
#include "lab5-tail/fanout_model.h"

namespace judge
{
namespace
{

// ---- Part G ----

GRADED_TEST(FanoutOver, IsTheShareOfPagesWithASlowCall,
            "A page of n calls is slow unless all of them are fast: of calls "
            "of which a share p is slow, that happens to 1 - (1 - p)^n of "
            "pages.")
{
    HistogramTwin call(t), half(t);

    // One in a thousand: 9.5 % of pages of a hundred calls.
    call.Record(10000, 999);
    call.Record(400000, 1);
    for (const uint32_t calls : {1, 2, 10, 100, 1000, 1000000})
        for (const uint64_t us : {9000, 300000, 500000})
            ExpectPagesOver(call, calls, us);
    half.Record(100);
    half.Record(200);
    for (const uint32_t calls : {1, 2, 3, 20})
        for (const uint64_t us : {99, 100, 199, 200})
            ExpectPagesOver(half, calls, us);
}

// 1 - (1 - p) has hardly a digit left that is right where p is small.
GRADED_TEST(FanoutOver, IsExactWhereHardlyAnyPageIsSlow,
            "The share of slow pages is exact to one part in a million of it, "
            "however few they are.")
{
    HistogramTwin call(t);

    call.Record(10, 1'000'000'000'000'000);
    call.Record(1000, 1);
    for (const uint32_t calls : {1, 7, 100, 1000000})
        ExpectPagesOver(call, calls, 500);
}

GRADED_TEST(FanoutPercentile, IsThatOfTheSlowestCall,
            "A page is done with its slowest call: its percentile is one of a "
            "call, a higher one.")
{
    HistogramTwin call(t), one(t);

    for (uint64_t us = 1; us <= 100; us++)
        call.Record(us, 10);
    for (const uint32_t calls : {1, 2, 10, 100, 100000})
        for (const uint32_t share : {1u, 100000u, 500000u, 990000u, 999999u})
            ExpectPagePercentile(call, calls, share);
    one.Record(1000003, 5);
    ExpectPagePercentile(one, 1, 500000);
    ExpectPagePercentile(one, 1000, 1);
}

GRADED_PROPERTY(Fanout, IsRightForAnyCalls, 60,
                "Whatever calls take, and however many a page makes, its share "
                "of slow pages and its percentiles are what follows from "
                "them.")
{
    HistogramTwin call(t);
    const uint32_t calls =
        static_cast<uint32_t>(1 + t.Choose(uint64_t{1} << t.Choose(20)));

    for (uint64_t left = t.Between(1, 8); left > 0; left--)
        call.Record(t.Choose(uint64_t{1} << (1 + t.Choose(30))),
                    t.Between(1, uint64_t{1} << t.Choose(20)));
    ExpectPagesOver(call, calls, t.Choose(uint64_t{1} << (1 + t.Choose(30))));
    ExpectPagePercentile(call, calls,
                         static_cast<uint32_t>(t.Between(1, 999999)));
}

GRADED_TEST(FanoutBudget, IsWhatThePageAllowsItsCalls,
            "So many calls may be slow, and not one millionth more, that no "
            "more pages are slow than is promised.")
{
    for (const uint32_t calls : {1, 2, 10, 100, 1000, 1000000})
        for (const uint32_t share : {1, 100, 1000, 50000, 500000, 999999})
            ExpectBudget(t, calls, share);
    // Whole numbers, which a calculation in doubles may fall short of: 8,000 calls
    // in a million make 15,936 pages of two slow, neither more nor less.
    for (const uint32_t share : {1999, 15936, 91791, 112636, 750000, 999856})
        ExpectBudget(t, 2, share);
}

GRADED_TEST(BadInput, FanoutRefusesWhatIsOutOfRange,
            "NULL pointers, calls and shares that are out of range are refused "
            "with DYN_EINVAL, and empty histograms with DYN_ENOENT.")
{
    HistogramTwin call(t);
    StudentHistogram empty(t);
    double share = 0;
    uint64_t us = 0;
    uint32_t slow = 0;

    call.Record(10, 3);
    for (const uint32_t calls : {0u, FANOUT_CALLS_MAX + 1u, UINT32_MAX}) {
        t.ExpectCode(DYN_EINVAL, call.seen.FanoutOver(calls, 1, &share),
                     "fanout_over");
        t.ExpectCode(DYN_EINVAL, call.seen.FanoutPercentile(calls, 500000, &us),
                     "fanout_percentile");
        t.ExpectCode(DYN_EINVAL, StudentBudget(t, calls, 500000, &slow),
                     "fanout_budget");
    }
    for (const uint32_t per_million : {0u, 1000000u, UINT32_MAX}) {
        t.ExpectCode(DYN_EINVAL,
                     call.seen.FanoutPercentile(3, per_million, &us),
                     "fanout_percentile");
        t.ExpectCode(DYN_EINVAL, StudentBudget(t, 3, per_million, &slow),
                     "fanout_budget");
    }
    t.ExpectCode(DYN_ENOENT, empty.FanoutOver(3, 1, &share),
                 "fanout_over of no calls");
    t.ExpectCode(DYN_ENOENT, empty.FanoutPercentile(3, 500000, &us),
                 "fanout_percentile of no calls");
    ExpectFanoutNullsRefused(t);
}

} // namespace
} // namespace judge
