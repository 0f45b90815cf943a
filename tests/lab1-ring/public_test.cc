// public_test.cc: the graded tests of lab 1 that students are given.
#include "lab1-ring/ring_model.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace judge
{
namespace
{

// ---- Part A: tokens, lookup and preference lists ----

// A node that hashes keys in its own way reads and writes where nobody looks.
GRADED_PROPERTY(RingPosition, IsTheMd5OfTheKeyBigEndian, 30,
                "A key's position is its MD5 digest, read as one big-endian "
                "number (section 4.2).")
{
    std::vector<uint8_t> key(t.Choose(80));

    for (uint8_t &byte : key)
        byte = static_cast<uint8_t>(t.Choose(256));
    const Position seen = StudentPosition(t, key);
    t.Expect(seen == PositionOf(key), Show(PositionOf(key)), Show(seen));
}

GRADED_PROPERTY(RingToken, IsTheMd5OfSeedNodeAndIndex, 30,
                "A token's position is the MD5 of the seed (8 bytes), the node "
                "(4) and the index (4), each big-endian.")
{
    const uint64_t seed =
        t.Choose(2) == 0 ? t.Choose(256) : t.Choose(UINT64_MAX);
    const node_id node = ChooseNode(t);
    const uint32_t index = static_cast<uint32_t>(t.Choose(RING_TOKENS_MAX));
    const Position due = TokenOf(seed, node, index);
    const Position seen = StudentToken(t, seed, node, index);

    t.Expect(seen == due, Show(due), Show(seen));
}

GRADED_TEST(RingOpen, TakesWhatIsInRangeAndRefusesTheRest,
            "ring_open refuses an unknown strategy and a number out of range "
            "that its strategy uses; it ignores those that it does not use.")
{
    const struct {
        uint32_t strategy, tokens, partitions;
        int code;
    } cases[] = {
        {1, 1, 0, DYN_OK},
        {1, RING_TOKENS_MAX, 0, DYN_OK},
        {1, 0, 8, DYN_EINVAL},
        {1, RING_TOKENS_MAX + 1, 8, DYN_EINVAL},
        {2, 4, 8, DYN_OK},
        {2, 0, 8, DYN_EINVAL},
        {2, 4, 0, DYN_EINVAL},
        {2, 4, RING_PARTITIONS_MAX + 1, DYN_EINVAL},
        {3, 0, 1, DYN_OK},
        {3, RING_TOKENS_MAX + 1, RING_PARTITIONS_MAX, DYN_OK},
        {3, 4, 0, DYN_EINVAL},
        {3, 4, RING_PARTITIONS_MAX + 1, DYN_EINVAL},
        {0, 4, 8, DYN_EINVAL},
        {4, 4, 8, DYN_EINVAL},
    };

    for (const auto &c : cases)
        t.ExpectCode(c.code,
                     StudentOpen(t, {static_cast<ring_strategy>(c.strategy),
                                     c.tokens, c.partitions, 1}),
                     "ring_open of strategy " + std::to_string(c.strategy) +
                         ", T " + std::to_string(c.tokens) + ", Q " +
                         std::to_string(c.partitions));
}

GRADED_TEST(RingJoin, RefusesBadWeightsAndMembers,
            "A weight is 1 .. RING_WEIGHT_MAX, a node has at most "
            "RING_TOKENS_MAX tokens, and nobody joins twice; a refused join "
            "changes nothing.")
{
    Twin twin(t, Tokens(65)), light(t, Tokens(1));

    light.Join(5, 0);
    light.Join(5, RING_WEIGHT_MAX + 1);
    light.Join(5, RING_WEIGHT_MAX);
    twin.Join(5, 0);
    twin.Join(5, RING_WEIGHT_MAX + 1);
    twin.Join(5, UINT32_MAX);
    twin.Join(5, 1009); // 65,585 tokens
    twin.ring.ExpectMembers({});
    twin.Join(5, 2);
    twin.Join(5, 1);
    twin.Join(5, 0); // both wrong: the weight is listed first
    twin.JoinAt(5, {{1, 1}});
    twin.ring.ExpectMembers({5});
}

GRADED_TEST(RingJoin, TakesTokensOnlyWhereTheyMeanSomething,
            "ring_join_at takes 1 .. RING_TOKENS_MAX tokens, under strategies "
            "1 and 2 only.")
{
    StudentRing one(t, Tokens(4));

    t.ExpectCode(DYN_EINVAL, one.JoinAt(1, {}, 0), "a join with no token");
    t.ExpectCode(DYN_EINVAL, one.JoinAt(1, {{1, 1}}, RING_TOKENS_MAX + 1),
                 "a join with 65,537 tokens");
    t.ExpectCode(DYN_OK, one.JoinAt(1, {{1, 1}, {1, 1}}),
                 "a join with one position twice");
}

// Joins and leaves that any strategy refuses or takes.
void CheckLeaves(Trial &t, const ring_config &config)
{
    Twin twin(t, config);

    twin.Leave(1);
    twin.Join(1, 1);
    twin.Join(2, 1);
    twin.Leave(3);
    twin.Leave(1);
    twin.Leave(1);
    twin.ring.ExpectMembers({2});
    twin.Join(1, 1);
    twin.Leave(2);
    twin.Leave(1);
    twin.ring.ExpectMembers({});
}

GRADED_TEST(RingLeave, RefusesStrangersAndSecondLeaves,
            "Only a member can leave, once; afterwards it may join again.")
{
    CheckLeaves(t, Tokens(4));
}

GRADED_PROPERTY(RingMembers, AreListedInAscendingOrder, 20,
                "ring_members returns the number of members and stores the "
                "smallest ones that fit, in ascending order.")
{
    Twin twin(t, ChooseConfig(t, RING_TOKENS));
    Nodes seen;

    JoinSome(t, twin, 0, 9, 2);
    const size_t capacity = t.Choose(12);
    Nodes due = twin.model.Members();
    const uint64_t count = twin.ring.MemberCount(capacity, &seen);
    t.Expect(count == due.size(), std::to_string(due.size()) + " members",
             std::to_string(count));
    due.resize(std::min(due.size(), capacity));
    t.Expect(seen == due, Show(due), Show(seen));
}

GRADED_TEST(RingLookup, TakesTheFirstTokenAtOrAfterThePosition,
            "A position belongs to the node of the first token at or after it, "
            "clockwise (section 4.2).")
{
    StudentRing ring(t, Tokens(1));
    const uint64_t far = uint64_t{1} << 63;

    ring.JoinAt(10, {{100, 0}});
    ring.JoinAt(20, {{200, 0}});
    ring.JoinAt(30, {{far, 7}});
    const struct {
        Position at;
        node_id due;
        const char *why;
    } cases[] = {
        {{150, 0}, 20, "the first token after it is 20's"},
        {{100, 0}, 10, "it is 10's token itself"},
        {{100, 1}, 20, "it lies just after 10's token"},
        {{99, UINT64_MAX}, 10, "it lies just before 10's token"},
        {{far, 7}, 30, "it is 30's token itself"},
        {{far - 1, 8}, 30, "hi decides before lo"},
    };

    for (const auto &c : cases) {
        const node_id seen = ring.Lookup(c.at);

        t.Expect(seen == c.due, "node " + std::to_string(c.due) + ": " + c.why,
                 "node " + std::to_string(seen));
    }
}

GRADED_TEST(RingLookup, WrapsPastTheLargestToken,
            "After the largest position comes 0: a position beyond all tokens "
            "belongs to the first one.")
{
    StudentRing ring(t, Tokens(1));

    ring.JoinAt(10, {{100, 0}});
    ring.JoinAt(20, {{200, 0}});
    for (const Position &at :
         {Position{200, 1}, Position{UINT64_MAX, UINT64_MAX}, Position{0, 0}}) {
        const node_id seen = ring.Lookup(at);

        t.Expect(seen == 10,
                 "node 10, whose token is the first after " + Show(at) +
                     ", over the top",
                 "node " + std::to_string(seen));
    }
}

void CheckEmpty(Trial &t, const ring_config &config)
{
    StudentRing ring(t, config);
    node_id node;

    t.ExpectCode(DYN_ERANGE, ring.Lookup({1, 1}, &node),
                 "ring_lookup in an empty ring");
    t.ExpectCode(DYN_OK, ring.Join(1, 1), "ring_join");
    t.ExpectCode(DYN_OK, ring.Leave(1), "ring_leave");
    t.ExpectCode(DYN_ERANGE, ring.Lookup({1, 1}, &node),
                 "ring_lookup after the last node has left");
}

GRADED_TEST(RingLookup, FailsInAnEmptyRing,
            "Where there are no members nobody is responsible: DYN_ERANGE.")
{
    CheckEmpty(t, Tokens(4));
}

// Replicas on one physical node are lost together.
GRADED_PROPERTY(PreferenceList, NamesDistinctNodesInTheOrderOfTheWalk, 40,
                "The first n nodes of a walk are n distinct physical nodes, in "
                "the order in which they are first met (section 4.3).")
{
    Twin twin(t, ChooseConfig(t, RING_TOKENS));

    JoinSome(t, twin, 1, 8, 1);
    twin.CompareWalks(ChoosePositions(t, 12), t.Between(1, twin.model.Size()));
}

GRADED_TEST(PreferenceList, PutsTheSmallerNodeFirstWhereTokensCollide,
            "Where tokens of several nodes share one position, the smaller "
            "node_id is met first.")
{
    for (const bool upwards : {true, false}) {
        Twin twin(t, Tokens(1));

        for (int i = 0; i < 3; i++) {
            const node_id node = upwards ? 3 + i : 5 - i;

            twin.JoinAt(node, {{50, 0}, {90, 0}});
        }
        twin.JoinAt(9, {{70, 0}});
        twin.CompareWalks({{10, 0}, {50, 0}, {50, 1}, {80, 0}, {91, 0}}, 4);
    }
}

void CheckLengths(Trial &t, const ring_config &config)
{
    StudentRing ring(t, config);
    Nodes list;

    t.ExpectCode(DYN_OK, ring.Join(1, 1), "ring_join");
    t.ExpectCode(DYN_OK, ring.Join(2, 1), "ring_join");
    t.ExpectCode(DYN_EINVAL, ring.PreferenceList({0, 0}, 0, &list),
                 "a list of 0 nodes");
    t.ExpectCode(DYN_ERANGE, ring.PreferenceList({0, 0}, 3, &list),
                 "a list of 3 nodes of 2");
    t.ExpectCode(DYN_OK, ring.PreferenceList({0, 0}, 2, &list),
                 "a list of 2 nodes of 2");
}

GRADED_TEST(PreferenceList, RefusesZeroAndMoreNodesThanThereAre,
            "A preference list has at least one node and at most as many as "
            "there are members, however many tokens they have.")
{
    CheckLengths(t, Tokens(4));
}

GRADED_PROPERTY(
    Successors, GoOnWhereThePreferenceListEnds, 40,
    "ring_successors gives the walk after its first `skip` nodes, "
    "so that nodes that are down can be stepped over (section 4.6).")
{
    Twin twin(t, ChooseConfig(t, RING_TOKENS));
    Nodes seen;

    JoinSome(t, twin, 0, 8, 1);
    const Position at = ChoosePosition(t);
    const size_t skip = t.Choose(10), capacity = t.Choose(10);
    Nodes due = twin.model.Size() > 0 ? twin.model.Walk(at) : Nodes{};
    due.erase(due.begin(),
              due.begin() + static_cast<long>(std::min(skip, due.size())));
    due.resize(std::min(due.size(), capacity));
    t.ExpectCode(DYN_OK, twin.ring.Successors(at, skip, capacity, &seen),
                 "ring_successors");
    t.Expect(seen == due, Show(due), Show(seen));
}

// A machine with twice the disk should carry twice the keys (section 4.2).
GRADED_PROPERTY(Weights, MultiplyTheTokensOfANode, 25,
                "A node of weight w has the tokens 0 .. w*T-1.")
{
    Twin twin(t, ChooseConfig(t, RING_TOKENS));

    JoinSome(t, twin, 1, 5, 5);
    twin.CompareWalks(ChoosePositions(t, 12), t.Between(1, twin.model.Size()));
}

GRADED_TEST(BadInput, NullPointersAreRefused,
            "A NULL pointer is refused with DYN_EINVAL, or 0 where the result "
            "is a count; ring_close takes it.")
{
    ExpectNullsRefused(t);
}

Nodes Missing(const Nodes &from, const Nodes &in)
{
    Nodes missing;

    for (const node_id node : from)
        if (std::find(in.begin(), in.end(), node) == in.end())
            missing.push_back(node);
    return missing;
}

// Consistent hashing's whole point: a change moves only what it must.
void CheckChurn(Trial &t, bool join)
{
    const ring_strategy strategy =
        t.Choose(2) == 0 ? RING_TOKENS : RING_TOKENS_PARTITIONS;
    Twin twin(t, ChooseConfig(t, strategy));
    node_id node = ChooseNode(t);

    JoinSome(t, twin, 1, 8, 2);
    while (twin.model.Has(node))
        node++;
    const size_t n = t.Between(1, twin.model.Size());
    const std::vector<Position> keys = ChoosePositions(t, 16);
    // A leave is a join seen backwards, but through other code.
    if (!join)
        twin.Join(node, 1);
    const std::vector<Nodes> before = twin.ring.PreferenceLists(keys, n);
    if (join)
        twin.Join(node, 1);
    else
        twin.Leave(node);
    const std::vector<Nodes> after = twin.ring.PreferenceLists(keys, n);
    for (size_t i = 0; i < keys.size(); i++) {
        const Nodes changed =
            join ? Missing(after[i], before[i]) : Missing(before[i], after[i]);

        t.Expect(changed.empty() || changed == Nodes{node},
                 "for position " + Show(keys[i]) + " only node " +
                     std::to_string(node) + (join ? " is new" : " is gone"),
                 Show(before[i]) + " before, " + Show(after[i]) + " after: " +
                     Show(changed) + (join ? " are new" : " are gone"));
    }
}

GRADED_PROPERTY(Churn, OnlyTheJoiningNodeGainsKeys, 40,
                "Under strategies 1 and 2 a join adds the new node to lists "
                "and no other node to any (section 6.2).")
{
    CheckChurn(t, true);
}

GRADED_PROPERTY(Churn, OnlyTheLeavingNodeLosesKeys, 40,
                "Under strategies 1 and 2 a leave takes the leaving node out "
                "of lists and no other node out of any (section 6.2).")
{
    CheckChurn(t, false);
}

// ---- Part B: strategies 2 and 3 ----

GRADED_PROPERTY(RingPartition, IsTheShareOfTheTopmost32Bits, 40,
                "A position's partition is floor(h * Q / 2^32), h its topmost "
                "32 bits.")
{
    ring_config config = ChooseConfig(
        t, t.Choose(2) == 0 ? RING_TOKENS_PARTITIONS : RING_PARTITIONS);
    uint32_t seen;

    if (t.Choose(3) == 0)
        config.partitions =
            RING_PARTITIONS_MAX - static_cast<uint32_t>(t.Choose(1000));
    StudentRing ring(t, config);
    const RingModel model(config);
    for (const Position &at : ChoosePositions(t, 8)) {
        const uint32_t due = model.PartitionOf(at);

        t.ExpectCode(DYN_OK, ring.Partition(at, &seen), "ring_partition");
        t.Expect(seen == due, "partition " + std::to_string(due),
                 "partition " + std::to_string(seen));
    }
}

GRADED_TEST(RingPartition, ExistsOnlyUnderStrategies2And3,
            "Strategy 1 has no partitions, others have Q of them; what part A "
            "says of bad input holds under every strategy.")
{
    for (const ring_config &config :
         {ring_config{RING_TOKENS_PARTITIONS, 4, 8, 1}, Partitions(8)}) {
        CheckLeaves(t, config);
        CheckEmpty(t, config);
        CheckLengths(t, config);
    }
    StudentRing one(t, Tokens(4)),
        two(t, ring_config{RING_TOKENS_PARTITIONS, 4, 8, 1}),
        three(t, Partitions(8));
    uint32_t partition;
    node_id node;

    one.Join(1, 1);
    t.ExpectCode(DYN_EINVAL, one.Partition({1, 1}, &partition),
                 "ring_partition under strategy 1");
    t.ExpectCode(DYN_EINVAL, one.Owner(0, &node),
                 "ring_owner under strategy 1");
    for (StudentRing *ring : {&two, &three}) {
        t.ExpectCode(DYN_ERANGE, ring->Owner(0, &node),
                     "ring_owner in an empty ring");
        t.ExpectCode(DYN_EINVAL, ring->Owner(8, &node),
                     "ring_owner of partition 8 of 8");
        ring->Join(1, 1);
        t.ExpectCode(DYN_OK, ring->Owner(7, &node),
                     "ring_owner of partition 7 of 8");
        t.ExpectCode(DYN_EINVAL, ring->Owner(8, &node),
                     "ring_owner of partition 8 of 8");
    }
}

GRADED_TEST(Strategy2, WalksFromTheEndOfThePartition,
            "Under strategy 2 a walk starts at the first token at or after the "
            "end of the position's partition, where the next one begins.")
{
    // Four partitions: 0x00.., 0x40.., 0x80.., 0xc0...
    Twin twin(t, {RING_TOKENS_PARTITIONS, 1, 4, 1});
    const uint64_t quarter = uint64_t{1} << 62;

    twin.JoinAt(1, {{quarter / 2, 0}});         // within partition 0
    twin.JoinAt(2, {{quarter, 0}});             // where partition 1 begins
    twin.JoinAt(3, {{2 * quarter + 1, 0}});     // within partition 2
    twin.JoinAt(4, {{UINT64_MAX, UINT64_MAX}}); // the end of 3 lies after it
    twin.CompareWalks({{0, 0},
                       {quarter / 2, 0},
                       {quarter - 1, UINT64_MAX},
                       {quarter, 0},
                       {2 * quarter, 0},
                       {3 * quarter, 0},
                       {UINT64_MAX, UINT64_MAX}},
                      4);
    // Three partitions: the second begins at the smallest position whose
    // topmost 32 bits, times 3, reach 2^32: at 0x55555556.
    Twin thirds(t, {RING_TOKENS_PARTITIONS, 1, 3, 1});
    const uint64_t begin = uint64_t{0x55555556} << 32;

    thirds.JoinAt(1, {{begin - (uint64_t{1} << 32), 0}});
    thirds.JoinAt(2, {{begin, 0}});
    thirds.JoinAt(3, {{begin + (uint64_t{1} << 32), 0}});
    thirds.CompareWalks({{0, 0}, {begin - 1, 7}, {begin, 0}}, 3);
}

GRADED_PROPERTY(Strategy2, PlacesWholePartitions, 40,
                "Under strategy 2 all positions of a partition have one walk, "
                "which tokens alone determine.")
{
    Twin twin(t, ChooseConfig(t, RING_TOKENS_PARTITIONS));

    JoinSome(t, twin, 1, 8, 3);
    twin.CompareWalks(ChoosePositions(t, 12), t.Between(1, twin.model.Size()));
    // ring_owner names the first node of the same walk.
    const uint32_t p =
        static_cast<uint32_t>(t.Choose(twin.model.Config().partitions));
    const uint64_t q = twin.model.Config().partitions;
    const Position begin = {(((uint64_t{p} << 32) + q - 1) / q) << 32, 0};
    const Nodes due = twin.model.Walk(begin, 1);
    node_id seen;
    t.ExpectCode(DYN_OK, twin.ring.Owner(p, &seen), "ring_owner");
    t.Expect(seen == due[0], "node " + std::to_string(due[0]),
             "node " + std::to_string(seen));
}

// A random history of joins and leaves under strategy 3. Weights up to
// `heaviest`; after each change `check` sees the tables before and after.
template <class Check>
void History(Trial &t, uint32_t heaviest, size_t changes, Check check)
{
    ring_config config = ChooseConfig(t, RING_PARTITIONS);

    config.partitions = static_cast<uint32_t>(t.Between(1, 60));
    Twin twin(t, config);
    Nodes before;
    const uint64_t count = t.Between(1, changes);
    for (uint64_t i = 0; i < count; i++) {
        // Two joins for a leave, so that rings grow.
        if (t.Choose(3) < 2 || twin.model.Size() == 0) {
            twin.Join(ChooseNode(t),
                      static_cast<uint32_t>(t.Between(1, heaviest)));
        } else {
            const Nodes members = twin.model.Members();

            twin.Leave(members[t.Choose(members.size())]);
        }
        const Nodes after =
            twin.model.Size() > 0 ? twin.ring.Owners() : Nodes{};
        check(twin, before, after);
        before = after;
    }
}

GRADED_PROPERTY(Strategy3, GivesEveryNodeItsShareOfPartitions, 30,
                "Under strategy 3 every one of S members of equal weight owns "
                "Q/S partitions, give or take one (section 6.2).")
{
    History(t, 1, 12, [&](Twin &twin, const Nodes &, const Nodes &after) {
        if (twin.model.Size() > 0)
            CheckQuotas(t, twin.model, after);
    });
}

// A partition that moves is a file copied over the network.
GRADED_PROPERTY(Strategy3, MovesAsFewPartitionsAsItCan, 30,
                "A join or leave changes the owner of the fewest partitions "
                "that bring every member to its share (section 6.2).")
{
    History(t, 1, 12, [&](Twin &twin, const Nodes &before, const Nodes &after) {
        CheckMoves(t, twin.model, before, after);
    });
}

GRADED_TEST(Strategy3, RefusesMoreNodesThanPartitions,
            "A join after which some member's share would be below one "
            "partition is refused with DYN_ERANGE.")
{
    Twin twin(t, Partitions(3));

    for (node_id node = 1; node <= 4; node++)
        twin.Join(node, 1);
    twin.Join(2, 1); // a member: that is listed before DYN_ERANGE
    twin.ring.ExpectMembers({1, 2, 3});
    CheckQuotas(t, twin.model, twin.ring.Owners());
    Twin table(t, Partitions(4096));
    table.Join(5, 0);
    table.Join(5, RING_WEIGHT_MAX + 1);
    table.Join(5, RING_WEIGHT_MAX);
    t.ExpectCode(DYN_EINVAL, table.ring.JoinAt(6, {{1, 1}}),
                 "ring_join_at under strategy 3");
    // Light nodes beside heavy ones, whichever came first.
    Twin heavy(t, Partitions(8));
    heavy.Join(1, 1);
    heavy.Join(3, 8);
    heavy.Join(2, 7);
    heavy.Join(3, 1);
    heavy.ring.ExpectMembers({1, 2});
}

GRADED_PROPERTY(Strategy3, WalksTheOwnersOfThePartitions, 30,
                "Under strategy 3 a walk visits the owner of the position's "
                "partition, then those of the partitions that follow.")
{
    Twin twin(t, ChooseConfig(t, RING_PARTITIONS));
    Nodes seen;

    JoinSome(t, twin, 1, 8, 2);
    if (twin.model.Size() == 0)
        return;
    twin.CompareWalks(ChoosePositions(t, 12), t.Between(1, twin.model.Size()));
    const Position at = ChoosePosition(t);
    Nodes due = twin.model.Walk(at, twin.ring.Owners());
    due.erase(due.begin());
    t.ExpectCode(DYN_OK, twin.ring.Successors(at, 1, 20, &seen),
                 "ring_successors");
    t.Expect(seen == due, Show(due), Show(seen));
}

GRADED_PROPERTY(Table, IsEncodedAsTheContractSays, 25,
                "ring_encode writes the bytes that ring.h describes, so that "
                "any node can read them.")
{
    Twin twin(t, ChooseConfig(t, RING_PARTITIONS));

    JoinSome(t, twin, 0, 8, 3);
    const Nodes owners = twin.model.Size() > 0 ? twin.ring.Owners() : Nodes{};
    const std::vector<uint8_t> due = twin.model.Encoding(owners);
    CompareEncodings(t, twin.model, due, twin.ring.Encode());
}

GRADED_TEST(Table, SaysHowMuchRoomItNeeds,
            "ring_encode stores the length even where it does not fit, and "
            "then writes nothing.")
{
    StudentRing ring(t, Partitions(5)), one(t, Tokens(2));

    ring.Join(1, 1);
    ring.Join(2, 1);
    const uint64_t due = 20 + 2 * 8 + 5 * 4 + 16;
    for (const uint64_t capacity : {uint64_t{0}, due - 1, due, due + 1}) {
        const Encoded seen = ring.Encode(capacity);

        t.ExpectCode(capacity < due ? DYN_ERANGE : DYN_OK, seen.code,
                     "ring_encode of " + std::to_string(due) + " bytes into " +
                         std::to_string(capacity));
        t.Expect(seen.length == due, "*length is " + std::to_string(due),
                 "*length is " + std::to_string(seen.length));
    }
    t.ExpectCode(DYN_EINVAL, one.Encode(1000).code,
                 "ring_encode under strategy 1");
}

GRADED_PROPERTY(Table, DecodesToTheRingThatWasEncoded, 25,
                "ring_decode opens the ring that ring_encode wrote: the same "
                "members, owners, walks and encoding.")
{
    Twin twin(t, ChooseConfig(t, RING_PARTITIONS));

    JoinSome(t, twin, 0, 8, 3);
    const std::vector<uint8_t> bytes = twin.ring.Encode();
    StudentRing copy(t, bytes);
    copy.ExpectMembers(twin.model.Members());
    CompareEncodings(t, twin.model, bytes, copy.Encode());
    if (twin.model.Size() == 0)
        return;
    const Nodes owners = twin.ring.Owners(), copied = copy.Owners();
    t.Expect(owners == copied, Show(owners), Show(copied));
    const Position at = ChoosePosition(t);
    const Nodes due = twin.model.Walk(at, owners);
    const Nodes seen = copy.PreferenceList(at, due.size());
    t.Expect(seen == due, Show(due), Show(seen));
}

// ---- Part C: measures ----

void CheckShares(Trial &t, Twin &twin, size_t n)
{
    const Nodes owners = twin.model.Config().strategy == RING_PARTITIONS
                             ? twin.ring.Owners()
                             : Nodes{};
    const std::vector<double> due = twin.model.Shares(n, owners);
    std::vector<double> seen;

    t.ExpectCode(DYN_OK, twin.ring.Shares(n, due.size(), &seen), "ring_shares");
    t.Expect(seen.size() == due.size(), "a share for each member",
             ShowDoubles(seen));
    for (size_t i = 0; i < due.size(); i++)
        t.Expect(std::abs(seen[i] - due[i]) <= 1e-6,
                 ShowDoubles(due) + " for members " +
                     Show(twin.model.Members()),
                 ShowDoubles(seen));
}

GRADED_PROPERTY(Shares, AreThePartsOfTheCircleThatANodeStores, 45,
                "A member's share is the part of the circle whose positions "
                "have it among the first n nodes of their walk.")
{
    const ring_strategy strategies[] = {RING_TOKENS, RING_TOKENS_PARTITIONS,
                                        RING_PARTITIONS};
    Twin twin(t, ChooseConfig(t, strategies[t.Choose(3)]));

    JoinSome(t, twin, 1, 7, 3);
    if (twin.model.Size() > 0)
        CheckShares(t, twin, t.Between(1, twin.model.Size()));
}

GRADED_TEST(Shares, RefuseWhatCannotBe,
            "ring_shares needs n >= 1, n members, and room for all of them.")
{
    StudentRing ring(t, Tokens(2));
    std::vector<double> shares;

    ring.Join(1, 1);
    ring.Join(2, 1);
    t.ExpectCode(DYN_EINVAL, ring.Shares(0, 2, &shares), "ring_shares, n 0");
    t.ExpectCode(DYN_ERANGE, ring.Shares(3, 3, &shares),
                 "ring_shares, n 3 of 2 members");
    t.ExpectCode(DYN_ERANGE, ring.Shares(1, 1, &shares),
                 "ring_shares of 2 members into room for 1");
    t.ExpectCode(DYN_OK, ring.Shares(2, 2, &shares),
                 "ring_shares of 2 members into room for 2");
}

std::vector<double> ChooseLoads(Trial &t)
{
    std::vector<double> loads(t.Between(1, 12));

    for (double &load : loads)
        load = static_cast<double>(t.Choose(1000));
    return loads;
}

GRADED_PROPERTY(LoadEfficiency, IsTheMeanOverTheHottest, 30,
                "Load-balancing efficiency is the mean load divided by the "
                "load of the hottest node (section 6.2).")
{
    std::vector<double> loads = ChooseLoads(t);
    double sum = 0, hottest = 0;

    loads[0] += 1; // not all are 0
    for (const double load : loads) {
        sum += load;
        hottest = std::max(hottest, load);
    }
    const double due = sum / static_cast<double>(loads.size()) / hottest;
    const double seen = StudentEfficiency(t, loads);
    t.Expect(std::abs(seen - due) <= 1e-9,
             std::to_string(due) + ": the mean is " +
                 std::to_string(sum / static_cast<double>(loads.size())) +
                 ", the hottest " + std::to_string(hottest),
             std::to_string(seen));
}

GRADED_PROPERTY(LoadImbalance, IsTheFractionOfNodesOffTheMean, 30,
                "A node is out of balance when its load differs from the mean, "
                "upwards or downwards, by at least the threshold (Figure 6).")
{
    std::vector<double> loads = ChooseLoads(t);
    double sum = 0;
    int out = 0;

    loads[0] += 1;
    for (const double load : loads)
        sum += load;
    // A threshold that lies on no node's border, so that rounding is no matter.
    const double mean = sum / static_cast<double>(loads.size());
    double threshold = 0.15;
    for (const double load : loads)
        while (std::abs(std::abs(load - mean) - threshold * mean) < 1e-6)
            threshold += 1e-4;
    for (const double load : loads)
        out += std::abs(load - mean) >= threshold * mean;
    const double due = out / static_cast<double>(loads.size());
    const double seen = StudentImbalance(t, loads, threshold);
    t.Expect(std::abs(seen - due) <= 1e-9,
             std::to_string(due) + ": the mean is " + std::to_string(mean) +
                 ", and " + std::to_string(out) + " of " +
                 std::to_string(loads.size()) + " loads differ from it by " +
                 std::to_string(threshold) + " times the mean or more",
             std::to_string(seen));
}

GRADED_PROPERTY(Metadata, CountsTokensOrPartitions, 20,
                "The membership metadata has one entry a token under "
                "strategies 1 and 2, one a partition under strategy 3.")
{
    const ring_strategy strategies[] = {RING_TOKENS, RING_TOKENS_PARTITIONS,
                                        RING_PARTITIONS};
    Twin twin(t, ChooseConfig(t, strategies[t.Choose(3)]));

    JoinSome(t, twin, 0, 6, 3);
    const uint64_t seen = twin.ring.Metadata();
    t.Expect(seen == twin.model.Metadata(),
             std::to_string(twin.model.Metadata()), std::to_string(seen));
}

// What a change of membership copies, by the lists before and after.
struct ring_moved Moved(const std::vector<Nodes> &before,
                        const std::vector<Nodes> &after)
{
    struct ring_moved moved = {0, 0};

    for (size_t i = 0; i < before.size(); i++) {
        const size_t fresh = Missing(after[i], before[i]).size();

        moved.keys += fresh > 0;
        moved.copies += fresh;
    }
    return moved;
}

GRADED_PROPERTY(MovedKeys, AreThoseThatANodeMustNewlyStore, 40,
                "ring_moved counts the keys that some node must newly store, "
                "and the (key, node) pairs.")
{
    const ring_strategy strategies[] = {RING_TOKENS, RING_TOKENS_PARTITIONS};
    const ring_config config = ChooseConfig(t, strategies[t.Choose(2)]);
    Twin before(t, config), after(t, config);
    const size_t n = t.Between(1, 3);

    JoinSome(t, before, n, 6, 1);
    JoinSome(t, after, n, 6, 1);
    const std::vector<Position> keys = ChoosePositions(t, 12);
    std::vector<Nodes> lists[2];
    for (const Position &key : keys) {
        lists[0].push_back(before.model.Walk(key, n));
        lists[1].push_back(after.model.Walk(key, n));
    }
    const struct ring_moved due = Moved(lists[0], lists[1]);
    struct ring_moved seen;
    t.ExpectCode(DYN_OK, before.ring.Moved(after.ring, n, keys, &seen),
                 "ring_moved");
    std::string text;
    for (size_t i = 0; i < keys.size() && i < 3; i++)
        text += "\nkey at " + Show(keys[i]) + ": " + Show(lists[0][i]) +
                " before, " + Show(lists[1][i]) + " after";
    t.Expect(seen.keys == due.keys && seen.copies == due.copies,
             std::to_string(due.keys) + " keys, " + std::to_string(due.copies) +
                 " copies" + text,
             std::to_string(seen.keys) + " keys, " +
                 std::to_string(seen.copies) + " copies");
}

} // namespace
} // namespace judge
