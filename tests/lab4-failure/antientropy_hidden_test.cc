// antientropy_hidden_test.cc: the graded tests of anti-entropy that only graders have.
#include "lab4-failure/antientropy_model.h"

extern "C" {
#include "wire/wire.h"
}

#include <algorithm>
#include <optional>

namespace judge
{
namespace
{

// ---- Part E ----

GRADED_WORLD(Tree, IsToldToItsOwnersAlone, 1, 0,
             "A question about a range that is not the node's, or not the "
             "asker's, or that is none, is not answered.")
{
    const Setup setup = SyncedStoreOf(5, 3, 2, 2);
    Replica replica(t, setup, 2);
    const std::string range = RangeName({1, 2, 3}),
                      half = std::string(1, '\x0f');

    replica.Merge(replica.KeysOf(OwnersOf(setup, ManyKey(0)), 1)[0],
                  SetNumber(1));
    replica.ExpectNoTree(4, range, "", "to a node that is no owner");
    replica.ExpectNoTree(3, RangeName({1, 3, 4}), "",
                         "by a node that is no owner");
    replica.ExpectNoTree(1, RangeName({1, 2}), "", "about too few owners");
    replica.ExpectNoTree(1, RangeName({1, 2, 3, 4}), "",
                         "about too many owners");
    replica.ExpectNoTree(1, RangeName({2, 1, 3}), "",
                         "about owners that do not ascend");
    replica.ExpectNoTree(1, RangeName({1, 2, 2}), "", "about an owner twice");
    replica.ExpectNoTree(1, range.substr(1), "", "about a name cut short");
    replica.ExpectNoTree(1, range, std::string(1, '\x10'),
                         "about a half-byte of 16");
    replica.ExpectNoTree(1, range, std::string(33, '\0'),
                         "about a path of 33 half-bytes");
    // The rest is.
    Digest other = {};
    MerkleNode deep;
    other[0] = 1;
    deep.depth = 32;
    deep.path.fill(0xff);
    replica.ExpectTree({1, 2, 3}, deep, other, MerkleModel().Describe(deep));
    const Letters sent = replica.AskTree(1, range, half, "short");
    t.Expect(sent.size() == 1 && !sent[0].second.tree.empty(),
             "a hash that is none is not the same as any",
             sent.empty() ? "no answer" : "no bytes");
    replica.node.Close();
}

GRADED_WORLD(
    Comparison, BelievesOnlyWhatItHasAskedFor, 1, 0,
    "An answer that was not asked for, or is none, changes nothing; keys "
    "that are not of the range are passed over.")
{
    const Setup setup = SyncedStoreOf(4, 3, 2, 2);
    Replica replica(t, setup, 2);
    const Owners owners = {1, 2, 3};
    const std::vector<std::string> keys = replica.KeysOf(owners, 3);
    const std::string foreign = replica.KeysOf({2, 3, 4}, 1)[0];
    MerkleModel theirs;

    replica.Merge(keys[0], SetNumber(1));
    const Digest hash = TreeOf(setup, owners, replica.holds).Hash({});
    const Letter asked = replica.ExpectAsked(replica.Look(), 1, owners, {},
                                             hash, "at the first look");
    theirs.Put(keys[1], "another");
    theirs.Put(foreign, "of another range");
    const std::string tree = theirs.Describe({});
    Letter wrong = asked;
    wrong.operation++;
    replica.ExpectNothing(replica.Answer(1, wrong, tree),
                          "after an answer to another operation");
    wrong = asked;
    wrong.range = RangeName({1, 2, 4});
    replica.ExpectNothing(replica.Answer(1, wrong, tree),
                          "after an answer about another range");
    wrong = asked;
    wrong.path = std::string(1, '\0');
    replica.ExpectNothing(replica.Answer(1, wrong, MerkleModel().Describe({})),
                          "after an answer about another subtree");
    replica.ExpectNothing(replica.Answer(3, asked, tree),
                          "after an answer of another node");
    for (const std::string &none : {std::string("L"), std::string("X"),
                                    tree + "x", std::string("N") + tree})
        replica.ExpectNothing(replica.Answer(1, asked, none),
                              "after an answer that describes nothing");
    // Now the right one.
    Letters sent = replica.Answer(1, asked, tree);
    std::map<std::string, uint64_t> about; // each may have a number of its own
    for (const auto &[to, letter] : sent)
        about[letter.key] = letter.operation;
    t.Expect(about.size() == 2 && about.count(keys[0]) == 1 &&
                 about.count(keys[1]) == 1 && sent.size() == 2,
             "the two keys of the range are asked for, and not one of another "
             "range",
             std::to_string(sent.size()) + " messages");
    replica.ExpectNothing(replica.Answer(1, asked, tree),
                          "after the same answer once more");
    const uint64_t operation = about[keys[1]];
    const auto versions = [&](node_id from, uint64_t number,
                              const std::string &key, const std::string &set) {
        Letter letter;

        letter.kind = MESSAGE_VERSIONS;
        letter.operation = number;
        letter.key = key;
        letter.versions = set;
        return Replica::Compared(replica.node.Tell(from, letter));
    };
    const std::string set = SetNumber(7);
    replica.ExpectNothing(versions(3, operation, keys[1], set),
                          "after versions of another node");
    replica.ExpectNothing(versions(1, operation + 1, keys[1], set),
                          "after versions of another operation");
    replica.ExpectNothing(versions(1, operation, keys[2], set),
                          "after versions of a key that was not asked for");
    replica.ExpectNothing(versions(1, operation, keys[1], "no set"),
                          "after versions that are none");
    for (const size_t i : {1, 2})
        t.Expect(replica.Held(keys[i]).empty(),
                 "nothing is held of \"" + keys[i] + "\"", "something is");
    replica.ExpectNothing(
        versions(1, operation, keys[1], set),
        "when the peer has all that is held here, and another "
        "key is open");
    t.Expect(replica.Held(keys[1]) == set, "what was answered is held",
             "it is not");
    replica.node.Close();
}

GRADED_WORLD(Comparison, IsRightForAnyTwoReplicas, 8, 0,
             "Whatever two replicas hold: when each has compared with the "
             "other, both hold the same, and no key was asked for that was "
             "the same.")
{
    const Setup setup =
        SyncedStoreOf(static_cast<uint32_t>(t.Between(3, 5)), 3, 2, 2);
    const node_id self = static_cast<node_id>(t.Between(1, setup.nodes));
    Replica replica(t, setup, self);
    std::map<node_id, std::map<std::string, std::string>> theirs;
    std::map<std::string, std::string> all;
    const uint64_t count = t.Between(1, 150), same = t.Choose(10);

    for (uint64_t i = 0; i < count; i++) {
        const std::string key = ManyKey(i);
        const Owners owners = OwnersOf(setup, key);

        if (std::find(owners.begin(), owners.end(), self) == owners.end())
            continue;
        for (const node_id owner : owners) {
            const uint64_t which = t.Choose(10) < same ? 0 : t.Choose(4);

            if (which == 3)
                continue; // it has none
            const std::string set = SetNumber(which * 1000 + i);
            if (owner == self)
                replica.Merge(key, set);
            else
                theirs[owner][key] = set;
            all[key] = all.count(key) > 0 ? MergedSets(t, all[key], set) : set;
        }
    }
    // Twice with each peer; what only a peer holds, it would ask about itself.
    for (uint32_t look = 0; look < 2 * setup.nodes; look++) {
        const Letters sent = replica.Look();

        if (!sent.empty())
            (void)replica.PlayPeer(sent[0].first, &theirs[sent[0].first], sent);
    }
    for (const auto &[key, set] : replica.holds) {
        t.Expect(replica.Held(key) == all[key],
                 "all versions of \"" + key + "\" are held here",
                 "not all are");
        for (const node_id owner : OwnersOf(setup, key))
            t.Expect(owner == self || theirs[owner][key] == all[key],
                     "node " + std::to_string(owner) +
                         " has been told all versions of \"" + key + "\"",
                     "it has not");
    }
    replica.node.Close();
}

// What is said grows with the difference and the logarithm of what is held.
GRADED_WORLD(Comparison, CostsWhatTheDifferenceIsWorth, 1, 0,
             "The bytes that a comparison exchanges grow with what is not the "
             "same, and hardly with what is.")
{
    const auto bytes = [&](size_t count, size_t differ) {
        const Setup setup = SyncedStoreOf(3, 3, 2, 2);
        Replica replica(t, setup, 2);
        std::map<std::string, std::string> theirs;

        for (size_t i = 0; i < count; i++) {
            const std::string key = ManyKey(i);

            replica.Merge(key, SetNumber(1));
            theirs[key] = SetNumber(i % (count / differ) == 1 ? 2 : 1);
        }
        const Replica::Talk talk = replica.PlayPeer(1, &theirs, replica.Look());
        t.Expect(talk.keys.size() == differ,
                 std::to_string(differ) + " keys are asked for",
                 std::to_string(talk.keys.size()));
        replica.node.Close();
        return talk.bytes;
    };
    const uint64_t few = bytes(256, 4), many = bytes(4096, 4),
                   more = bytes(4096, 16);

    t.Expect(few <= 4000,
             "of 256 keys 4 that are not the same are found by at most 4,000 "
             "bytes",
             std::to_string(few));
    // Each key's way down is one subtree longer, of 16 hashes at most.
    t.Expect(many <= few + 4 * 800,
             "with 16 times as many keys, at most 800 bytes more are said for "
             "each that is not the same: " +
                 std::to_string(few + 4 * 800),
             std::to_string(many) + " bytes after " + std::to_string(few));
    t.Expect(
        more <= 4 * many + 1000,
        "for 4 times the difference, at most 4 times the bytes are said: " +
            std::to_string(4 * many + 1000),
        std::to_string(more));
}

// How the bytes grow. One replica that holds more and more keys, and a peer that lacks
// something, has something else, or something more.
GRADED_WORLD(Comparison, GrowsWithTheDifferenceAndNotWithTheRange, 1, 0,
             "The bytes that two replicas say to each other grow with the keys "
             "that are not the same and with the logarithm of all keys, not "
             "with all keys.")
{
    const Setup setup = SyncedStoreOf(3, 3, 2, 2);
    const Owners owners = {1, 2, 3};
    Replica replica(t, setup, 2);
    std::map<std::string, std::string> theirs;
    Replica::Trees trees;
    MerkleModel &tree = trees[owners];
    uint64_t count = 0, edition = 1;
    const auto expect = [&](const Replica::Talk &talk, uint64_t differ,
                            uint64_t most, const std::string &what) {
        const std::string of = "of " + std::to_string(theirs.size()) +
                               " keys of a range " + std::to_string(differ) +
                               " are not the same: ";

        t.Expect(talk.keys.size() == differ, of + "they are found",
                 std::to_string(talk.keys.size()) + " are");
        t.Expect(talk.wire <= most,
                 of + "at most " + std::to_string(most) +
                     " bytes are said, in all messages, " + what,
                 std::to_string(talk.wire) + " bytes, in " +
                     std::to_string(talk.trees) +
                     " questions about trees and " +
                     std::to_string(talk.versions) + " about keys");
    };

    for (const uint64_t keys : {1000, 10000, 100000}) {
        replica.MergeMany(count, keys - count);
        for (; count < keys; count++)
            tree.Put(ManyKey(count), theirs[ManyKey(count)] = SetNumber(count));
        for (const uint64_t differ : {1, 10, 100, 1000}) {
            size_t set_size = 0;

            for (uint64_t i = 0; i < differ; i++) {
                const std::string key = ManyKey(i * (keys / differ));

                edition++;
                if (i % 3 == 0) {
                    theirs.erase(key);
                    tree.Remove(key);
                } else {
                    const std::string other =
                        i % 3 == 1 ? key : "more-" + std::to_string(edition);
                    tree.Put(other,
                             theirs[other] = SetNumber(1000000 + edition));
                }
            }
            const Letters asked = replica.Look();
            t.Expect(!asked.empty(), "after sync_ms a comparison begins",
                     "nothing is sent");
            const Replica::Talk talk =
                replica.PlayPeer(asked[0].first, &theirs, asked, &trees);
            for (const std::string &key : talk.keys)
                set_size = std::max(set_size, theirs[key].size());
            const Worth worth =
                WorthOf(setup.n, theirs.size(), differ, 11, set_size);
            expect(talk, differ, worth.trees + worth.versions,
                   "when the node asks: for each of these keys a way down, a "
                   "leaf, and its versions");
        }
        // Now that they are the same.
        const Letters asked = replica.Look();
        t.Expect(!asked.empty(), "after sync_ms a comparison begins",
                 "nothing is sent");
        expect(replica.PlayPeer(asked[0].first, &theirs, asked, &trees), 0,
               WorthOf(setup.n, theirs.size(), 0, 11, 0).trees,
               "when the node asks: one hash");
        // The other way: what it answers to somebody who has other versions.
        MerkleModel asker = tree;
        for (uint64_t i = 0; i < 100; i++)
            asker.Put(ManyKey(i * (keys / 100)), "other versions");
        expect(replica.PlayAsker(owners, asker), 100,
               WorthOf(setup.n, theirs.size(), 100, 11, 0).trees,
               "when the node is asked about subtrees");
    }
    replica.node.Close();
}

// ---- Part G ----

GRADED_WORLD(NewDisk, CountsUnderANewName, 3, 0,
             "What is put through a node that has lost its disk is no version "
             "that it has made before: nothing is lost by it.")
{
    Setup setup = SyncedStoreOf(5, 3, 1, 1);
    World world(t, setup);
    const std::vector<uint32_t> owners = ReplicasOf(setup, "x");
    const uint32_t loser = owners[t.Choose(3)];
    const uint64_t puts = t.Between(1, 3);
    const std::string rule = "a put succeeds when nothing fails";
    std::vector<std::string> values;

    for (uint64_t i = 0; i < puts; i++) {
        values.push_back(ValueName(i));
        PutValue(&world, loser, "x", values.back(), -1, setup.give_up_ms, rule);
    }
    ExpectReplicasAgree(&world, setup, {"x"});
    world.RestartEmpty(loser);
    // At once, by somebody who has read nothing.
    CutFromAll(&world, loser);
    for (uint64_t i = 0; i < puts; i++) {
        values.push_back(ValueName(puts + i));
        PutValue(&world, loser, "x", values.back(), -1, setup.give_up_ms, rule);
    }
    JoinAll(&world);
    ExpectReplicasAgree(&world, setup, {"x"});
    for (uint32_t node = 0; node < setup.nodes; node++)
        GetValues(&world, node, "x", values, setup.give_up_ms,
                  "all that was put is there, for nobody has replaced it");
    world.Close();
}

// The coordinator remembers which puts it has made for whom.
GRADED_WORLD(NewDisk, NumbersItsPutsAnew, 3, 0,
             "What a node forwards that has lost its disk is not taken for "
             "what it forwarded before.")
{
    Setup setup = SyncedStoreOf(5, 3, 2, 2);
    World world(t, setup);
    const uint32_t loser =
        OthersThan(setup, ReplicasOf(setup, "x"))[t.Choose(2)];
    const std::string rule = "a put succeeds when nothing fails";
    std::vector<std::string> values;

    for (uint64_t disk = 0; disk < 3; disk++) {
        for (uint64_t i = 0; i < 1 + t.Choose(3); i++) {
            values.push_back(ValueName(values.size()));
            PutValue(&world, loser, "x", values.back(), -1, setup.give_up_ms,
                     rule);
        }
        GetValues(&world, loser, "x", values, setup.give_up_ms,
                  "all that was put is there, for nobody has replaced it");
        world.RestartEmpty(loser);
    }
    world.Close();
}

// A coordinator that has lost its disk has forgotten which puts it has made.
GRADED_WORLD(
    NewDisk, MakesNoForwardedPutASecondTime, 4, 0,
    "A put that was forwarded to a node before it lost its disk is not "
    "made once more when it is forwarded again.")
{
    Setup setup = SyncedStoreOf(5, 3, 2, 2);
    setup.sync_ms = 0; // the others tell it nothing meanwhile
    setup.sloppy = static_cast<uint32_t>(t.Choose(2));
    World world(t, setup);
    const std::vector<uint32_t> owners = ReplicasOf(setup, "x");
    const uint32_t asked = OthersThan(setup, owners)[t.Choose(2)];
    std::vector<Entries> before;
    std::optional<uint32_t> maker;
    size_t holders = 0;

    for (const uint32_t owner : owners)
        before.push_back(world.Stored(owner));
    const int put = world.Invoke(asked, true, "x", "a");
    // Whoever stores anything first has made it. When others have it too, but its
    // client has no answer yet, his disk is lost.
    for (uint64_t ms = 0; ms < setup.retry_ms && holders < 2; ms++) {
        world.Quiet(1);
        holders = 0;
        for (size_t i = 0; i < owners.size(); i++)
            if (world.Stored(owners[i]) != before[i]) {
                maker = maker.value_or(owners[i]);
                holders++;
            }
    }
    t.Expect(holders >= 2 && OperationOf(world, put).returned == kNever,
             "a put that was forwarded to an owner of its key is stored there "
             "and then by the others, and answered after that",
             std::to_string(holders) + " owners have stored something");
    world.RestartEmpty(*maker);
    world.Quiet(setup.give_up_ms + 10);
    GetValues(&world, asked, "x", {"a"}, setup.give_up_ms,
              "a put is one write, however often it is sent", {put});
    ExpectAnswer(&world, put, DYN_EUNAVAILABLE,
                 "what became of a put is not known when its coordinator has "
                 "forgotten it");
    // What is forwarded to its new disk is made; the others do not hear of it first.
    for (const uint32_t owner : owners)
        if (owner != *maker)
            CutFrom(&world, asked, {owner});
    PutValue(
        &world, asked, "x", "b", -1, setup.give_up_ms,
        "a put succeeds when one owner of its key can be reached, and that "
        "one reaches the others");
    world.Close();
}

GRADED_WORLD(
    NewDisk, IsToldToWhoForwards, 1, 0,
    "A node tells which of its disks it has; a put that is forwarded with "
    "another one it does not make.")
{
    Setup setup = SyncedStoreOf(5, 3, 1, 1);
    const std::vector<uint32_t> owners = ReplicasOf(setup, "x");
    const node_id asker = OthersThan(setup, owners)[0] + 1;
    NodeSetup node = NodeOf(setup, owners[0] + 1);
    node.disk = 3;
    LoneNode lone(t, node);
    Letter letter;
    const auto expect_refused = [&](uint64_t operation, uint64_t disk) {
        letter.operation = operation;
        letter.disk = disk;
        const Letter answer =
            lone.Ask(asker, letter, "a put that is forwarded is answered");
        t.Expect(answer.kind == MESSAGE_FORWARDED &&
                     answer.operation == operation &&
                     answer.code == DYN_EUNAVAILABLE,
                 "\"forwarded\", " + CodeName(DYN_EUNAVAILABLE) + ", to " +
                     (letter.kind == MESSAGE_FORWARD ? "\"forward\""
                                                     : "\"stand in\"") +
                     " that was meant for its disk " +
                     std::to_string(std::max<uint64_t>(disk, 1)) +
                     ", and now it has its disk 3",
                 std::string("\"") + message_label(answer.kind) + "\", " +
                     CodeName(answer.code));
    };

    letter.kind = MESSAGE_ASK_VERSIONS;
    letter.operation = 7;
    letter.key = "x";
    const Letter held =
        lone.Ask(asker, letter, "a replica answers \"versions?\"");
    t.Expect(held.disk == 3, "\"versions\" tells disk 3",
             "it tells disk " + std::to_string(held.disk));
    for (const message_kind kind : {MESSAGE_FORWARD, MESSAGE_STAND_IN}) {
        letter.kind = kind;
        letter.value = "a";
        letter.owner = kind == MESSAGE_STAND_IN ? owners[1] + 1 : 0;
        expect_refused(8, 0);
        expect_refused(9, 2);
    }
    letter.kind = MESSAGE_ASK_VERSIONS;
    letter.operation = 10;
    t.Expect(lone.Ask(asker, letter, "a replica answers \"versions?\"")
                 .versions.empty(),
             "nothing was made of them", "something was");
    letter.kind = MESSAGE_FORWARD;
    letter.operation = 11;
    letter.value = "b";
    letter.disk = 3;
    const Letter made =
        lone.Ask(asker, letter, "a put that is forwarded is answered");
    t.Expect(
        made.kind == MESSAGE_FORWARDED && made.code == DYN_OK,
        "\"forwarded\", DYN_OK, to \"forward\" that was meant for its disk 3",
        std::string("\"") + message_label(made.kind) + "\", " +
            CodeName(made.code));
    lone.Close();
}

} // namespace
} // namespace judge
