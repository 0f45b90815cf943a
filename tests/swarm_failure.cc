// swarm_failure.cc: the program lab4-swarm: lab 4's store for a long time, in a process
// that holds simulator and nodes together.
//
//     lab4-swarm --lab=FILE [--seed=1] [--cases=10000]
//
// Random faults, those of disks among them, and clients, `cases` seeds from `seed` on:
// first seven nodes with sloppy quorums, then as many without, then as many that compare
// what they hold. In the end all is healed, every hint must be home, what was
// acknowledged be there, and of the last ones all replicas agree before anybody reads.
// Exit status 1 when it is not.
#include "harness/options.h"
#include "harness/seeds.h"
#include "lab4-failure/store_model.h"

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

} // namespace

int main(int argc, char **argv)
{
    judge::ParseOptions(&argc, argv);
    const std::string what = ", " + std::to_string(kNodes) + " nodes, " +
                             std::to_string(kClients) +
                             " clients, at most 96 operations";
    const bool sloppy = RunSeeds("sloppy" + what, RunSloppy);

    const bool strict = RunSeeds("strict" + what, RunStrict);

    return RunSeeds("compared" + what, RunSynced) && sloppy && strict ? 0 : 1;
}
