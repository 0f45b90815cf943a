// determinism_test.cc: a case that failed can be seen again.
#include "world/toy_world.h"

#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

Faults AllFaults()
{
    Faults faults;

    faults.loss = faults.copy = faults.late = 100;
    faults.jitter_us = 500;
    faults.strike = 300;
    faults.crashes = faults.cuts = faults.one_way_cuts = faults.pauses =
        faults.slow = faults.skew = true;
    return faults;
}

// Three nodes that talk for half a second, under every fault.
void Talk(Trial &t, uint64_t *digest)
{
    auto setup = ToldWorld(3);

    setup.faults = AllFaults();
    World world(t, setup);
    for (uint32_t node = 0; node < 3; node++)
        world.Client({Tell(node, "put boot every 9 {random; now; send 1 {put a "
                                 "b; count}; send 2 {back {count}}; send 3 "
                                 "{put c d}}; reply"),
                      Tell(node, "timer 400 {reply}"),
                      Tell(node, "reply", 90)});
    world.Run();
    world.Close();
    *digest = world.Digest();
}

TEST(Determinism, SameChoicesGiveTheSameTraceAndDigest)
{
    // Else a failure that is printed with its seed is not found again, and
    // shrinking compares runs that have nothing to do with each other.
    std::set<std::string> traces;
    std::set<uint64_t> digests;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t first = 0, again = 0, replayed = 0;
        const auto into = [](uint64_t *digest) {
            return [digest](Trial &t) { Talk(t, digest); };
        };
        const Ran ran = RunOf(Choices(seed), into(&first));

        EXPECT_FALSE(ran.violation);
        EXPECT_EQ(RunOf(Choices(seed), into(&again)).text, ran.text);
        EXPECT_EQ(RunOf(Choices(ran.choices), into(&replayed)).text, ran.text);
        EXPECT_EQ(first, again);
        EXPECT_EQ(first, replayed);
        traces.insert(ran.text);
        digests.insert(first);
    }
    EXPECT_EQ(traces.size(), 20u);
    EXPECT_GT(digests.size(), 10u); // times are not part of it
}

TEST(Determinism, TracingDoesNotChangeTheRun)
{
    // Else the trace that is made of a failing case shows another run.
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t traced = 0, silent = 0;
        Trial trial(nullptr, Choices(seed));

        RunOf(Choices(seed), [&](Trial &t) { Talk(t, &traced); });
        Talk(trial, &silent);

        EXPECT_EQ(traced, silent);
        EXPECT_EQ(trial.TheTrace(), "");
    }
}

TEST(Determinism, DigestSeesEveryEffect)
{
    // Else two processes that do different things pass for deterministic.
    std::set<uint64_t> digests;
    const std::vector<std::string> scripts = {"reply",
                                              "reply x",
                                              "put a b; reply",
                                              "put a c; reply",
                                              "put b b; reply",
                                              "del a; reply",
                                              "send 1 {}; reply",
                                              "send 2 {}; reply",
                                              "send 2 {note}; reply",
                                              "timer 5 {}; reply",
                                              "timer 6 {}; reply",
                                              "timer 5 {}; cancel 1; reply",
                                              "timer 5 {}; cancel 2; reply",
                                              "every 5 {}; reply",
                                              "note a; reply",
                                              "note b; reply"};

    for (const std::string &script : scripts) {
        Trial trial(nullptr, Choices(1));
        World world(trial, ToldWorld(2));

        world.Client({Tell(0, script)});
        world.Run();
        digests.insert(world.Digest());
    }

    EXPECT_EQ(digests.size(), scripts.size());
}

TEST(Determinism, TwoLivesDrawDifferentRandomNumbers)
{
    // Else a node that names its operations at random gives an old name again
    // after a crash, and is failed for what no real node would do.
    const Ran ran = RunOf(Choices(std::vector<uint64_t>{}), [](Trial &t) {
        World world(t, ToldWorld(2));

        for (uint32_t node = 0; node < 2; node++)
            world.Invoke(node, true, "k", "put boot random; reply; random");
        for (int life = 0; life < 10; life++)
            for (uint32_t node = 0; node < 2; node++) {
                world.Crash(node);
                world.Restart(node);
            }
    });
    std::set<uint64_t> drawn;

    for (uint64_t node = 1; node <= 2; node++)
        for (const uint64_t number : Numbers(ran.trace, node, "random"))
            drawn.insert(number);

    EXPECT_EQ(drawn.size(), 2 * 11u);
}

TEST(Determinism, AllZeroIsTheDullRun)
{
    // Else shrinking towards 0 brings faults in instead of taking them out.
    uint64_t digest = 0;
    const Trace trace = TraceOf(Choices(std::vector<uint64_t>{}),
                                [&](Trial &t) { Talk(t, &digest); });

    for (const char *fault :
         {"lose", "copy", "crash", "cut", "pause", "slow", "skew"})
        EXPECT_TRUE(OfKind(trace, fault).empty()) << fault;
    for (const Sent &sent : Messages(trace))
        for (const uint64_t received : sent.received_us)
            EXPECT_EQ(received - sent.send.time_us,
                      sent.send.n == sent.send.to ? 0u : 1000u);
}

} // namespace
} // namespace judge
