// sloppy_hidden_test.cc: the graded tests of sloppy quorums that only instructors have.
#include "lab4-failure/sloppy_model.h"
#include "lab4-failure/store_model.h"

namespace judge
{
namespace
{

// ---- Part B ----

GRADED_PROPERTY(SloppyTargets, HaveNoLimitOfNodes, 3,
                "However long the preference list is, the first healthy nodes "
                "hold the places.")
{
    const size_t count = 700;
    std::vector<node_id> list;
    std::vector<bool> suspected;

    for (size_t i = 0; i < count; i++) {
        list.push_back(static_cast<node_id>(4000000000u - i));
        suspected.push_back(i % 3 != t.Choose(3) || (i > 2 && i < 600));
    }
    ExpectTargets(t, list, suspected, t.Between(1, 9));
}

GRADED_WORLD(
    SloppyStore, LosesNothingOnManyNodes, 6, 200,
    "On many nodes, with many clients and more of what fails, what was "
    "acknowledged is there in the end.")
{
    Setup setup =
        SloppyStoreOf(static_cast<uint32_t>(t.Between(7, 9)), 3, 2, 2);

    setup.faults = DrawFaults(t, Everything());
    ExpectNothingIsLostInTheEnd(t, setup, {5, 8, 3, 40, false});
}

// Replicas, and nodes that stand in for them, of all sizes that a quorum may have.
GRADED_WORLD(SloppySizes, MayBeAny, 9, 200,
             "Whatever N, R and W are, what was acknowledged is there in the "
             "end.")
{
    const uint32_t n = static_cast<uint32_t>(t.Between(1, 4));
    Setup setup = SloppyStoreOf(n + static_cast<uint32_t>(t.Between(1, 3)), n,
                                static_cast<uint32_t>(t.Between(1, n)),
                                static_cast<uint32_t>(t.Between(1, n)));

    setup.faults = DrawFaults(t, Everything());
    ExpectNothingIsLostInTheEnd(t, setup, {3, 4, 2, 60, false});
}

} // namespace
} // namespace judge
