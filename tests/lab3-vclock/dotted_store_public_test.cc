// dotted_store_public_test.cc: the graded tests of dvv_program that students are
// given.
#include "lab3-vclock/store_model.h"

namespace judge
{
namespace
{

// ---- Part E: the program ----

GRADED_WORLD(DottedStore, KeepsBothOfTwoWritesThroughOneCoordinator, 1, 0,
             "Of two puts through one coordinator whose clients have read the "
             "same, neither is lost.")
{
    Setup setup = StoreOf("dvv", 3, 3, 2, 2);
    World world(t, setup);
    const std::string rule = "a put replaces what its client has read, and "
                             "nothing else";

    PutValue(&world, 0, "x", "old", -1, 40, rule);
    const int get = GetValues(&world, 1, "x", {"old"}, 20, rule);
    const int b = PutValue(&world, 0, "x", "b", get, 40, rule);
    const int c = PutValue(&world, 0, "x", "c", get, 40, rule);
    int both = -1;
    for (uint32_t node = 0; node < 3; node++)
        both = GetValues(&world, node, "x", {"b", "c"}, 20, rule, {get, b, c});
    PutValue(&world, 0, "x", "blind", -1, 40, rule);
    GetValues(&world, 1, "x", {"b", "c", "blind"}, 20, rule);
    PutValue(&world, 2, "x", "both", both, 40, rule);
    const int all = GetValues(&world, 1, "x", {"both", "blind"}, 20, rule);
    PutValue(&world, 1, "x", "all", all, 40, rule);
    for (uint32_t node = 0; node < 3; node++)
        GetValues(&world, node, "x", {"all"}, 20, rule);
    world.Close();
}

GRADED_WORLD(DottedStore, LosesNothingInWhateverOrderMessagesArrive, 16, 3000,
             "Two clients read and put through one coordinator; whichever "
             "message arrives next, nothing that was acknowledged is lost.")
{
    Setup setup = StoreOf("dvv", 3, 3, 2, 2);

    setup.order = Order::Chosen;
    ExpectRacersLoseNothing(t, setup);
}

GRADED_SCHEDULES(DottedStore, LosesNothingWhicheverMessageIsLate, 1, 1500, 2,
                 4000,
                 "Wherever one or two messages are late, nothing that was "
                 "acknowledged is lost.")
{
    Setup setup = StoreOf("dvv", 3, 3, 2, 2);

    setup.order = Order::Chosen;
    ExpectRacersLoseNothing(t, setup);
}

GRADED_WORLD(DottedStore, LosesNothingWhateverClientsDo, 10, 600,
             "Clients put through any node, and whether or not they have read; "
             "messages go astray; nothing is lost, and nothing doubled.")
{
    Setup setup =
        StoreOf("dvv", static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    Shoppers shoppers;

    shoppers.keys = 2;
    setup.faults = DrawFaults(t, StrayMessages());
    ExpectShoppersLoseNothing(t, setup, shoppers);
}

GRADED_WORLD(DottedStore, LosesNothingWhileNodesCrash, 12, 600,
             "A node that crashes at any point and begins again with its store "
             "loses no put, and doubles none, whatever clients do.")
{
    Setup setup =
        StoreOf("dvv", static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    Shoppers shoppers;

    shoppers.clients = 4;
    shoppers.keys = 2;
    setup.faults = DrawFaults(t, Everything());
    ExpectShoppersLoseNothing(t, setup, shoppers);
}

} // namespace
} // namespace judge
