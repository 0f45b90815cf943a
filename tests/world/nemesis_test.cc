// nemesis_test.cc: a script does what it says, and what happened comes out as one.
#include "world/toy_world.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

std::shared_ptr<const Nemesis> Script(const std::string &text)
{
    return std::make_shared<const Nemesis>(ParseNemesis(text, "f.nemesis"));
}

// Nodes that send each other something all the time, for `ms`.
Body Busy(const std::string &script, uint32_t nodes = 3, uint32_t ms = 900)
{
    return [=](Trial &t) {
        auto setup = ToldWorld(nodes);

        setup.faults.script = Script(script);
        World world(t, setup);
        for (uint32_t node = 0; node < nodes; node++) {
            const std::string next = std::to_string((node + 1) % nodes + 1);

            world.Client(
                {Tell(node, "put boot every 7 {send " + next +
                                " {put a b}; now}; every 7 {send " + next +
                                " {put a b}; now}; put a 1; reply"),
                 Tell(node, "timer 5 {reply}", ms)});
        }
        world.Run();
        world.Close();
    };
}

const std::string kSays = "an administrator says: ";

// "crash 3 at 120" and so on: what befell nodes and links, in order.
std::vector<std::string> Befell(const Trace &trace)
{
    std::vector<std::string> told;
    bool calm = false;

    for (const TraceEvent &event : trace.events) {
        const std::string at = " at " + std::to_string(event.time_us / 1000);

        calm |= event.kind == "phase" && event.name == "calm";
        if (calm)
            break;
        if (event.kind == "cut" || event.kind == "join")
            told.push_back(event.kind + " " + std::to_string(*event.from) +
                           ">" + std::to_string(*event.to) + at);
        for (const char *kind : {"crash", "pause", "resume", "slow", "skew",
                                 "wipe", "full", "room", "fail"})
            if (event.kind == kind)
                told.push_back(event.kind + " " + std::to_string(*event.n) +
                               at);
        if (event.kind == "note" && event.text &&
            event.text->rfind(kSays, 0) == 0)
            told.push_back(std::to_string(*event.n) + " is told: " +
                           event.text->substr(kSays.size()) + at);
        if (event.kind == "open" && event.time_us > 0)
            told.push_back("open " + std::to_string(*event.n) + at);
    }
    return told;
}

std::vector<std::string> Done(const std::string &script, uint32_t nodes = 3)
{
    return Befell(TraceOf(Choices(1), Busy(script, nodes)));
}

using Told = std::vector<std::string>;

TEST(Nemesis, DoesEveryVerbWhenTheScriptSays)
{
    // Else a script that reads well tests something else.
    EXPECT_EQ(Done("at 120 crash 3 for 200"),
              (Told{"crash 3 at 120", "open 3 at 320"}));
    EXPECT_EQ(Done("at 120 crash 3"), Told{"crash 3 at 120"});
    EXPECT_EQ(Done("at 300 cut 1 from 2 3 for 150"),
              (Told{"cut 1>2 at 300", "cut 1>3 at 300", "cut 2>1 at 300",
                    "cut 3>1 at 300", "join 1>2 at 450", "join 1>3 at 450",
                    "join 2>1 at 450", "join 3>1 at 450"}));
    EXPECT_EQ(Done("from 310 to 390 cut 3 to 2"),
              (Told{"cut 3>2 at 310", "join 3>2 at 390"}));
    EXPECT_EQ(Done("at 1 cut 2 from others", 2),
              (Told{"cut 1>2 at 1", "cut 2>1 at 1"}));
    EXPECT_EQ(Done("at 400 pause 2 for 100"),
              (Told{"pause 2 at 400", "resume 2 at 500"}));
    EXPECT_EQ(Done("at 500 slow 1 2 by 10 for 300"),
              (Told{"slow 1 at 500", "slow 2 at 500", "slow 1 at 800",
                    "slow 2 at 800"}));
    EXPECT_EQ(Done("at 600 skew 3 by -500 for 50"),
              (Told{"skew 3 at 600", "skew 3 at 650"}));
    EXPECT_EQ(Done("at 700 wipe 2 for 10"),
              (Told{"crash 2 at 700", "wipe 2 at 700", "open 2 at 710"}));
    EXPECT_EQ(Done("at 700 fill 2 for 10"),
              (Told{"full 2 at 700", "fail 2 at 701", "crash 2 at 701",
                    "room 2 at 710", "open 2 at 801"}));
    EXPECT_EQ(Done("at 700 fail 2"),
              (Told{"fail 2 at 700", "crash 2 at 700", "open 2 at 800"}));
    EXPECT_EQ(Done("at 700 leave 2 for 50"),
              (Told{"2 is told: 2 leaves at 700",
                    "2 is told: 2 joins, weight 1 at 750"}));
    EXPECT_EQ(Done("at 10 crash 2\nat 700 join 2"),
              (Told{"crash 2 at 10", "3 is told: 2 joins, weight 1 at 750"}));
    EXPECT_EQ(Done("every 100 from 100 to 500 pause each for 10"),
              (Told{"pause 1 at 100", "resume 1 at 110", "pause 2 at 200",
                    "resume 2 at 210", "pause 3 at 300", "resume 3 at 310",
                    "pause 1 at 400", "resume 1 at 410"}));
    EXPECT_EQ(Done("at 50 crash all for 1", 2),
              (Told{"crash 1 at 50", "crash 2 at 50", "open 1 at 51",
                    "open 2 at 51"}));
}

TEST(Nemesis, HasEveryVerbDoneBySomething)
{
    // Else a verb that was added to the parser only ends the first run with it.
    for (const NemesisVerb &verb : NemesisVerbs())
        EXPECT_NO_THROW(Done(verb.example, 5)) << verb.example;
}

TEST(Nemesis, GoesOnToItsEnd)
{
    // Else faults that come after the clients have finished never come.
    EXPECT_EQ(Done("at 5000 crash 1 for 10\nat 6000 pause 2 for 1"),
              (Told{"crash 1 at 5000", "open 1 at 5010", "pause 2 at 6000"}));
}

TEST(Nemesis, GivesMessagesTheirChancesInTheirTimeOnly)
{
    // Else a quiet time in a script is not quiet.
    const Trace trace =
        TraceOf(Choices(1), Busy("from 100 to 200 lose 1000\n"
                                 "from 300 to 400 copy 1000 by 3\n"
                                 "from 500 to 600 delay 1000 by 50\n"));

    for (const Sent &sent : Messages(trace)) {
        const uint64_t ms = sent.send.time_us / 1000;
        const bool within = sent.send.n != sent.send.to;

        EXPECT_EQ(sent.lost.has_value(), within && ms >= 100 && ms < 200) << ms;
        EXPECT_EQ(sent.copied, within && ms >= 300 && ms < 400) << ms;
        if (within && !sent.received_us.empty() && (ms < 500 || ms >= 600)) {
            EXPECT_EQ(sent.received_us[0], sent.send.time_us + 1000) << ms;
        }
    }
}

TEST(Nemesis, StrikesInItsTimeAndWithWhatItNames)
{
    // Else seeds can not be mixed with a script.
    std::set<std::string> kinds;

    for (uint64_t seed = 1; seed <= 20; seed++)
        for (const std::string &what : Befell(TraceOf(
                 Choices(seed), Busy("from 100 to 200 strike 200 pause slow\n"
                                     "from 400 to 420 strike 300 skew")))) {
            const uint64_t at = std::stoull(what.substr(what.find(" at ") + 4));
            const std::string kind = what.substr(0, what.find(' '));

            kinds.insert(kind);
            if (kind == "pause" || kind == "slow") {
                EXPECT_TRUE(at >= 100 && at <= 200) << what;
            }
            if (kind == "skew") {
                EXPECT_TRUE(at >= 400 && at <= 420) << what;
            }
        }
    EXPECT_EQ(kinds,
              (std::set<std::string>{"pause", "resume", "skew", "slow"}));
}

TEST(Nemesis, SameSeedAndScriptGiveTheSameTrace)
{
    // Else what a script found is not found again.
    const std::string script = "at 50 crash any for 100\n"
                               "from 0 to 800 lose 50 copy 50 delay 50\n"
                               "from 0 to 800 strike 100 crash cut pause\n";
    const std::string once = RunOf(Choices(1), Busy(script)).text;

    EXPECT_EQ(RunOf(Choices(1), Busy(script)).text, once);
    EXPECT_NE(RunOf(Choices(2), Busy(script)).text, once);
}

TEST(Nemesis, CrashesAMidHandlerAndKeepsWhatItSays)
{
    // Else no script can say what a crash between two effects does.
    const auto held = [](const std::string &how) {
        return Notes(TraceOf(Choices(1),
                             [&](Trial &t) {
                                 auto setup = ToldWorld(1);

                                 setup.faults.script =
                                     Script("at 10 crash 1 for 5 " + how);
                                 World world(t, setup);
                                 world.Client({Tell(0, "put boot dump; reply"),
                                               Tell(0,
                                                    "put a 1; put b 2; put c "
                                                    "3; timer 1 {}",
                                                    20)});
                                 world.Run();
                             }),
                     1)
            .at(0);
    };

    EXPECT_EQ(held("after 0"), "holds ");
    EXPECT_EQ(held("after 2 keep 9"), "holds a=1 b=2");
    EXPECT_EQ(held("after 3 keep 1"), "holds a=1");
    EXPECT_EQ(held("after 3"), "holds ");
}

TEST(Nemesis, RefusesANodeThatIsNotThere)
{
    // Else a script for five nodes seems to do no harm to three.
    try {
        Done("\nat 5 cut 1 from 2 4");
        ADD_FAILURE();
    } catch (const NemesisError &error) {
        EXPECT_STREQ(error.what(), "f.nemesis:2: there is no node 4 in this "
                                   "run, whose nodes are 1 to 3");
    }
}

TEST(Nemesis, DoesOverAgainWhatHappenedInAnyRun)
{
    // Else the script that a failure prints shows another run. Here of every fault,
    // nothing made simpler, and all messages with their delays; any disk may be lost.
    Faults most;
    size_t befell = 0;

    most.loss = most.copy = most.late = 100;
    most.jitter_us = 500;
    most.strike = 200;
    most.crashes = most.cuts = most.one_way_cuts = most.pauses = most.slow =
        most.skew = most.full_disks = most.write_errors = true;
    most.wipes = 3;
    const auto body = [&](const std::shared_ptr<const Nemesis> &script,
                          Trial &t) {
        auto setup = ToldWorld(3);

        setup.faults = most;
        setup.faults.script = script;
        setup.held = [](const NodeSetup &, const Entries &,
                        const std::vector<std::string> &keys) {
            return std::vector<std::vector<std::string>>(keys.size());
        };
        World world(t, setup);
        for (uint32_t node = 0; node < 3; node++)
            world.Client({Tell(node,
                               "put boot every 9 {now; send 1 {put a b; "
                               "count}; send 2 {back {count}}; send 3 {put c "
                               "d}}; reply",
                               static_cast<uint32_t>(t.Choose(20))),
                          Tell(node, "timer 400 {reply}"),
                          Tell(node, "reply", 90)});
        world.Run();
        world.Close();
    };
    for (uint64_t seed = 1; seed <= 60; seed++) {
        Trial first(nullptr, Choices(seed));
        first.Trace("");
        body(nullptr, first);
        const std::vector<uint64_t> all = first.TheChoices().Taken();
        const std::vector<uint64_t> drawn(
            all.begin(),
            all.begin() + static_cast<std::ptrdiff_t>(first.DrawnBeforeRun()));
        Trial again((nullptr), Choices(drawn));
        again.Trace("");
        body(Script(first.TheFaults()), again);

        befell += static_cast<size_t>(std::count(
            first.TheFaults().begin(), first.TheFaults().end(), '\n'));
        ASSERT_EQ(again.TheTrace(), first.TheTrace()) << first.TheFaults();
        ASSERT_EQ(again.TheFaults(), first.TheFaults());
    }
    EXPECT_GT(befell, 1000u);
}

} // namespace
} // namespace judge
