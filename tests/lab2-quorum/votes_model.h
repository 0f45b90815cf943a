// votes_model.h: votes and vouched pairs as the contracts define them, in the
// plainest way: every question is answered by looking at everything.
#pragma once

#include "harness/student_quorum.h"

#include <map>
#include <set>
#include <vector>

namespace judge
{

// A vote that remembers who said what first.
class VoteModel
{
  public:
    VoteModel(std::vector<node_id> voters, size_t needed)
        : voters_(std::move(voters)), needed_(needed)
    {
    }

    int Vote(node_id voter, bool yes); // the code due
    int Decision() const;
    uint64_t Count(bool yes) const;
    std::vector<node_id> Silent() const;
    const std::vector<node_id> &Voters() const
    {
        return voters_;
    }

  private:
    std::vector<node_id> voters_;
    size_t needed_;
    std::map<node_id, bool> said_;
};

// A student's vote and the model, taken through the same history. Each call
// compares what both say.
class VoteTwin
{
  public:
    VoteTwin(Trial &t, const std::vector<node_id> &voters, size_t needed)
        : quorum(t, voters, needed), model(voters, needed), t_(t)
    {
    }

    void Vote(node_id voter, bool yes);
    void CompareDecision();
    void CompareCounts();
    void CompareSilent();

    StudentQuorum quorum;
    VoteModel model;

  private:
    Trial &t_;
};

// A legal name for a node: small ones, and those at the ends.
node_id ChooseNode(Trial &t);
// From least to most different nodes, in any order.
std::vector<node_id> ChooseVoters(Trial &t, size_t least, size_t most);

// The fewest that a set of a and a set of b of n nodes share, found by trying
// all sets. n is at most 8.
uint32_t FewestShared(uint32_t n, uint32_t a, uint32_t b);

// Which values masking_choose may choose: those of the highest version that
// f + 1 different nodes vouch for. Empty: none.
struct Vouched {
    version at = {0, 0};
    std::set<std::vector<uint8_t>> values;
};
Vouched HighestVouched(const std::vector<RegisterReply> &replies, uint32_t f);

// Compares masking_choose with that.
void CompareChoice(Trial &t, const std::vector<RegisterReply> &replies,
                   uint32_t f);

// Compares masking_counter with counting, for each counter that was answered,
// the nodes that have reached it.
void CompareCounter(Trial &t, const std::vector<RegisterReply> &replies,
                    uint32_t f);

} // namespace judge
