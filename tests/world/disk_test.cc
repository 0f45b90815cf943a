// disk_test.cc: disks that are lost, that are full, that fail: what that takes, and what
// it must not.
#include "world/toy_world.h"

#include <gtest/gtest.h>

namespace judge
{
namespace
{

// A look every 5 ms, each of which strikes; only at disks.
Setup DiskWorld(uint32_t nodes, uint32_t strikes)
{
    auto setup = ToldWorld(nodes);

    setup.faults.strike = 1000;
    setup.faults.strikes_most = strikes;
    return setup;
}

// Whoever has "mark" in his store holds what `script` puts.
void HoldsByMark(Setup *setup, const std::string &script)
{
    setup->held = [script](const NodeSetup &, const Entries &disk,
                           const std::vector<std::string> &keys) {
        return std::vector<std::vector<std::string>>(
            keys.size(), disk.count("mark") > 0
                             ? std::vector<std::string>{script}
                             : std::vector<std::string>{});
    };
}

TEST(LostDisk, TakesAllThatWasOnItAndTheNextOneIsEmpty)
{
    // Else what a node has after it is what it had before, or it does not know.
    auto setup = DiskWorld(1, 1);
    setup.faults.wipes = 1;
    HoldsByMark(&setup, "");
    Trial trial(nullptr, Choices(1));
    World world(trial, setup);

    world.Invoke(0, true, "k", "put a 1; reply");
    world.Client({Tell(0, "reply", 400)});
    world.Run();

    EXPECT_EQ(world.DiskOf(0), 2u);
    EXPECT_EQ(world.Stored(0), Entries{});
    EXPECT_TRUE(Succeeded(world.Operations().back())); // it is up again
}

TEST(LostDisk, IsNeverTheLastThatHoldsWhatWasAcknowledged)
{
    // Else the store is blamed for what no store can keep.
    const std::string script = "put mark 1; send 2 {put mark 1}; reply";
    uint32_t lost = 0, holders = 0;

    for (uint64_t seed = 0; seed < 200; seed++) {
        auto setup = DiskWorld(3, 100);
        setup.faults.wipes = 4;
        HoldsByMark(&setup, script);
        Trial trial(nullptr, Choices(seed));
        World world(trial, setup);
        uint32_t marks = 0;

        world.Client({Tell(0, script), Tell(2, "reply", 1000)});
        world.Run();
        for (uint32_t node = 0; node < 3; node++) {
            lost += world.DiskOf(node) - 1;
            marks += world.Stored(node).count("mark");
        }
        ASSERT_TRUE(Succeeded(world.Operations()[0]));
        EXPECT_GT(marks, 0u) << seed;
        holders += marks == 1;
    }
    EXPECT_GT(lost, 400u);
    EXPECT_GT(holders, 100u); // copies were lost, and only the last one kept
}

TEST(LostDisk, IsNeverTheLastThatHoldsWhatMayYetBeAcknowledged)
{
    // Else a put is acknowledged that nobody has any more, by a node that has every
    // right to: it was told that another has it.
    const std::string script = "send 2 {put mark 1}; timer 300 {reply}";
    uint32_t acknowledged = 0, lost = 0;

    for (uint64_t seed = 0; seed < 200; seed++) {
        auto setup = DiskWorld(3, 100);
        setup.faults.wipes = 1;
        HoldsByMark(&setup, script);
        Trial trial(nullptr, Choices(seed));
        World world(trial, setup);

        world.Client({Tell(0, script), Tell(2, "reply", 1000)});
        world.Run();
        lost += world.DiskOf(0) + world.DiskOf(1) + world.DiskOf(2) - 3;
        if (!Succeeded(world.Operations()[0]))
            continue;
        acknowledged++;
        EXPECT_EQ(world.Stored(1).count("mark"), 1u) << seed;
    }
    EXPECT_GT(acknowledged, 50u);
    EXPECT_GT(lost, 150u);
}

TEST(LostDisk, MayBeOneWhoseValueWasReplacedElsewhere)
{
    // Else hardly any disk may be lost where clients go on to put.
    auto setup = DiskWorld(2, 1);
    setup.held = [](const NodeSetup &node, const Entries &,
                    const std::vector<std::string> &keys) {
        return std::vector<std::vector<std::string>>(
            keys.size(), {node.self == 1 ? "reply a" : "reply b"});
    };
    setup.faults.wipes = 1;
    for (const bool read : {false, true}) {
        uint32_t lost = 0;

        for (uint64_t seed = 0; seed < 20; seed++) {
            Trial trial(nullptr, Choices(seed));
            World world(trial, setup);

            world.Invoke(0, true, "k", "put k reply a; reply");
            world.Invoke(0, true, "k", "reply a");
            const int get = world.Invoke(0, false, "k", "");
            if (read)
                world.PutAfter(1, "k", "reply b", get);
            world.Client({Tell(1, "reply", 400)});
            world.Run();
            lost += world.DiskOf(0) - 1;
        }
        EXPECT_EQ(lost > 0, read);
    }
}

TEST(LostDisk, TakesWithItWhatTheNodeHadSent)
{
    // Else somebody drops his copy for one that was on that disk.
    // One that is on its way, and two that wait for nodes that are paused.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(4));

        world.Pause(2);
        world.Pause(3);
        world.Invoke(0, true, "k",
                     "send 3 {put told yes}; send 4 {put told yes}; reply");
        world.Quiet(2);
        world.Invoke(0, true, "k", "send 2 {put told yes}; reply");
        world.Invoke(1, true, "k", "send 1 {put told yes}; reply");
        world.RestartEmpty(0);
        world.Resume(2);
        world.Crash(3);
        world.Restart(3);
        world.Quiet(10);
        EXPECT_EQ(world.Stored(1).count("told"), 0u);
        EXPECT_EQ(world.Stored(2).count("told"), 0u);
        EXPECT_EQ(world.Stored(3).count("told"), 0u);
        EXPECT_EQ(world.Stored(0).count("told"), 1u); // sent to it
    });

    for (size_t i = 0; i < 3; i++)
        EXPECT_EQ(Messages(trace)[i].lost, "wipe");
}

TEST(LostDisk, ComesSoOftenAtMostAndNotWhereNothingSaysWhoHoldsWhat)
{
    // Else a run runs out of disks, or acknowledged writes are lost unseen.
    for (uint64_t seed = 0; seed < 50; seed++)
        for (const bool known : {false, true}) {
            auto setup = DiskWorld(3, 100);
            setup.faults.wipes = 2;
            if (known)
                HoldsByMark(&setup, "");
            const Trace trace = TraceOf(
                Choices(seed),
                Wishes(setup, {Tell(0, "reply"), Tell(1, "reply", 900)}));

            EXPECT_EQ(OfKind(trace, "wipe").size(), known ? 2u : 0u);
        }
}

TEST(LostDisk, IsNoneWhenAllChoicesAreTheDullOnes)
{
    // Else runs with lost disks do not shrink to those that matter.
    auto setup = DiskWorld(2, 100);
    setup.faults.wipes = 2;
    setup.faults.full_disks = setup.faults.write_errors = true;
    setup.faults.strike = 500;
    HoldsByMark(&setup, "");
    const Trace trace =
        TraceOf(Choices(std::vector<uint64_t>{}),
                Wishes(setup, {Tell(0, "put a 1; reply", 900)}));

    EXPECT_EQ(OfKind(trace, "wipe").size() + OfKind(trace, "full").size() +
                  OfKind(trace, "crash").size(),
              0u);
}

// ---- Full disks ----

TEST(FullDisk, EndsWhoPutsAndNothingOfItIsDone)
{
    // Else a node that cannot store a put acknowledges it.
    auto setup = DiskWorld(2, 100);
    setup.faults.full_disks = true;
    uint64_t ended = 0, served = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        const Trace trace =
            TraceOf(Choices(seed),
                    Wishes(setup, {Tell(0, "send 2 {}; note read; reply", 100),
                                   Tell(0, "put a 1; send 2 {}; reply"),
                                   Tell(1, "reply", 600)}));
        bool full = false;
        size_t done = 0; // in the handler that is on

        for (const TraceEvent &event : trace.events) {
            if (event.n != 1u)
                continue;
            if (event.kind == "full" || event.kind == "room")
                full = event.kind == "full";
            if (IsHandler(event))
                done = 0;
            if (event.kind == "put" || event.kind == "send")
                done++;
            if (event.kind == "note")
                served += full;
            if (event.kind == "put") {
                EXPECT_FALSE(full);
            }
            if (event.kind == "fail") {
                ended++;
                EXPECT_TRUE(full);
                EXPECT_EQ(done, 0u);
                EXPECT_EQ(trace.events[event.number + 1].kind, "crash");
            }
        }
    }
    EXPECT_GT(ended, 20u);
    EXPECT_GT(served, 20u); // a full disk can be read
}

TEST(FullDisk, HasRoomAgainInTheEnd)
{
    // Else an operation that must end cannot.
    for (uint64_t seed = 0; seed < 20; seed++) {
        auto setup = DiskWorld(1, 10000);
        setup.faults.full_disks = true;
        Trial trial(nullptr, Choices(seed));
        World world(trial, setup);

        // It begins in the faults, and ends in the calm.
        world.Client(
            {Tell(0, "timer 20100 {reply}"), Tell(0, "put a 1; reply")});
        world.Run();
        EXPECT_EQ(world.Stored(0).count("a"), 1u);
    }
}

// ---- Writes that fail ----

TEST(WriteError, EndsTheNodeBeforeAnythingLeavesThatNeedsTheWrite)
{
    // Else what was acknowledged is not on the disk.
    auto setup = DiskWorld(2, 100);
    setup.faults.write_errors = true;
    uint64_t failed = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        Trial trial(nullptr, Choices(seed));
        trial.Trace("");
        {
            World world(trial, setup);

            world.Client({Tell(0, "put a 1; send 2 {}; put b 1; reply", 50),
                          Tell(1, "reply", 600)});
            world.Run();
            const Entries &stored = world.Stored(0);
            // The first needs a alone, the second both.
            if (Succeeded(world.Operations()[0])) {
                EXPECT_EQ(stored.size(), 2u);
            }
            EXPECT_EQ(stored.count("b"),
                      Succeeded(world.Operations()[0]) ? 1u : 0u);
        }
        const Trace trace = ReadTrace(trial.TheTrace());
        const auto fails = OfKind(trace, "fail");
        failed += fails.size();
        for (const TraceEvent &event : fails)
            EXPECT_EQ(trace.events[event.number + 1].kind, "crash");
    }
    EXPECT_GT(failed, 50u);
}

TEST(WriteError, TakesNothingThatWasSynced)
{
    // Else a node is blamed for what it had stored and synced.
    auto setup = DiskWorld(1, 100);
    setup.faults.write_errors = true;

    for (uint64_t seed = 0; seed < 50; seed++) {
        Trial trial(nullptr, Choices(seed));
        World world(trial, setup);

        world.Invoke(0, true, "k", "put a 1; reply");
        world.Client({Tell(0, "put b 1; reply", 50), Tell(0, "reply", 400)});
        world.Run();
        EXPECT_EQ(world.Stored(0).count("a"), 1u);
    }
}

} // namespace
} // namespace judge
