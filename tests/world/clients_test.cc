// clients_test.cc: what clients are recorded to have asked, and when.
#include "world/toy_world.h"

#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

TEST(Clients, AreRecordedInRealTimeOrder)
{
    // Else a checker takes two operations for concurrent of which one came
    // first, or the other way round, and its verdict is worth nothing.
    auto setup = ToldWorld(2);
    setup.faults.jitter_us = 3000;
    setup.read_at_the_end = true;

    for (uint64_t seed = 0; seed < 20; seed++) {
        History history;
        const Trace trace = TraceOf(Choices(seed), [&](Trial &t) {
            World world(t, setup);
            for (uint32_t client = 0; client < 3; client++) {
                std::vector<Wish> wishes;
                for (uint32_t i = 0; i < 5; i++)
                    wishes.push_back(Tell(i % 2,
                                          "send 1 {back {reply}}; send 2 {back "
                                          "{reply}}; put k v",
                                          i));
                world.Client(wishes);
            }
            world.Run();
            history = world.Operations();
        });
        std::map<int, uint64_t> returned; // of each client, the last

        ASSERT_EQ(history.size(), 17u);
        for (const TraceEvent &event : OfKind(trace, "invoke")) {
            EXPECT_EQ(history.at(*event.op).invoked, event.number);
            EXPECT_EQ(history.at(*event.op).invoked_us, event.time_us);
            EXPECT_EQ(history.at(*event.op).node, *event.n);
        }
        for (const TraceEvent &event : OfKind(trace, "return")) {
            EXPECT_EQ(history.at(*event.op).returned, event.number);
            EXPECT_EQ(history.at(*event.op).returned_us, event.time_us);
        }
        for (const Operation &operation : history) {
            EXPECT_GT(operation.returned, operation.invoked);
            if (returned.count(operation.client)) {
                EXPECT_GT(operation.invoked, returned[operation.client]);
            }
            returned[operation.client] = operation.returned;
        }
    }
}

TEST(Clients, AreToldWhatTheNodeAnswers)
{
    // Else gets are judged by what nobody said.
    Trial trial(nullptr, Choices(1));
    World world(trial, ToldWorld(2));

    world.Client({{false, "x", "", 0, 0},
                  Tell(0, "put x 1; reply"),
                  {false, "x", "", 0, 0},
                  {false, "x", "", 1, 0}});
    world.Run();

    const History &history = world.Operations();
    EXPECT_TRUE(history[0].values.empty());
    EXPECT_TRUE(history[1].is_put);
    EXPECT_EQ(history[2].values, std::vector<std::string>{"1"});
    EXPECT_TRUE(history[3].values.empty());
    for (const Operation &operation : history)
        EXPECT_TRUE(Succeeded(operation));
}

TEST(Clients, HearOnlyTheFirstAnswer)
{
    // Else an operation ends twice, and its client does two things at a time.
    Trial trial(nullptr, Choices(1));
    World world(trial, ToldWorld(2));

    world.Client({Tell(0, "send 2 {reply no}; reply; reply; timer 5 {reply}"),
                  Tell(0, "timer 10 {reply}")});
    world.Run();

    ASSERT_EQ(world.Operations().size(), 2u);
    EXPECT_EQ(world.Operations()[0].returned_us, 0u);
    EXPECT_EQ(world.Operations()[1].returned_us, 10000u);
}

TEST(Clients, ThinkAsLongAsTheyWereToldTo)
{
    // Else clients that were to meet do not.
    const Trace trace =
        TraceOf(Choices(1),
                Wishes(ToldWorld(1),
                       {Tell(0, "timer 5 {reply}", 20), Tell(0, "reply", 30)}));
    std::vector<uint64_t> times;

    for (const TraceEvent &event : OfKind(trace, "invoke"))
        times.push_back(event.time_us);

    EXPECT_EQ(times, (std::vector<uint64_t>{20000, 55000}));
}

TEST(Clients, AskTheNextNodeWhenOneIsDown)
{
    // Else a crash stops all clients of the node, and less is tested.
    Trial trial(nullptr, Choices(1));
    World world(trial, ToldWorld(3));

    world.Crash(2);
    world.Crash(0);
    world.Client({Tell(2, "reply"), Tell(1, "reply")});
    world.Run();

    EXPECT_EQ(world.Operations()[0].node, 2u);
    EXPECT_EQ(world.Operations()[1].node, 2u);
}

TEST(Clients, ReadEveryKeyThroughEveryNodeAtTheEnd)
{
    // Else what is lost in the end goes unseen.
    auto setup = ToldWorld(2);
    setup.read_at_the_end = true;
    Trial trial(nullptr, Choices(1));
    World world(trial, setup);
    std::multiset<std::pair<std::string, uint32_t>> read;

    world.Client({{true, "x", "reply", 0, 0},
                  {true, "y", "reply", 0, 0},
                  {true, "x", "reply", 1, 0}});
    world.Run();

    for (const Operation &operation : world.Operations())
        if (!operation.is_put)
            read.emplace(operation.key, operation.node);
    EXPECT_EQ(read, (std::multiset<std::pair<std::string, uint32_t>>{
                        {"x", 1}, {"x", 2}, {"y", 1}, {"y", 2}}));
}

// ---- Order::Chosen: the order of deliveries is a choice ----

Setup Chosen(uint32_t losses, uint32_t crashes)
{
    Setup setup = ToldWorld(2);

    setup.order = Order::Chosen;
    setup.losses_most = losses;
    setup.crashes_most = crashes;
    return setup;
}

const char kThree[] =
    "send 2 {note a}; send 2 {note b}; send 2 {note c}; timer 100 {reply}";

TEST(Chosen, ReachesEveryOrderOfDeliveries)
{
    // Else a race that shows in one order only is never run.
    std::set<std::vector<std::string>> orders;

    for (uint64_t seed = 0; seed < 200; seed++)
        orders.insert(Notes(
            TraceOf(Choices(seed), Wishes(Chosen(0, 0), {Tell(0, kThree)})),
            2));

    EXPECT_EQ(orders.size(), 6u);
    EXPECT_EQ(orders.count({"a", "b", "c"}), 1u);
    EXPECT_EQ(orders.count({"c", "b", "a"}), 1u);
}

TEST(Chosen, KeepsToTheMostLossesAndCrashes)
{
    // Else a test that bears one crash is given two.
    for (uint32_t losses = 0; losses <= 2; losses++)
        for (uint32_t crashes = 0; crashes <= 2; crashes++) {
            size_t lost = 0, crashed = 0; // in the worst case

            for (uint64_t seed = 0; seed < 100; seed++) {
                const Trace trace = TraceOf(
                    Choices(seed), Wishes(Chosen(losses, crashes),
                                          {Tell(0, kThree), Tell(0, "reply"),
                                           Tell(1, "reply")}));
                size_t here = 0;

                for (const TraceEvent &event : OfKind(trace, "lose"))
                    here += event.why == "loss";
                lost = std::max(lost, here);
                crashed = std::max(crashed, OfKind(trace, "crash").size());
            }
            EXPECT_EQ(lost, losses);
            EXPECT_EQ(crashed, crashes);
        }
}

} // namespace
} // namespace judge
