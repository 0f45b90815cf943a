// antientropy_model.h: one node whose replicas a test compares with its own, and what
// it is to say to the others.
#pragma once

#include "lab4-failure/merkle_model.h"
#include "lab4-failure/store_model.h"

extern "C" {
#include "dynamo/antientropy.h"
}

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace judge
{

// Owners, as nodes, ascending.
using Owners = std::vector<node_id>;

// The owners of a key's range, and the range's name.
Owners OwnersOf(const Setup &setup, const std::string &key);
std::string RangeName(const Owners &owners);
// "1, 2 and 5".
std::string ShowOwners(const Owners &owners);
// A path as messages carry it.
std::string PathBytes(const MerkleNode &node);

// One replica of whose peers the test plays all. `setup` is SyncedStoreOf some.
class Replica
{
  public:
    Replica(Trial &trial, const Setup &setup, node_id self);

    // So many keys of the range of these owners.
    std::vector<std::string> KeysOf(const Owners &owners, size_t count) const;
    // Has it merge a set, as a replica does.
    void Merge(const std::string &key, const std::string &set);
    // So many of ManyKey from `first` on, of which it holds none, whose set is
    // SetNumber of their number.
    void MergeMany(uint64_t first, uint64_t count);
    // What it says that it holds.
    std::string Held(const std::string &key);

    // ---- Questions about its trees ----

    // All that it sends when it is asked. The question's bytes are added to *bytes.
    Letters AskTree(node_id from, const std::string &range,
                    const std::string &path, const std::string &hash,
                    uint64_t *bytes = nullptr);
    // It answers just what is expected: the description, or no bytes.
    void ExpectTree(const Owners &owners, const MerkleNode &node,
                    const Digest &hash, const std::string &tree);
    void ExpectNoTree(node_id from, const std::string &range,
                      const std::string &path, const std::string &why);
    // The whole tree of a range, from the root down, is that of `model`.
    void ExpectTreeOf(const Owners &owners, const MerkleModel &model);

    // ---- Its own questions ----

    // Lets sync_ms pass. Of what is sent, what belongs to a comparison.
    Letters Look();
    // What of these belongs to a comparison.
    static Letters Compared(const Letters &sent);
    // They are one "tree?" to that node.
    Letter ExpectAsked(const Letters &sent, node_id to, const Owners &owners,
                       const MerkleNode &node, const Digest &hash,
                       const std::string &when);
    void ExpectNothing(const Letters &sent, const std::string &when);
    // Answers a "tree?".
    Letters Answer(node_id from, const Letter &asked, const std::string &tree);
    // Plays that peer, which holds these sets, from a first message on, until the
    // node says no more. Counts what is said. `trees`: of what the peer holds, made
    // of that if there is none, and kept up.
    struct Talk {
        uint64_t trees = 0, versions = 0, merges = 0;
        uint64_t bytes = 0;         // of ranges, paths, hashes and descriptions
        uint64_t wire = 0;          // of all messages, both ways, as encoded
        std::set<std::string> keys; // that were asked for
    };
    using Trees = std::map<Owners, MerkleModel>;
    Talk PlayPeer(node_id peer, std::map<std::string, std::string> *holds,
                  Letters sent, Trees *trees);
    Talk PlayPeer(node_id peer, std::map<std::string, std::string> *holds,
                  Letters sent);
    // Plays a peer that asks the node about a range of which it has that tree, until
    // it knows all that is not the same.
    Talk PlayAsker(const Owners &owners, const MerkleModel &tree);

    Trial *t;
    Setup setup;
    node_id self;
    LoneNode node;
    // What it holds, as the test has told it.
    std::map<std::string, std::string> holds;

  private:
    uint64_t asked_ = 0;
};

// The tree of the keys of a range.
MerkleModel TreeOf(const Setup &setup, const Owners &owners,
                   const std::map<std::string, std::string> &holds);

// The most bytes that two replicas may say to each other, as encoded, about a range of
// n owners and `count` keys of `key_size` bytes at most, of which `differ` are not the
// same; no set has more than `set_size` bytes.
struct Worth {
    uint64_t trees = 0;    // questions, and answers, about subtrees
    uint64_t versions = 0; // and about keys
};
Worth WorthOf(size_t n, uint64_t count, uint64_t differ, size_t key_size,
              size_t set_size);

// Sets of one version each, of which no two are the same.
std::string SetNumber(uint64_t number);
// Both merged, of such sets or of what they were merged to.
std::string MergedSets(Trial &t, const std::string &a, const std::string &b);

} // namespace judge
