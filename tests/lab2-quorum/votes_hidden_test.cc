// votes_hidden_test.cc: the graded tests of lab 2's plain functions that only
// instructors have.
#include "lab2-quorum/votes_model.h"

#include <algorithm>

namespace judge
{
namespace
{

// ---- Part A ----

GRADED_PROPERTY(Quorum, IsRightAfterAnyHistory, 60,
                "After any votes of voters and strangers, early, late and "
                "twice, the decision, the counts and the silent are right.")
{
    const std::vector<node_id> voters = ChooseVoters(t, 1, 6);
    const size_t needed = t.Between(1, voters.size());
    VoteTwin twin(t, voters, needed), other(t, voters, needed);
    const uint64_t votes = t.Choose(16);

    for (uint64_t i = 0; i < votes; i++) {
        const node_id voter =
            t.Choose(4) == 3 ? ChooseNode(t) : voters[t.Choose(voters.size())];
        // Two votes at once must not know of each other.
        VoteTwin &of = t.Choose(4) == 3 ? other : twin;

        of.Vote(voter, t.Choose(2) == 0);
        of.CompareDecision();
    }
    for (VoteTwin *of : {&twin, &other}) {
        of->CompareDecision();
        of->CompareCounts();
        of->CompareSilent();
    }
}

GRADED_TEST(Quorum, HasNoLimitOfVoters,
            "There may be any number of voters, of any names.")
{
    std::vector<node_id> voters;

    for (node_id i = 0; i < 1000; i++)
        voters.push_back(i * 4294967u);
    VoteTwin twin(t, voters, 501);
    for (size_t i = 0; i < 500; i++)
        twin.Vote(voters[i * 2], true);
    twin.CompareDecision();
    twin.CompareSilent();
    twin.Vote(voters[999], true);
    twin.CompareDecision();
    for (size_t i = 1; i < 999; i += 2)
        twin.Vote(voters[i], false);
    twin.CompareDecision();
    twin.CompareCounts();
    voters[999] = voters[0];
    t.ExpectCode(DYN_EINVAL, StudentOpenQuorum(t, voters, 1000, 5),
                 "quorum_open with the last voter equal to the first");
}

GRADED_TEST(Quorum, SaysWhenThereIsNoMemory,
            "quorum_open returns DYN_ENOMEM when it gets no memory, and holds "
            "on to nothing.")
{
    for (uint64_t nth = 1; nth <= 3; nth++) {
        t.FailAllocation(nth);
        const int code = StudentOpenQuorum(t, {1, 2, 3}, 3, 2);
        t.FailAllocation(0);
        t.Expect(code == DYN_ENOMEM || (nth > 1 && code == DYN_OK),
                 nth == 1 ? "DYN_ENOMEM"
                          : "DYN_ENOMEM, or DYN_OK if so many allocations are "
                            "not needed",
                 CodeName(code));
    }
}

// Sums of two numbers below 2^32, and twice a number, need more than 32 bits.
GRADED_TEST(QuorumFacts, HoldForTheLargestNumbers,
            "All sizes in range are legal, also those near 2^32.")
{
    const uint32_t max = UINT32_MAX, half = max / 2;
    const quorum_sizes cases[] = {
        {max, max, max, 0},
        {max, max, max, max},
        {max, max, 1, 0},
        {max, half, half, 0},
        {max, half + 1, half, 0},
        {max, half + 1, half + 1, 0},
        {max, max - 1, max - 1, half},
        {max, max, max, half},
        {max, max, max, half + 1},
        {max - 1, half, half + 1, 1},
        {max, 3221225472u, 3221225472u, 1073741823u},
        {max, 3221225472u, 3221225471u, 1073741823u},
        {max, 3221225473u, 3221225472u, 1073741823u},
        {1, 1, 1, 1},
    };

    for (const quorum_sizes &sizes : cases) {
        const Facts seen = StudentFacts(t, sizes);
        const int64_t n = sizes.n, r = sizes.r, w = sizes.w, f = sizes.f;
        const auto share = [n](int64_t a, int64_t b) {
            return std::max(int64_t{0}, a + b - n);
        };

        t.Expect(seen.read_write_shared == share(r, w) &&
                     seen.read_read_shared == share(r, r) &&
                     seen.write_write_shared == share(w, w),
                 "shared: " + std::to_string(share(r, w)) + ", " +
                     std::to_string(share(r, r)) + ", " +
                     std::to_string(share(w, w)),
                 std::to_string(seen.read_write_shared) + ", " +
                     std::to_string(seen.read_read_shared) + ", " +
                     std::to_string(seen.write_write_shared));
        t.Expect(seen.read_survives == n - r && seen.write_survives == n - w &&
                     seen.register_survives == n - std::max(r, w),
                 "survives: " + std::to_string(n - r) + ", " +
                     std::to_string(n - w) + ", " +
                     std::to_string(n - std::max(r, w)),
                 std::to_string(seen.read_survives) + ", " +
                     std::to_string(seen.write_survives) + ", " +
                     std::to_string(seen.register_survives));
        t.Expect(seen.masking_safe == (r + w - n >= 2 * f + 1),
                 r + w - n >= 2 * f + 1 ? "masking_safe" : "not masking_safe",
                 "the opposite");
        t.Expect(seen.masking_live == (r <= n - f && w <= n - f),
                 r <= n - f && w <= n - f ? "masking_live" : "not masking_live",
                 "the opposite");
    }
}

// ---- Part C ----

// The argument of masking quorums, played: W replicas stored the last value,
// the others hold older ones, f answer what they like.
GRADED_PROPERTY(MaskingChoose, FindsTheLastValueWhateverLiarsSay, 80,
                "If R + W - N >= 2f + 1, any R answers of which f are lies let "
                "the last value that W replicas stored be chosen, and the "
                "counter reach it but not exceed what was put.")
{
    const uint32_t f = static_cast<uint32_t>(t.Choose(3));
    const uint32_t n = static_cast<uint32_t>(t.Between(4 * f + 1, 4 * f + 4));
    uint32_t size;

    t.ExpectCode(DYN_OK, StudentSize(t, n, f, &size), "masking_size");
    const uint64_t last = t.Between(1, 5);
    std::vector<RegisterReply> all(n);
    for (uint32_t i = 0; i < n; i++) {
        // The first `size` stored the last put, the others one before it.
        const uint64_t counter = i < size ? last : t.Choose(last);
        const uint8_t byte = static_cast<uint8_t>('a' + counter);

        all[i].from = i;
        all[i].at = {counter, static_cast<node_id>(counter == 0 ? 0 : 77)};
        all[i].value = counter == 0 ? std::vector<uint8_t>{}
                                    : std::vector<uint8_t>{byte, byte};
    }
    const uint64_t lie = t.Choose(3);
    for (uint32_t i = 0; i < f; i++) { // liars may be anywhere
        RegisterReply &liar = all[t.Choose(n)];

        liar.at.counter = lie == 0   ? UINT64_MAX
                          : lie == 1 ? last + 1
                                     : t.Choose(last + 2);
        liar.value = {'l', 'i', 'e'};
    }
    for (size_t i = n; i > 1; i--)
        std::swap(all[i - 1], all[t.Choose(i)]);
    all.resize(t.Between(size, n));
    uint64_t chosen, counter;
    const std::vector<uint8_t> due(2, static_cast<uint8_t>('a' + last));
    t.ExpectCode(DYN_OK, StudentChoose(t, all, f, &chosen),
                 "masking_choose of R answers, f of them lies");
    t.Expect(all[chosen].at.counter == last && all[chosen].value == due,
             "the last value that was stored, of counter " +
                 std::to_string(last),
             Show(all[chosen]));
    t.ExpectCode(DYN_OK, StudentCounter(t, all, f, &counter),
                 "masking_counter");
    t.Expect(counter == last, std::to_string(last), std::to_string(counter));
}

// A liar that says f + 1 times the same would vouch for itself.
GRADED_TEST(MaskingChoose, CountsANodeOnce,
            "Of a node that answered more than once only the first answer "
            "counts.")
{
    const RegisterReply lie = {9, {8, 8}, {'l'}}, another = {9, {7, 1}, {'m'}},
                        good = {1, {3, 1}, {'g'}}, same = {2, {3, 1}, {'g'}};

    CompareChoice(t, {lie, lie, lie}, 1);
    CompareChoice(t, {lie, good, lie, same, lie}, 1);
    CompareChoice(t, {another, lie, {3, {8, 8}, {'l'}}, good, same}, 1);
    CompareChoice(t, {lie, {3, {8, 8}, {'l'}}, another}, 1);
    CompareCounter(t, {lie, lie, good, same}, 1);
    CompareCounter(t, {lie, lie}, 1);
    CompareCounter(t, {good, {1, {9, 1}, {}}, lie}, 1);
}

GRADED_PROPERTY(MaskingCounter, IsRightForAnyReplies, 40,
                "Whatever the replies are, masking_counter is the highest "
                "counter that f + 1 different nodes have reached.")
{
    std::vector<RegisterReply> replies(t.Choose(9));

    for (RegisterReply &reply : replies) {
        reply.from = ChooseNode(t);
        reply.at.counter = t.Choose(6) == 5 ? UINT64_MAX : t.Choose(5);
        reply.at.writer = static_cast<node_id>(t.Choose(3));
    }
    CompareCounter(t, replies, static_cast<uint32_t>(t.Choose(4)));
}

GRADED_TEST(MaskingChoose, KnowsItsLimits,
            "f may be any number, values may be long and hold any bytes, and "
            "2^32 - 1 liars need more than 32 bits to outvote.")
{
    const uint32_t max = UINT32_MAX;
    std::vector<uint8_t> big(100000, 0), other = big;
    uint32_t size;

    other.back() = 1;
    CompareChoice(t, {{1, {1, 1}, {}}, {2, {1, 1}, {}}}, max);
    CompareCounter(t, {{1, {1, 1}, {}}, {2, {1, 1}, {}}}, max);
    CompareChoice(t, {{1, {1, 1}, big}, {2, {1, 1}, other}}, 1);
    CompareChoice(t, {{1, {1, 1}, big}, {2, {1, 1}, other}, {3, {1, 1}, big}},
                  1);
    CompareChoice(t, {{1, {1, max}, {0}}, {2, {1, max}, {0}}, {3, {1, 0}, {}}},
                  1);
    for (const uint32_t f : {max, max / 4 + 1, max / 2 + 1, 1u << 30})
        t.ExpectCode(DYN_EINVAL, StudentSize(t, max, f, &size),
                     "masking_size of N 2^32 - 1, f " + std::to_string(f));
    t.ExpectCode(DYN_OK, StudentSize(t, max, (1u << 30) - 1, &size),
                 "masking_size of N 2^32 - 1, f 2^30 - 1");
    t.Expect(size == 3221225471u, "3221225471", std::to_string(size));
}

} // namespace
} // namespace judge
