// schedules_test.cc: that an odometer tries every schedule within its bound, and
// breaks off only those that another one stands for.
#include "harness/odometer.h"
#include "world/toy_world.h"

#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

// Two clients at the same time: what each tells its node is passed on to both
// others, and comes back from there. Every step is noted where it happens. The
// clients have their answers at the end, or, where that may be lost, when all is
// quiet.
void Exchange(Trial &t, uint32_t losses, uint32_t crashes)
{
    const bool by_timer = losses + crashes > 0;
    const std::string first = by_timer ? "; timer 50 {reply}" : "",
                      last = by_timer ? "" : "; reply";
    Setup setup = ToldWorld(3);

    setup.order = Order::Chosen;
    setup.losses_most = losses;
    setup.crashes_most = crashes;
    World world(t, setup);
    world.Client({Tell(0, "send 2 {note a; back {note b" + last + "}}; " +
                              "send 3 {note c; back {note d}}" + first)});
    world.Client({Tell(1, "send 1 {note e; back {note f}}; "
                          "send 3 {note g; back {note h" +
                              last + "}}" + first)});
    world.Run();
    world.Close();
}

Body Exchange(uint32_t losses, uint32_t crashes)
{
    return [=](Trial &t) { Exchange(t, losses, crashes); };
}

// What a run looks like to its nodes and clients: what each of them noticed, in
// order, and which operations came after which.
std::string Noticed(const Trace &trace)
{
    std::string text;
    std::set<uint64_t> answered;
    std::map<uint64_t, std::string> after;

    for (uint64_t node = 1; node <= 3; node++) {
        for (const std::string &note : Notes(trace, node))
            text += note + " ";
        text += "| ";
    }
    for (const TraceEvent &event : trace.events) {
        if (event.kind == "return")
            answered.insert(*event.client);
        if (event.kind == "invoke")
            for (const uint64_t other : answered)
                after[*event.client] += std::to_string(other) + " ";
    }
    for (const auto &[client, others] : after)
        text += std::to_string(client) + " after " + others;
    return text;
}

struct Explored {
    std::set<std::string> noticed;
    uint64_t runs = 0, repeated = 0;
};

Explored ByOdometer(size_t turns, const Body &body)
{
    Odometer odometer(turns);
    Explored explored;

    while (odometer.Next())
        try {
            explored.noticed.insert(
                Noticed(TraceOf(odometer.TheChoices(), body)));
        } catch (const Seen &) {
            continue;
        }
    explored.runs = odometer.Runs();
    explored.repeated = odometer.Repeated();
    return explored;
}

// Without thinking: whatever list of so many turns, whether it is new or not.
Explored OneByOne(size_t turns, const Body &body)
{
    const uint64_t kTo = 7; // more than ever may come next
    const size_t at_most = RunOf(Choices({}), body).choices.size() + 6;
    std::vector<std::vector<Turned>> lists = {{}};
    Explored explored;

    for (size_t i = 0; i < lists.size(); i++) {
        const std::vector<Turned> list = lists[i];

        explored.runs++;
        explored.noticed.insert(
            Noticed(TraceOf(Choices(ChoicesOf(list)), body)));
        // The first choices are the nodes' seeds.
        for (size_t at = list.empty() ? 3 : list.back().at + 1;
             list.size() < turns && at < at_most; at++)
            for (uint64_t to = 1; to < kTo; to++) {
                lists.push_back(list);
                lists.back().push_back({at, to});
            }
    }
    return explored;
}

TEST(Schedules, AreAllTriedThatAnybodyCanTellApart)
{
    // Else a bug is missed within the bound that is said to be explored.
    for (const size_t turns : {0u, 1u, 2u}) {
        const Explored all = OneByOne(turns, Exchange(0, 0)),
                       tried = ByOdometer(turns, Exchange(0, 0));

        EXPECT_EQ(tried.noticed, all.noticed) << turns << " turns";
        EXPECT_LE(tried.runs, all.runs);
    }
}

TEST(Schedules, WithCrashesAndLossesAreAllTriedToo)
{
    const Explored all = OneByOne(1, Exchange(1, 1)),
                   tried = ByOdometer(1, Exchange(1, 1));

    // More than 7 things may come next here, so that the plain way misses some.
    for (const std::string &noticed : all.noticed)
        EXPECT_EQ(tried.noticed.count(noticed), 1u) << noticed;
    EXPECT_GT(all.noticed.size(), 10u);
}

TEST(Schedules, ThatNobodyCanTellApartAreNotAllRun)
{
    // Else exploring takes so long that nobody waits for it.
    const Explored tried = ByOdometer(2, Exchange(0, 0));

    EXPECT_GT(tried.repeated, tried.runs / 4);
}

TEST(Schedules, WithFewerTurnsComeFirst)
{
    // Else what is found first is not the simplest, and a state may be passed
    // over that was reached with fewer turns to go.
    Odometer odometer(2);
    size_t turns = 0;

    while (odometer.Next()) {
        EXPECT_GE(odometer.Turns().size(), turns);
        turns = odometer.Turns().size();
        try {
            TraceOf(odometer.TheChoices(), Exchange(0, 0));
        } catch (const Seen &) {
            continue;
        }
    }
    EXPECT_EQ(turns, 2u);
}

TEST(Schedules, AreRunAgainByTheirNumbers)
{
    // Else the command that a failure prints shows another run.
    Odometer odometer(1);

    while (odometer.Next())
        try {
            const Ran ran = RunOf(odometer.TheChoices(), Exchange(1, 1));
            const uint64_t number = NumberOf(odometer.Turns());

            EXPECT_EQ(
                RunOf(Choices(ChoicesOf(TurnsOf(number))), Exchange(1, 1)).text,
                ran.text);
        } catch (const Seen &) {
            continue;
        }
}

TEST(Schedules, HaveNumbersOfTheirOwn)
{
    const std::vector<std::vector<Turned>> lists = {
        {},
        {{0, 1}},
        {{kTurnAtMost, kTurnToMost}},
        {{0, 1}, {1, 1}},
        {{1, 1}, {2, 3}, {kTurnAtMost, kTurnToMost}}};
    std::set<uint64_t> numbers;

    for (const std::vector<Turned> &list : lists) {
        EXPECT_EQ(ChoicesOf(TurnsOf(NumberOf(list))), ChoicesOf(list));
        numbers.insert(NumberOf(list));
    }
    EXPECT_EQ(numbers.size(), lists.size());
    EXPECT_THROW(Odometer(kTurnsMost + 1), std::logic_error);
}

TEST(Overtaken, MessagesComeAFewEventsLater)
{
    // Else it takes many turns to hold one message back for long enough to do
    // harm, and a small bound finds nothing. Node 1 sends to 2 and to 3; the
    // first is overtaken by the second, and by all that follows from that.
    auto setup = ToldWorld(3);

    setup.order = Order::Chosen;
    const Body body = [&](Trial &t) {
        World world(t, setup);

        world.Client({Tell(0, "send 2 {note late}; "
                              "send 3 {back {send 2 {note early}}}; "
                              "timer 50 {reply}")});
        world.Run();
    };
    Odometer odometer(1);
    std::set<std::vector<std::string>> orders;
    while (odometer.Next())
        try {
            orders.insert(Notes(TraceOf(odometer.TheChoices(), body), 2));
        } catch (const Seen &) {
            continue;
        }
    EXPECT_EQ(orders, (std::set<std::vector<std::string>>{{"early", "late"},
                                                          {"late", "early"}}));
}

TEST(Bytes, AreChoicesUntilTheyEnd)
{
    // Else a fuzzer's input is not what decides the run.
    const uint8_t bytes[] = {5, 0x34, 0x12, 200};
    Choices choices = Choices::OfBytes(bytes, sizeof bytes);

    EXPECT_EQ(choices.Choose(1), 0u); // takes none
    EXPECT_EQ(choices.Choose(256), 5u);
    EXPECT_EQ(choices.Choose(65536), 0x1234u);
    EXPECT_EQ(choices.Choose(7), 200u % 7);
    EXPECT_EQ(choices.Choose(100), 0u);
}

} // namespace
} // namespace judge
