// ring_model.h: the ring as the contract defines it, in the plainest way: every
// question is answered by looking at everything. Shares no code with solution/.
#pragma once

#include "harness/student_ring.h"

#include <map>
#include <vector>

namespace judge
{

std::vector<uint8_t> Md5(const std::vector<uint8_t> &bytes);
Position PositionOf(const std::vector<uint8_t> &key);
Position TokenOf(uint64_t seed, node_id node, uint32_t index);

struct ModelMember {
    uint32_t weight = 1;
    std::vector<Position> tokens; // strategies 1 and 2
};

// How many partitions a member may own under strategy 3.
struct Quota {
    uint64_t least, most;
};

class RingModel
{
  public:
    explicit RingModel(const ring_config &config) : config_(config)
    {
    }

    // As the contract: DYN_OK or the error due; an error changes nothing.
    int Join(node_id node, uint32_t weight);
    int JoinAt(node_id node, const std::vector<Position> &tokens);
    int Leave(node_id node);

    size_t Size() const
    {
        return members_.size();
    }
    Nodes Members() const;
    bool Has(node_id node) const
    {
        return members_.count(node) > 0;
    }

    // The walk of a position: all members in order. Strategy 3 walks the table
    // of owners that the student's ring has; the model does not choose one.
    Nodes Walk(Position at, const Nodes &owners = {}) const;
    Nodes Walk(Position at, size_t n, const Nodes &owners = {}) const;
    uint32_t PartitionOf(Position at) const;
    std::vector<double> Shares(size_t n, const Nodes &owners = {}) const;
    uint64_t Metadata() const;

    std::map<node_id, Quota> Quotas() const;
    // The fewest partitions whose owner must change to come from a table in
    // which nodes own `owned` partitions to the present quotas.
    uint64_t FewestMoves(const std::map<node_id, uint64_t> &owned) const;
    std::vector<uint8_t> Encoding(const Nodes &owners) const;

    const ring_config &Config() const
    {
        return config_;
    }

    // Why the last join had the result it had; empty where that is plain.
    const std::string &Why() const
    {
        return why_;
    }
    // What a walk meets first: "the tokens from there on: node 1 at 0x..".
    std::string ExplainWalk(Position at, const Nodes &owners) const;
    // Which field of an encoding a byte belongs to.
    std::string FieldAt(size_t offset) const;

  private:
    std::vector<std::pair<Position, node_id>> Tokens() const; // in order
    uint64_t TotalWeight() const;

    // Where the walk of a position starts (strategies 1 and 2).
    Position WalkStart(Position at) const;

    ring_config config_;
    std::map<node_id, ModelMember> members_;
    std::string why_;
};

// Configurations of strategies 1 and 3.
ring_config Tokens(uint32_t tokens, uint64_t seed = 1);
ring_config Partitions(uint32_t partitions, uint64_t seed = 1);

// How often each node occurs.
std::map<node_id, uint64_t> Count(const Nodes &owners);

// Strategy 3: every member owns partitions within its quota, and nobody else.
void CheckQuotas(Trial &t, const RingModel &model, const Nodes &owners);
// From table to table, as few partitions changed their owner as the present
// quotas allow; an empty table has none to change.
void CheckMoves(Trial &t, const RingModel &model, const Nodes &before,
                const Nodes &after);

// A student's ring and the model, taken through the same history. Each call
// compares the codes.
class Twin
{
  public:
    Twin(Trial &t, const ring_config &config)
        : ring(t, config), model(config), t_(t)
    {
    }

    int Join(node_id node, uint32_t weight);
    int JoinAt(node_id node, const std::vector<Position> &tokens);
    int Leave(node_id node);

    // The first n of the walks of these positions, compared with the model's.
    void CompareWalks(const std::vector<Position> &positions, size_t n);

    StudentRing ring;
    RingModel model;

  private:
    Trial &t_;
};

// Fails with the name of the first field in which two encodings differ.
void CompareEncodings(Trial &t, const RingModel &model,
                      const std::vector<uint8_t> &due,
                      const std::vector<uint8_t> &seen);

// Random inputs, simplest first.
ring_config ChooseConfig(Trial &t, ring_strategy strategy);
node_id ChooseNode(Trial &t);
Position ChoosePosition(Trial &t);
std::vector<Position> ChoosePositions(Trial &t, size_t count);
// Joins `least` to `most` members of random weight (1 .. heaviest).
void JoinSome(Trial &t, Twin &twin, size_t least, size_t most,
              uint32_t heaviest);

} // namespace judge
