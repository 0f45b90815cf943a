#include "lab2-quorum/votes_model.h"

#include <algorithm>
#include <tuple>

namespace judge
{
namespace
{

std::string ShowNodes(const std::vector<node_id> &nodes)
{
    std::string text;

    for (const node_id node : nodes)
        text += (text.empty() ? "" : ", ") + std::to_string(node);
    return "[" + text + "]";
}

std::string ShowVersion(const version &at)
{
    return std::to_string(at.counter) + "." + std::to_string(at.writer);
}

int Ones(uint32_t set)
{
    return __builtin_popcount(set);
}

// The first reply of each node: the others do not count.
std::map<node_id, RegisterReply>
FirstOfEach(const std::vector<RegisterReply> &replies)
{
    std::map<node_id, RegisterReply> first;

    for (const RegisterReply &reply : replies)
        first.insert({reply.from, reply});
    return first;
}

} // namespace

int VoteModel::Vote(node_id voter, bool yes)
{
    if (std::find(voters_.begin(), voters_.end(), voter) == voters_.end())
        return DYN_ENOENT;
    return said_.insert({voter, yes}).second ? DYN_OK : DYN_EEXIST;
}

uint64_t VoteModel::Count(bool yes) const
{
    uint64_t count = 0;

    for (const auto &[voter, said] : said_)
        count += said == yes;
    return count;
}

int VoteModel::Decision() const
{
    if (Count(true) >= needed_)
        return QUORUM_REACHED;
    return Count(true) + Silent().size() < needed_ ? QUORUM_IMPOSSIBLE
                                                   : QUORUM_PENDING;
}

std::vector<node_id> VoteModel::Silent() const
{
    std::vector<node_id> silent;

    for (const node_id voter : voters_)
        if (said_.count(voter) == 0)
            silent.push_back(voter);
    return silent;
}

void VoteTwin::Vote(node_id voter, bool yes)
{
    const int due = model.Vote(voter, yes);

    t_.ExpectCode(due, quorum.Vote(voter, yes),
                  due == DYN_EEXIST   ? "a second vote of one node"
                  : due == DYN_ENOENT ? "a vote of a stranger"
                                      : "a voter's first vote");
}

void VoteTwin::CompareDecision()
{
    const int seen = quorum.Decision();

    t_.Expect(seen == model.Decision(),
              ShowDecision(model.Decision()) + ": " +
                  std::to_string(model.Count(true)) + " said yes, " +
                  std::to_string(model.Count(false)) + " said no, " +
                  std::to_string(model.Silent().size()) + " are silent",
              ShowDecision(seen));
}

void VoteTwin::CompareCounts()
{
    for (const bool yes : {true, false}) {
        const uint64_t seen = quorum.Count(yes);

        t_.Expect(seen == model.Count(yes),
                  std::to_string(model.Count(yes)) + " said " +
                      (yes ? "yes" : "no"),
                  std::to_string(seen));
    }
}

void VoteTwin::CompareSilent()
{
    const std::vector<node_id> seen = quorum.Silent();

    t_.Expect(seen == model.Silent(),
              ShowNodes(model.Silent()) + ", in the order of the voters",
              ShowNodes(seen));
}

node_id ChooseNode(Trial &t)
{
    const uint64_t any = t.Choose(14);

    return static_cast<node_id>(any < 12 ? any : any == 12 ? UINT32_MAX : 0);
}

std::vector<node_id> ChooseVoters(Trial &t, size_t least, size_t most)
{
    const size_t count = t.Between(least, most);
    std::vector<node_id> voters;

    while (voters.size() < count) {
        node_id node = ChooseNode(t);

        while (std::find(voters.begin(), voters.end(), node) != voters.end())
            node++;
        voters.push_back(node);
    }
    return voters;
}

uint32_t FewestShared(uint32_t n, uint32_t a, uint32_t b)
{
    int fewest = static_cast<int>(n);

    for (uint32_t one = 0; one < 1u << n; one++)
        for (uint32_t other = 0; other < 1u << n; other++)
            if (Ones(one) == static_cast<int>(a) &&
                Ones(other) == static_cast<int>(b))
                fewest = std::min(fewest, Ones(one & other));
    return static_cast<uint32_t>(fewest);
}

Vouched HighestVouched(const std::vector<RegisterReply> &replies, uint32_t f)
{
    using Pair = std::tuple<uint64_t, node_id, std::vector<uint8_t>>;
    std::map<Pair, uint64_t> nodes;
    Vouched highest;

    for (const auto &[from, reply] : FirstOfEach(replies))
        nodes[{reply.at.counter, reply.at.writer, reply.value}]++;
    for (const auto &[pair, count] : nodes) { // in ascending order
        const version at = {std::get<0>(pair), std::get<1>(pair)};

        if (count <= f)
            continue;
        if (at.counter != highest.at.counter || at.writer != highest.at.writer)
            highest.values.clear();
        highest.at = at;
        highest.values.insert(std::get<2>(pair));
    }
    return highest;
}

void CompareChoice(Trial &t, const std::vector<RegisterReply> &replies,
                   uint32_t f)
{
    const Vouched due = HighestVouched(replies, f);
    uint64_t chosen;
    const int code = StudentChoose(t, replies, f, &chosen);
    const std::string vouchers =
        std::to_string(uint64_t{f} + 1) + " different nodes";

    if (due.values.empty()) {
        t.Expect(code == DYN_EUNAVAILABLE,
                 "DYN_EUNAVAILABLE: no pair is answered by " + vouchers,
                 code == DYN_OK ? Show(replies[chosen]) : CodeName(code));
        return;
    }
    const std::string expected = "version " + ShowVersion(due.at) +
                                 ", the highest that " + vouchers +
                                 " vouch for";
    t.Expect(code == DYN_OK, expected, CodeName(code));
    const RegisterReply &seen = replies[chosen];
    t.Expect(seen.at.counter == due.at.counter &&
                 seen.at.writer == due.at.writer &&
                 due.values.count(seen.value) > 0,
             expected, "index " + std::to_string(chosen) + ", " + Show(seen));
}

void CompareCounter(Trial &t, const std::vector<RegisterReply> &replies,
                    uint32_t f)
{
    const auto first = FirstOfEach(replies);
    uint64_t due = 0, seen;
    bool any = false;

    for (const auto &[from, candidate] : first) {
        uint64_t reached = 0;

        for (const auto &[other, reply] : first)
            reached += reply.at.counter >= candidate.at.counter;
        if (reached > f) {
            due = std::max(due, candidate.at.counter);
            any = true;
        }
    }
    const int code = StudentCounter(t, replies, f, &seen);
    t.ExpectCode(any ? DYN_OK : DYN_EUNAVAILABLE, code,
                 "masking_counter of " + std::to_string(first.size()) +
                     " nodes' answers");
    if (any)
        t.Expect(seen == due,
                 std::to_string(due) + ", the highest counter that " +
                     std::to_string(uint64_t{f} + 1) + " nodes have reached",
                 std::to_string(seen));
}

} // namespace judge
