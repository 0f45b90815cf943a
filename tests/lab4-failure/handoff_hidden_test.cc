// handoff_hidden_test.cc: the graded tests of hinted handoff that only instructors have.
#include "lab4-failure/store_model.h"

namespace judge
{
namespace
{

// ---- Part C ----

GRADED_WORLD(HandoffOpen, RefusesWhatItCannotName, 1, 0,
             "A node whose number or disk is out of range is not opened: its "
             "names would be those of another.")
{
    const auto code = [](node_id self, uint32_t disk) {
        Setup setup = SloppyStoreOf(3, 3, 2, 2);
        NodeSetup node = NodeOf(setup, 1);

        node.members.push_back(self);
        node.self = self;
        node.disk = disk;
        return CodeOfOpen(node);
    };

    t.ExpectCode(DYN_OK, code(HANDOFF_NODES - 1, HANDOFF_DISKS),
                 "open of node 1023 with its disk 256");
    t.ExpectCode(DYN_EINVAL, code(HANDOFF_NODES, 1), "open of node 1024");
    t.ExpectCode(DYN_EINVAL, code(4, 0), "open of a node with its disk 0");
    t.ExpectCode(DYN_EINVAL, code(4, HANDOFF_DISKS + 1),
                 "open of a node with its disk 257");
}

// Whoever has been away hands off what it keeps itself, too.
GRADED_WORLD(
    Handoff, ComesToAnEndWhileNodesCrash, 4, 100,
    "However often owners and holders of hints crash, in the end every "
    "hint is home.")
{
    Setup setup = SloppyStoreOf(5, 3, 1, 1);

    setup.faults = DrawFaults(t, Everything());
    setup.faults.crashes = true;
    setup.faults.strike = 400;
    ExpectNothingIsLostInTheEnd(t, setup, {3, 10, 12, 30, false});
}

} // namespace
} // namespace judge
