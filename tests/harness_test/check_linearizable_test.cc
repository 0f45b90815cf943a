// check_linearizable_test.cc: a checker that is wrong makes every verdict on a
// register worthless, so it is held against one that tries every order.
#include "check/linearizable.h"

#include "check/anomaly.h"
#include "check/key_history.h"
#include "harness/contract.h"
#include "harness/violation.h"
#include "harness_test/check_histories.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Ids = std::vector<int>;

void Broken(const History &history, const std::string &pattern,
            const std::string &text, const Ids &operations, uint64_t at)
{
    const Finding finding = Linearizable(history);

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.pattern, pattern);
    EXPECT_EQ(finding.text, text);
    EXPECT_EQ(finding.operations, operations);
    EXPECT_EQ(finding.at, at);
    EXPECT_NE(finding.rule.find("one order"), std::string::npos);
}

void Holds(const History &history)
{
    const Finding finding = Linearizable(history);

    EXPECT_EQ(finding.verdict, Verdict::Holds) << finding.text;
    EXPECT_EQ(finding.text, "");
}

// ---- By hand ----

TEST(Linearizable, HoldsForOneAfterTheOther)
{
    Holds({});
    Holds({Get(0, {}, 1, 2), Put(1, "a", 3, 4), Get(2, "a", 5, 6),
           Put(3, "b", 7, 8), Get(4, "b", 9, 10)});
}

TEST(Linearizable, LetsAGetSeeAPutThatIsUnderWay)
{
    Holds({Put(0, "a", 1, 10), Get(1, {}, 2, 3), Get(2, "a", 4, 5)});
}

TEST(Linearizable, LetsAnUnansweredPutComeLateOrNever)
{
    Holds({Put(0, "a", 1, kNever), Get(1, {}, 2, 3), Get(2, {}, 4, 5)});
    Holds({Put(0, "a", 1, kNever), Put(1, "b", 2, 3), Get(2, "b", 4, 5),
           Get(3, "a", 6, 7), Get(4, "a", 8, 9)});
    Holds({Put(0, "a", 1, 2, DYN_EUNAVAILABLE), Put(1, "b", 3, 4),
           Get(2, "b", 5, 6), Get(3, "a", 7, 8)});
}

TEST(Linearizable, LeavesOutGetsWithoutAnAnswer)
{
    Holds({Put(0, "a", 1, 2), Get(1, "z", 3, kNever),
           Get(2, {}, 4, 5, DYN_EUNAVAILABLE)});
}

TEST(Linearizable, TakesAnEmptyValueForAValue)
{
    Holds({Put(0, "", 1, 2), Get(1, "", 3, 4)});
    EXPECT_EQ(Linearizable({Put(0, "", 1, 2), Get(1, {}, 3, 4)}).verdict,
              Verdict::Broken);
}

TEST(Linearizable, KeepsKeysApart)
{
    Holds({Put(0, "a", 1, 2), Of(Get(1, {}, 3, 4), "y"), Get(2, "a", 5, 6)});
}

TEST(Linearizable, TellsOfAStaleRead)
{
    Broken({Put(1, "a", 1, 12), Get(2, "a", 13, 14), Put(3, "b", 30, 41),
            Get(5, "a", 44, 47), Get(6, "b", 50, 51)},
           "stale read",
           "op 3 (put x \"b\") by client 1 at n1 was acknowledged at #41, and "
           "op 5 (get x) by client 2 at n2, asked later, at #44, did not see "
           "it. op 5 returned \"a\" at #47, the value of op 1 (put x \"a\"), "
           "acknowledged at #12, which op 3 had replaced",
           {5, 3, 1}, 47);
}

TEST(Linearizable, TellsOfAReadThatFindsNothing)
{
    Broken(
        {Put(1, "a", 1, 2), Get(2, {}, 3, 4)}, "stale read",
        "op 1 (put x \"a\") by client 1 at n1 was acknowledged at #2, and op 2 "
        "(get x) by client 2 at n2, asked later, at #3, did not see it. op 2 "
        "returned nothing (never written) at #4, as if op 1 had never been",
        {2, 1}, 4);
}

TEST(Linearizable, TellsOfALostWrite)
{
    Broken(
        {Put(1, "a", 1, 2), Put(2, "b", 3, 4), Get(3, "a", 5, 6),
         Get(4, "a", 7, 8), Get(5, "a", 9, 10)},
        "lost write",
        "op 2 (put x \"b\") by client 1 at n1 was acknowledged at #4, and op 3 "
        "(get x) by client 2 at n2, asked later, at #5, did not see it. op 3 "
        "returned \"a\" at #6, the value of op 1 (put x \"a\"), acknowledged "
        "at #2, which op 2 had replaced. None of the 3 gets asked for after "
        "the acknowledgement returned \"b\" or anything newer. (Detail: before "
        "#6 there was an order: op 1 (put x \"a\") and op 2 (put x \"b\").)",
        {3, 2, 1}, 6);
}

TEST(Linearizable, TellsOfNewThenOldByTheOrderOfPuts)
{
    Broken(
        {Put(1, "a", 1, 2), Put(2, "b", 3, 20), Get(3, "b", 4, 5),
         Get(4, "a", 6, 7)},
        "new then old",
        "op 3 (get x) by client 2 at n2 returned \"b\" at #5, and op 4 (get x) "
        "by client 2 at n2, asked later, at #6, returned \"a\" at #7. \"a\" is "
        "older: op 1 (put x \"a\") was acknowledged at #2, before op 2 (put x "
        "\"b\") was asked for at #3. (Detail: before #7 there was an order: op "
        "1 (put x \"a\"), op 2 (put x \"b\") and op 3 (get x) -> \"b\".)",
        {4, 3, 1, 2}, 7);
}

TEST(Linearizable, TellsOfNewThenOldByAnEarlierGet)
{
    Broken(
        {Put(1, "a", 1, 30), Put(2, "b", 2, 31), Get(3, "a", 3, 4),
         Get(4, "b", 5, 6), Get(5, "a", 7, 8)},
        "new then old",
        "op 4 (get x) by client 2 at n2 returned \"b\" at #6, and op 5 (get x) "
        "by client 2 at n2, asked later, at #7, returned \"a\" at #8. \"a\" is "
        "older: op 3 (get x) had returned it at #4 already, before op 4 was "
        "asked for at #5, and op 1 (put x \"a\") wrote it only once. (Detail: "
        "before #8 there was an order: op 1 (put x \"a\"), op 3 (get x) -> "
        "\"a\", op 2 (put x \"b\") and op 4 (get x) -> \"b\".)",
        {5, 4, 1, 2, 3}, 8);
}

TEST(Linearizable, TellsOfNewThenNothing)
{
    Broken({Put(1, "a", 1, 20), Get(2, "a", 2, 3), Get(3, {}, 4, 5)},
           "new then old",
           "op 2 (get x) by client 2 at n2 returned \"a\" at #3, and op 3 (get "
           "x) by client 2 at n2, asked later, at #4, returned nothing (never "
           "written) at #5. Once written, a key is never unwritten. (Detail: "
           "before #5 there was an order: op 1 (put x \"a\") and op 2 (get x) "
           "-> \"a\".)",
           {3, 2, 1}, 5);
}

TEST(Linearizable, TellsOfAnInventedValue)
{
    Broken({Put(1, "a", 1, 2), Get(2, "q", 3, 4)}, "invented value",
           "op 2 (get x) by client 2 at n2 returned \"q\" at #4, which nobody "
           "ever put under that key",
           {2}, 4);
}

TEST(Linearizable, TellsOfAReadFromTheFuture)
{
    Broken({Get(1, "a", 1, 2), Put(2, "a", 3, 4)}, "read from the future",
           "op 1 (get x) by client 2 at n2 returned \"a\" at #2, before op 2 "
           "(put x \"a\") by client 1 at n1, the first to put that value, was "
           "asked for at #3",
           {1, 2}, 2);
}

TEST(Linearizable, TellsOfSeveralValues)
{
    Operation get = Get(2, "a", 5, 6);

    get.values.push_back("b");
    Broken({Put(0, "a", 1, 2), Put(1, "b", 3, 4), get}, "several values",
           "op 2 (get x) by client 2 at n2 returned 2 values at #6: \"a\" and "
           "\"b\"; a register holds one",
           {2}, 6);
}

TEST(Linearizable, TellsOfATangleByTheFewestOperations)
{
    // Two readers disagree on the order of two concurrent puts; the rest is
    // there to be left out.
    Broken({Put(0, "z", 1, 2), Get(1, "z", 3, 4), Put(2, "a", 5, 30),
            Put(3, "b", 6, 31), Get(4, "a", 7, 9), Get(5, "b", 8, 11),
            Get(6, "b", 10, 15), Get(7, "a", 12, 16)},
           "",
           "When op 7 (get x) by client 2 at n2 returned \"a\" at #16, no "
           "order was left. No order fits even these 6 alone: op 2 (put x "
           "\"a\") (#5 to #30), op 3 (put x \"b\") (#6 to #31), op 4 (get x) "
           "-> \"a\" (#7 to #9), op 5 (get x) -> \"b\" (#8 to #11), op 6 (get "
           "x) -> \"b\" (#10 to #15) and op 7 (get x) -> \"a\" (#12 to #16)",
           {7, 2, 3, 4, 5, 6}, 16);
}

TEST(Linearizable, TellsOfTheKeyThatBreaksFirst)
{
    const Finding finding =
        Linearizable({Put(0, "a", 1, 2), Get(1, {}, 7, 8),
                      Of(Put(2, "b", 3, 4), "y"), Of(Get(3, {}, 5, 6), "y")});

    EXPECT_EQ(finding.at, 6u);
    EXPECT_EQ(finding.text.rfind("op 2 (put y ", 0), 0u) << finding.text;
}

TEST(Linearizable, ShowsHostileBytesHarmlessly)
{
    const std::string bytes = "\x1b[31m\n\t\xff" + std::string(1, '\0');
    const Finding finding =
        Linearizable({Of(Get(1, bytes + std::string(1 << 20, 'y'), 1, 2),
                         std::string(1000, 'k'))});

    EXPECT_EQ(finding.text,
              "op 1 (get \"" + std::string(60, 'k') +
                  "...(1000 bytes)\") by client 2 at n2 returned "
                  "\"\\x1b[31m\\x0a\\x09\\xff\\x00" +
                  std::string(51, 'y') +
                  "...(1048585 bytes)\" at #2, which nobody ever put under "
                  "that key");
}

TEST(Linearizable, RefusesAHistoryThatRunsBackwards)
{
    EXPECT_THROW(Linearizable({Put(0, "a", 2, 1)}), InfraError);
}

// ---- A budget ----

// Many puts at once, of few values: hard for every search.
History Hard()
{
    History history;

    for (int i = 0; i < 60; i++) {
        history.push_back(
            Put(2 * i, std::string(1, char('a' + i % 12)), 1 + i, 1000 + i));
        history.push_back(Get(2 * i + 1,
                              std::string(1, char('a' + (i * 7) % 12)),
                              100 + 2 * i, 101 + 2 * i));
    }
    // Seen once, and never again overwritten by itself: no order.
    history.push_back(Put(200, "once", 70, 2000));
    for (int i = 0; i < 3; i++)
        history.push_back(
            Get(201 + i, i == 1 ? "l" : "once", 1100 + 2 * i, 1101 + 2 * i));
    return history;
}

TEST(Linearizable, IsNeverSaidToHoldWhenStepsRunOut)
{
    const Finding finding = Linearizable(Hard(), 50);

    EXPECT_EQ(finding.verdict, Verdict::Undecided);
    EXPECT_EQ(finding.text,
              "Key \"x\": after 50 steps it is not known whether its 124 "
              "operations have an order, because too many overlap; use more "
              "keys, fewer clients, or a larger number of steps");
}

TEST(Linearizable, PrefersABrokenKeyToAnUndecidedOne)
{
    History history = Hard();

    history.push_back(Of(Put(300, "a", 3000, 3001), "y"));
    history.push_back(Of(Get(301, {}, 3002, 3003), "y"));
    history.push_back(Of(Get(302, "nobody's", 3004, 3005), "w"));
    EXPECT_EQ(Linearizable(history, 50).verdict, Verdict::Broken);
    EXPECT_EQ(Linearizable(Hard(), 50).verdict, Verdict::Undecided);
}

// ---- Against every order ----

// What was known just after `end`.
History Until(const History &history, uint64_t end)
{
    History part;

    for (Operation it : history) {
        if (it.invoked > end)
            continue;
        if (it.returned > end) {
            it.returned = kNever;
            it.values.clear();
        }
        part.push_back(it);
    }
    return part;
}

uint64_t FirstBreakByForce(const History &history)
{
    std::set<uint64_t> returns;

    for (const Operation &it : history)
        if (Succeeded(it))
            returns.insert(it.returned);
    for (const uint64_t end : returns)
        if (!HasOrderByForce(Until(history, end)))
            return end;
    return 0;
}

TEST(Linearizable, AgreesWithEveryOrderOfSmallHistories)
{
    Choices choices(20071014);
    int broken = 0;
    const int rounds = 100000;

    for (int round = 0; round < rounds; round++) {
        const History history = DrawAny(choices, 6);
        const Finding finding = Linearizable(history);
        const bool order = HasOrderByForce(history);

        ASSERT_EQ(finding.verdict, order ? Verdict::Holds : Verdict::Broken)
            << "history " << round << " " << finding.text;
        if (order)
            continue;
        broken++;
        ASSERT_EQ(finding.at, FirstBreakByForce(history)) << finding.text;
    }
    EXPECT_GT(broken, rounds / 4);
    EXPECT_LT(broken, rounds * 3 / 4);
}

TEST(Linearizable, AgreesWithEveryOrderOfNearlyRightHistories)
{
    // Random answers are mostly wrong at once; these are wrong in one place.
    Choices choices(1);
    int broken = 0;
    const int rounds = 5000;

    for (int round = 0; round < rounds; round++) {
        History history = DrawReal(choices, {8, 4, 1, 20});

        for (Operation &it : history)
            if (it.is_put)
                it.value = std::string(1, char('a' + it.id % 3));
            else if (!it.values.empty())
                it.values[0] = std::string(
                    1, char('a' + std::stoi(it.values[0].substr(1)) % 3));
        Operation &one = history[choices.Choose(history.size())];
        if (!one.is_put)
            one.values = {std::string(1, char('a' + choices.Choose(3)))};
        const bool order = HasOrderByForce(history);
        ASSERT_EQ(Linearizable(history).verdict,
                  order ? Verdict::Holds : Verdict::Broken)
            << "history " << round;
        broken += !order;
    }
    EXPECT_GT(broken, rounds / 20);
}

TEST(Linearizable, HasNoAnomalyWhereThereIsAnOrder)
{
    Choices choices(3);

    for (int round = 0; round < 30000; round++) {
        const History history = DrawAny(choices, 6);

        if (!HasOrderByForce(history))
            continue;
        for (const auto &[name, key] : SplitByKey(history))
            for (const Operation *get : key.Gets()) {
                if (!Succeeded(*get))
                    continue;
                const auto anomaly = FindAnomaly("", key, *get);
                ASSERT_FALSE(anomaly) << round << " " << anomaly->text;
            }
    }
}

TEST(Linearizable, HasNoAnomalyWhereAValueIsWrittenTwice)
{
    const History history = {Put(0, "a", 1, 20), Put(1, "b", 2, 21),
                             Get(2, "a", 3, 4),  Get(3, "b", 5, 6),
                             Put(4, "a", 7, 22), Get(5, "a", 8, 9)};

    Holds(history);
    for (const auto &[name, key] : SplitByKey(history))
        EXPECT_FALSE(FindAnomaly("", key, history[5]));
}

// ---- Against all that can be reached ----

// Of one key: a table of every set of operations that may have come, with every
// value that the register may then hold. Slow, but not as slow as every order.
bool HasOrderByTable(const History &all)
{
    std::vector<const Operation *> operations;
    std::set<std::pair<uint32_t, std::string>> reached = {{0, "none"}}, next;
    uint32_t must = 0;

    for (const Operation &it : all)
        if (it.is_put || Succeeded(it)) {
            must |= Succeeded(it) ? 1u << operations.size() : 0;
            operations.push_back(&it);
        }
    const auto may_come = [&](uint32_t come, size_t i) {
        for (size_t other = 0; other < operations.size(); other++)
            if ((come >> other & 1) == 0 &&
                Precedes(*operations[other], *operations[i]))
                return false;
        return (come >> i & 1) == 0;
    };
    while (!reached.empty()) {
        next.clear();
        for (const auto &[come, value] : reached) {
            if ((come & must) == must)
                return true;
            for (size_t i = 0; i < operations.size(); i++) {
                const Operation &it = *operations[i];
                const std::string seen =
                    it.values.empty() ? "none" : it.values.front();

                if (may_come(come, i) && (it.is_put || seen == value))
                    next.insert({come | 1u << i, it.is_put ? it.value : value});
            }
        }
        reached.swap(next);
    }
    return false;
}

TEST(Linearizable, AgreesWithAllThatCanBeReachedWhenMuchOverlaps)
{
    // Few values, written again and again, so that what the register holds does
    // not follow from which operations have come.
    Choices choices(10);
    int broken = 0;
    const int rounds = 1500;

    for (int round = 0; round < rounds; round++) {
        const int values = 2 + static_cast<int>(choices.Choose(3));
        History history = DrawReal(choices, {11, 3 + int(choices.Choose(6)), 1,
                                             int(choices.Choose(60))});
        const auto few = [&](const std::string &value) {
            return std::string(1,
                               char('a' + std::stoi(value.substr(1)) % values));
        };

        for (Operation &it : history)
            if (it.is_put)
                it.value = few(it.value);
            else if (!it.values.empty())
                it.values[0] = few(it.values[0]);
        for (int wrong = 0; wrong < 2; wrong++) {
            Operation &one = history[choices.Choose(history.size())];
            if (!one.is_put)
                one.values = {
                    std::string(1, char('a' + choices.Choose(values)))};
        }
        const bool order = HasOrderByTable(history);
        ASSERT_EQ(Linearizable(history).verdict,
                  order ? Verdict::Holds : Verdict::Broken)
            << "history " << round;
        broken += !order;
    }
    EXPECT_GT(broken, rounds / 20);
}

TEST(Linearizable, RemembersWhichUnansweredPutsHaveCome)
{
    // The same acknowledged puts have come, with more or fewer of the others.
    const History history = {
        Put(0, "a", 1, kNever), Put(1, "b", 2, 5),    Put(2, "a", 3, 4),
        Get(3, "a", 6, 7),      Put(4, "b", 8, 14),   Get(5, "b", 9, 12),
        Get(6, "b", 10, 11),    Put(7, "b", 13, 16),  Put(8, "a", 15, 18),
        Put(9, "b", 17, 20),    Put(10, "b", 19, 21), Get(11, "a", 22, 23)};

    EXPECT_TRUE(HasOrderByTable(history));
    Holds(history);
}

// ---- Against a real register ----

TEST(Linearizable, HoldsForWhatARealRegisterDid)
{
    Choices choices(4);

    for (int round = 0; round < 1000; round++) {
        const RealRegister what = {60, 1 + int(choices.Choose(10)),
                                   1 + int(choices.Choose(3)),
                                   int(choices.Choose(50))};
        const Finding finding = Linearizable(DrawReal(choices, what));

        ASSERT_EQ(finding.verdict, Verdict::Holds)
            << round << " " << finding.text;
    }
}

TEST(Linearizable, IsOftenBrokenByOneWrongAnswer)
{
    Choices choices(5);
    int broken = 0;
    std::set<std::string> patterns;
    const int rounds = 1000;

    for (int round = 0; round < rounds; round++) {
        History history = DrawReal(choices, {60, 4, 1, 10});
        std::vector<size_t> gets;

        for (size_t i = 0; i < history.size(); i++)
            if (!history[i].is_put)
                gets.push_back(i);
        Operation &one = history[gets[choices.Choose(gets.size())]];
        const Operation &other = history[gets[choices.Choose(gets.size())]];
        one.values = other.values;
        const Finding finding = Linearizable(history);
        ASSERT_NE(finding.verdict, Verdict::Undecided);
        if (finding.verdict != Verdict::Broken)
            continue;
        broken++;
        patterns.insert(finding.pattern);
        ASSERT_FALSE(finding.text.empty());
        ASSERT_TRUE(finding.at.has_value());
    }
    EXPECT_GT(broken, rounds * 3 / 4);
    EXPECT_EQ(patterns.count("stale read"), 1u);
    EXPECT_EQ(patterns.count("new then old"), 1u);
    EXPECT_EQ(patterns.count("read from the future"), 1u);
}

// ---- Large histories; no test of time, but a slow search would be felt ----

TEST(Linearizable, DecidesLargeHistories)
{
    Choices choices(6);

    EXPECT_EQ(Linearizable(DrawReal(choices, {10000, 3, 100, 0})).verdict,
              Verdict::Holds);
    EXPECT_EQ(Linearizable(DrawReal(choices, {10000, 16, 1, 5})).verdict,
              Verdict::Holds);
    History history = DrawReal(choices, {10000, 3, 1, 0});
    for (size_t i = 9000; i < history.size(); i++)
        if (!history[i].is_put)
            history[i].values = {"v1"};
    EXPECT_EQ(Linearizable(history).verdict, Verdict::Broken);
}

TEST(Linearizable, DecidesManyUnansweredPuts)
{
    History history;

    for (int i = 0; i < 40; i++)
        history.push_back(Put(i, "v" + std::to_string(i), 1 + i, kNever));
    for (int i = 0; i < 40; i++)
        history.push_back(Get(100 + i, "v" + std::to_string((i * 7) % 40),
                              100 + 2 * i, 101 + 2 * i));
    Holds(history);
    history.push_back(Get(200, "v0", 300, 301)); // a second time
    EXPECT_EQ(Linearizable(history).verdict, Verdict::Broken);
}

} // namespace
} // namespace judge
