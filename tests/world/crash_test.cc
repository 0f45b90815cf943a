// crash_test.cc: what a crash takes, and what it must not.
#include "world/toy_world.h"

#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

// One node that crashes, in its next handler, after 5 ms.
Setup OneCrash(uint32_t nodes = 1)
{
    auto setup = ToldWorld(nodes);

    setup.faults.strike = 1000;
    setup.faults.strikes_most = 1;
    setup.faults.crashes = true;
    return setup;
}

bool IsEffect(const TraceEvent &event)
{
    for (const char *kind :
         {"send", "reply", "timer", "cancel", "put", "delete", "note"})
        if (event.kind == kind)
            return true;
    return false;
}

TEST(Crash, ComesBetweenAnyTwoEffectsOfAHandler)
{
    // Else a node that must put before it answers is never caught in between.
    std::map<std::vector<std::string>, int> seen;
    const std::vector<std::string> all = {"note",   "put",    "send", "timer",
                                          "cancel", "delete", "reply"};

    for (uint64_t seed = 0; seed < 400; seed++) {
        const Trace trace = TraceOf(
            Choices(seed),
            Wishes(OneCrash(2),
                   {Tell(0,
                         "note a; put a b; send 2 {}; timer 5 {}; cancel 1; "
                         "del a; reply",
                         20)}));
        std::vector<std::string> applied;
        bool in_handler = false;

        for (const TraceEvent &event : trace.events) {
            in_handler |= event.kind == "request";
            if (in_handler && event.n == 1u && event.kind == "crash")
                seen[applied]++;
            if (in_handler && event.n == 1u && IsEffect(event))
                applied.push_back(event.kind);
        }
    }

    EXPECT_EQ(seen.size(), all.size() + 1);
    for (std::vector<std::string> first = all;; first.pop_back()) {
        EXPECT_GT(seen[first], 5) << first.size();
        if (first.empty())
            break;
    }
}

TEST(Crash, LeavesOnlyTheStore)
{
    // Else a node that keeps in memory what it must store passes.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(1));
        const std::string script = "count; dump; put boot dump; put a b; reply";

        world.Invoke(0, true, "k", script);
        world.Invoke(0, true, "k", script);
        world.Crash(0);
        world.Restart(0);
        world.Invoke(0, true, "k", script);
    });

    EXPECT_EQ(Notes(trace, 1), (std::vector<std::string>{
                                   "count 1", "holds ", "count 2", "holds a=b",
                                   "holds a=b", "count 1", "holds a=b"}));
}

TEST(Crash, LosesAnySuffixOfUnsyncedWritesAndNothingElse)
{
    // Else what was put but not yet sent or answered always survives, or is lost
    // out of order, or more is lost than a disk may lose.
    std::map<std::string, int> held;

    for (uint64_t seed = 0; seed < 400; seed++) {
        // The crash comes in a later handler; the second life tells what it has.
        const Trace trace = TraceOf(
            Choices(seed),
            Wishes(OneCrash(),
                   {Tell(0, "put boot dump; put a 1; put b 1; reply; put a 2; "
                            "put c 2; del b; put a 3; timer 20 {}"),
                    Tell(0, "reply", 400)}));

        ASSERT_EQ(OfKind(trace, "crash").size(), 1u);
        held[Notes(trace, 1).at(0)]++;
    }

    EXPECT_EQ(held.size(), 5u);
    for (const char *state :
         {"a=1 b=1", "a=2 b=1", "a=2 b=1 c=2", "a=2 c=2", "a=3 c=2"})
        EXPECT_GT(held[std::string("holds ") + state], 40) << state;
}

TEST(Crash, ByTheTestLosesAllThatIsUnsynced)
{
    // Else tests that crash a node at a chosen moment prove nothing of syncs.
    Trial trial(nullptr, Choices(1));
    World world(trial, ToldWorld(1));

    world.Invoke(0, true, "k", "put a 1; reply; put a 2; put b 2; del a");
    EXPECT_EQ(world.Stored(0), (Entries{{"b", "2"}}));
    world.Crash(0);

    EXPECT_EQ(world.Stored(0), (Entries{{"a", "1"}}));
}

TEST(Crash, KeepsWhatWasPutBeforeAnythingLeft)
{
    // Else an acknowledged write is lost through no fault of the node's, or the
    // world is too kind to one that acknowledges first.
    int told = 0, answered = 0, lost_later = 0;

    for (uint64_t seed = 0; seed < 400; seed++) {
        auto setup = OneCrash(2);
        Trial trial(nullptr, Choices(seed));
        World world(trial, setup);

        world.Client({Tell(0,
                           "put a 1; put a 2; send 2 {put told yes}; put b "
                           "3; reply; put c 4",
                           20),
                      Tell(1, "reply", 400)});
        world.Run();

        const Entries &stored = world.Stored(0);
        if (world.Stored(1).count("told")) {
            EXPECT_EQ(stored.count("a"), 1u);
            EXPECT_EQ(stored.at("a"), "2");
        }
        if (world.Operations()[0].returned != kNever) {
            EXPECT_EQ(stored.count("b"), 1u);
        }
        told += world.Stored(1).count("told") && !stored.count("b");
        answered += world.Operations()[0].returned != kNever;
        lost_later += stored.count("b") && !stored.count("c");
    }
    EXPECT_GT(told, 10); // a crash came after the message had left
    EXPECT_GT(answered, 10);
    EXPECT_GT(lost_later, 10);
}

TEST(Crash, LosesNothingThatWasSyncedHoweverOften)
{
    // Else a second crash takes what the first one left on the disk.
    auto setup = ToldWorld(2);
    setup.faults.strike = 300;
    setup.faults.strikes_most = 100;
    setup.faults.crashes = true;
    uint64_t crashes = 0, lost = 0;

    for (uint64_t seed = 0; seed < 60; seed++) {
        const Trace trace = TraceOf(
            Choices(seed),
            Wishes(setup,
                   {Tell(0, "put boot every 4 {put a 1; put b 2; now; send 2 "
                            "{}; del a; put b 3; put c 4}; send 2 {}; timer "
                            "900 {reply}"),
                    Tell(1, "reply", 900)}));
        std::vector<Entries> states = {{}}; // after each write, of node 1
        size_t synced = 0;

        for (const TraceEvent &event : trace.events) {
            if (event.n != 1u)
                continue;
            if (event.kind == "put" || event.kind == "delete") {
                states.push_back(states.back());
                states.back().erase(*event.key);
                if (event.kind == "put")
                    states.back()[*event.key] = *event.value;
            } else if (event.kind == "sync") {
                synced = states.size() - 1;
            } else if (event.kind == "crash") {
                crashes++;
                lost += *event.lost;
                ASSERT_LE(*event.lost, states.size() - 1 - synced);
                states.resize(states.size() - *event.lost);
                synced = states.size() - 1;
            }
        }
    }
    EXPECT_GT(crashes, 100u);
    EXPECT_GT(lost, 50u);
}

TEST(Crash, MakesPendingRequestsUnknownAndTheClientGoesOn)
{
    // Else clients wait for ever for a node that forgot them, or count a put
    // that may have happened as refused.
    auto setup = OneCrash();
    Trial trial(nullptr, Choices(1));
    World world(trial, setup);

    world.Client({Tell(0, "timer 20 {}"), Tell(0, "reply fine")});
    world.Run();

    const History &history = world.Operations();
    ASSERT_EQ(history.size(), 2u);
    EXPECT_EQ(history[0].returned, kNever);
    EXPECT_FALSE(Succeeded(history[0]));
    EXPECT_TRUE(Succeeded(history[1]));
    EXPECT_GT(history[1].invoked_us, 20000u);
}

TEST(Crash, AbandonsRequestsInTheOrderInWhichTheyWereAsked)
{
    // Else the order is a hash table's, and the same case goes another way on
    // another machine.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(1));

        for (int i = 0; i < 5; i++)
            world.Invoke(0, true, "k", "note");
        world.Crash(0);
    });
    std::vector<uint64_t> order;

    for (const TraceEvent &event : OfKind(trace, "abandon"))
        order.push_back(*event.op);

    EXPECT_EQ(order, (std::vector<uint64_t>{0, 1, 2, 3, 4}));
}

TEST(Crash, ThatComesLateIsAlsoFollowedByARestart)
{
    // Else a node that handles little is down for the rest of the faults: its
    // crash comes after the restart that was meant for it.
    for (uint64_t seed = 0; seed < 50; seed++) {
        const Trace trace = TraceOf(
            Choices(seed),
            Wishes(OneCrash(), {Tell(0, "timer 500 {}"), Tell(0, "reply")}));

        ASSERT_EQ(OfKind(trace, "crash").size(), 1u);
        EXPECT_LE(OfKind(trace, "open").back().time_us -
                      OfKind(trace, "crash")[0].time_us,
                  310000u);
    }
}

} // namespace
} // namespace judge
