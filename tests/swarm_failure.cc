// swarm_failure.cc: the program lab4-swarm: lab 4's store for a long time, in a process
// that holds simulator and nodes together.
//
//     lab4-swarm --lab=FILE [--seed=1] [--cases=10000]
//
// Random faults, those of disks among them, and clients, `cases` seeds from `seed` on:
// first seven nodes with sloppy quorums, then as many without, then as many that compare
// what they hold, then as many of which two join meanwhile and one leaves. In the end all
// is healed, every hint must be home, what was acknowledged be there, and of the last two
// kinds all replicas agree before anybody reads. Exit status 1 when it is not.
#include "harness/options.h"
#include "harness/seeds.h"
#include "lab4-failure/gossip_model.h"

namespace
{

using namespace judge;

constexpr uint32_t kNodes = 7;
constexpr int kClients = 4;

void RunSloppy(Trial &t)
{
    Setup setup = SloppyStoreOf(kNodes, 3, 2, 2);

    setup.faults = DrawFaults(t, EverythingAndDisks());
    ExpectNothingIsLostInTheEnd(t, setup, {kClients, 12, 3, 60, false});
}

void RunStrict(Trial &t)
{
    Setup setup = SloppyStoreOf(kNodes, 3, 2, 2);

    setup.sloppy = 0;
    setup.faults = DrawFaults(t, EverythingAndDisks());
    // Only who keeps his disk keeps R + W > N; else it is right in the end.
    if (setup.faults.wipes == 0)
        ExpectShoppersLoseNothing(t, setup, {kClients, 12, 3, 60, false});
    else
        ExpectNothingIsLostInTheEnd(t, setup, {kClients, 12, 3, 60, false});
}

void RunSynced(Trial &t)
{
    Setup setup = SyncedStoreOf(kNodes, 3, 1, 1);

    setup.sloppy = static_cast<uint32_t>(t.Choose(2));
    setup.faults = DrawFaults(t, EverythingAndDisks());
    ExpectNothingIsLostInTheEnd(t, setup, {kClients, 12, 3, 60, false});
}

void RunJoining(Trial &t)
{
    constexpr uint32_t kFirst = kNodes - 2;
    Setup setup = GossipStoreOf(kNodes, kFirst);
    std::vector<Word> words;
    const auto say = [&](node_id who, uint32_t weight) {
        words.push_back({t.Choose(600), static_cast<uint32_t>(t.Choose(kNodes)),
                         who, weight});
    };

    setup.faults = DrawFaults(t, EverythingAndDisks());
    say(kFirst + 1, 1);
    say(kFirst + 2, 1);
    say(static_cast<node_id>(t.Between(1, kFirst)), 0);
    ExpectNothingIsLostInTheEnd(t, setup, {kClients, 12, 3, 60, false}, words);
}

} // namespace

int main(int argc, char **argv)
{
    judge::ParseOptions(&argc, argv);
    const std::string what = ", " + std::to_string(kNodes) + " nodes, " +
                             std::to_string(kClients) +
                             " clients, at most 96 operations";
    const bool sloppy = RunSeeds("sloppy" + what, RunSloppy);

    const bool strict = RunSeeds("strict" + what, RunStrict);

    const bool compared = RunSeeds("compared" + what, RunSynced);

    const bool joining = RunSeeds("joining" + what, RunJoining);

    return sloppy && strict && compared && joining ? 0 : 1;
}
