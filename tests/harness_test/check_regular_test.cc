// check_regular_test.cc: a regular register may go back in time while a put is
// under way, and nothing worse.
#include "check/regular.h"

#include "check/acknowledged.h"
#include "check/invented.h"
#include "check/linearizable.h"
#include "check/safe.h"
#include "harness_test/check_histories.h"

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Ids = std::vector<int>;

TEST(Regular, HoldsForNewThenOldWhileThePutGoesOn)
{
    const History history = {Put(1, "a", 1, 2), Put(2, "b", 3, 20),
                             Get(3, "b", 4, 5), Get(4, "a", 6, 7)};

    EXPECT_EQ(Regular(history).verdict, Verdict::Holds);
    EXPECT_EQ(Linearizable(history).verdict, Verdict::Broken);
}

TEST(Regular, LetsAnyOfConcurrentPutsBeTheLast)
{
    EXPECT_EQ(Regular({Put(1, "a", 1, 4), Put(2, "b", 2, 3), Get(3, "a", 5, 6),
                       Get(4, "b", 7, 8)})
                  .verdict,
              Verdict::Holds);
}

TEST(Regular, LetsAnUnansweredPutBeSeenOrNotForever)
{
    EXPECT_EQ(Regular({Put(1, "a", 1, kNever), Put(2, "b", 2, 3),
                       Put(3, "c", 4, 5, -8), Get(4, "a", 6, 7),
                       Get(5, "b", 8, 9), Get(6, "c", 10, 11)})
                  .verdict,
              Verdict::Holds);
    EXPECT_EQ(Regular({Put(1, "a", 1, kNever), Get(2, {}, 2, 3)}).verdict,
              Verdict::Holds);
}

TEST(Regular, TellsOfAReplacedValue)
{
    const Finding finding =
        Regular({Put(1, "a", 1, 2), Put(2, "b", 3, 4), Get(3, "a", 5, 6)});

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.rule, "a get returns what the last put before it wrote, "
                            "or a put that is concurrent with it");
    EXPECT_EQ(finding.text,
              "op 2 (put x \"b\") by client 1 at n1 was acknowledged at #4, "
              "and op 3 (get x) by client 2 at n2, asked later, at #5, did not "
              "see it. op 3 returned \"a\" at #6, the value of op 1 (put x "
              "\"a\"), acknowledged at #2, which op 2 had replaced");
    EXPECT_EQ(finding.operations, (Ids{3, 2, 1}));
    EXPECT_EQ(finding.at, 6u);
    EXPECT_EQ(finding.pattern, "stale read");
}

TEST(Regular, TellsOfNothingFoundAndOfInventedAndSeveralValues)
{
    Operation two = Get(2, "a", 3, 4);

    two.values.push_back("a");
    EXPECT_EQ(Regular({Put(1, "a", 1, 2), Get(2, {}, 3, 4)}).pattern,
              "stale read");
    EXPECT_EQ(Regular({Put(1, "a", 1, 2), Get(2, "q", 3, 4)}).pattern,
              "invented value");
    EXPECT_EQ(Regular({Put(1, "a", 1, 2), two}).pattern, "several values");
    EXPECT_EQ(Regular({Put(1, "a", 1, 2), Get(2, "q", 3, 4, -8)}).verdict,
              Verdict::Holds);
}

TEST(Regular, IsWhatEveryOrderOfThePutsAndOneGetSays)
{
    Choices choices(8);
    int broken = 0;

    for (int round = 0; round < 10000; round++) {
        const History history = DrawAny(choices, 6);
        bool order = true;

        for (size_t get = 0; get < history.size(); get++) {
            History part;

            for (size_t i = 0; i < history.size(); i++)
                if (history[i].is_put || i == get)
                    part.push_back(history[i]);
            order = order && HasOrderByForce(part);
        }
        ASSERT_EQ(Regular(history).verdict,
                  order ? Verdict::Holds : Verdict::Broken)
            << "history " << round;
        broken += !order;
    }
    EXPECT_GT(broken, 2500);
    EXPECT_LT(broken, 7500);
}

TEST(Regular, LiesBetweenItsNeighbours)
{
    Choices choices(9);
    int only_regular = 0, only_safe = 0, only_not_invented = 0;

    for (int round = 0; round < 10000; round++) {
        const History history = DrawAny(choices, 6);
        const bool linearizable =
            Linearizable(history).verdict == Verdict::Holds;
        const bool regular = Regular(history).verdict == Verdict::Holds;
        const bool safe = Safe(history).verdict == Verdict::Holds;
        const bool not_invented =
            NothingInvented(history).verdict == Verdict::Holds;

        ASSERT_TRUE(!linearizable || regular) << "history " << round;
        ASSERT_TRUE(!regular || safe) << "history " << round;
        ASSERT_TRUE(!safe || not_invented) << "history " << round;
        ASSERT_TRUE(!regular ||
                    AcknowledgedSurvive(history).verdict != Verdict::Broken)
            << "history " << round;
        only_regular += regular && !linearizable;
        only_safe += safe && !regular;
        only_not_invented += not_invented && !safe;
    }
    EXPECT_GT(only_regular, 0);
    EXPECT_GT(only_safe, 0);
    EXPECT_GT(only_not_invented, 0);
}

} // namespace
} // namespace judge
