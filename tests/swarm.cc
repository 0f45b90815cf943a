// swarm.cc: the program lab3-swarm: lab 3's store for a long time, in a process that
// holds simulator and nodes together.
//
//     lab3-swarm --lab=FILE [--seed=1] [--cases=10000]
//
// First the explorer: every schedule within bounds that are printed, of two clients
// that each get and put, twice, through one coordinator. The plain vector clocks
// lose a put, the dotted ones must not. Then the swarm: random faults and clients,
// `cases` seeds from `seed` on. Exit status 1 when something was lost that must not,
// or not found that must.
#include "harness/cases.h"
#include "harness/options.h"
#include "harness/seeds.h"
#include "lab3-vclock/store_model.h"

#include <chrono>
#include <cstdio>

namespace
{

using namespace judge;
using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begun)
{
    return std::chrono::duration<double>(Clock::now() - begun).count();
}

// ---- The explorer ----

struct Bounds {
    const char *program, *fault;
    uint32_t crashes, cuts;
    size_t turns;
};

// The first schedule that breaks a rule, or nothing.
bool Explore(const Bounds &bounds, bool expected)
{
    Setup setup = StoreOf(bounds.program, 3, 3, 2, 2);
    Cases cases = Cases::Schedules(bounds.turns, UINT64_MAX);
    const auto begun = Clock::now();
    uint64_t schedules = 0, repeated = 0, events = 0;
    std::string broken;

    setup.order = Order::Chosen;
    setup.crashes_most = bounds.crashes;
    setup.cuts_most = bounds.cuts;
    while (broken.empty() && cases.Next()) {
        Trial t(nullptr, cases.TheChoices());

        schedules++;
        try {
            ExpectRacersLoseNothing(t, setup);
        } catch (const Seen &) {
            repeated++;
        } catch (const Violation &violation) {
            broken = TextOf(violation);
        }
        events += t.Events();
    }
    std::printf("%s, %s: ", bounds.program, bounds.fault);
    if (broken.empty())
        std::printf(
            "nothing is lost in all %llu schedules with at most %zu turns "
            "(%llu of them broken off where an earlier one had been)",
            static_cast<unsigned long long>(schedules), bounds.turns,
            static_cast<unsigned long long>(repeated));
    else
        std::printf("lost in schedule number %llu (CASE=%llu)",
                    static_cast<unsigned long long>(schedules),
                    static_cast<unsigned long long>(cases.Number()));
    std::printf(", %.2f s\n", SecondsSince(begun));
    if (!broken.empty())
        std::printf("    %s\n", broken.c_str());
    std::fflush(stdout);
    return broken.empty() != expected;
}

// ---- The swarm ----

constexpr uint32_t kNodes = 5;
constexpr int kClients = 4, kOperations = 50; // of each

void RunSwarm(Trial &t)
{
    Setup setup = StoreOf("dvv", kNodes, 3, 2, 2);
    uint64_t number = 0;

    setup.faults = DrawFaults(t, Everything());
    World world(t, setup);
    for (int client = 0; client < kClients; client++) {
        std::vector<Wish> wishes;

        for (int i = 0; i < kOperations; i++) {
            Wish wish;

            wish.is_put = t.Choose(2) == 1;
            wish.key = "x" + std::to_string(t.Choose(3));
            wish.node = static_cast<uint32_t>(t.Choose(kNodes));
            wish.after_ms = static_cast<uint32_t>(t.Choose(30));
            wish.with_context = true;
            if (wish.is_put)
                wish.value = ValueName(number++);
            wishes.push_back(wish);
        }
        world.Client(wishes);
    }
    world.Run();
    world.Expect(NothingIsLost(world.Operations(), {}));
    world.Close();
}

} // namespace

int main(int argc, char **argv)
{
    bool good = true;

    judge::ParseOptions(&argc, argv);
    std::printf(
        "Two clients get and put, twice, through one of 3 nodes; N=3, R=2, "
        "W=2. A turn is a choice other than 'the oldest message next'.\n");
    good = Explore({"vclock", "nothing fails", 0, 0, 3}, true) && good;
    good = Explore({"dvv", "nothing fails", 0, 0, 2}, false) && good;
    good = Explore({"dvv", "one node crashes", 1, 0, 2}, false) && good;
    good = Explore({"dvv", "one node is cut off", 0, 1, 2}, false) && good;
    good = RunSeeds("dvv, " + std::to_string(kNodes) + " nodes, " +
                        std::to_string(kClients) + " clients, " +
                        std::to_string(kClients * kOperations) + " operations",
                    RunSwarm) &&
           good;
    return good ? 0 : 1;
}
