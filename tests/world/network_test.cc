// network_test.cc: what the simulated network does to messages, and how often.
#include "world/toy_world.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

constexpr uint64_t kMessages = 4000;

// Node 1 sends so many messages to node 2, some at a time.
Body ManyMessages(const Faults &faults)
{
    auto setup = ToldWorld(2);

    setup.faults = faults;
    return Wishes(setup, {Tell(0, "times 40 {timer 1 {times 100 {send 2 {}}}}; "
                                  "timer 500 {reply}")});
}

// How many messages of a thousand `is` true of.
double PerMille(const std::vector<Sent> &messages, bool (*is)(const Sent &))
{
    return 1000.0 *
           double(std::count_if(messages.begin(), messages.end(), is)) /
           double(messages.size());
}

bool IsLost(const Sent &sent)
{
    return sent.lost.has_value();
}
bool IsCopied(const Sent &sent)
{
    return sent.copied;
}
bool IsLate(const Sent &sent)
{
    return !sent.copied && !sent.received_us.empty() &&
           sent.received_us[0] - sent.send.time_us > 1000;
}

TEST(Network, LosesCopiesAndDelaysAtTheGivenRates)
{
    // Else a test that asks for one fault in ten runs under none, or under so
    // many that nothing ends.
    Faults faults;
    faults.loss = 100;
    faults.copy = 200;
    faults.late = 300;
    faults.late_ms = 50;

    const std::vector<Sent> messages =
        Messages(TraceOf(Choices(1), ManyMessages(faults)));

    ASSERT_EQ(messages.size(), kMessages);
    EXPECT_NEAR(PerMille(messages, IsLost), 100, 20); // four sigma
    EXPECT_NEAR(PerMille(messages, IsCopied), 200, 26);
    EXPECT_NEAR(PerMille(messages, IsLate), 300, 30);
    for (const Sent &sent : messages) {
        EXPECT_EQ(sent.received_us.size(), IsLost(sent)     ? 0u
                                           : IsCopied(sent) ? 2u
                                                            : 1u);
        for (const uint64_t received : sent.received_us)
            EXPECT_LE(received - sent.send.time_us, 51000u);
    }
}

TEST(Network, DoesNothingWhoseRateIsZero)
{
    // Else a test under one kind of fault fails by another.
    for (uint32_t kind = 0; kind < 4; kind++) {
        Faults faults;
        faults.loss = kind == 1 ? 500 : 0;
        faults.copy = kind == 2 ? 500 : 0;
        faults.late = kind == 3 ? 500 : 0;

        const std::vector<Sent> messages =
            Messages(TraceOf(Choices(kind), ManyMessages(faults)));

        EXPECT_EQ(PerMille(messages, IsLost) > 0, kind == 1);
        EXPECT_EQ(PerMille(messages, IsCopied) > 0, kind == 2);
        EXPECT_EQ(PerMille(messages, IsLate) > 0, kind == 3);
    }
}

TEST(Network, JitterSpreadsMessagesAndReordersThem)
{
    // Else messages never overtake each other, and code that counts on their
    // order passes.
    Faults faults;
    faults.jitter_us = 800;
    bool overtaken = false;
    double sum = 0;
    uint64_t least = UINT64_MAX, most = 0, before = 0;

    const std::vector<Sent> messages =
        Messages(TraceOf(Choices(1), ManyMessages(faults)));

    for (const Sent &sent : messages) {
        ASSERT_EQ(sent.received_us.size(), 1u);
        const uint64_t took = sent.received_us[0] - sent.send.time_us;
        least = std::min(least, took);
        most = std::max(most, took);
        sum += double(took);
        overtaken |= sent.received_us[0] < before;
        before = sent.received_us[0];
    }
    EXPECT_GE(least, 1000u);
    EXPECT_LT(least, 1020u);
    EXPECT_LE(most, 1800u);
    EXPECT_GT(most, 1780u);
    EXPECT_NEAR(sum / double(messages.size()), 1400, 20);
    EXPECT_TRUE(overtaken);
}

TEST(Network, NeverLosesWhatANodeSendsItself)
{
    // Else a node that is its own replica is failed for a fault that no real
    // network has.
    auto setup = ToldWorld(2);
    setup.faults.loss = 700;
    setup.faults.copy = setup.faults.late = 150;
    setup.faults.jitter_us = 1000;
    setup.faults.strike = 1000;
    setup.faults.cuts = setup.faults.one_way_cuts = setup.faults.slow = true;

    const Trace trace = TraceOf(
        Choices(1),
        Wishes(setup, {Tell(0, "every 5 {send 1 {}}; timer 400 {reply}")}));

    const std::vector<Sent> messages = Messages(trace);
    EXPECT_GT(messages.size(), 70u);
    for (const Sent &sent : messages) {
        ASSERT_EQ(sent.received_us.size(), 1u);
        EXPECT_EQ(sent.received_us[0], sent.send.time_us);
    }
}

TEST(Network, DropsWhatAFormerLifeSentItself)
{
    // Else a node hears from the life that it lost in the crash, as if its
    // memory had survived. What it sent to others arrives all the same.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(2));

        world.Invoke(0, true, "k", "send 1 {note me}; send 2 {note you}");
        world.Invoke(1, true, "k", "send 1 {note it}; reply");
        world.Crash(0);
        world.Restart(0);
        world.Quiet(100);
    });

    EXPECT_EQ(Notes(trace, 1), std::vector<std::string>{"it"});
    EXPECT_EQ(Notes(trace, 2), std::vector<std::string>{"you"});
    EXPECT_EQ(Messages(trace)[0].lost, "down");
}

TEST(Network, LosesWhatIsSentToANodeThatIsDown)
{
    // Else a crash costs a node nothing of what was said meanwhile.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(2));

        world.Crash(1);
        world.Invoke(0, true, "k", "send 2 {note gone}; reply");
        world.Quiet(10);
        world.Restart(1);
        world.Invoke(0, true, "k", "send 2 {note here}; reply");
        world.Quiet(10);
    });

    EXPECT_EQ(Notes(trace, 2), std::vector<std::string>{"here"});
    EXPECT_EQ(Messages(trace)[0].lost, "down");
}

// ---- Cuts ----

// All nodes send to all others; gives the pairs that got through.
std::set<std::pair<uint64_t, uint64_t>>
Reached(const std::function<void(World *)> &cut)
{
    std::set<std::pair<uint64_t, uint64_t>> reached;
    const Trace trace = TraceOf(Choices(1), [&](Trial &t) {
        World world(t, ToldWorld(3));

        cut(&world);
        for (uint32_t node = 0; node < 3; node++)
            world.Invoke(node, true, "k",
                         "send 1 {}; send 2 {}; send 3 {}; reply");
        world.Quiet(100);
    });

    for (const Sent &sent : Messages(trace))
        if (sent.send.n != sent.send.to && !sent.received_us.empty())
            reached.emplace(*sent.send.n, *sent.send.to);
    return reached;
}

TEST(Cuts, LoseOneWayOrBothAndNothingElse)
{
    // Else a partition leaks, or cuts off more than the test says.
    using Pairs = std::set<std::pair<uint64_t, uint64_t>>;

    EXPECT_EQ(Reached([](World *) {}),
              (Pairs{{1, 2}, {1, 3}, {2, 1}, {2, 3}, {3, 1}, {3, 2}}));
    EXPECT_EQ(Reached([](World *world) { world->Cut(0, 1); }),
              (Pairs{{1, 3}, {2, 1}, {2, 3}, {3, 1}, {3, 2}}));
    EXPECT_EQ(Reached([](World *world) {
                  world->Cut(0, 1);
                  world->Cut(1, 0);
                  world->Cut(1, 0);
              }),
              (Pairs{{1, 3}, {2, 3}, {3, 1}, {3, 2}}));
    EXPECT_EQ(Reached([](World *world) {
                  world->Cut(0, 1);
                  world->Cut(1, 0);
                  world->Join(0, 1);
              }),
              (Pairs{{1, 2}, {1, 3}, {2, 3}, {3, 1}, {3, 2}}));
}

TEST(Cuts, DoNotTakeWhatIsOnItsWay)
{
    // Else a cut that comes between a question and its answer takes both.
    const Trace trace = TraceOf(Choices(1), [](Trial &t) {
        World world(t, ToldWorld(2));

        world.Invoke(0, true, "k", "send 2 {note here}; reply");
        world.Cut(0, 1);
        world.Quiet(10);
    });

    EXPECT_EQ(Notes(trace, 2), std::vector<std::string>{"here"});
}

TEST(Cuts, OfFateLoseExactlyWhatIsSentOnThem)
{
    // Else links stay cut after they were mended, or lose without being cut.
    auto setup = ToldWorld(3);
    setup.faults.strike = 200;
    setup.faults.cuts = setup.faults.one_way_cuts = true;
    uint64_t lost = 0, carried = 0, mended = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        const std::string talk =
            "every 3 {send 1 {}; send 2 {}; send 3 {}}; timer 500 {reply}";
        const Trace trace = TraceOf(Choices(seed), [&](Trial &t) {
            World world(t, setup);
            for (uint32_t node = 0; node < 3; node++)
                world.Client({Tell(node, talk)});
            world.Run();
        });
        std::set<std::pair<uint64_t, uint64_t>> cut;
        std::set<uint64_t> expected, seen;

        for (const TraceEvent &event : trace.events) {
            if (event.kind == "cut")
                cut.emplace(*event.from, *event.to);
            else if (event.kind == "join")
                mended += cut.erase({*event.from, *event.to});
            else if (event.kind == "send" && cut.count({*event.n, *event.to}))
                expected.insert(*event.m);
            else if (event.kind == "send")
                carried++;
            else if (event.kind == "lose")
                seen.insert(*event.m);
        }
        EXPECT_EQ(seen, expected);
        lost += seen.size();
    }
    EXPECT_GT(lost, 1000u);
    EXPECT_GT(carried, 1000u);
    EXPECT_GT(mended, 20u);
}

// ---- Time ----

TEST(Latencies, AreThoseOfTheKindEachAsLikely)
{
    // Else what staleness.c predicts is compared with another network.
    auto setup = ToldWorld(2);
    setup.latencies_us[MESSAGE_STORE] = {500, 2000, 7000};
    setup.latencies_us[MESSAGE_READ] = {300};
    std::map<std::string, std::map<uint64_t, int>> taken;

    const Trace trace = TraceOf(
        Choices(1), Wishes(setup, {Tell(0, "times 300 {say 2 1 0; say 2 3 0; "
                                           "say 2 5 0; say 2 6 0}; reply"),
                                   Tell(0, "reply", 100)}));

    for (const Sent &sent : Messages(trace))
        taken[*sent.send.label][sent.received_us.at(0) - sent.send.time_us]++;
    EXPECT_EQ(taken["read?"], (std::map<uint64_t, int>{{300, 300}}));
    EXPECT_EQ(taken["version?"], (std::map<uint64_t, int>{{1000, 300}}));
    EXPECT_EQ(taken["value"], (std::map<uint64_t, int>{{1000, 300}}));
    ASSERT_EQ(taken["store"].size(), 3u);
    for (const uint64_t latency : setup.latencies_us[MESSAGE_STORE])
        EXPECT_NEAR(taken["store"][latency], 100, 33);
}

TEST(Faults, AreDrawnBetweenNothingAndTheMost)
{
    // Else no case has only one kind of fault, or none has them at their worst.
    Faults most;
    most.loss = 10;
    most.strike = 4;
    most.crashes = true;
    std::set<uint32_t> losses, strikes;
    int alone = 0;

    for (uint64_t seed = 0; seed < 1000; seed++) {
        Trial trial(nullptr, Choices(seed));
        const Faults drawn = DrawFaults(trial, most);

        EXPECT_EQ(drawn.copy + drawn.late + drawn.jitter_us, 0u);
        EXPECT_TRUE(drawn.crashes);
        EXPECT_FALSE(drawn.cuts);
        losses.insert(drawn.loss);
        strikes.insert(drawn.strike);
        alone += (drawn.loss == 0) != (drawn.strike == 0);
    }
    EXPECT_EQ(losses.size(), 11u);
    EXPECT_EQ(*losses.rbegin(), 10u);
    EXPECT_EQ(strikes, (std::set<uint32_t>{0, 1, 2, 3, 4}));
    EXPECT_GT(alone, 300);
}

} // namespace
} // namespace judge
