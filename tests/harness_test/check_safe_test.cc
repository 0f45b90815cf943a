// check_safe_test.cc: what masking quorums promise, and no more than that.
#include "check/safe.h"

#include "harness/contract.h"
#include "harness_test/check_histories.h"

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Ids = std::vector<int>;

TEST(Safe, LetsAnOverlappedGetReturnWhatWasEverPutOrFail)
{
    EXPECT_EQ(Safe({Put(1, "a", 1, 2), Put(2, "b", 3, 4), Put(3, "c", 5, 20),
                    Get(4, "a", 6, 7), Get(5, {}, 8, 9), Get(6, "c", 10, 11),
                    Get(7, {}, 12, 13, DYN_EUNAVAILABLE), Get(8, "b", 14, 21)},
                   Answering::UnlessOverlapped)
                  .verdict,
              Verdict::Holds);
}

TEST(Safe, TakesAnUnansweredPutToOverlapAllThatFollows)
{
    EXPECT_EQ(
        Safe({Put(1, "a", 1, 2), Put(2, "b", 3, 4), Put(3, "c", 5, kNever),
              Get(4, "a", 6, 7), Get(5, {}, 8, 9)})
            .verdict,
        Verdict::Holds);
    EXPECT_EQ(Safe({Put(1, "a", 1, 2, DYN_EUNAVAILABLE), Put(2, "b", 3, 4),
                    Get(4, {}, 6, 7)})
                  .verdict,
              Verdict::Holds);
    // A put of another key overlaps nothing here.
    EXPECT_EQ(Safe({Put(1, "a", 1, 2), Of(Put(2, "b", 3, kNever), "y"),
                    Get(4, {}, 6, 7)})
                  .verdict,
              Verdict::Broken);
}

TEST(Safe, LetsAnyOfConcurrentPutsBeTheLast)
{
    EXPECT_EQ(Safe({Put(1, "a", 1, 4), Put(2, "b", 2, 3), Get(3, "a", 5, 6),
                    Get(4, "b", 7, 8)})
                  .verdict,
              Verdict::Holds);
}

TEST(Safe, KnowsThatALongPutStillOverlaps)
{
    // The put that was invoked last is over; the one before it is not.
    EXPECT_EQ(
        Safe({Put(1, "a", 1, 20), Put(2, "b", 2, 3), Get(3, {}, 4, 5)}).verdict,
        Verdict::Holds);
}

TEST(Safe, TellsOfAnOldValueThoughNoPutOverlaps)
{
    const Finding finding = Safe({Put(1, "a", 1, 2), Put(2, "b", 3, 4),
                                  Get(3, "a", 5, 6), Put(4, "c", 7, 8)});

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(
        finding.text,
        "op 2 (put x \"b\") by client 1 at n1 was acknowledged at #4, and op 3 "
        "(get x) by client 2 at n2, asked later, at #5, did not see it. op 3 "
        "returned \"a\" at #6, the value of op 1 (put x \"a\"), acknowledged "
        "at #2, which op 2 had replaced. No put was under way meanwhile");
    EXPECT_EQ(finding.operations, (Ids{3, 2, 1}));
    EXPECT_EQ(finding.at, 6u);
    EXPECT_EQ(finding.rule,
              "a get that no put overlaps returns what the last put before it "
              "wrote; one that is overlapped returns nothing that was not put");
}

TEST(Safe, TellsOfAnInventedValueEvenWhenOverlapped)
{
    const Finding finding = Safe({Put(1, "a", 1, 20), Get(2, "forged", 2, 3)});

    EXPECT_EQ(finding.pattern, "invented value");
    EXPECT_EQ(finding.text,
              "op 2 (get x) by client 2 at n2 returned \"forged\" at #3, which "
              "nobody ever put under that key");
}

TEST(Safe, TellsOfAGetThatFailsForNoReasonIfToldTo)
{
    const History history = {Put(1, "a", 1, 2),
                             Get(2, {}, 3, 4, DYN_EUNAVAILABLE)};

    EXPECT_EQ(Safe(history).verdict, Verdict::Holds);
    const Finding finding = Safe(history, Answering::UnlessOverlapped);
    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.rule, "a get that no put overlaps is answered");
    EXPECT_EQ(
        finding.text,
        "op 2 (get x) by client 2 at n2 was asked for at #3 and answered "
        "DYN_EUNAVAILABLE at #4, though no put of that key was under way");
}

} // namespace
} // namespace judge
