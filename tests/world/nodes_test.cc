// nodes_test.cc: nodes that stand still, are slow, or have another clock.
#include "world/toy_world.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace judge
{
namespace
{

// One kind of blow, at 5 ms or so.
Setup Struck(uint32_t nodes, bool Faults::*kind, uint32_t strikes = 1)
{
    Setup setup = ToldWorld(nodes);

    setup.faults.strike = 300;
    setup.faults.strikes_most = strikes;
    setup.faults.*kind = true;
    return setup;
}

// ---- Pauses ----

TEST(Pause, HoldsEverythingBackAndLosesNothing)
{
    // Else a node that stood still is one that lost messages, or worked on.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(2));

        world.Invoke(1, true, "k", "timer 20 {note timer}; reply");
        world.Pause(1);
        for (const char *name : {"a", "b", "c"}) {
            world.Invoke(0, true, "k",
                         std::string("reply; send 2 {note ") + name + "}");
            world.Invoke(1, true, "k", std::string("reply; note ask ") + name);
            world.Quiet(10);
        }
        EXPECT_EQ(world.Operations()[2].returned, kNever);
        world.Quiet(100);
        world.Invoke(0, true, "k", "reply; send 2 {note d}");
        world.Quiet(100);
        world.Resume(1);
        world.Quiet(0);
        for (const Operation &operation : world.Operations())
            EXPECT_TRUE(Succeeded(operation));
    });
    const uint64_t resumed = OfKind(trace, "resume").at(0).number;
    std::vector<std::string> asked, others;

    for (const TraceEvent &event : OfKind(trace, "note", 2)) {
        EXPECT_GT(event.number, resumed);
        EXPECT_EQ(event.time_us, 230000u);
        (event.text->rfind("ask", 0) == 0 ? asked : others)
            .push_back(*event.text);
    }
    // Clients are no part of the network; each kind keeps its own order.
    EXPECT_EQ(asked, (std::vector<std::string>{"ask a", "ask b", "ask c"}));
    EXPECT_EQ(others, (std::vector<std::string>{"a", "b", "timer", "c", "d"}));
}

TEST(Pause, EndsInACrashLikeAnythingElse)
{
    // Else the next life gets what was waiting at the door of the one before, or
    // stands still too.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(2));

        world.Pause(1);
        world.Invoke(0, true, "k", "reply; send 2 {note message}");
        const int asked = world.Invoke(1, true, "k", "reply; note request");
        world.Quiet(10);
        world.Crash(1);
        world.Restart(1);
        world.Resume(1);
        world.Invoke(1, true, "k", "reply; note alive");
        world.Quiet(100);
        EXPECT_EQ(world.Operations()[asked].returned, kNever);
    });

    EXPECT_EQ(Notes(trace, 2), std::vector<std::string>{"alive"});
    EXPECT_EQ(Messages(trace)[0].lost, "down");
}

TEST(Pause, OfFateIsKeptAndEnds)
{
    // Else pauses are only on the trace, or last for ever.
    uint64_t pauses = 0;

    for (uint64_t seed = 0; seed < 20; seed++) {
        const Trace trace = TraceOf(
            Choices(seed),
            Wishes(Struck(2, &Faults::pauses, 10),
                   {Tell(0, "every 3 {send 2 {}}; timer 900 {reply}")}));
        std::vector<bool> paused(3);

        for (const TraceEvent &event : trace.events) {
            if (event.kind == "pause" || event.kind == "resume")
                paused[*event.n] = event.kind == "pause";
            else if (IsHandler(event) && paused[*event.n])
                ADD_FAILURE() << event.kind << " at " << event.time_us;
        }
        pauses += OfKind(trace, "pause").size();
        EXPECT_EQ(OfKind(trace, "pause").size(),
                  OfKind(trace, "resume").size());
        EXPECT_TRUE(OfKind(trace, "lose").empty());
    }
    EXPECT_GT(pauses, 40u);
}

// ---- Slow nodes ----

TEST(Slow, MakesTheMessagesOfANodeTakeTenTimesAsLong)
{
    // Else no node is ever late with everything, and nobody's patience is tried.
    const auto setup = Struck(3, &Faults::slow, 3);
    std::map<uint64_t, int> taken;

    for (uint64_t seed = 0; seed < 10; seed++) {
        const Trace trace = TraceOf(Choices(seed), [&](Trial &t) {
            World world(t, setup);
            for (uint32_t node = 0; node < 3; node++)
                world.Client({Tell(node, "every 2 {send 1 {}; send 2 {}; send "
                                         "3 {}}; timer 200 {reply}")});
            world.Run();
        });
        std::vector<uint64_t> factor(4, 1);
        std::map<uint64_t, uint64_t> expected; // when messages arrive

        for (const TraceEvent &event : trace.events) {
            if (event.kind == "slow") {
                factor[*event.n] = *event.factor;
            } else if (event.kind == "send" && event.n != event.to) {
                const uint64_t us =
                    1000 * std::max(factor[*event.n], factor[*event.to]);
                expected[*event.m] = event.time_us + us;
                taken[us]++;
            } else if (event.kind == "recv" && event.n != event.from) {
                EXPECT_EQ(event.time_us, expected.at(*event.m));
            }
        }
    }
    EXPECT_EQ(taken.size(), 2u);
    EXPECT_GT(taken[1000], 500);
    EXPECT_GT(taken[10000], 500);
}

// ---- Clocks ----

TEST(Skew, ShiftsANodesClockButNeverBackwards)
{
    // Else a node that compares its own clock with itself is failed for what
    // env.h rules out, or one that trusts others' clocks passes.
    int ahead = 0, behind = 0, held = 0;

    for (uint64_t seed = 0; seed < 40; seed++) {
        const Trace trace = TraceOf(
            Choices(seed), Wishes(Struck(2, &Faults::skew, 6),
                                  {Tell(0, "put boot now; every 5 {now}; timer "
                                           "600 {reply}")}));
        int64_t skew = 0;
        uint64_t clock = 0;

        for (const TraceEvent &event : trace.events) {
            if (event.n != 1u)
                continue;
            if (event.kind == "skew") {
                skew = *event.ms;
                ahead += skew > 0;
                behind += skew < 0;
            }
            if (event.kind != "note")
                continue;
            const auto shown =
                static_cast<int64_t>(event.time_us / 1000) + 1000 + skew;
            const uint64_t now = std::stoull(event.text->substr(4));

            EXPECT_GE(now, clock);
            if (shown > static_cast<int64_t>(clock)) {
                EXPECT_EQ(static_cast<int64_t>(now), shown);
            } else {
                held += now == clock;
            }
            clock = now;
        }
    }
    EXPECT_GT(ahead, 10);
    EXPECT_GT(behind, 10);
    EXPECT_GT(held, 100);
}

// ---- Timers ----

TEST(Timers, FireInTheOrderOfTheirTimes)
{
    // Else a node gives up before it has tried again.
    const Trace trace = TraceOf(
        Choices(1),
        Wishes(ToldWorld(1),
               {Tell(0, "timer 30 {note d}; timer 10 {note a}; timer 20 {note "
                        "b}; timer 20 {note c}; timer 0 {note at once}; timer "
                        "40 {reply}")}));
    std::vector<uint64_t> times;

    for (const TraceEvent &event : OfKind(trace, "note"))
        times.push_back(event.time_us);
    EXPECT_EQ(Notes(trace, 1),
              (std::vector<std::string>{"at once", "a", "b", "c", "d"}));
    EXPECT_EQ(times, (std::vector<uint64_t>{0, 10000, 20000, 20000, 30000}));
}

TEST(Timers, NeverFireOnceCancelled)
{
    // Else a request that was answered is given up afterwards.
    const Trace trace = TraceOf(
        Choices(1),
        Wishes(
            ToldWorld(1),
            {Tell(0, "timer 10 {note at once}; timer 10 {note later}; timer "
                     "10 {note in the same ms}; timer 20 {note kept}; "
                     "timer 5 {cancel 2}; cancel 1; cancel 99; timer 9 "
                     "{timer 1 {}; cancel 3}; timer 30 {cancel 4; reply}")}));

    EXPECT_EQ(Notes(trace, 1), std::vector<std::string>{"kept"});
    EXPECT_EQ(OfKind(trace, "cancel").size(), 3u); // of those that there were
}

TEST(Timers, OfAFormerLifeNeverFire)
{
    // Else what the node forgot in the crash comes back, under the number of a
    // timer of the new life.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(1));

        world.Invoke(0, true, "k",
                     "put boot timer 50 {note new}; reply; timer "
                     "30 {note old}; timer 40 {note old}");
        world.Quiet(20);
        world.Crash(0);
        world.Restart(0);
        world.Quiet(100);
    });

    EXPECT_EQ(Notes(trace, 1), std::vector<std::string>{"new"});
    EXPECT_EQ(OfKind(trace, "fire").at(0).time_us, 70000u);
}

TEST(Timers, ThatAreFarOffDoNotHoldTheRunUp)
{
    // Else a node that sets one for ever makes time overflow, or the end wait.
    const Trace trace = TraceOf(
        Choices(1),
        Wishes(ToldWorld(1), {Tell(0, "timer 18446744073709551615 {note x}; "
                                      "timer 99999999 {note y}; reply")}));

    EXPECT_TRUE(Notes(trace, 1).empty());
    EXPECT_EQ(trace.events.back().time_us, 0u);
}

} // namespace
} // namespace judge
