// check_invented_test.cc: a value out of nowhere is noticed whatever else the
// store promises, and a value from somewhere never accused.
#include "check/invented.h"

#include "harness_test/check_histories.h"

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Ids = std::vector<int>;

TEST(NothingInvented, HoldsForStaleAndUnfinishedValues)
{
    Operation siblings = Get(5, "a", 9, 10);

    siblings.values.push_back("b");
    const Finding finding = NothingInvented(
        {Put(0, "a", 1, 2), Put(1, "b", 3, kNever), Get(2, "a", 4, 5),
         Get(3, {}, 6, 7), siblings, Put(6, "c", 11, 14), Get(7, "c", 12, 13)});

    EXPECT_EQ(finding.verdict, Verdict::Holds) << finding.text;
    EXPECT_EQ(finding.rule,
              "a get returns only what some put of that key wrote");
}

TEST(NothingInvented, LooksOnlyAtGetsThatSucceeded)
{
    EXPECT_EQ(NothingInvented({Get(0, "q", 1, kNever), Get(1, "q", 2, 3, -8)})
                  .verdict,
              Verdict::Holds);
}

TEST(NothingInvented, TellsOfAValueThatNobodyPut)
{
    const Finding finding =
        NothingInvented({Put(0, "a", 1, 2), Get(1, "forged", 3, 4)});

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.text,
              "op 1 (get x) by client 2 at n2 returned \"forged\" at #4, which "
              "nobody ever put under that key");
    EXPECT_EQ(finding.operations, Ids{1});
    EXPECT_EQ(finding.at, 4u);
    EXPECT_EQ(finding.pattern, "invented value");
}

TEST(NothingInvented, TellsOfAValueOfAnotherKey)
{
    const Finding finding =
        NothingInvented({Of(Put(0, "a", 1, 2), "y"), Get(1, "a", 3, 4)});

    EXPECT_EQ(
        finding.text,
        "op 1 (get x) by client 2 at n2 returned \"a\" at #4, which nobody "
        "ever put under that key, but op 0 (put y \"a\") did under key \"y\"");
}

TEST(NothingInvented, TellsOfOneAmongSeveralValues)
{
    Operation get = Get(1, "a", 3, 4);

    get.values.push_back("q");
    get.client = -1;
    EXPECT_EQ(NothingInvented({Put(0, "a", 1, 2), get}).text,
              "op 1 (get x) by the test at n2 returned \"q\" at #4, which "
              "nobody ever put under that key");
}

TEST(NothingInvented, TellsOfAReadFromTheFutureAndOfTheFirst)
{
    const Finding finding =
        NothingInvented({Get(0, "q", 5, 6), Of(Get(1, "b", 1, 2), "y"),
                         Of(Put(2, "b", 3, 4), "y")});

    EXPECT_EQ(finding.text, "op 1 (get y) by client 2 at n2 returned \"b\" at "
                            "#2, before op 2 (put y \"b\") by client 1 at n1, "
                            "the first to put that value, was asked for at #3");
    EXPECT_EQ(finding.operations, (Ids{1, 2}));
    EXPECT_EQ(finding.pattern, "read from the future");
}

} // namespace
} // namespace judge
