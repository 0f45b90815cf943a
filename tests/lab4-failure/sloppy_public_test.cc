// sloppy_public_test.cc: the graded tests of sloppy quorums that students are given.
#include "lab4-failure/sloppy_model.h"
#include "lab4-failure/store_model.h"

namespace judge
{
namespace
{

// ---- Part B ----

GRADED_TEST(SloppyTargets, AreTheOwnersWhileAllIsWell,
            "While no owner is suspected, the first N of the preference list "
            "are asked, each for itself.")
{
    ExpectTargets(t, {3, 1, 4, 2, 5}, {false, false, false, false, false}, 3);
    ExpectTargets(t, {3, 1, 4, 2, 5}, {false, false, false, true, true}, 3);
    ExpectTargets(t, {7}, {false}, 1);
    ExpectTargets(t, {9, 8}, {false, false}, 2);
}

GRADED_TEST(
    SloppyTargets, StepOverThoseThatDoNotAnswer,
    "The place of an owner that is suspected goes to the next node after "
    "the owners that is not, and to no two owners the same.")
{
    ExpectTargets(t, {3, 1, 4, 2, 5}, {true, false, false, false, false}, 3);
    ExpectTargets(t, {3, 1, 4, 2, 5}, {false, true, true, false, false}, 3);
    ExpectTargets(t, {3, 1, 4, 2, 5}, {false, false, true, true, false}, 3);
    ExpectTargets(t, {3, 1, 4, 2, 5, 6},
                  {true, true, true, false, false, false}, 3);
    ExpectTargets(t, {3, 1, 4, 2, 5}, {true, true, false, true, false}, 3);
    ExpectTargets(t, {3, 1, 4}, {true, false, true}, 3);
    ExpectTargets(t, {3, 1}, {true, true}, 1);
}

GRADED_PROPERTY(SloppyTargets, AreRightForAnySuspicion, 60,
                "Whoever is suspected, the first N places are held as the "
                "contract says.")
{
    const size_t count = t.Between(1, 9), n = t.Between(1, count);
    std::vector<node_id> list;
    std::vector<bool> suspected;

    for (size_t i = 0; i < count; i++) {
        list.push_back(static_cast<node_id>(i * 7 % 11 + 1));
        suspected.push_back(t.Choose(2) == 1);
    }
    ExpectTargets(t, list, suspected, n);
}

GRADED_TEST(BadInput, SloppyTargetsRefuseWhatIsOutOfRange,
            "NULL pointers, and an n that is 0 or exceeds the list, are "
            "refused with DYN_EINVAL.")
{
    const std::vector<node_id> list = {3, 1, 4};
    const std::vector<bool> suspected = {true, false, false};
    std::vector<target> targets;

    for (int null = 1; null <= 3; null++)
        t.ExpectCode(DYN_EINVAL,
                     SloppyTargets(t, list, suspected, 2, &targets, null),
                     "sloppy_targets with NULL");
    t.ExpectCode(DYN_EINVAL, SloppyTargets(t, list, suspected, 0, &targets),
                 "sloppy_targets for no replica");
    t.ExpectCode(DYN_EINVAL, SloppyTargets(t, list, suspected, 4, &targets),
                 "sloppy_targets for more replicas than nodes");
}

// What Dynamo is for: the cart takes an item whatever is on fire.
GRADED_WORLD(SloppyStore, StaysWritableWhileOwnersAreDown, 6, 60,
             "A put succeeds, and a get finds it, while W and R healthy nodes "
             "can be reached, whichever they are.")
{
    Setup setup = SloppyStoreOf(7, 3, 2, 2);
    World world(t, setup);
    const std::vector<uint32_t> owners = ReplicasOf(setup, "x"),
                                others = OthersThan(setup, owners);
    const uint32_t down = static_cast<uint32_t>(t.Between(2, 3));
    const uint64_t ms = UntilServedMs(setup, down);
    const std::string rule = "the store stays writable while " +
                             std::to_string(down) +
                             " of the 3 owners of a key are down";

    for (uint32_t i = 0; i < down; i++)
        world.Crash(owners[2 - i]);
    const int put =
        PutValue(&world, others[t.Choose(4)], "x", "a", -1, ms, rule);
    const int get =
        GetValues(&world, others[t.Choose(4)], "x", {"a"}, ms, rule, {put});
    PutValue(&world, others[t.Choose(4)], "x", "b", get, ms, rule);
    GetValues(&world, others[t.Choose(4)], "x", {"b"}, ms, rule);
    for (uint32_t i = 0; i < down; i++)
        world.Restart(owners[2 - i]);
    ExpectHintsComeHome(&world, 20 * setup.handoff_ms);
    // Who still takes owners for dead asks those that stood in for them.
    world.Quiet(UntilFoundUpMs(setup));
    for (uint32_t node = 0; node < setup.nodes; node++)
        GetValues(&world, node, "x", {"b"}, ms,
                  "what was put while owners were down is read when they are "
                  "back");
    world.Close();
}

GRADED_WORLD(StrictStore, RefusesWhatASloppyOneTakes, 3, 0,
             "Without sloppy quorums only the owners of a key hold it: when W "
             "of them cannot be reached, a put fails.")
{
    Setup setup = SloppyStoreOf(6, 3, 2, 2);

    setup.sloppy = 0;
    World world(t, setup);
    const std::vector<uint32_t> owners = ReplicasOf(setup, "x"),
                                others = OthersThan(setup, owners);
    const std::string rule = "a strict store knows no stand-ins";

    PutValue(&world, others[0], "x", "a", -1, 60, rule);
    world.Crash(owners[1]);
    PutValue(&world, others[0], "x", "b",
             GetValues(&world, others[0], "x", {"a"}, 60, rule),
             UntilServedMs(setup, 1), rule);
    world.Crash(owners[2]);
    const int put = world.Invoke(others[t.Choose(3)], true, "x", "c");
    const int get = world.Invoke(others[t.Choose(3)], false, "x", "");
    world.Quiet(setup.give_up_ms + 20);
    ExpectAnswer(&world, put, DYN_EUNAVAILABLE, rule);
    ExpectAnswer(&world, get, DYN_EUNAVAILABLE, rule);
    for (uint32_t node = 0; node < setup.nodes; node++)
        if (HintsIn(world.Stored(node)) > 0)
            world.Break(rule,
                        "node " + std::to_string(node + 1) + " keeps a hint");
    world.Close();
}

// The trade: available on both sides, and consistent on neither.
GRADED_WORLD(SloppyStore, GivesUpFreshReadsInAPartition, 4, 0,
             "On both sides of a partition puts and gets succeed; neither side "
             "reads what the other one puts, and afterwards both are there.")
{
    Setup setup = SloppyStoreOf(6, 3, 2, 2);
    World world(t, setup);
    const std::vector<uint32_t> owners = ReplicasOf(setup, "x"),
                                others = OthersThan(setup, owners);
    // Two owners and a stranger here; one and two there.
    const std::vector<uint32_t> here = {owners[0], owners[1], others[0]},
                                there = {owners[2], others[1], others[2]};
    const uint64_t ms = UntilServedMs(setup, 3);
    const std::string rule = "both sides of a partition are served";

    const int old = PutValue(&world, owners[0], "x", "old", -1, 60, rule);
    const int read =
        GetValues(&world, owners[0], "x", {"old"}, 60, rule, {old});
    for (const uint32_t one : here)
        CutFrom(&world, one, there);
    PutValue(&world, here[t.Choose(3)], "x", "here", read, ms, rule);
    PutValue(&world, there[t.Choose(3)], "x", "there", read, ms, rule);
    for (const uint32_t node : here)
        GetValues(&world, node, "x", {"here"}, ms, rule);
    for (const uint32_t node : there)
        GetValues(&world, node, "x", {"there"}, ms, rule);
    JoinAll(&world);
    ExpectHintsComeHome(&world, 60 * setup.handoff_ms);
    const std::string both = "what both sides have put is there when the "
                             "partition is over";
    // The first get repairs what it reads.
    for (uint32_t node = 0; node < setup.nodes; node++)
        (void)world.Invoke(node, false, "x", "");
    world.Quiet(ms);
    for (uint32_t node = 0; node < setup.nodes; node++)
        GetValues(&world, node, "x", {"here", "there"}, ms, both);
    world.Close();
}

GRADED_WORLD(SloppyStore, LosesNothingWhateverFails, 8, 300,
             "Whatever fails meanwhile, when all is healed and every hint is "
             "home, what was acknowledged is there, and nothing that was "
             "replaced.")
{
    Setup setup =
        SloppyStoreOf(static_cast<uint32_t>(t.Between(4, 7)), 3, 2, 2);

    setup.faults = DrawFaults(t, Everything());
    ExpectNothingIsLostInTheEnd(t, setup, {3, 4, 2, 60, false});
}

GRADED_WORLD(StrictStore, LosesNothingWhateverFails, 6, 300,
             "Without sloppy quorums a get sees all that was acknowledged "
             "before it, as in lab 3.")
{
    Setup setup =
        SloppyStoreOf(static_cast<uint32_t>(t.Between(3, 6)), 3, 2, 2);

    setup.sloppy = 0;
    setup.faults = DrawFaults(t, Everything());
    ExpectShoppersLoseNothing(t, setup, {3, 4, 2, 60, false});
}

} // namespace
} // namespace judge
