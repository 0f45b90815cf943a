// check_acknowledged_test.cc: what a client was promised is there in the end.
#include "check/acknowledged.h"

#include "harness/contract.h"
#include "harness_test/check_histories.h"

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Ids = std::vector<int>;

TEST(Acknowledged, LooksOnlyAtTheEnd)
{
    // Not even regular, but in the end all is well.
    EXPECT_EQ(AcknowledgedSurvive({Put(1, "a", 1, 2), Get(2, {}, 3, 4),
                                   Put(3, "b", 5, 6), Get(4, "b", 7, 8)})
                  .verdict,
              Verdict::Holds);
}

TEST(Acknowledged, LetsAConcurrentOrUnansweredPutBeTheLast)
{
    const History puts = {Put(1, "a", 1, 4), Put(2, "b", 2, 3),
                          Put(3, "c", 5, kNever),
                          Put(4, "d", 6, 7, DYN_EUNAVAILABLE)};

    for (const char *value : {"a", "b", "c", "d"}) {
        History history = puts;
        history.push_back(Get(9, value, 20, 21));
        EXPECT_EQ(AcknowledgedSurvive(history).verdict, Verdict::Holds)
            << value;
    }
    History history = puts;
    history.push_back(Get(9, {}, 20, 21));
    EXPECT_EQ(AcknowledgedSurvive(history).verdict, Verdict::Broken);
}

TEST(Acknowledged, DemandsNothingWhereNothingWasAcknowledged)
{
    EXPECT_EQ(AcknowledgedSurvive({Put(1, "a", 1, kNever)}).verdict,
              Verdict::Holds);
    EXPECT_EQ(
        AcknowledgedSurvive({Put(1, "a", 1, kNever), Get(2, {}, 3, 4)}).verdict,
        Verdict::Holds);
    EXPECT_EQ(AcknowledgedSurvive({}).verdict, Verdict::Holds);
}

TEST(Acknowledged, TellsOfALostWrite)
{
    const Finding finding =
        AcknowledgedSurvive({Put(1, "a", 1, 2), Put(2, "b", 3, 4),
                             Get(3, "a", 5, 6), Get(4, "a", 7, 8)});

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.rule, "what was acknowledged is still there in the end");
    EXPECT_EQ(finding.text,
              "op 2 (put x \"b\") by client 1 at n1 was acknowledged at #4, "
              "and op 3 (get x) by client 2 at n2, asked later, at #5, did not "
              "see it. op 3 returned \"a\" at #6, the value of op 1 (put x "
              "\"a\"), acknowledged at #2, which op 2 had replaced. No put of "
              "that key began or was acknowledged any more");
    EXPECT_EQ(finding.operations, (Ids{3, 2, 1}));
    EXPECT_EQ(finding.at, 6u);
    EXPECT_EQ(finding.pattern, "lost write");
}

TEST(Acknowledged, IsUndecidedWhenNobodyLooked)
{
    const Finding finding = AcknowledgedSurvive(
        {Put(1, "a", 1, 2), Get(2, "a", 3, 5), Put(3, "b", 4, 6),
         Get(4, {}, 7, 8, DYN_EUNAVAILABLE), Of(Put(5, "c", 9, 10), "y"),
         Of(Get(6, "c", 11, 12), "y")});

    EXPECT_EQ(finding.verdict, Verdict::Undecided);
    EXPECT_EQ(
        finding.text,
        "puts of 1 key (\"x\") were acknowledged, but no get succeeded "
        "that began after the last of them: let the run end with a get of "
        "each key");
}

} // namespace
} // namespace judge
