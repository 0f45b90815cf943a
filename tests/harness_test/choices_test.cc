// choices_test.cc: a failing case must come back the same, and come out small.
#include "harness/choices.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

namespace judge
{
namespace
{

using List = std::vector<uint64_t>;
using Predicate = std::function<bool(const List &)>;

List Draw(Choices choices, size_t count, uint64_t bound)
{
    List drawn;

    for (size_t i = 0; i < count; i++)
        drawn.push_back(choices.Choose(bound));
    return drawn;
}

TEST(Choices, AreTheSameForTheSameSeed)
{
    EXPECT_EQ(Draw(Choices(7), 100, 1000), Draw(Choices(7), 100, 1000));
    EXPECT_NE(Draw(Choices(7), 100, 1000), Draw(Choices(8), 100, 1000));
}

TEST(Choices, AreBelowTheirBoundAndAllOccur)
{
    List count(5, 0);

    for (const uint64_t choice : Draw(Choices(1), 1000, 5))
        count.at(choice)++;
    for (const uint64_t times : count)
        EXPECT_GT(times, 100u);
    EXPECT_EQ(Draw(Choices(1), 3, 1), (List{0, 0, 0}));
}

TEST(Choices, FollowTheRecordAndAreZeroBeyondIt)
{
    Choices choices(List{4, 9, 2});

    EXPECT_EQ(choices.Choose(10), 4u);
    EXPECT_EQ(choices.Choose(5), 4u); // 9 does not fit below 5: 9 mod 5
    EXPECT_EQ(choices.Choose(10), 2u);
    EXPECT_EQ(choices.Choose(10), 0u);
    EXPECT_EQ(choices.Choose(UINT64_MAX), 0u);
    EXPECT_EQ(choices.Taken(), (List{4, 4, 2, 0, 0}));
}

TEST(Choices, CanBePlayedAgainFromWhatWasTaken)
{
    Choices first(99);

    for (uint64_t bound = 1; bound < 50; bound++)
        first.Choose(bound);
    Choices again(first.Taken());
    for (uint64_t bound = 1; bound < 50; bound++)
        again.Choose(bound);
    EXPECT_EQ(again.Taken(), first.Taken());
}

TEST(MixSeed, DiffersWheneverOneOfItsNumbersDoes)
{
    List mixed;

    for (uint64_t a = 0; a < 60; a++)
        for (uint64_t b = 0; b < 60; b++)
            mixed.push_back(MixSeed(a, b));
    std::sort(mixed.begin(), mixed.end());
    EXPECT_EQ(std::unique(mixed.begin(), mixed.end()), mixed.end());
}

// ---- Shrinking ----

struct Shrunk {
    List list;
    int steps = 0, tries = 0;
};

Shrunk Shrunken(const List &from, const Predicate &fails, int attempts = 100000)
{
    Shrunk shrunk;

    shrunk.list = Shrink(from, attempts, &shrunk.steps, [&](List &candidate) {
        shrunk.tries++;
        return fails(candidate);
    });
    return shrunk;
}

uint64_t Sum(const List &list)
{
    return std::accumulate(list.begin(), list.end(), uint64_t{0});
}

uint64_t Times(const List &list, uint64_t value)
{
    return static_cast<uint64_t>(std::count(list.begin(), list.end(), value));
}

// Of the first place where x stands, whether y stands somewhere behind it.
bool Before(const List &list, uint64_t x, uint64_t y)
{
    const auto first = std::find(list.begin(), list.end(), x);

    return std::find(first, list.end(), y) != list.end();
}

TEST(Shrink, FindsTheOneNumberThatMatters)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        const List from = Draw(Choices(seed), 60, 1000);
        const auto fails = [](const List &list) {
            return std::any_of(list.begin(), list.end(),
                               [](uint64_t n) { return n >= 100; });
        };

        EXPECT_EQ(Shrunken(from, fails).list, List{100});
    }
}

TEST(Shrink, FindsTheSmallestSumOverAThreshold)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        List from = Draw(Choices(seed), 40, 50);

        from[0] = 2000;
        EXPECT_EQ(
            Shrunken(from, [](const List &l) { return Sum(l) >= 300; }).list,
            List{300});
    }
}

// Where no number suffices alone, nothing may be left that can be taken away.
TEST(Shrink, LeavesNothingThatCanBeTakenAway)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        const auto fails = [](const List &list) { return Sum(list) >= 300; };
        const List list = Shrunken(Draw(Choices(seed), 40, 50), fails).list;

        EXPECT_EQ(Sum(list), 300u);
        for (size_t i = 0; i < list.size(); i++) {
            List less = list;

            less.erase(less.begin() + static_cast<long>(i));
            EXPECT_FALSE(fails(less));
        }
    }
}

TEST(Shrink, FindsTwoGivenValues)
{
    List from = Draw(Choices(3), 80, 30);

    from[11] = 31;
    from[60] = 57;
    const List found = Shrunken(from, [](const List &list) {
                           return Times(list, 31) > 0 && Times(list, 57) > 0;
                       }).list;
    EXPECT_EQ(found, (List{31, 57}));
}

TEST(Shrink, FindsAnOrderedPair)
{
    List from = Draw(Choices(4), 80, 30);

    from[20] = 57;
    from[21] = 31;
    EXPECT_EQ(
        Shrunken(from, [](const List &l) { return Before(l, 57, 31); }).list,
        (List{57, 31}));
}

TEST(Shrink, FindsTheShortestLength)
{
    // Zeros at the end are no choices, so one number that is none must stay.
    const auto fails = [](const List &list) { return list.size() >= 5; };

    EXPECT_EQ(Shrunken(Draw(Choices(5), 60, 9), fails).list,
              (List{0, 0, 0, 0, 1}));
}

TEST(Shrink, FindsTheEmptyListWhereAllFail)
{
    const Shrunk shrunk =
        Shrunken(Draw(Choices(6), 60, 9), [](const List &) { return true; });

    EXPECT_EQ(shrunk.list, List{});
    EXPECT_GE(shrunk.steps, 1);
}

// A number of 64 bits must not be brought down by ones: the attempts run out.
TEST(Shrink, ComesDownFromLargeNumbersInFewAttempts)
{
    for (const uint64_t least :
         {uint64_t{1000}, uint64_t{1} << 40, (uint64_t{1} << 62) + 12345}) {
        const auto fails = [least](const List &list) {
            return !list.empty() && list[0] >= least;
        };

        EXPECT_EQ(Shrunken({least * 2 - 1, 3, 3, 3}, fails, 400).list,
                  List{least});
    }
}

TEST(Shrink, ReturnsOnlyWhatFails)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        const auto fails = [](const List &list) {
            return Sum(list) % 7 == 3 && list.size() > 2;
        };
        List from = Draw(Choices(seed), 30, 100);

        while (!fails(from))
            from[0]++;
        for (const int attempts : {0, 1, 5, 50, 5000}) {
            const Shrunk shrunk = Shrunken(from, fails, attempts);

            EXPECT_TRUE(fails(shrunk.list));
            EXPECT_LE(shrunk.tries, attempts);
            EXPECT_LE(shrunk.list.size(), from.size());
        }
    }
}

TEST(Shrink, KeepsAListThatCannotBeMadeSimpler)
{
    const List from = {3, 1, 4, 1, 5};
    const Shrunk shrunk =
        Shrunken(from, [&](const List &list) { return list == from; });

    EXPECT_EQ(shrunk.list, from);
    EXPECT_EQ(shrunk.steps, 0);
}

TEST(Shrink, IsDetermined)
{
    const auto fails = [](const List &list) { return Sum(list) % 11 == 5; };
    List from = Draw(Choices(8), 50, 1000);

    while (!fails(from))
        from[0]++;
    const Shrunk one = Shrunken(from, fails), two = Shrunken(from, fails);
    EXPECT_EQ(one.list, two.list);
    EXPECT_EQ(one.tries, two.tries);
    EXPECT_EQ(one.steps, two.steps);
}

// The judge writes into the candidate what the body really used.
TEST(Shrink, TakesWhatTheBodyUsedOfACandidate)
{
    int steps = 0;
    const List found = Shrink({9, 9, 9, 9, 9, 9}, 1000, &steps, [](List &list) {
        list.resize(2); // the body asks twice
        return list[0] >= 4;
    });

    EXPECT_EQ(found, List{4});
}

// A body that asks for more than it was given must not make the case grow.
TEST(Shrink, NeverGrows)
{
    int steps = 0;
    const List found = Shrink({5, 5}, 1000, &steps, [](List &list) {
        list.resize(10, 3);
        return true;
    });

    EXPECT_EQ(found, (List{5, 5}));
}

} // namespace
} // namespace judge
