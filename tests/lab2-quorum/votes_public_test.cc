// votes_public_test.cc: the graded tests of lab 2's plain functions that
// students are given: counting votes, sizes, choosing among liars' answers.
#include "lab2-quorum/votes_model.h"

#include <algorithm>

namespace judge
{
namespace
{

const uint64_t kMax = UINT64_MAX;

// ---- Part A: votes ----

GRADED_TEST(Quorum, OpensWithWhatCanBeReachedAndRefusesTheRest,
            "quorum_open needs 1 voter or more, all different, and to need 1 "
            ".. count of them.")
{
    const struct {
        std::vector<node_id> voters;
        uint64_t needed;
        int code;
    } cases[] = {
        {{7}, 1, DYN_OK},
        {{1, 2, 3}, 1, DYN_OK},
        {{1, 2, 3}, 3, DYN_OK},
        {{0, UINT32_MAX}, 2, DYN_OK},
        {{1, 2, 3}, 0, DYN_EINVAL},
        {{1, 2, 3}, 4, DYN_EINVAL},
        {{1, 2, 3}, kMax, DYN_EINVAL},
        {{}, 0, DYN_EINVAL},
        {{}, 1, DYN_EINVAL},
        {{1, 1}, 1, DYN_EINVAL},
        {{5, 2, 9, 5}, 2, DYN_EINVAL},
    };

    for (const auto &c : cases)
        t.ExpectCode(
            c.code, StudentOpenQuorum(t, c.voters, c.voters.size(), c.needed),
            "quorum_open with " + std::to_string(c.voters.size()) +
                " voters, of whom " + std::to_string(c.needed) + " are needed");
}

// A write that is answered one vote too early can be lost with one disk.
GRADED_PROPERTY(Quorum, IsReachedWhenEnoughSaidYes, 40,
                "A vote is reached when `needed` voters have said yes, "
                "whichever they are, and not before.")
{
    const std::vector<node_id> voters = ChooseVoters(t, 1, 7);
    VoteTwin twin(t, voters, t.Between(1, voters.size()));
    std::vector<node_id> order = voters;

    for (size_t i = order.size(); i > 1; i--)
        std::swap(order[i - 1], order[t.Choose(i)]);
    twin.CompareDecision();
    for (const node_id voter : order) {
        twin.Vote(voter, true);
        twin.CompareDecision();
    }
    twin.CompareCounts();
}

// A client that waits for what cannot come waits until it gives up.
GRADED_PROPERTY(Quorum, IsImpossibleWhenTooFewAreLeft, 40,
                "A vote is impossible when so many have said no that those "
                "left cannot make it, and not before.")
{
    const std::vector<node_id> voters = ChooseVoters(t, 1, 7);
    VoteTwin twin(t, voters, t.Between(1, voters.size()));

    for (const node_id voter : voters) {
        twin.Vote(voter, t.Choose(3) == 2);
        twin.CompareDecision();
    }
    twin.CompareCounts();
}

// A network that doubles a message must not double a vote.
GRADED_TEST(Quorum, CountsEachVoterOnce,
            "A second vote of one node is DYN_EEXIST and changes nothing; the "
            "first one stands.")
{
    VoteTwin twin(t, {4, 2, 9}, 2);

    twin.Vote(2, true);
    twin.Vote(2, true);
    twin.Vote(2, true);
    twin.CompareDecision();
    twin.Vote(2, false);
    twin.CompareCounts();
    twin.Vote(9, false);
    twin.Vote(9, true);
    twin.CompareDecision();
    twin.CompareCounts();
    twin.Vote(4, true);
    twin.CompareDecision();
}

GRADED_TEST(Quorum, TurnsStrangersAway,
            "A vote of a node that is not a voter is DYN_ENOENT and changes "
            "nothing.")
{
    VoteTwin twin(t, {4, 2, 9}, 1);

    for (const node_id stranger : {0u, 3u, 10u, UINT32_MAX}) {
        twin.Vote(stranger, true);
        twin.Vote(stranger, false);
    }
    twin.CompareDecision();
    twin.CompareCounts();
    twin.CompareSilent();
}

// The answer of a slow replica comes after the client has had its own.
GRADED_TEST(Quorum, KeepsItsDecision,
            "Votes after the decision are counted, and the decision stays.")
{
    VoteTwin reached(t, {1, 2, 3, 4}, 2), impossible(t, {1, 2, 3, 4}, 3);

    for (const node_id voter : {1, 2, 3, 4}) {
        reached.Vote(voter, voter <= 2);
        impossible.Vote(voter, voter > 2);
        if (voter >= 2) {
            reached.CompareDecision();
            impossible.CompareDecision();
        }
    }
    reached.CompareCounts();
    impossible.CompareCounts();
}

// Whom to ask again after a loss.
GRADED_PROPERTY(QuorumSilent, ListsThoseWhoHaveNotVoted, 30,
                "quorum_silent counts the voters that have not voted and "
                "stores those that fit, in the order of the voters.")
{
    const std::vector<node_id> voters = ChooseVoters(t, 1, 7);
    VoteTwin twin(t, voters, t.Between(1, voters.size()));

    for (const node_id voter : voters)
        if (t.Choose(2) == 1)
            twin.Vote(voter, t.Choose(2) == 0);
    twin.CompareSilent();
    const size_t capacity = t.Choose(voters.size() + 1);
    std::vector<node_id> due = twin.model.Silent(), seen;
    const uint64_t count = twin.quorum.Silent(capacity, &seen);
    t.Expect(count == due.size(), std::to_string(due.size()) + " are silent",
             std::to_string(count));
    due.resize(std::min(due.size(), capacity));
    t.Expect(seen == due,
             "the first " + std::to_string(due.size()) + " of them", "others");
}

GRADED_TEST(BadInput, QuorumRefusesNullPointers,
            "A NULL pointer is refused with DYN_EINVAL, or 0 where the result "
            "is a count; quorum_close takes it.")
{
    ExpectQuorumNullsRefused(t);
}

// ---- Part A: sizes ----

quorum_sizes ChooseSizes(Trial &t, uint32_t most)
{
    quorum_sizes sizes;

    sizes.n = static_cast<uint32_t>(t.Between(1, most));
    sizes.r = static_cast<uint32_t>(t.Between(1, sizes.n));
    sizes.w = static_cast<uint32_t>(t.Between(1, sizes.n));
    sizes.f = static_cast<uint32_t>(t.Choose(sizes.n + 1));
    return sizes;
}

void ExpectNumber(Trial &t, const char *name, uint32_t due, uint32_t seen)
{
    t.Expect(seen == due, std::string(name) + " " + std::to_string(due),
             std::string(name) + " " + std::to_string(seen));
}

GRADED_PROPERTY(QuorumFacts, SayHowManyNodesTwoSetsShare, 60,
                "Any two sets of the sizes given share at least so many of the "
                "N nodes, and some two share no more.")
{
    const quorum_sizes sizes = ChooseSizes(t, 6);
    const Facts facts = StudentFacts(t, sizes);

    ExpectNumber(t, "read_write_shared",
                 FewestShared(sizes.n, sizes.r, sizes.w),
                 facts.read_write_shared);
    ExpectNumber(t, "read_read_shared", FewestShared(sizes.n, sizes.r, sizes.r),
                 facts.read_read_shared);
    ExpectNumber(t, "write_write_shared",
                 FewestShared(sizes.n, sizes.w, sizes.w),
                 facts.write_write_shared);
}

GRADED_PROPERTY(QuorumFacts, SayHowManyNodesMayBeDown, 40,
                "A read needs R of the N nodes, a write W; a register that "
                "reads and writes needs both.")
{
    const quorum_sizes sizes = ChooseSizes(t, 9);
    const Facts facts = StudentFacts(t, sizes);
    uint32_t down[3] = {0, 0, 0};

    // Take one node after the other away, as long as enough are left.
    for (uint32_t left = sizes.n - 1; left >= sizes.r; left--)
        down[0]++;
    for (uint32_t left = sizes.n - 1; left >= sizes.w; left--)
        down[1]++;
    for (uint32_t left = sizes.n - 1; left >= sizes.r && left >= sizes.w;
         left--)
        down[2]++;
    ExpectNumber(t, "read_survives", down[0], facts.read_survives);
    ExpectNumber(t, "write_survives", down[1], facts.write_survives);
    ExpectNumber(t, "register_survives", down[2], facts.register_survives);
}

GRADED_TEST(QuorumFacts, RefuseSizesOutOfRange,
            "n is at least 1, r and w are 1 .. n, f is 0 .. n.")
{
    Facts facts;
    const quorum_sizes wrong[] = {
        {0, 0, 0, 0}, {0, 1, 1, 0}, {3, 0, 2, 0}, {3, 2, 0, 0},
        {3, 4, 2, 0}, {3, 2, 4, 0}, {3, 2, 2, 4}, {3, 2, 2, UINT32_MAX},
    };

    for (const quorum_sizes &sizes : wrong)
        t.ExpectCode(DYN_EINVAL, StudentFacts(t, sizes, &facts), Show(sizes));
    t.ExpectCode(DYN_OK, StudentFacts(t, {1, 1, 1, 0}, &facts), "N 1");
    t.ExpectCode(DYN_OK, StudentFacts(t, {3, 2, 2, 3}, &facts), "f 3 of N 3");
}

// ---- Part C: choosing among answers ----

std::vector<uint8_t> Text(const std::string &text)
{
    return {text.begin(), text.end()};
}

// Replies as a few nodes might give them, with a liar's among them.
std::vector<RegisterReply> ChooseReplies(Trial &t, size_t most)
{
    std::vector<RegisterReply> replies(t.Choose(most + 1));

    for (RegisterReply &reply : replies) {
        reply.from = ChooseNode(t);
        reply.at.counter = t.Choose(8) == 7 ? kMax : t.Choose(3);
        reply.at.writer = static_cast<node_id>(t.Choose(2));
        reply.value =
            Text(std::string(1, static_cast<char>('a' + t.Choose(2))));
    }
    return replies;
}

GRADED_TEST(MaskingChoose, TakesTheHighestPairThatIsVouchedFor,
            "Of the pairs that f + 1 different nodes answered alike, the one "
            "of the highest version is chosen.")
{
    const RegisterReply old[] = {{1, {4, 9}, Text("old")},
                                 {2, {4, 9}, Text("old")}},
                        fresh[] = {{3, {5, 1}, Text("new")},
                                   {4, {5, 1}, Text("new")}},
                        lie = {5, {kMax, 7}, Text("lie")};

    CompareChoice(t, {old[0], old[1], fresh[0], fresh[1], lie}, 1);
    CompareChoice(t, {fresh[0], lie, old[0], fresh[1], old[1]}, 1);
    CompareChoice(t, {lie, fresh[0], old[0], old[1]}, 1);
    CompareChoice(t, {lie}, 0);
    // The same counter: the writer decides, whichever comes first.
    const RegisterReply a[] = {{3, {5, 1}, Text("a")}, {4, {5, 1}, Text("a")}},
                        b[] = {{1, {5, 2}, Text("b")}, {2, {5, 2}, Text("b")}};
    CompareChoice(t, {b[0], b[1], a[0], a[1]}, 1);
    CompareChoice(t, {a[0], a[1], b[0], b[1]}, 1);
}

GRADED_PROPERTY(MaskingChoose, IsRightForAnyReplies, 60,
                "Whatever the replies are, the highest pair that f + 1 nodes "
                "vouch for is chosen.")
{
    CompareChoice(t, ChooseReplies(t, 9), static_cast<uint32_t>(t.Choose(4)));
}

// What no correct node has said, nobody has written.
GRADED_TEST(MaskingChoose, AnswersNothingThatNobodyVouchesFor,
            "Where no pair was answered by f + 1 nodes there is no answer: "
            "DYN_EUNAVAILABLE.")
{
    CompareChoice(t, {}, 0);
    CompareChoice(t, {{1, {1, 1}, Text("a")}}, 1);
    CompareChoice(t,
                  {{1, {1, 1}, Text("a")},
                   {2, {1, 1}, Text("b")}, // the same version, another value
                   {3, {2, 1}, Text("a")},
                   {4, {1, 2}, Text("a")}}, // the same value, other versions
                  1);
    // One value begins like the other.
    CompareChoice(t, {{1, {1, 1}, Text("ab")}, {2, {1, 1}, Text("a")}}, 1);
    CompareChoice(t, {{1, {1, 1}, Text("")}, {2, {1, 1}, Text("a")}}, 1);
    // Never written: that, too, has to be vouched for.
    CompareChoice(t, {{1, {0, 0}, Text("")}, {2, {0, 0}, Text("")}}, 1);
}

GRADED_TEST(MaskingCounter, IsWhatOneMoreThanTheLiarsHaveReached,
            "masking_counter is the highest counter that f + 1 nodes answered "
            "or exceeded: liars can neither raise nor lower it.")
{
    const RegisterReply one = {1, {5, 1}, {}}, two = {2, {6, 1}, {}},
                        three = {3, {7, 1}, {}}, high = {4, {kMax, 1}, {}},
                        low = {4, {0, 0}, {}};

    CompareCounter(t, {one, two, three, high}, 1); // 7
    CompareCounter(t, {one, two, three, low}, 1);  // 6
    CompareCounter(t, {three, low, two, one}, 1);
    CompareCounter(t, {one, two, three}, 2); // 5
    CompareCounter(t, {one, two, three}, 0); // 7
    CompareCounter(t, {one, two, three}, 3); // too few
    CompareCounter(t, {}, 0);
}

GRADED_TEST(MaskingSize, IsTheSmallestQuorumThatMasksLiars,
            "R = W = the smallest size that is safe and live; below N = 4f + 1 "
            "there is none.")
{
    for (uint32_t n = 0; n <= 14; n++)
        for (uint32_t f = 0; f <= 4; f++) {
            uint32_t due = 0, seen;

            for (uint32_t size = n; size >= 1; size--)
                if (2 * int64_t{size} - n >= 2 * int64_t{f} + 1 &&
                    int64_t{size} <= int64_t{n} - f)
                    due = size;
            const std::string of =
                "N " + std::to_string(n) + ", f " + std::to_string(f);
            t.ExpectCode(due > 0 ? DYN_OK : DYN_EINVAL,
                         StudentSize(t, n, f, &seen), "masking_size of " + of);
            if (due > 0)
                t.Expect(seen == due, std::to_string(due) + " for " + of,
                         std::to_string(seen));
        }
}

GRADED_PROPERTY(MaskingFacts, SayWhetherLiarsAreOutvoted, 60,
                "masking_safe is R + W - N >= 2f + 1, masking_live is that R "
                "and W are at most N - f.")
{
    const quorum_sizes sizes = ChooseSizes(t, 12);
    const Facts facts = StudentFacts(t, sizes);
    const int64_t n = sizes.n, r = sizes.r, w = sizes.w, f = sizes.f;
    const bool safe = r + w - n >= 2 * f + 1, live = r <= n - f && w <= n - f;

    t.Expect(facts.masking_safe == safe,
             safe ? "masking_safe" : "not masking_safe",
             facts.masking_safe ? "masking_safe" : "not masking_safe");
    t.Expect(facts.masking_live == live,
             live ? "masking_live" : "not masking_live",
             facts.masking_live ? "masking_live" : "not masking_live");
}

GRADED_TEST(BadInput, MaskingRefusesNullPointers,
            "A NULL pointer is refused with DYN_EINVAL; an array of 0 replies "
            "may be NULL.")
{
    ExpectMaskingNullsRefused(t);
    CompareChoice(t, {}, 1);
}

} // namespace
} // namespace judge
