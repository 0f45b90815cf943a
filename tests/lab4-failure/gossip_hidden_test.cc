// gossip_hidden_test.cc: the graded tests of gossip that only graders have.
#include "lab4-failure/gossip_model.h"

#include "harness/bytes.h"

namespace judge
{
namespace
{

// ---- Part F ----

GRADED_WORLD(Gossip, BelievesNothing, 20, 0,
             "Whatever bytes come as a view, the node has a sound one, and no "
             "change that it had is gone.")
{
    Listener listener(t, GossipStoreOf(6, 4), 3);
    ViewModel theirs = listener.view;

    listener.Joins(5);
    listener.Leaves(1);
    (void)theirs.Join(2, 6, 3);
    (void)theirs.Leave(2, 4);
    for (int i = 0; i < 20; i++) {
        std::string bytes = theirs.Bytes();
        const size_t at = static_cast<size_t>(t.Choose(bytes.size()));

        if (t.Choose(3) == 0)
            bytes.resize(at);
        else
            bytes[at] = static_cast<char>(t.Choose(256));
        const std::optional<ViewModel> read = ViewModel::Read(bytes);
        const Letters sent = listener.Hear(2, bytes);
        if (!read) {
            listener.ExpectNothing(sent, "when these bytes come: " +
                                             ShowBytes(bytes));
        } else {
            listener.view.Merge(*read);
            if (listener.view.Bytes() != bytes)
                listener.ExpectView(sent, 2, "when a view lacks something");
        }
        listener.ExpectKnown("after bytes that may be no view");
    }
    listener.ExpectStored("after bytes that may be no view");
    listener.node.Close();
}

GRADED_WORLD(Gossip, HasNoLimitOfChanges, 1, 0,
             "A view may have thousands of changes, and is told as a whole.")
{
    Listener listener(t, GossipStoreOf(6, 4), 2);
    ViewModel theirs = listener.view;

    for (int i = 0; i < 1500; i++) {
        (void)theirs.Join(1, 5, 1);
        (void)theirs.Leave(1, 5);
    }
    listener.Joins(6);
    listener.view.Merge(theirs);
    listener.ExpectView(listener.Hear(1, theirs.Bytes()), 1,
                        "when a view of 3,004 changes lacks one");
    listener.ExpectStored("after a view of 3,004 changes");
    listener.node.LiveAgain();
    listener.ExpectKnown("after a crash");
    listener.node.Close();
}

// ---- Whole stores ----

GRADED_WORLD(Views, AgreeOnManyNodes, 1, 0,
             "What was said to one of 64 nodes all know after 34 rounds.")
{
    Setup setup = GossipStoreOf(64, 60);

    setup.sync_ms = 0;
    setup.handoff_ms = 1000;
    World world(t, setup);
    (void)world.SayJoins(static_cast<uint32_t>(t.Choose(64)), 61);
    (void)world.SayLeaves(static_cast<uint32_t>(t.Choose(64)), 7);
    if (ExpectViewsAgree(&world, setup).size() != 60)
        world.Break("all nodes know that 61 has joined and 7 has left",
                    "they do not");
    world.Close();
}

GRADED_WORLD(Membership, MayBeReplacedAsAWhole, 2, 0,
             "When one node after the other is replaced by a new one, until "
             "none of the first is left, nothing is lost.")
{
    const Setup setup = GossipStoreOf(8, 4);
    World world(t, setup);
    std::vector<std::string> keys;

    for (uint64_t i = 0; i < 10; i++) {
        keys.push_back("key" + std::to_string(i));
        PutValue(&world, static_cast<uint32_t>(t.Choose(4)), keys.back(),
                 ValueName(i), -1, setup.give_up_ms,
                 "a put succeeds when nothing fails");
    }
    for (node_id old = 1; old <= 4; old++) {
        const uint32_t told = static_cast<uint32_t>(t.Choose(8));

        (void)world.SayJoins(told, old + 4);
        (void)world.SayLeaves(told, old);
        if (t.Choose(2) == 0) {
            world.Crash(told);
            world.Restart(told);
        }
        ExpectSettled(&world, setup, keys);
    }
    for (uint32_t gone = 0; gone < 4; gone++)
        world.Crash(gone);
    for (uint64_t i = 0; i < keys.size(); i++)
        GetValues(&world, 4 + static_cast<uint32_t>(t.Choose(4)), keys[i],
                  {ValueName(i)}, setup.give_up_ms,
                  "what was put is found when none of the first nodes is left");
    world.Close();
}

GRADED_WORLD(
    Membership, LosesNothingOnManyNodes, 3, 0,
    "Nine nodes, of which three join and two leave, with every kind of "
    "fault: what was acknowledged is there in the end.")
{
    Setup setup = GossipStoreOf(9, 6);
    std::vector<Word> words;

    setup.faults = DrawFaults(t, EverythingAndJoins());
    for (node_id who = 7; who <= 9; who++)
        words.push_back(
            {t.Choose(600), static_cast<uint32_t>(t.Choose(9)), who, 1});
    for (const node_id who : {2, 5})
        words.push_back(
            {t.Choose(600), static_cast<uint32_t>(t.Choose(9)), who, 0});
    ExpectNothingIsLostInTheEnd(t, setup, {4, 4, 3, 60, false}, words);
}

} // namespace
} // namespace judge
