// antientropy_public_test.cc: the graded tests of anti-entropy that students are given.
#include "lab4-failure/antientropy_model.h"

#include <algorithm>

namespace judge
{
namespace
{

// ---- Part E ----

// The ranges that a node of the setup has, by ascending names.
std::vector<Owners> RangesOf(const Setup &setup, node_id self)
{
    std::set<Owners> found;

    for (uint64_t i = 0; i < 400; i++) {
        const Owners owners = OwnersOf(setup, ManyKey(i));

        if (std::find(owners.begin(), owners.end(), self) != owners.end())
            found.insert(owners);
    }
    return {found.begin(), found.end()};
}

// Of a tree that the other replica has not got.
const Digest other = {0xff};

GRADED_WORLD(Tree, IsOfWhatTheNodeHolds, 1, 0,
             "Of each of its ranges a node has a Merkle tree of what it holds "
             "in its own name, as it is now, also after a crash.")
{
    const Setup setup = SyncedStoreOf(5, 3, 2, 2);
    Replica replica(t, setup, 2);
    const std::vector<Owners> ranges = RangesOf(setup, 2);
    const auto expect = [&] {
        for (size_t i = 0; i < 2; i++)
            replica.ExpectTreeOf(ranges[i],
                                 TreeOf(setup, ranges[i], replica.holds));
    };

    for (const std::string &key : replica.KeysOf(ranges[0], 40))
        replica.Merge(key, SetNumber(1));
    for (const std::string &key : replica.KeysOf(ranges[1], 3))
        replica.Merge(key, SetNumber(2));
    expect();
    // What is kept for somebody else is not part of it.
    Letter hint;
    hint.kind = MESSAGE_HINT;
    hint.operation = 1000;
    hint.key = replica.KeysOf(ranges[0], 1)[0];
    hint.versions = SetNumber(3);
    hint.owner = ranges[0][0] == 2 ? ranges[0][1] : ranges[0][0];
    (void)replica.node.Ask(hint.owner, hint, "\"hint\" is answered");
    expect();
    for (const std::string &key : replica.KeysOf(ranges[0], 2))
        replica.Merge(key, SetNumber(4));
    expect();
    replica.node.LiveAgain();
    expect();
    replica.node.Close();
}

GRADED_WORLD(Tree, IsDescribedUnlessItIsTheSame, 1, 0,
             "\"tree?\" with the hash that the subtree has here too is "
             "answered by no bytes; who holds no key of a range describes an "
             "empty tree.")
{
    const Setup setup = SyncedStoreOf(5, 3, 2, 2);
    Replica replica(t, setup, 3);
    const std::vector<Owners> ranges = RangesOf(setup, 3);

    for (const std::string &key : replica.KeysOf(ranges[0], 20))
        replica.Merge(key, SetNumber(1));
    const MerkleModel tree = TreeOf(setup, ranges[0], replica.holds), nothing;
    replica.ExpectTree(ranges[0], {}, tree.Hash({}), "");
    for (const MerkleNode &node : ChildrenOf({})) {
        replica.ExpectTree(ranges[0], node, tree.Hash(node), "");
        replica.ExpectTree(ranges[0], node, other, tree.Describe(node));
    }
    replica.ExpectTree(ranges[1], {}, nothing.Hash({}), "");
    replica.ExpectTree(ranges[1], {}, other, nothing.Describe({}));
    replica.node.Close();
}

GRADED_WORLD(Comparison, GoesFromRangeToRangeAndFromPeerToPeer, 1, 0,
             "Every sync_ms a node compares its ranges with the next of the "
             "other owners, one range after the other.")
{
    const Setup setup = SyncedStoreOf(5, 3, 2, 2);
    Replica replica(t, setup, 2);
    const std::vector<Owners> ranges = RangesOf(setup, 2);
    std::vector<Owners> held;

    replica.ExpectNothing(replica.Look(), "while nothing is held");
    for (size_t i = 0; i < ranges.size(); i++)
        if (i != 1) { // of one range nothing is held here
            replica.Merge(replica.KeysOf(ranges[i], 1)[0], SetNumber(i));
            held.push_back(ranges[i]);
        }
    // Twice around, and on.
    for (const node_id peer : {1, 3, 4, 5, 1, 3, 4, 5, 1}) {
        Letters sent = replica.Look();
        std::string when =
            "after " + std::to_string(setup.sync_ms) + " ms more";

        for (const Owners &owners : held) {
            if (std::find(owners.begin(), owners.end(), peer) == owners.end())
                continue;
            const Letter asked = replica.ExpectAsked(
                sent, peer, owners, {},
                TreeOf(setup, owners, replica.holds).Hash({}), when);
            sent = replica.Answer(peer, asked, "");
            when = "after the answer that the range before is the same";
        }
        replica.ExpectNothing(sent, "when all ranges that both own have been "
                                    "compared, until the next look");
    }
    replica.node.Close();
}

// What one exchange of two replicas brings, and what it costs.
void ExpectExchange(Trial &t, Replica *replica, const Owners &owners,
                    const std::vector<std::string> &keys, uint64_t differ)
{
    std::map<std::string, std::string> theirs, all;
    std::set<std::string> differing;
    const node_id peer = owners[0] == replica->self ? owners[1] : owners[0];

    // One after the other of: nothing there, nothing here, another set there.
    for (size_t i = 0; i < keys.size(); i++) {
        const bool is_one = differ > 0 && i % (keys.size() / differ) == 0 &&
                            differing.size() < differ;
        const uint64_t kind = differing.size() % 3;

        if (is_one)
            differing.insert(keys[i]);
        if (!is_one || kind != 1)
            replica->Merge(keys[i], SetNumber(i));
        if (!is_one || kind != 0)
            theirs[keys[i]] = SetNumber(is_one ? i + 1000000 : i);
    }
    all = theirs;
    for (const auto &[key, set] : replica->holds)
        all[key] = all.count(key) > 0 ? MergedSets(t, all[key], set) : set;
    const MerkleModel before = TreeOf(replica->setup, owners, replica->holds);
    Letters sent = replica->Look();
    while (!sent.empty() && sent[0].first != peer) {
        replica->ExpectNothing(
            replica->Answer(sent[0].first, sent[0].second, ""),
            "when the one range that both own is the same");
        sent = replica->Look();
    }
    (void)replica->ExpectAsked(sent, peer, owners, {}, before.Hash({}),
                               "after sync_ms");
    const Replica::Talk talk = replica->PlayPeer(peer, &theirs, sent);
    t.Expect(talk.keys == differing,
             "just the keys are asked for that are not the same, " +
                 std::to_string(differing.size()),
             std::to_string(talk.keys.size()) + " keys are asked for");
    for (const std::string &key : keys) {
        t.Expect(replica->Held(key) == all[key],
                 "afterwards the node holds both sets of \"" + key +
                     "\", merged",
                 "it holds something else");
        t.Expect(theirs[key] == all[key],
                 "afterwards the peer has been told all versions of \"" + key +
                     "\" that it lacked",
                 "it has not");
    }
    t.Expect(talk.merges <= differing.size(),
             "a set is sent to the peer at most once for each key that is not "
             "the same",
             std::to_string(talk.merges) + " are");
    // Each needs its way down, the deepest questions ask for leaves.
    uint64_t depth = 1;
    for (size_t n = keys.size(); n > MERKLE_LEAF_MAX; n /= 16)
        depth++;
    const uint64_t most = 1 + 2 * differ * depth;
    t.Expect(talk.trees <= most,
             "of " + std::to_string(keys.size()) + " keys " +
                 std::to_string(differ) + " are found by " +
                 std::to_string(most) + " questions at most",
             std::to_string(talk.trees));
}

GRADED_WORLD(Comparison, BringsWhatEitherLacks, 3, 0,
             "A comparison descends where hashes differ, and ends with both "
             "holding all versions of every key.")
{
    const Setup setup = SyncedStoreOf(3, 3, 2, 2);
    Replica replica(t, setup, static_cast<node_id>(t.Between(1, 3)));
    const Owners owners = {1, 2, 3};
    const size_t count = t.Choose(2) == 0 ? 12 : 200;

    ExpectExchange(t, &replica, owners, replica.KeysOf(owners, count),
                   t.Between(1, 6));
    replica.node.Close();
}

// A set is sent back only where the peer lacks something.
GRADED_WORLD(Comparison, TellsThePeerWhatItLacksAlone, 1, 0,
             "What the peer has answered is sent back to it only if more than "
             "that is held afterwards.")
{
    const Setup setup = SyncedStoreOf(3, 3, 2, 2);
    Replica replica(t, setup, 2);
    std::map<std::string, std::string> theirs = {
        {"a", MergedSets(t, SetNumber(1), SetNumber(2))},
        {"b", SetNumber(3)},
        {"c", SetNumber(4)}};

    replica.Merge("a", SetNumber(1)); // they have more
    replica.Merge("b", MergedSets(t, SetNumber(3), SetNumber(5)));
    replica.Merge("d", SetNumber(6)); // they have nothing
    const Replica::Talk talk = replica.PlayPeer(1, &theirs, replica.Look());
    t.Expect(talk.merges == 2, "two sets are sent, of \"b\" and \"d\"",
             std::to_string(talk.merges));
    t.Expect(theirs["b"] == MergedSets(t, SetNumber(3), SetNumber(5)) &&
                 theirs["d"] == SetNumber(6),
             "the peer has what is held here", "it lacks something");
    for (const auto &[key, set] : theirs)
        t.Expect(replica.Held(key) == set,
                 "\"" + key + "\" is held here as the peer holds it",
                 "another set is");
    replica.node.Close();
}

GRADED_WORLD(Comparison, AsksAgainAndThenGivesUp, 1, 0,
             "What is not answered is asked again at each of the next looks, "
             "ANTIENTROPY_AGAIN times; then comes the next peer.")
{
    const Setup setup = SyncedStoreOf(3, 3, 2, 2);
    Replica replica(t, setup, 2);
    const Owners owners = {1, 2, 3};
    // Who says something, though never what was asked, is not suspected.
    const auto look = [&] {
        Letter pong;

        pong.kind = MESSAGE_PONG;
        (void)replica.node.Tell(1, pong);
        (void)replica.node.Tell(3, pong);
        return replica.Look();
    };

    replica.Merge("a", SetNumber(1));
    const Digest hash = TreeOf(setup, owners, replica.holds).Hash({});
    for (const node_id peer : {1, 3, 1})
        for (int i = 0; i <= ANTIENTROPY_AGAIN; i++)
            (void)replica.ExpectAsked(
                look(), peer, owners, {}, hash,
                i == 0 ? "at a look when no comparison is on"
                       : "at a look when the question is open");
    // An answer makes that count begin anew.
    Letters sent = look();
    const Letter asked = replica.ExpectAsked(sent, 3, owners, {}, hash,
                                             "at a look when a comparison was "
                                             "given up");
    (void)look();
    (void)look();
    MerkleModel theirs;
    theirs.Put("b", "another");
    sent = replica.Answer(3, asked, theirs.Describe({}));
    for (int i = 0; i <= ANTIENTROPY_AGAIN; i++) {
        size_t versions = 0;

        for (const auto &[to, letter] : sent)
            versions += to == 3 && letter.kind == MESSAGE_ASK_VERSIONS;
        t.Expect(versions == 2 && sent.size() == 2,
                 "\"a\" and \"b\" are asked for" +
                     std::string(i == 0 ? "" : " again"),
                 std::to_string(versions) + " keys are, by " +
                     std::to_string(sent.size()) + " messages");
        sent = look();
    }
    (void)replica.ExpectAsked(sent, 1, owners, {}, hash,
                              "at a look when a comparison was given up");
    replica.node.Close();
}

GRADED_WORLD(Comparison, PassesOverWhoIsSuspected, 1, 0,
             "Who is suspected is not compared with; a comparison with who "
             "has come to be suspected is given up.")
{
    Setup setup = SyncedStoreOf(4, 3, 2, 2);
    setup.sync_ms = 3 * setup.retry_ms; // more than a node's patience
    Replica replica(t, setup, 2);
    const std::vector<Owners> ranges = RangesOf(setup, 2);

    for (const Owners &owners : ranges)
        replica.Merge(replica.KeysOf(owners, 1)[0], SetNumber(1));
    // 1 says nothing; then 3 does, and 4 does not; then nobody is left but 3.
    std::vector<node_id> asked;
    for (int look = 0; look < 6; look++) {
        Letters sent = replica.Look();

        while (!sent.empty()) {
            asked.push_back(sent[0].first);
            if (sent[0].first != 3)
                break;
            sent = replica.Answer(3, sent[0].second, "");
        }
    }
    std::string seen;
    for (size_t i = 0; i < asked.size(); i++)
        if (i == 0 || asked[i] != asked[i - 1] || asked[i] != 3)
            seen += std::to_string(asked[i]) + " ";
    t.Expect(seen == "1 3 4 3 ",
             "of three peers, of which 1 and 4 do not answer, these are asked "
             "one after the other: 1, 3, 4, and then 3 alone",
             seen);
    replica.node.Close();
}

GRADED_WORLD(Replicas, AgreeThoughNobodyReads, 3, 0,
             "A replica that was down, or cut off, while keys were put holds "
             "them all soon after, without hints and without a read.")
{
    Setup setup = SyncedStoreOf(5, 3, 1, 1);
    World world(t, setup);
    const uint32_t away = static_cast<uint32_t>(t.Choose(5));
    const bool dies = t.Choose(2) == 0;
    std::vector<std::string> keys;

    for (int i = 0; i < 20; i++)
        keys.push_back("key" + std::to_string(i));
    for (size_t i = 0; i < keys.size(); i++) {
        if (i == 5 && dies)
            world.Crash(away);
        else if (i == 5)
            CutFromAll(&world, away);
        PutValue(&world, (away + 1) % 5, keys[i], ValueName(i), -1,
                 setup.give_up_ms + 10, "a put that W nodes can take succeeds");
    }
    JoinAll(&world);
    if (dies)
        world.Restart(away);
    ExpectReplicasAgree(&world, setup, keys);
    world.Close();
}

GRADED_WORLD(Replicas, AgreeInTheEndWhateverFails, 8, 200,
             "Whatever fails meanwhile, and while puts go on: when all is "
             "healed, all replicas of every key soon hold the same, and what "
             "was acknowledged is there.")
{
    Setup setup =
        SyncedStoreOf(static_cast<uint32_t>(t.Between(3, 6)), 3, 1, 1);

    setup.sloppy = static_cast<uint32_t>(t.Choose(2));
    setup.faults = DrawFaults(t, Everything());
    // One message in four is lost, so that something is always missed.
    setup.faults.loss = std::max(setup.faults.loss, 250u);
    ExpectNothingIsLostInTheEnd(t, setup, {3, 4, 3, 60, false});
}

// ---- Part G ----

GRADED_WORLD(NewDisk, IsFilledByTheOthers, 3, 0,
             "A node that comes back without its disk soon holds all that it "
             "is an owner of.")
{
    Setup setup = SyncedStoreOf(5, 3, 2, 2);
    World world(t, setup);
    const uint32_t loser = static_cast<uint32_t>(t.Choose(5));
    std::vector<std::string> keys;

    for (int i = 0; i < 20; i++) {
        keys.push_back("key" + std::to_string(i));
        PutValue(&world, static_cast<uint32_t>(t.Choose(5)), keys.back(),
                 ValueName(static_cast<uint64_t>(i)), -1, setup.give_up_ms,
                 "a put succeeds when nothing fails");
    }
    ExpectReplicasAgree(&world, setup, keys);
    world.RestartEmpty(loser);
    ExpectReplicasAgree(&world, setup, keys);
    world.Close();
}

} // namespace
} // namespace judge
