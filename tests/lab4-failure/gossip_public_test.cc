// gossip_public_test.cc: the graded tests of gossip that students are given.
#include "lab4-failure/antientropy_model.h"
#include "lab4-failure/gossip_model.h"

#include "harness/bytes.h"
#include "harness/refusals.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

// ---- Part F ----

// Who begins with another view than the others places keys elsewhere, until somebody
// is told something.
GRADED_WORLD(Gossip, BeginsWithTheFirstMembers, 1, 0,
             "A node that was never told anything has the view in which the "
             "seeds have joined, also if it is none of them.")
{
    for (const node_id self : {1, 3, 5}) {
        Listener listener(t, GossipStoreOf(5, 3), self);

        listener.ExpectKnown("when nothing was said");
        t.Expect(listener.node.Stored().count(ViewPlace()) == 0,
                 "a view that has never changed is not stored",
                 "it is in the store");
        listener.node.Close();
    }
}

// What is forgotten in a crash was promised to the administrator.
GRADED_WORLD(Gossip, KeepsWhatItIsTold, 1, 0,
             "A join or a leave that was said to a node is in its view and in "
             "its store, also after a crash; what is refused is not.")
{
    Listener listener(t, GossipStoreOf(6, 4), 2);

    listener.Joins(5);
    listener.ExpectStored("after a join");
    listener.ExpectKnown("after a join");
    listener.Leaves(3);
    listener.ExpectStored("after a leave");
    listener.node.LiveAgain();
    listener.ExpectKnown("after a crash");
    listener.Joins(5);
    listener.Leaves(3);
    listener.Joins(3, RING_WEIGHT_MAX + 1);
    listener.ExpectStored("after what was refused");
    listener.ExpectKnown("after what was refused");
    listener.Joins(3, 2);
    listener.ExpectStored("after a join with weight 2");
    listener.ExpectKnown("after a join with weight 2");
    listener.node.Close();
}

GRADED_WORLD(Gossip, RefusesAStoreThatHoldsNoView, 1, 0,
             "gossip_open gives DYN_ECORRUPT if what is stored is no view.")
{
    Setup setup = GossipStoreOf(4, 3);
    ViewModel view = FirstView(setup);

    setup.sync_ms = 0;
    (void)view.Join(2, 4, 1);
    const std::string sound = view.Bytes();
    for (const std::string &bytes :
         {sound.substr(1), sound + '\0', std::string(1, '\x01')}) {
        const std::unique_ptr<NodeHost> host = MakeNode();
        Effects effects;
        Entries stored;
        NodeSetup opened = NodeOf(setup, 2);

        {
            LoneNode node(t, opened);
            stored = node.Stored();
            node.Close();
        }
        stored[ViewPlace()] = bytes;
        const int code = host->Open(opened, 1000, 1, stored, &effects);
        t.Expect(code == DYN_ECORRUPT,
                 "open gives DYN_ECORRUPT when GOSSIP_VIEW_KEY holds " +
                     ShowBytes(bytes),
                 CodeName(code));
    }
}

// Whoever is always passed over hears of nothing. Who asks in turn asks as the others
// do, and hears what they hear.
GRADED_WORLD(Gossip, AsksAnyOtherMemberOrSeed, 1, 0,
             "Every gossip_ms a node asks one other node, drawn among members "
             "and seeds, and sends the hash of its view.")
{
    constexpr uint64_t kLooks = 2000;
    Listener listener(t, GossipStoreOf(7, 4), 2);
    std::map<node_id, uint64_t> asked;
    uint64_t in_a_row = 0;

    listener.Joins(6);
    listener.Leaves(3);
    const Letters sent = listener.Look(kLooks);
    t.Expect(sent.size() == kLooks,
             "one \"view?\" is sent every gossip_ms, " +
                 std::to_string(kLooks) + " in all",
             std::to_string(sent.size()) + " messages are");
    for (size_t i = 0; i < sent.size(); i++) {
        const auto &[to, letter] = sent[i];

        t.Expect(letter.kind == MESSAGE_ASK_VIEW, "what is sent is \"view?\"",
                 Listener::Told({sent[i]}));
        ExpectBytes(t, letter.hash, HashOf(listener.view),
                    "the hash of \"view?\"");
        asked[to]++;
        in_a_row += i > 0 && sent[i - 1].first == to;
    }
    std::string seen;
    bool fair = asked.size() == 4 && in_a_row > kLooks / 8;
    // Five standard deviations.
    for (const node_id node : {1, 3, 4, 6})
        fair = fair && asked[node] > 400 && asked[node] < 600;
    for (const auto &[node, times] : asked)
        seen += "node " + std::to_string(node) + " is asked " +
                std::to_string(times) + " times, ";
    t.Expect(fair,
             "nodes 1, 4 and 6, which are members, and 3, which is a seed, are "
             "asked with the same chance, about 500 times each, and often "
             "twice in a row",
             seen + std::to_string(in_a_row) + " times in a row");
    listener.node.Close();
}

GRADED_WORLD(Gossip, AnswersWhoHasAnotherHash, 1, 0,
             "\"view?\" is answered by the whole view, unless the hashes are "
             "the same.")
{
    Listener listener(t, GossipStoreOf(5, 3), 2);

    for (int i = 0; i < 2; i++) {
        const std::string hash = HashOf(listener.view);
        std::string other = hash;

        listener.ExpectNothing(listener.Ask(4, hash),
                               "when both hashes are the same");
        other[15] = static_cast<char>(other[15] ^ 1);
        listener.ExpectView(listener.Ask(4, other), 4,
                            "when the hash is another one");
        listener.ExpectView(listener.Ask(3, hash.substr(0, 15)), 3,
                            "when the hash is none");
        listener.Joins(4);
    }
    listener.node.Close();
}

GRADED_WORLD(Gossip, MergesWhatItHears, 1, 0,
             "Who gets a \"view\" merges and stores it, and answers if he then "
             "has what was not in it.")
{
    Listener listener(t, GossipStoreOf(6, 4), 2);
    ViewModel theirs = listener.view;

    listener.ExpectNothing(listener.Hear(1, theirs.Bytes()),
                           "when a view comes that is the same");
    (void)theirs.Join(1, 5, 1);
    listener.view.Merge(theirs);
    listener.ExpectNothing(
        listener.Hear(1, theirs.Bytes()),
        "when a view comes that has more, and lacks nothing");
    listener.ExpectStored("after a view that has more");
    listener.ExpectKnown("after a view that has more");

    listener.Leaves(4);
    (void)theirs.Join(1, 6, 2);
    listener.view.Merge(theirs);
    listener.ExpectView(listener.Hear(1, theirs.Bytes()), 1,
                        "when a view comes that has more, and lacks something");
    listener.ExpectStored("after a view that has more, and lacks something");

    listener.ExpectView(listener.Hear(3, theirs.Bytes()), 3,
                        "when a view comes that lacks something");
    listener.node.LiveAgain();
    listener.ExpectKnown("after a crash");
    listener.node.Close();
}

// A node that is not told goes on placing keys by the members it knew before.
GRADED_WORLD(
    Gossip, SaysThatTheViewHasChanged, 1, 0,
    "gossip_take says by *changed that a view has brought changes: the "
    "node then hands what it does not own any more to the new owners.")
{
    Listener listener(t, GossipStoreOf(8, 3), 2);
    ViewModel theirs = listener.view;
    std::vector<Letter> merges(20);
    std::set<std::string> keys;

    for (size_t i = 0; i < merges.size(); i++) {
        merges[i].kind = MESSAGE_MERGE;
        merges[i].operation = i + 1;
        merges[i].key = "key" + std::to_string(i);
        merges[i].versions = SetNumber(i);
        keys.insert(merges[i].key);
    }
    (void)listener.node.TellMany(1, merges,
                                 "here it is told to merge 20 keys, of which "
                                 "all three members are owners");
    for (node_id who = 4; who <= 8; who++)
        (void)theirs.Join(1, who, 20);
    listener.view.Merge(theirs);
    listener.ExpectNothing(
        listener.Hear(1, theirs.Bytes()),
        "when a view comes that has more, and lacks nothing");
    size_t handed = 0;
    for (const auto &[to, letter] :
         listener.node.Wait(10 * listener.setup.handoff_ms))
        handed += letter.kind == MESSAGE_MERGE && to >= 4 &&
                  keys.count(letter.key) > 0;
    t.Expect(
        handed > 0,
        "within 10 times handoff_ms after a view in which nodes 4 to 8 "
        "have joined, some of 20 keys are handed to them",
        "none is (does gossip_take set *changed when a view brings changes?)");
    listener.node.Close();
}

GRADED_WORLD(Gossip, DropsWhatIsNoView, 1, 0,
             "A \"view\" whose bytes are no view changes nothing, and is not "
             "answered.")
{
    Listener listener(t, GossipStoreOf(5, 4), 2);
    ViewModel theirs = listener.view;

    listener.Leaves(1);
    listener.Joins(1);
    (void)theirs.Join(3, 5, 1);
    const std::string sound = theirs.Bytes();
    for (const std::string &bytes :
         {std::string(), sound.substr(0, sound.size() - 1), sound + '\0',
          BigEndian(6, 4) + sound.substr(4), sound.substr(0, 4)})
        listener.ExpectNothing(listener.Hear(3, bytes),
                               "when these bytes come: " + ShowBytes(bytes));
    listener.ExpectStored("after bytes that are no view");
    listener.ExpectKnown("after bytes that are no view");
    listener.node.Close();
}

// What a node tells before it is stored, others know and it does not, after a crash.
GRADED_WORLD(Gossip, TellsOnlyWhatItKeeps, 1, 0,
             "Whatever a node has told of its view, it still knows when it "
             "begins again, wherever the power failed.")
{
    bool told = false;

    for (size_t effects = 0; effects < 8 && !told; effects++) {
        Listener listener(t, GossipStoreOf(6, 3), 2);
        ViewModel theirs = listener.view;

        listener.Joins(4);
        (void)theirs.Join(1, 5, 1);
        listener.node.FailAfter(effects);
        told = !listener.Hear(1, theirs.Bytes()).empty();
        listener.node.LiveAgain();
        if (told) {
            listener.view.Merge(theirs);
            listener.ExpectKnown("after a crash just after it had told what it "
                                 "heard");
        }
        listener.node.Close();
    }
    t.Expect(told, "a view that lacks something is answered", "it is not");
}

// ---- Whole stores ----

GRADED_WORLD(Views, AgreeSoon, 2, 0,
             "What was said to one node all nodes know after some multiple of "
             "log n rounds.")
{
    const uint32_t first = static_cast<uint32_t>(t.Between(3, 30)),
                   nodes = first + 2;
    Setup setup = GossipStoreOf(nodes, first);

    setup.sync_ms = 0;
    setup.handoff_ms = 1000;
    World world(t, setup);
    world.Quiet(10);
    (void)world.SayJoins(static_cast<uint32_t>(t.Choose(nodes)), first + 1);
    (void)world.SayJoins(static_cast<uint32_t>(t.Choose(nodes)), first + 2);
    const std::vector<uint32_t> members = ExpectViewsAgree(&world, setup);
    if (members.size() != nodes)
        world.Break("all nodes know both that have joined",
                    "there are " + std::to_string(members.size()) +
                        " members, not " + std::to_string(nodes));
    world.Close();
}

GRADED_WORLD(Membership, MovesWhatTheStoreHolds, 2, 0,
             "When nodes have joined and left, every key is with its new "
             "owners, and with nobody else.")
{
    const Setup setup = GossipStoreOf(6, 4);
    World world(t, setup);
    std::vector<std::string> keys;

    for (uint64_t i = 0; i < 20; i++) {
        keys.push_back("key" + std::to_string(i));
        PutValue(&world, static_cast<uint32_t>(t.Choose(6)), keys.back(),
                 ValueName(i), -1, setup.give_up_ms,
                 "a put succeeds when nothing fails");
    }
    (void)world.SayJoins(static_cast<uint32_t>(t.Choose(6)), 5);
    ExpectSettled(&world, setup, keys);
    (void)world.SayLeaves(static_cast<uint32_t>(t.Choose(6)), 2);
    (void)world.SayJoins(static_cast<uint32_t>(t.Choose(6)), 6);
    ExpectSettled(&world, setup, keys);
    for (uint64_t i = 0; i < keys.size(); i++)
        GetValues(&world, static_cast<uint32_t>(t.Choose(6)), keys[i],
                  {ValueName(i)}, setup.give_up_ms,
                  "what was put is found where it is now");
    world.Close();
}

GRADED_WORLD(Membership, TakesPutsWhileItChanges, 2, 0,
             "Puts succeed while some nodes have heard of a change and others "
             "have not, and are found afterwards.")
{
    Setup setup = GossipStoreOf(7, 4);

    setup.gossip_ms = 400; // so that it takes a while
    World world(t, setup);
    std::vector<std::string> keys;

    for (const node_id node : {5, 1, 6, 2}) {
        const uint32_t told = static_cast<uint32_t>(t.Choose(7));

        (void)(node > 4 ? world.SayJoins(told, node)
                        : world.SayLeaves(told, node));
        for (int i = 0; i < 12; i++) {
            keys.push_back("key" + std::to_string(keys.size()));
            PutValue(&world, static_cast<uint32_t>(t.Choose(7)), keys.back(),
                     ValueName(keys.size()), -1, setup.give_up_ms / 2,
                     "a put succeeds while the membership changes");
            world.Quiet(t.Choose(200));
        }
        (void)ExpectViewsAgree(&world, setup);
    }
    ExpectSettled(&world, setup, keys);
    for (size_t i = 0; i < keys.size(); i++)
        GetValues(&world, static_cast<uint32_t>(t.Choose(7)), keys[i],
                  {ValueName(i + 1)}, setup.give_up_ms,
                  "what was put is found where it is now");
    world.Close();
}

GRADED_WORLD(Membership, LosesNothingWhateverFails, 6, 100,
             "Whatever fails while nodes join and leave: when all is healed, "
             "all have the same view, every key is with its owners, and what "
             "was acknowledged is there.")
{
    const uint32_t first = static_cast<uint32_t>(t.Between(4, 5));
    Setup setup = GossipStoreOf(first + 2, first);
    std::vector<Word> words;

    setup.r = setup.w = 1;
    setup.faults = DrawFaults(t, EverythingAndJoins());
    // One leaves at most, so that the owners of a key are not all others at once.
    for (node_id who = first + 1; who <= first + 2; who++)
        words.push_back({t.Choose(500),
                         static_cast<uint32_t>(t.Choose(setup.nodes)), who, 1});
    words.push_back({t.Choose(500),
                     static_cast<uint32_t>(t.Choose(setup.nodes)),
                     static_cast<node_id>(t.Between(1, first)), 0});
    ExpectNothingIsLostInTheEnd(t, setup, {3, 4, 3, 60, false}, words);
}

} // namespace
} // namespace judge
