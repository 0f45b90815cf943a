// student_merkle.h: merkle.h as a test sees it, with the student's code far away.
#pragma once

#include "harness/bytes.h"
#include "harness/student_thing.h"

extern "C" {
#include "dynamo/merkle.h"
}

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

struct MerkleNode {
    uint32_t depth = 0;
    Digest path = {};

    bool operator==(const MerkleNode &other) const
    {
        return depth == other.depth && path == other.path;
    }
};

struct MerkleDifference {
    std::vector<MerkleNode> nodes;
    std::vector<std::string> keys;
};

std::string Brief(const Digest &digest); // "00ff12ab...", or "0"
// "'L' and 1 key 'tea' 1ffd9e75...", "'N' and the hashes ..."; as bytes if it is
// no description.
std::string ShowDescription(const std::string &bytes);
std::string Show(const Digest &digest);   // "00ff...", or "16 bytes of 0"
std::string Show(const MerkleNode &node); // "the whole tree", "subtree 3f0"
std::string Show(const MerkleDifference &difference);

class StudentMerkle : public StudentThing
{
  public:
    explicit StudentMerkle(Trial &t); // merkle_open, which must succeed
    static int Open(Trial &t);        // its code

    int Put(const std::string &key, const std::string &stored);
    // Many calls of it, until one fails: the code of that one.
    int PutMany(uint64_t first, uint64_t count, uint64_t edition);
    int Remove(const std::string &key);
    uint64_t Count() const;
    // Results are those of a call that succeeds.
    int Hash(const MerkleNode &node, Digest *hash) const;
    // The same where it is no step of the test: nothing is expected of it.
    Digest QuietHash(const MerkleNode &node) const;
    Encoded Describe(const MerkleNode &node, uint64_t capacity) const;
    int Compare(const MerkleNode &node, const std::string &description,
                MerkleDifference *difference) const;

  private:
    struct Unmade {
    };
    StudentMerkle(Trial &t, Unmade) : StudentThing(t, "tree", "merkle")
    {
    }
};

// How often the student's code has called md5.
uint64_t Md5Calls(Trial &t);

void ExpectMerkleNullsRefused(Trial &t);

} // namespace judge
