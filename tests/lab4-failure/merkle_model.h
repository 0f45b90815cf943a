// merkle_model.h: merkle.h in the plainest way.
#pragma once

#include "harness/bytes.h"
#include "lab4-failure/student_merkle.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace judge
{

class MerkleModel
{
  public:
    void Put(const std::string &key, const std::string &stored);
    // What merkle_put_many puts.
    void PutMany(uint64_t first, uint64_t count, uint64_t edition);
    int Remove(const std::string &key);
    size_t Count() const
    {
        return keys_.size();
    }
    Digest Hash(const MerkleNode &node) const;
    std::string Describe(const MerkleNode &node) const;
    int Compare(const MerkleNode &node, const std::string &description,
                MerkleDifference *difference) const;

  private:
    struct Key {
        std::string key;
        Digest stored;
    };
    using Keys = std::map<Digest, Key>; // by place
    Keys keys_;
    // Of subtrees with many keys, since the last change.
    mutable std::map<std::pair<uint32_t, Digest>, Digest> known_;

    // Those of a subtree: first, and one past the last.
    std::pair<Keys::const_iterator, Keys::const_iterator>
    Below(const MerkleNode &node) const;
    // No more than that many.
    static size_t CountUpTo(Keys::const_iterator from, Keys::const_iterator to,
                            size_t most);
};

// The subtrees of a node that are one half-byte deeper.
std::vector<MerkleNode> ChildrenOf(const MerkleNode &node);
// The one of that depth in which a key is.
MerkleNode NodeOfKey(const std::string &key, uint32_t depth);

// "key-17", and what merkle_put_many stores there.
std::string ManyKey(uint64_t number);
std::string ManyStored(uint64_t number, uint64_t edition);

// A student's tree and the model, told the same.
struct MerkleTwin {
    explicit MerkleTwin(Trial &trial) : t(&trial), tree(trial)
    {
    }
    void Put(const std::string &key, const std::string &stored);
    void PutMany(uint64_t first, uint64_t count, uint64_t edition);
    void Remove(const std::string &key);
    // merkle_hash gives what the contract says; `what` is hashed.
    void ExpectHash(const MerkleNode &node, const std::string &what);
    void ExpectRoot(const std::string &when);
    // merkle_describe does; gives the description.
    std::string ExpectDescription(const MerkleNode &node);
    MerkleDifference ExpectDifference(const MerkleNode &node,
                                      const std::string &description);

    Trial *t;
    StudentMerkle tree;
    MerkleModel model;
};

// What two replicas say to each other, from the whole tree down: the other one
// describes what it is asked for, `ours` compares.
struct Exchange {
    std::vector<std::string> keys; // that are not the same
    uint64_t bytes = 0;            // of all descriptions
    uint64_t descriptions = 0;
};
Exchange
ExchangeAll(const std::function<std::string(const MerkleNode &)> &describe,
            MerkleTwin *ours);

// A tree of `count` keys and another one, in which `differ` are not the same: the
// exchange finds them, within the bytes that they are worth.
void ExpectCheapExchange(Trial &t, uint64_t count, uint64_t differ);

} // namespace judge
