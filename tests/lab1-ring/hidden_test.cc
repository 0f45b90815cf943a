// hidden_test.cc: the graded tests of lab 1 that only instructors have.
#include "lab1-ring/ring_model.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace judge
{
namespace
{

ring_config ChooseAnyConfig(Trial &t)
{
    const ring_strategy strategies[] = {RING_TOKENS, RING_TOKENS_PARTITIONS,
                                        RING_PARTITIONS};

    return ChooseConfig(t, strategies[t.Choose(3)]);
}

// A change of membership drawn at random, legal or not.
void Change(Trial &t, Twin &twin)
{
    const node_id node = ChooseNode(t);

    switch (t.Choose(5)) {
    case 0:
    case 1:
        twin.Join(node, static_cast<uint32_t>(t.Between(1, 3)));
        break;
    case 2:
        if (twin.model.Config().strategy != RING_PARTITIONS) {
            std::vector<Position> tokens(t.Between(1, 4));

            for (Position &token : tokens)
                token = ChoosePosition(t);
            twin.JoinAt(node, tokens);
            break;
        }
        [[fallthrough]];
    default:
        // Mostly somebody who is there.
        if (t.Choose(4) > 0 && twin.model.Size() > 0) {
            const Nodes members = twin.model.Members();

            twin.Leave(members[t.Choose(members.size())]);
        } else {
            twin.Leave(node);
        }
    }
}

// ---- Part A ----

// Two nodes that learnt of the same joins in another order must agree.
GRADED_PROPERTY(Placement, DependsOnTheMembersAlone, 40,
                "Under strategies 1 and 2 the placement is a function of the "
                "members alone, whatever the order of joins and leaves.")
{
    const ring_config config = ChooseConfig(
        t, t.Choose(2) == 0 ? RING_TOKENS : RING_TOKENS_PARTITIONS);
    StudentRing one(t, config), two(t, config);
    std::vector<node_id> nodes;

    for (node_id node = 0; node < 8; node++)
        if (t.Choose(2) == 1)
            nodes.push_back(node);
    if (nodes.empty())
        return;
    for (const node_id node : nodes)
        t.ExpectCode(DYN_OK, one.Join(node, 1), "ring_join");
    // The other ring: another order, and a guest who comes and goes.
    for (size_t i = nodes.size(); i > 1; i--)
        std::swap(nodes[i - 1], nodes[t.Choose(i)]);
    const size_t guest_at = t.Choose(nodes.size());
    for (size_t i = 0; i < nodes.size(); i++) {
        if (i == guest_at)
            t.ExpectCode(DYN_OK, two.Join(99, 2), "ring_join");
        t.ExpectCode(DYN_OK, two.Join(nodes[i], 1), "ring_join");
    }
    t.ExpectCode(DYN_OK, two.Leave(99), "ring_leave");
    const std::vector<Position> at = ChoosePositions(t, 12);
    const std::vector<Nodes> a = one.PreferenceLists(at, nodes.size());
    const std::vector<Nodes> b = two.PreferenceLists(at, nodes.size());
    for (size_t i = 0; i < at.size(); i++)
        t.Expect(a[i] == b[i],
                 "both rings, which have the same members, give " + Show(a[i]),
                 Show(b[i]) + " in the second");
}

GRADED_PROPERTY(Placement, IsRightAfterAnyHistory, 50,
                "After any joins and leaves, also refused ones, every walk is "
                "the one that the contract defines.")
{
    Twin twin(t, ChooseConfig(t, t.Choose(2) == 0 ? RING_TOKENS
                                                  : RING_TOKENS_PARTITIONS));
    const uint64_t changes = t.Between(1, 16);

    for (uint64_t i = 0; i < changes; i++)
        Change(t, twin);
    twin.ring.ExpectMembers(twin.model.Members());
    if (twin.model.Size() > 0)
        twin.CompareWalks(ChoosePositions(t, 10),
                          t.Between(1, twin.model.Size()));
}

GRADED_TEST(Placement, ComparesAll128Bits,
            "Positions are numbers of 128 bits without sign: hi decides, then "
            "lo, and the topmost bit counts like the others.")
{
    Twin twin(t, Tokens(1));
    const uint64_t top = uint64_t{1} << 63;

    twin.JoinAt(1, {{7, 5}});
    twin.JoinAt(2, {{7, top}});
    twin.JoinAt(3, {{7, top + 1}});
    twin.JoinAt(4, {{top, 0}});
    twin.JoinAt(5, {{top + 7, 3}});
    twin.JoinAt(6, {{(uint64_t{1} << 32) + 7, 1}});
    twin.CompareWalks({{7, 5},
                       {7, 6},
                       {7, top},
                       {7, top + 1},
                       {7, UINT64_MAX},
                       {8, 0},
                       {top - 1, 9},
                       {top, 1},
                       {top + 7, 4},
                       {UINT64_MAX, 0}},
                      6);
    // As many members as a small array might not hold.
    for (node_id node = 10; node < 80; node++)
        twin.JoinAt(node, {{node, top - node}});
    twin.CompareWalks({{0, 0}, {40, 0}, {UINT64_MAX, 1}}, twin.model.Size());
    const Nodes due = twin.model.Walk({40, 0});
    Nodes seen;
    t.ExpectCode(DYN_OK, twin.ring.Successors({40, 0}, 0, 100, &seen),
                 "ring_successors");
    t.Expect(seen == due, Show(due), Show(seen));
}

GRADED_PROPERTY(Placement, KeepsRingsApart, 15,
                "A ring keeps all its state in itself: what is done to one "
                "changes no other.")
{
    Twin one(t, ChooseAnyConfig(t)), two(t, ChooseAnyConfig(t));

    for (uint64_t i = t.Between(2, 10); i > 0; i--)
        Change(t, t.Choose(2) == 0 ? one : two);
    for (Twin *twin : {&one, &two}) {
        twin->ring.ExpectMembers(twin->model.Members());
        if (twin->model.Size() > 0)
            twin->CompareWalks(ChoosePositions(t, 4), twin->model.Size());
    }
}

GRADED_PROPERTY(Successors, CoverTheWalkUnderEveryStrategy, 30,
                "Walking on in steps, with ring_successors, meets every member "
                "once, in the order of the walk.")
{
    Twin twin(t, ChooseAnyConfig(t));
    Nodes walked;

    JoinSome(t, twin, 1, 9, 2);
    if (twin.model.Size() == 0)
        return;
    const Nodes owners = twin.model.Config().strategy == RING_PARTITIONS
                             ? twin.ring.Owners()
                             : Nodes{};
    const Position at = ChoosePosition(t);
    const size_t step = t.Between(1, 4);
    for (;;) {
        Nodes some;

        t.ExpectCode(DYN_OK,
                     twin.ring.Successors(at, walked.size(), step, &some),
                     "ring_successors");
        if (some.empty())
            break;
        walked.insert(walked.end(), some.begin(), some.end());
        t.Expect(walked.size() <= twin.model.Size(),
                 "no more nodes than there are members", Show(walked));
    }
    const Nodes due = twin.model.Walk(at, owners);
    t.Expect(walked == due, Show(due), Show(walked));
}

// A store that dies of a full memory, or goes on with half a ring, loses data.
GRADED_PROPERTY(OutOfMemory, ChangesNothing, 60,
                "A call that gets no memory returns DYN_ENOMEM and changes "
                "nothing.")
{
    Twin twin(t, ChooseAnyConfig(t));

    JoinSome(t, twin, 1, 4, 1);
    const node_id member =
        twin.model.Size() > 0 ? twin.model.Members()[0] : 1000;
    const bool join = t.Choose(2) == 0;
    const uint64_t nth = t.Between(1, 8);
    const std::vector<Position> at = ChoosePositions(t, 3);
    Nodes list;
    const auto state = [&] {
        std::vector<Nodes> state = {twin.ring.Members()};

        if (!state[0].empty()) {
            for (const Nodes &walk :
                 twin.ring.PreferenceLists(at, state[0].size()))
                state.push_back(walk);
        }
        return state;
    };
    const std::vector<Nodes> before = state();

    t.FailAllocation(nth);
    const int code = join ? twin.ring.Join(2000, 1) : twin.ring.Leave(member);
    t.FailAllocation(0);
    RingModel after = twin.model;
    const int due = join ? after.Join(2000, 1) : after.Leave(member);
    t.Expect(code == due || code == DYN_ENOMEM,
             CodeName(due) + ", or DYN_ENOMEM, since allocation " +
                 std::to_string(nth) + " of the call failed",
             CodeName(code));
    twin.ring.ExpectMembers(code == DYN_OK ? after.Members() : before[0]);
    const std::vector<Nodes> seen = state();
    if (code != DYN_OK)
        for (size_t i = 0; i < before.size(); i++)
            t.Expect(seen[i] == before[i],
                     "the ring is as it was: " + Show(before[i]),
                     Show(seen[i]));
}

GRADED_PROPERTY(Determinism, SameCallsGiveTheSameAnswers, 14,
                "The same calls give the same answers in every process: "
                "nothing depends on addresses or on memory nobody wrote.")
{
    // Strategy 3 draws at random, so it has most to get wrong.
    const ring_config config = t.Choose(2) == 0
                                   ? ChooseConfig(t, RING_PARTITIONS)
                                   : ChooseAnyConfig(t);
    const std::vector<Position> at = ChoosePositions(t, 4);
    std::vector<std::pair<node_id, bool>> calls(t.Between(1, 16));
    std::vector<Nodes> seen[2];

    for (auto &[node, join] : calls) {
        node = static_cast<node_id>(t.Choose(7));
        join = t.Choose(3) > 0;
    }
    for (const int turn : {0, 1}) {
        if (turn == 1)
            t.OtherHost(0x00);
        StudentRing ring(t, config);

        for (const auto &[node, join] : calls) {
            if (join)
                ring.Join(node, 1);
            else
                ring.Leave(node);
        }
        seen[turn].push_back(ring.Members());
        if (!seen[turn][0].empty())
            for (const Nodes &walk :
                 ring.PreferenceLists(at, seen[turn][0].size()))
                seen[turn].push_back(walk);
        ring.Close();
    }
    for (size_t i = 0; i < seen[0].size() && i < seen[1].size(); i++)
        t.Expect(seen[0][i] == seen[1][i],
                 Show(seen[0][i]) + ", as in the first process",
                 Show(seen[1][i]) + " in the second");
    t.FirstHost();
}

// ---- Part B ----

GRADED_PROPERTY(Strategy3, SharesFollowWeightsThroughAnyHistory, 30,
                "Under strategy 3 every member owns floor(s) or ceil(s) "
                "partitions, s = Q * weight / sum of weights, and as few "
                "partitions as possible move.")
{
    ring_config config = ChooseConfig(t, RING_PARTITIONS);

    // Often so few that a heavy newcomer leaves no partition for a light node.
    config.partitions =
        static_cast<uint32_t>(t.Between(1, t.Choose(2) == 0 ? 60 : 10));
    Twin twin(t, config);
    Nodes table;
    const uint64_t changes = t.Between(1, 12);
    for (uint64_t i = 0; i < changes; i++) {
        Change(t, twin);
        const Nodes owners =
            twin.model.Size() > 0 ? twin.ring.Owners() : Nodes{};
        if (!owners.empty())
            CheckQuotas(t, twin.model, owners);
        CheckMoves(t, twin.model, table, owners);
        table = owners;
    }
}

// Neighbours that always follow each other would share the load of a failed
// node between two, not among all.
GRADED_TEST(
    Strategy3, ScattersPartitionsOverTheCircle,
    "A node's partitions lie scattered over the circle: every node has "
    "nearly every other for a successor somewhere, and few neighbouring "
    "partitions have one owner.")
{
    constexpr uint32_t kNodes = 10, kPartitions = 1000;

    for (const uint64_t seed : {1, 2}) {
        Twin twin(t, Partitions(kPartitions, seed));

        for (node_id node = 0; node < kNodes + 2; node++)
            twin.Join(node, 1);
        twin.Leave(3);
        twin.Leave(7);
        const Nodes owners = twin.ring.Owners();
        std::set<std::pair<node_id, node_id>> successors;
        uint32_t runs = 0;
        for (uint32_t p = 0; p < kPartitions; p++) {
            const node_id next = owners[(p + 1) % kPartitions];

            runs += owners[p] == next;
            successors.insert({owners[p], next});
        }
        // At random about 100 neighbours have one owner (more than 200 or
        // fewer than 1 in 10^20 tables), and all 90 pairs occur.
        t.Expect(runs <= 200,
                 "about 100 of 1000 neighbouring partitions have one owner, at "
                 "most 200",
                 std::to_string(runs));
        t.Expect(successors.size() >= 80,
                 "of the 90 pairs of nodes nearly all occur as owners of "
                 "neighbouring partitions",
                 std::to_string(successors.size()));
    }
}

GRADED_PROPERTY(Table, GoesOnAfterDecodingAsBefore, 25,
                "Equal rings stay equal under equal calls: a decoded ring goes "
                "on as the one that was encoded.")
{
    Twin twin(t, ChooseConfig(t, RING_PARTITIONS));

    JoinSome(t, twin, 0, 6, 2);
    StudentRing copy(t, twin.ring.Encode());
    const uint64_t changes = t.Between(1, 4);
    for (uint64_t i = 0; i < changes; i++) {
        const node_id node = ChooseNode(t);

        if (t.Choose(3) > 0) {
            const int due = twin.Join(node, 1);

            t.ExpectCode(due, copy.Join(node, 1), "ring_join in the copy");
        } else {
            const int due = twin.Leave(node);

            t.ExpectCode(due, copy.Leave(node), "ring_leave in the copy");
        }
    }
    CompareEncodings(t, twin.model, twin.ring.Encode(), copy.Encode());
}

GRADED_PROPERTY(Table, RefusesDamagedBytes, 20,
                "ring_decode refuses bytes that are cut short, too long, or "
                "altered anywhere, with DYN_ECORRUPT.")
{
    Twin twin(t, ChooseConfig(t, RING_PARTITIONS));

    JoinSome(t, twin, 0, 4, 2);
    const std::vector<uint8_t> sound = twin.ring.Encode();
    std::vector<uint8_t> bytes;
    // Cut short: at each of the first lengths, where fields would be read that
    // are not there, and at one of the others.
    for (size_t size = 0; size <= 40 && size < sound.size(); size++) {
        const size_t cut = size < 40 ? size : t.Choose(sound.size());

        bytes.assign(sound.begin(), sound.begin() + static_cast<long>(cut));
        t.ExpectCode(DYN_ECORRUPT, StudentDecode(t, bytes, "cut short"),
                     "ring_decode of bytes that are cut short");
    }
    bytes = sound;
    bytes.push_back(static_cast<uint8_t>(t.Choose(256)));
    t.ExpectCode(DYN_ECORRUPT, StudentDecode(t, bytes, "a byte too many"),
                 "ring_decode of a byte too many");
    bytes = sound;
    const size_t at = t.Choose(bytes.size());
    bytes[at] ^= static_cast<uint8_t>(1 + t.Choose(255));
    t.ExpectCode(
        DYN_ECORRUPT,
        StudentDecode(t, bytes, "byte " + std::to_string(at) + " altered"),
        "ring_decode of an altered byte");
    t.ExpectCode(DYN_OK, StudentDecode(t, sound, "sound"),
                 "ring_decode of sound bytes");
}

// A table that some other node made, with its digest right.
std::vector<uint8_t>
Forge(uint32_t partitions, uint32_t count,
      const std::vector<std::pair<uint32_t, uint32_t>> &who,
      const Nodes &owners, char last_of_magic = '3')
{
    std::vector<uint8_t> bytes = {'D', 'Y', 'R',
                                  static_cast<uint8_t>(last_of_magic)};
    const auto append = [&](uint64_t number, int size) {
        for (int i = size - 1; i >= 0; i--)
            bytes.push_back(static_cast<uint8_t>(number >> (8 * i)));
    };

    append(partitions, 4);
    append(1, 8);
    append(count, 4);
    for (const auto &[node, weight] : who) {
        append(node, 4);
        append(weight, 4);
    }
    for (const node_id owner : owners)
        append(owner, 4);
    const std::vector<uint8_t> digest = Md5(bytes);
    bytes.insert(bytes.end(), digest.begin(), digest.end());
    return bytes;
}

GRADED_TEST(Table, RefusesTablesThatBreakARule,
            "ring_decode trusts nothing: bytes whose MD5 is right but which "
            "break a rule of ring.h are refused with DYN_ECORRUPT.")
{
    const struct {
        const char *what;
        std::vector<uint8_t> bytes;
        int code;
    } cases[] = {
        {"a sound table", Forge(4, 2, {{1, 1}, {2, 1}}, {1, 2, 2, 1}), DYN_OK},
        {"a sound table without members", Forge(4, 0, {}, {}), DYN_OK},
        {"another magic", Forge(4, 2, {{1, 1}, {2, 1}}, {1, 2, 2, 1}, '2'),
         DYN_ECORRUPT},
        {"no partition", Forge(0, 0, {}, {}), DYN_ECORRUPT},
        {"too many partitions", Forge(RING_PARTITIONS_MAX + 1, 0, {}, {}),
         DYN_ECORRUPT},
        {"2^32 - 1 partitions", Forge(UINT32_MAX, 1, {{1, 1}}, {1}),
         DYN_ECORRUPT},
        {"2^32 - 1 members", Forge(4, UINT32_MAX, {{1, 1}}, {1, 1, 1, 1}),
         DYN_ECORRUPT},
        {"a member too many announced",
         Forge(4, 3, {{1, 1}, {2, 1}}, {1, 2, 2, 1}), DYN_ECORRUPT},
        {"owners without members", Forge(4, 0, {}, {1, 1, 1, 1}), DYN_ECORRUPT},
        {"an owner missing", Forge(4, 2, {{1, 1}, {2, 1}}, {1, 2, 2}),
         DYN_ECORRUPT},
        {"a weight of 0", Forge(4, 2, {{1, 0}, {2, 1}}, {2, 2, 2, 2}),
         DYN_ECORRUPT},
        {"weights of 0 only", Forge(4, 2, {{1, 0}, {2, 0}}, {2, 2, 1, 1}),
         DYN_ECORRUPT},
        {"a weight too large",
         Forge(4, 1, {{1, RING_WEIGHT_MAX + 1}}, {1, 1, 1, 1}), DYN_ECORRUPT},
        {"a member twice", Forge(4, 2, {{1, 1}, {1, 1}}, {1, 1, 1, 1}),
         DYN_ECORRUPT},
        {"members that descend", Forge(4, 2, {{2, 1}, {1, 1}}, {1, 2, 2, 1}),
         DYN_ECORRUPT},
        {"more members than partitions",
         Forge(2, 3, {{1, 1}, {2, 1}, {3, 1}}, {1, 2}), DYN_ECORRUPT},
        {"a share below one partition",
         Forge(4, 2, {{1, 1}, {2, 4}}, {2, 2, 2, 1}), DYN_ECORRUPT},
        {"an owner that is no member",
         Forge(4, 2, {{1, 1}, {2, 1}}, {1, 2, 3, 1}), DYN_ECORRUPT},
        {"an owner that is no member, though all quotas hold",
         Forge(5, 2, {{1, 1}, {2, 1}}, {1, 1, 2, 2, 9}), DYN_ECORRUPT},
        {"a member with too few partitions",
         Forge(4, 2, {{1, 1}, {2, 1}}, {1, 2, 1, 1}), DYN_ECORRUPT},
    };

    for (const auto &c : cases)
        t.ExpectCode(c.code, StudentDecode(t, c.bytes, c.what),
                     std::string("ring_decode of ") + c.what);
}

// ---- Part C ----

GRADED_TEST(Shares, CountEveryPositionOnce,
            "Shares of n nodes add up to n, also where one token is the whole "
            "circle or several tokens lie at one place.")
{
    const std::vector<std::vector<std::vector<Position>>> layouts = {
        {{{5, 5}}},
        {{{5, 5}}, {{5, 5}}},
        {{{0, 0}, {0, 0}}, {{0, 0}}},
        {{{0, 0}}, {{UINT64_MAX, UINT64_MAX}}},
        {{{9, 1}}, {{9, 0}}, {{UINT64_MAX / 2, 3}}},
    };

    for (const auto &layout : layouts) {
        Twin twin(t, Tokens(1));
        node_id node = 1;

        for (const std::vector<Position> &tokens : layout)
            twin.JoinAt(node++, tokens);
        for (size_t n = 1; n <= layout.size(); n++) {
            const std::vector<double> due = twin.model.Shares(n);
            std::vector<double> seen;

            t.ExpectCode(DYN_OK, twin.ring.Shares(n, 8, &seen), "ring_shares");
            t.Expect(seen.size() == due.size(), "a share for each member",
                     ShowDoubles(seen));
            for (size_t i = 0; i < due.size(); i++)
                t.Expect(std::abs(seen[i] - due[i]) <= 1e-6, ShowDoubles(due),
                         ShowDoubles(seen));
        }
    }
}

GRADED_TEST(LoadMeasures, KnowTheirLimits,
            "Without nodes or load nobody is hotter and nobody out of balance; "
            "a node exactly at the threshold is out of balance.")
{
    const struct {
        std::vector<double> loads;
        double threshold, efficiency, imbalance;
    } cases[] = {
        {{}, 0.15, 1, 0},
        {{0, 0, 0}, 0.15, 1, 0},
        {{7}, 0.15, 1, 0},
        // Mean 8: 6 and 10 differ by exactly a quarter of it.
        {{6, 10, 8, 8}, 0.25, 0.8, 0.5},
        {{6, 10, 8, 8}, 0.375, 0.8, 0},
        {{0, 16}, 1, 0.5, 1},
        {{4, 4, 4, 4}, 0, 1, 1},
        {{0, 0, 0, 12}, 0.15, 0.25, 1},
    };

    for (const auto &c : cases) {
        const double efficiency = StudentEfficiency(t, c.loads);
        const double imbalance = StudentImbalance(t, c.loads, c.threshold);

        t.Expect(std::abs(efficiency - c.efficiency) <= 1e-12,
                 "efficiency " + std::to_string(c.efficiency),
                 std::to_string(efficiency));
        t.Expect(std::abs(imbalance - c.imbalance) <= 1e-12,
                 "imbalance " + std::to_string(c.imbalance),
                 std::to_string(imbalance));
    }
}

GRADED_PROPERTY(MovedKeys, CompareListsAsSets, 40,
                "A key moves to a node that was not in its list; a list in "
                "another order moves nothing, and the rings may be of any "
                "strategy.")
{
    Twin before(t, ChooseAnyConfig(t)), after(t, ChooseAnyConfig(t));
    const size_t n = t.Choose(5);
    std::vector<Position> keys = ChoosePositions(t, 8);
    struct ring_moved due = {0, 0}, seen;

    JoinSome(t, before, 1, 5, 1);
    JoinSome(t, after, 1, 5, 1);
    keys.push_back(keys[0]); // twice is twice
    const int code = before.ring.Moved(after.ring, n, keys, &seen);
    if (n == 0) {
        t.ExpectCode(DYN_EINVAL, code, "ring_moved, n 0");
        return;
    }
    if (n > before.model.Size() || n > after.model.Size()) {
        t.ExpectCode(DYN_ERANGE, code,
                     "ring_moved where a ring has fewer than n members");
        return;
    }
    t.ExpectCode(DYN_OK, code, "ring_moved");
    const auto owners = [](Twin &twin) {
        return twin.model.Config().strategy == RING_PARTITIONS
                   ? twin.ring.Owners()
                   : Nodes{};
    };
    const Nodes owned[] = {owners(before), owners(after)};
    for (const Position &key : keys) {
        const Nodes had = before.model.Walk(key, n, owned[0]);
        uint64_t fresh = 0;

        for (const node_id node : after.model.Walk(key, n, owned[1]))
            fresh += std::find(had.begin(), had.end(), node) == had.end();
        due.keys += fresh > 0;
        due.copies += fresh;
    }
    t.Expect(seen.keys == due.keys && seen.copies == due.copies,
             std::to_string(due.keys) + " keys, " + std::to_string(due.copies) +
                 " copies",
             std::to_string(seen.keys) + " keys, " +
                 std::to_string(seen.copies) + " copies");
}

} // namespace
} // namespace judge
