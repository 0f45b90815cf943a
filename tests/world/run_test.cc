// run_test.cc: the calm phase, and the rules of the house that a run enforces.
#include "world/toy_world.h"

#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

// ---- Calm ----

// Three nodes that talk, under everything, until they answer in the calm, which
// begins after 20 seconds.
Trace IntoTheCalm(uint64_t seed)
{
    Setup setup = ToldWorld(3);

    setup.faults.loss = setup.faults.copy = setup.faults.late = 200;
    setup.faults.jitter_us = 2000;
    setup.faults.look_ms = 50;
    setup.faults.strike = 500;
    setup.faults.strikes_most = 1000;
    setup.faults.crashes = setup.faults.cuts = setup.faults.one_way_cuts =
        setup.faults.pauses = setup.faults.slow = true;
    return TraceOf(Choices(seed), [&](Trial &t) {
        World world(t, setup);

        for (uint32_t node = 0; node < 3; node++)
            world.Invoke(node, true, "k",
                         "put boot every 50 {send 1 {}; send 2 {}; send 3 {}}; "
                         "reply");
        for (uint32_t node = 0; node < 3; node++) { // it begins for all of them
            world.Crash(node);
            world.Restart(node);
        }
        world.Client({Tell(0, "reply", 21000)});
        world.Run();
    });
}

TEST(Calm, HealsEverythingThatWasBroken)
{
    // Else an operation that must end cannot, and the node is blamed.
    for (uint64_t seed = 0; seed < 6; seed++) {
        const Trace trace = IntoTheCalm(seed);
        std::set<std::pair<uint64_t, uint64_t>> cut;
        std::set<uint64_t> down, paused, slow;
        const uint64_t calm_us = OfKind(trace, "phase").at(1).time_us;

        for (const TraceEvent &event : trace.events) {
            if (event.time_us > calm_us)
                break; // at once, not some time later
            if (event.kind == "cut")
                cut.emplace(*event.from, *event.to);
            else if (event.kind == "join")
                cut.erase({*event.from, *event.to});
            else if (event.kind == "crash")
                down.insert(*event.n), paused.erase(*event.n);
            else if (event.kind == "open")
                down.erase(*event.n);
            else if (event.kind == "pause")
                paused.insert(*event.n);
            else if (event.kind == "resume")
                paused.erase(*event.n);
            else if (event.kind == "slow" && *event.factor > 1)
                slow.insert(*event.n);
            else if (event.kind == "slow")
                slow.erase(*event.n);
        }
        EXPECT_TRUE(cut.empty());
        EXPECT_TRUE(down.empty());
        EXPECT_TRUE(paused.empty());
        EXPECT_TRUE(slow.empty());
    }
}

TEST(Calm, KnowsNoFaults)
{
    // Else "in the calm every operation succeeds" is asked of a network that is
    // not calm.
    uint64_t sent = 0, before = 0;

    for (uint64_t seed = 0; seed < 6; seed++) {
        const Trace trace = IntoTheCalm(seed);
        const uint64_t calm = OfKind(trace, "phase").at(1).number;
        const uint64_t end_us = trace.events.back().time_us;

        for (const TraceEvent &event : trace.events) {
            const bool fault = event.kind == "crash" || event.kind == "cut" ||
                               event.kind == "pause" || event.kind == "copy" ||
                               (event.kind == "slow" && event.factor > 1u);

            before += fault && event.number < calm;
            if (fault && event.number > calm)
                ADD_FAILURE() << event.kind << " in the calm";
        }
        for (const Sent &message : Messages(trace)) {
            if (message.send.number < calm ||
                message.send.time_us + 1000 >= end_us)
                continue;
            sent++;
            ASSERT_EQ(message.received_us.size(), 1u);
            EXPECT_EQ(message.received_us[0] - message.send.time_us,
                      message.send.n == message.send.to ? 0u : 1000u);
        }
    }
    EXPECT_GT(before, 1000u);
    EXPECT_GT(sent, 500u);
}

// ---- Rules ----

// What a world without faults says of one that does so. It is not traced: some
// of these runs are long.
Violation Broken(const std::string &script)
{
    Trial trial(nullptr, Choices(1));

    try {
        Wishes(ToldWorld(2), {Tell(0, script)})(trial);
    } catch (const Violation &violation) {
        return violation;
    }
    return {};
}

TEST(Rules, EveryOperationHasAnAnswer)
{
    // Else a node that hangs passes: what was never answered breaks no rule.
    const Violation broken = Broken("note nothing");

    EXPECT_EQ(broken.kind, "expectation");
    EXPECT_EQ(broken.expected, "every request is answered, at the latest when "
                               "the network is whole again");
    EXPECT_EQ(broken.seen, "put 0 of \"k\", asked of node 1, has no answer 60 "
                           "seconds after everything was healed");
    EXPECT_EQ(Broken("timer 59999 {reply}").kind, ""); // late is not never
}

TEST(Rules, NodesDoNotFloodTheNetwork)
{
    // Else a node that answers each message by two takes the judge's memory.
    const Violation broken = Broken("times 60000 {send 2 {}}; reply");

    EXPECT_EQ(broken.kind, "expectation");
    EXPECT_EQ(broken.expected, "nodes do not flood the network");
    EXPECT_EQ(broken.seen, "50000 messages are on their way at one time");
    EXPECT_EQ(Broken("times 50000 {send 2 {}}; reply").kind, "");
}

TEST(Rules, MessagesGoToMembers)
{
    // Else a wrong address looks like a lost message.
    for (const char *to : {"0", "3", "4294967295"}) {
        const Violation broken =
            Broken(std::string("send ") + to + " {}; reply");

        EXPECT_EQ(broken.expected, "messages go to members of the cluster");
        EXPECT_EQ(broken.seen, std::string("node 1 sends a message to node ") +
                                   to + ", which does not exist");
    }
}

TEST(Rules, ANodeSetsFewTimers)
{
    // Else one that forgets to cancel them takes the judge's memory.
    const Violation broken = Broken("times 10001 {timer 5 {}}; reply");

    EXPECT_EQ(broken.expected, "a node has few timers at a time");
    EXPECT_EQ(broken.seen,
              "node 1 has set 10,000 timers that have not run yet");
    EXPECT_EQ(Broken("times 10000 {timer 5 {}}; reply").kind, "");
}

TEST(Rules, RunsEnd)
{
    // Else a node that never rests hangs the judge. Virtual time stands still.
    const Violation broken = Broken("every 0 {}");

    EXPECT_EQ(broken.expected,
              "a few operations end after a few thousand events");
    EXPECT_EQ(broken.seen.rfind("after 400000 events there is still no end", 0),
              0u);
}

TEST(Rules, RepliesAreThoseOfTheContract)
{
    // Else what a client cannot read is taken for an answer.
    const Violation broken = Broken("garble");

    EXPECT_EQ(broken.expected, "a reply is one of the contract");
    EXPECT_EQ(broken.seen, "node 1 sent a reply that cannot be read");
}

TEST(Rules, OpenSucceeds)
{
    // Else a node that refuses a right config is called down.
    auto setup = ToldWorld(1);
    setup.f = 1;

    const Ran ran = RunOf(Choices(1), Wishes(setup, {}));

    ASSERT_TRUE(ran.violation);
    EXPECT_EQ(ran.violation->seen,
              "open of node 1 gives " + CodeName(DYN_EINVAL));
}

TEST(Rules, OperationsSucceedInTheCalm)
{
    // Else a store that refuses everything passes.
    auto setup = ToldWorld(2);
    setup.program = "refuser";
    setup.read_at_the_end = true;

    const Ran ran = RunOf(Choices(1), Wishes(setup, {Tell(0, "")}));
    setup.calm_must_finish = false;
    const Ran allowed = RunOf(Choices(1), Wishes(setup, {Tell(0, "")}));

    ASSERT_TRUE(ran.violation);
    EXPECT_EQ(ran.violation->expected,
              "when all nodes are up and the network is whole, operations "
              "succeed");
    EXPECT_EQ(ran.violation->seen, "get 1 of \"k\", asked of node 1, gives " +
                                       CodeName(DYN_EUNAVAILABLE));
    EXPECT_FALSE(allowed.violation);
}

TEST(Rules, AllMemoryIsFreedByClose)
{
    // Else leaks go unseen. A crash is none: it takes the whole heap.
    EXPECT_EQ(Broken("forget; reply").kind, "leak");
    EXPECT_EQ(Broken("timer 99999 {}; reply").kind, "");
    TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(1));

        world.Invoke(0, true, "k", "forget; reply");
        world.Crash(0);
        world.Restart(0);
        world.Close();
    });
}

TEST(Rules, ABreachIsMarkedOnTheTraceWhereItHappened)
{
    // Else the page of a failing case does not show where to look.
    const Ran ran =
        RunOf(Choices(1), Wishes(ToldWorld(2), {Tell(0, "send 9 {}", 7)}));
    const TraceEvent &last = ran.trace.events.back();

    EXPECT_EQ(last.kind, "violation");
    EXPECT_EQ(last.time_us, 7000u);
    EXPECT_EQ(last.rule, ran.violation->expected);
    EXPECT_EQ(last.text, ran.violation->seen);
}

} // namespace
} // namespace judge
