// shrink_test.cc: mistakes that need a fault are found, and come out with that
// fault and nothing else. The programs are those of toy_faulty.h.
#include "check/linearizable.h"
#include "world/toy_world.h"

#include <gtest/gtest.h>

namespace judge
{
namespace
{

constexpr uint64_t kCasesMost = 300;
constexpr int kAttempts = 40000; // enough to end when nothing can be taken away

Setup FaultyWorld(Trial &t, const std::string &program, uint32_t nodes)
{
    Setup setup;
    Faults most;

    most.loss = most.copy = most.late = 100;
    most.jitter_us = 1000;
    most.strike = 300;
    most.crashes = most.cuts = most.one_way_cuts = most.pauses = most.slow =
        true;
    setup.program = program;
    setup.nodes = nodes;
    setup.faults = DrawFaults(t, most);
    setup.read_at_the_end = false;
    return setup;
}

// Clients that put and get at random.
void AddLoad(Trial &t, World *world, uint64_t most)
{
    uint64_t number = 0;

    for (int client = 0; client < 2; client++) {
        std::vector<Wish> wishes;
        const uint64_t count = t.Choose(most + 1);

        for (uint64_t i = 0; i < count; i++)
            wishes.push_back(
                {t.Choose(2) == 1, "x", ValueName(number++),
                 static_cast<uint32_t>(t.Choose(world->Nodes().size())),
                 static_cast<uint32_t>(t.Choose(100))});
        world->Client(wishes);
    }
}

// The first case that breaks a rule, made as simple as could be.
Ran Simplest(const Body &body)
{
    for (uint64_t seed = 1; seed <= kCasesMost; seed++) {
        const Ran found = RunOf(Choices(seed), body);
        int steps = 0;

        if (!found.violation)
            continue;
        const std::vector<uint64_t> best =
            Shrink(found.choices, kAttempts, &steps,
                   [&](std::vector<uint64_t> &candidate) {
                       Trial trial(nullptr, Choices(candidate));
                       bool broken = false;

                       try {
                           body(trial);
                       } catch (const Violation &violation) {
                           broken =
                               violation.expected == found.violation->expected;
                       }
                       candidate = trial.TheChoices().Taken();
                       return broken;
                   });
        return RunOf(Choices(best), body);
    }
    return {};
}

size_t CountOf(const Trace &trace, const char *kind)
{
    return OfKind(trace, kind).size();
}

// The faults of a run, as words.
std::vector<std::string> FaultsOf(const Trace &trace)
{
    std::vector<std::string> faults;

    for (const TraceEvent &event : trace.events)
        for (const char *kind : {"crash", "cut", "pause", "slow", "copy"})
            if (event.kind == kind)
                faults.push_back(kind);
    for (const TraceEvent &event : OfKind(trace, "lose"))
        if (event.why == "loss")
            faults.push_back("loss");
    return faults;
}

size_t HandlersOf(const Trace &trace)
{
    size_t count = 0;

    for (const TraceEvent &event : trace.events)
        count += IsHandler(event);
    return count;
}

TEST(Shrinking, LeavesOneCrashToWhoAcknowledgesBeforeItPuts)
{
    // Else a student reads of 40 operations and 20 faults where one put, one
    // crash and one get would do.
    const Ran ran = Simplest([](Trial &t) {
        World world(t, FaultyWorld(t, "hasty", 1));
        AddLoad(t, &world, 5);
        world.Run();
        world.Expect(Linearizable(world.Operations()));
    });

    ASSERT_TRUE(ran.violation);
    ASSERT_EQ(FaultsOf(ran.trace), std::vector<std::string>{"crash"});
    ASSERT_EQ(CountOf(ran.trace, "invoke"), 2u);
    EXPECT_EQ(HandlersOf(ran.trace), 2u);
    const TraceEvent crash = OfKind(ran.trace, "crash")[0];
    EXPECT_GT(crash.number, OfKind(ran.trace, "return")[0].number);
    EXPECT_LT(crash.number, OfKind(ran.trace, "invoke")[1].number);
}

TEST(Shrinking, LeavesOneCopyToWhoCountsTwice)
{
    // Else the one message that matters hides among many.
    const Ran ran = Simplest([](Trial &t) {
        World world(t, FaultyWorld(t, "adder", 2));
        AddLoad(t, &world, 5);
        world.Run();
        world.Quiet(1000); // copies may still be on their way
        int puts = 0;
        for (const Operation &operation : world.Operations())
            puts += operation.is_put;
        const auto sum = world.Stored(0).find("sum");
        if (sum != world.Stored(0).end() && sum->second[0] - '0' > puts)
            world.Break("each put counts once", "one counted twice");
    });

    ASSERT_TRUE(ran.violation);
    EXPECT_EQ(FaultsOf(ran.trace), std::vector<std::string>{"copy"});
    EXPECT_EQ(CountOf(ran.trace, "invoke"), 1u);
    EXPECT_LE(HandlersOf(ran.trace), 6u);
}

TEST(Shrinking, LeavesOneLostDisk)
{
    // Else a disk that was lost hides among crashes, and among others.
    const Ran ran = Simplest([](Trial &t) {
        auto setup = FaultyWorld(t, "told", 3);
        setup.faults.wipes = 3;
        setup.faults.full_disks = setup.faults.write_errors = true;
        setup.held = [](const NodeSetup &, const Entries &,
                        const std::vector<std::string> &keys) {
            return std::vector<std::vector<std::string>>(keys.size());
        };
        World world(t, setup);
        world.Client({{true, "x", "put a 1; reply", 0, 100}});
        world.Run();
        for (uint32_t node = 0; node < 3; node++)
            if (world.DiskOf(node) > 1)
                world.Break("no disk is lost", "one is");
    });

    ASSERT_TRUE(ran.violation);
    EXPECT_EQ(CountOf(ran.trace, "wipe"), 1u);
    EXPECT_EQ(CountOf(ran.trace, "full"), 0u);
    EXPECT_EQ(CountOf(ran.trace, "fail"), 0u);
    EXPECT_EQ(FaultsOf(ran.trace), std::vector<std::string>{"crash"});
}

TEST(Shrinking, LeavesOneOneWayCutToThoseThatBothLead)
{
    // Else a cut of one direction looks like one of many faults together.
    const Ran ran = Simplest([](Trial &t) {
        World world(t, FaultyWorld(t, "pair", 2));
        world.Client({{true, "x", "a", 0, 200 + uint32_t(t.Choose(200))}});
        world.Run();
        if (world.Stored(0).count("leads") && world.Stored(1).count("leads"))
            world.Break("one node leads", "both do");
    });

    ASSERT_TRUE(ran.violation);
    ASSERT_EQ(FaultsOf(ran.trace), std::vector<std::string>{"cut"});
    EXPECT_EQ(OfKind(ran.trace, "cut")[0].from, 1u);
    EXPECT_EQ(OfKind(ran.trace, "cut")[0].to, 2u);
}

} // namespace
} // namespace judge
