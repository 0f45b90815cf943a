// clocks_public_test.cc: the graded tests of vclock.h that students are given.
#include "harness/refusals.h"
#include "lab3-vclock/versions_model.h"

namespace judge
{
namespace
{

const uint64_t kMax = UINT64_MAX;

// ---- Part A ----

// A counter that goes back names two writes by one number.
GRADED_TEST(Clock, CountsTheWritesOfEachNode,
            "A node's counter is 0 at first, and is raised to what is higher "
            "than it, never lowered.")
{
    StudentClock clock(t);

    t.Expect(clock.Counter(3) == 0, "0 for a node without a pair",
             std::to_string(clock.Counter(3)));
    t.ExpectCode(DYN_OK, clock.Increment(3, 1000), "vclock_increment");
    t.ExpectCode(DYN_OK, clock.Increment(3, 1001), "vclock_increment");
    t.ExpectCode(DYN_OK, clock.Raise(1, 7, 500), "vclock_raise from 0 to 7");
    ExpectClock(t, clock, {{1, {7, 500}}, {3, {2, 1001}}}, "the clock");
    t.ExpectCode(DYN_EINVAL, clock.Raise(1, 7, 600),
                 "vclock_raise from 7 to 7");
    t.ExpectCode(DYN_EINVAL, clock.Raise(1, 6, 600),
                 "vclock_raise from 7 to 6");
    t.ExpectCode(DYN_EINVAL, clock.Raise(2, 0, 600),
                 "vclock_raise from 0 to 0");
    ExpectClock(t, clock, {{1, {7, 500}}, {3, {2, 1001}}},
                "the clock, as it was before");
    t.ExpectCode(DYN_OK, clock.Raise(1, kMax, 0), "vclock_raise to 2^64 - 1");
    t.ExpectCode(DYN_ERANGE, clock.Increment(1, 1),
                 "vclock_increment of 2^64 - 1");
    t.Expect(clock.Counter(1) == kMax, std::to_string(kMax),
             std::to_string(clock.Counter(1)));
    t.Expect(clock.Counter(2) == 0, "0 for a node without a pair",
             std::to_string(clock.Counter(2)));
}

GRADED_TEST(ClockPairs, AreListedAsFarAsThereIsRoom,
            "vclock_pairs returns how many pairs there are, and stores the "
            "first of them in ascending order of the node.")
{
    StudentClock clock(t);
    std::vector<vclock_pair> pairs;
    const Clock expected = {{0, {1, 9}}, {2, {5, 8}}, {70000, {2, 7}}};

    for (const node_id node : {70000u, 0u, 2u})
        t.ExpectCode(DYN_OK,
                     clock.Raise(node, expected.at(node).counter,
                                 expected.at(node).time_ms),
                     "vclock_raise");
    for (size_t capacity = 0; capacity <= 4; capacity++) {
        const uint64_t count = clock.Pairs(capacity, &pairs);
        auto at = expected.begin();

        t.Expect(count == 3, "3 pairs", std::to_string(count));
        for (const vclock_pair &pair : pairs) {
            t.Expect(pair.node == at->first &&
                         pair.counter == at->second.counter &&
                         pair.time_ms == at->second.time_ms,
                     "node " + std::to_string(at->first) + ", counter " +
                         std::to_string(at->second.counter) + ", time " +
                         std::to_string(at->second.time_ms),
                     "node " + std::to_string(pair.node) + ", counter " +
                         std::to_string(pair.counter) + ", time " +
                         std::to_string(pair.time_ms));
            ++at;
        }
    }
}

// A store that takes concurrent versions for ordered ones loses one of them; one
// that takes ordered ones for concurrent asks its clients about what is settled.
GRADED_PROPERTY(ClockOrder, IsThatOfAllCounters, 150,
                "a <= b if no node's counter is higher in a than in b; a node "
                "without a pair has the counter 0; times say nothing.")
{
    const Clock a = ChooseClock(t, 3, 2), b = ChooseClock(t, 3, 2);
    const StudentClock x(t, a), y(t, b);
    const int expected = OrderOf(a, b), seen = x.Compare(y);

    t.Expect(seen == expected,
             ShowOrder(expected) + " for " + Show(a) + " and " + Show(b),
             ShowOrder(seen));
    const int back = y.Compare(x), turned = OrderOf(b, a);
    t.Expect(back == turned,
             ShowOrder(turned) + " for " + Show(b) + " and " + Show(a),
             ShowOrder(back));
    t.Expect(x.Compare(x) == VCLOCK_EQUAL, "a clock equals itself",
             ShowOrder(x.Compare(x)));
}

// A context that forgets part of what was read lets a put replace less than it
// has seen, or name its version like another.
GRADED_PROPERTY(
    ClockMerge, IsTheLeastUpperBound, 100,
    "A merge has of each node the higher counter with its time, and "
    "no other pair; of one counter the later time.")
{
    const Clock a = ChooseClock(t, 4, 3), b = ChooseClock(t, 4, 3);
    StudentClock x(t, a);
    const StudentClock y(t, b);

    t.ExpectCode(DYN_OK, x.Merge(y), "vclock_merge");
    ExpectClock(t, x, Merged(a, b),
                "the merge of " + Show(a) + " and " + Show(b));
    ExpectClock(t, y, b, "what was merged from, unchanged");
}

GRADED_PROPERTY(ClockMerge, IsTheSameInAnyOrder, 60,
                "Merging is commutative, associative and idempotent: replicas "
                "that hear the same end with the same.")
{
    const Clock clocks[] = {ChooseClock(t, 3, 3), ChooseClock(t, 3, 3),
                            ChooseClock(t, 3, 3)};
    const StudentClock x(t, clocks[0]), y(t, clocks[1]), z(t, clocks[2]);
    StudentClock left = x.Copy(), right = z.Copy();

    for (const StudentClock *from : {&y, &z, &y})
        t.ExpectCode(DYN_OK, left.Merge(*from), "vclock_merge");
    for (const StudentClock *from : {&y, &x, &z})
        t.ExpectCode(DYN_OK, right.Merge(*from), "vclock_merge");
    const Clock a = left.All(), b = right.All();
    t.Expect(a == b, "the same clock in both orders",
             Show(a) + " in one order, " + Show(b) + " in the other");
    t.Expect(left.Compare(right) == VCLOCK_EQUAL, "VCLOCK_EQUAL",
             ShowOrder(left.Compare(right)));
    t.ExpectCode(DYN_OK, left.Merge(left),
                 "vclock_merge of a clock with itself");
    ExpectClock(t, left, a, "the clock, unchanged");
}

GRADED_TEST(
    Clock, CopiesLiveTheirOwnLives,
    "What is done to a copy is not done to the clock, nor the other way "
    "round.")
{
    StudentClock clock(t, {{1, {1, 10}}, {2, {2, 20}}});
    StudentClock copy = clock.Copy();

    ExpectClock(t, copy, {{1, {1, 10}}, {2, {2, 20}}}, "the copy");
    t.ExpectCode(DYN_OK, copy.Increment(1, 11), "vclock_increment");
    t.ExpectCode(DYN_OK, clock.Increment(3, 30), "vclock_increment");
    ExpectClock(t, copy, {{1, {2, 11}}, {2, {2, 20}}}, "the copy");
    clock.Close();
    ExpectClock(t, copy, {{1, {2, 11}}, {2, {2, 20}}},
                "the copy, after the clock is closed");
    ExpectClock(t, StudentClock(t).Copy(), {}, "a copy of an empty clock");
    // A clock that has been larger.
    t.ExpectCode(DYN_OK, copy.Truncate(1), "vclock_truncate");
    StudentClock second = copy.Copy();
    for (const node_id node : {5u, 6u, 7u})
        t.ExpectCode(DYN_OK, second.Increment(node, 40), "vclock_increment");
    ExpectClock(t, second,
                {{2, {2, 20}}, {5, {1, 40}}, {6, {1, 40}}, {7, {1, 40}}},
                "the copy of a truncated clock");
}

// Nodes of several makers share a cluster, and equal clocks are found by their
// bytes.
GRADED_PROPERTY(ClockBytes, AreThoseOfTheContract, 60,
                "A clock's bytes are its pairs in ascending order of the node, "
                "whatever the order in which they came; and they come back as "
                "the same clock.")
{
    const Clock clock = ChooseWideClock(t);
    StudentClock made(t);
    std::vector<std::pair<node_id, Stamp>> pairs(clock.begin(), clock.end());
    std::optional<StudentClock> back;

    for (size_t i = pairs.size(); i > 1; i--)
        std::swap(pairs[i - 1], pairs[t.Choose(i)]);
    for (const auto &[node, stamp] : pairs)
        t.ExpectCode(DYN_OK, made.Raise(node, stamp.counter, stamp.time_ms),
                     "vclock_raise");
    ExpectBytes(t, made.Bytes(), BytesOf(clock), "the bytes of " + Show(clock));
    t.ExpectCode(DYN_OK, StudentClock::Decode(t, BytesOf(clock), &back),
                 "vclock_decode of these bytes");
    ExpectClock(t, *back, clock, "what was decoded");
}

int DecodeClock(Trial &t, const std::string &bytes)
{
    std::optional<StudentClock> clock;

    return StudentClock::Decode(t, bytes, &clock);
}

// Bytes come from the network: a count that is believed reads what is not there.
GRADED_TEST(ClockBytes, AreRefusedWhereTheyAreDamaged,
            "vclock_decode refuses what vclock_encode cannot have written.")
{
    const std::string good = BytesOf({{1, {1, 5}}, {3, {2, 6}}});
    const auto changed = [&](size_t at, char to) {
        std::string bytes = good;

        bytes[at] = to;
        return bytes;
    };

    t.ExpectCode(DYN_OK, DecodeClock(t, good), "vclock_decode of good bytes");
    ExpectDamageRefused(t, good,
                        {{"that count 1 pair and have 2", changed(3, 1)},
                         {"that count 3 pairs and have 2", changed(3, 3)},
                         {"that count 2^31 + 2 pairs", changed(0, '\x80')},
                         {"with a counter of 0", changed(15, 0)},
                         {"with a pair of node 1 twice", changed(27, 1)},
                         {"with pairs of the nodes 1 and 0", changed(27, 0)},
                         {"that count 2^32 - 1 pairs and have none",
                          std::string("\xff\xff\xff\xff", 4)}},
                        DecodeClock);
    ExpectDamageRefused(t, BytesOf(Clock{}), {}, DecodeClock);
}

GRADED_TEST(ClockBytes, NeedTheirRoom,
            "vclock_encode says how long the encoding is, and writes nothing "
            "where there is less room.")
{
    const Clock clocks[] = {{}, {{9, {1, 2}}}, {{9, {1, 2}}, {10, {3, 4}}}};

    for (const Clock &clock : clocks) {
        const StudentClock made(t, clock);
        const uint64_t length = BytesOf(clock).size();

        for (const uint64_t capacity :
             {uint64_t{0}, length - 1, length, length + 7}) {
            const Encoded encoded = made.Encode(capacity);

            t.ExpectCode(capacity < length ? DYN_ERANGE : DYN_OK, encoded.code,
                         "vclock_encode of " + std::to_string(length) +
                             " bytes into " + std::to_string(capacity));
            t.Expect(encoded.length == length,
                     "the length " + std::to_string(length),
                     std::to_string(encoded.length));
        }
    }
}

GRADED_TEST(BadInput, ClockRefusesNullPointers,
            "A NULL pointer is refused before anything else is looked at.")
{
    ExpectClockNullsRefused(t);
}

// ---- Part D ----

// Replicas that truncate one clock to different ones never agree again.
GRADED_PROPERTY(Truncation, DropsTheOldestPairs, 100,
                "Truncation drops the pairs with the earliest times until no "
                "more than `most` are left; of those of one time that of the "
                "smallest node first.")
{
    const Clock clock = ChooseClock(t, 6, 2);
    const uint64_t most = t.Choose(7);
    StudentClock made(t, clock);

    t.ExpectCode(DYN_OK, made.Truncate(most), "vclock_truncate");
    ExpectClock(t, made, Truncated(clock, most),
                Show(clock) + ", truncated to " + std::to_string(most));
}

GRADED_TEST(Truncation, MakesAFalseConflict,
            "vclock_false_conflict gives a history in which `second` has seen "
            "`first`, and whose truncated clocks are concurrent.")
{
    vclock_history history;

    for (uint64_t most = 1; most <= VCLOCK_PAIRS_MAX; most++) {
        t.ExpectCode(DYN_OK,
                     StudentHistory(t, "vclock_false_conflict", most, &history),
                     "vclock_false_conflict");
        const std::vector<Clock> clocks = ClocksOf(history, most);
        const Clock &first = clocks[history.first],
                    &second = clocks[history.second];

        t.Expect(
            history.first < history.second &&
                HasSeen(history, history.second, history.first),
            "`second` has read the version of `first`, or one that had seen "
            "it",
            "write " + std::to_string(history.second) + " has not seen write " +
                std::to_string(history.first));
        t.Expect(OrderOf(first, second) == VCLOCK_CONCURRENT,
                 "concurrent clocks once each write is truncated to " +
                     Count(most, "pair"),
                 Show(first) + " and " + Show(second) + " are " +
                     ShowOrder(OrderOf(first, second)));
    }
}

GRADED_TEST(Truncation, LosesAWrite,
            "vclock_lost_write gives a history in which neither of two writes "
            "has seen the other, which their clocks say only if they are not "
            "truncated: else `first` seems to be before `second`.")
{
    vclock_history history;

    for (uint64_t most = 1; most <= VCLOCK_PAIRS_MAX; most++) {
        t.ExpectCode(DYN_OK,
                     StudentHistory(t, "vclock_lost_write", most, &history),
                     "vclock_lost_write");
        const size_t first = history.first, second = history.second;
        const std::vector<Clock> clocks = ClocksOf(history, most),
                                 whole = ClocksOf(history, 0);

        t.Expect(first != second && !HasSeen(history, std::max(first, second),
                                             std::min(first, second)),
                 "neither has seen the other", "the later one has");
        t.Expect(OrderOf(whole[first], whole[second]) == VCLOCK_CONCURRENT,
                 "concurrent clocks if nothing is truncated",
                 Show(whole[first]) + " and " + Show(whole[second]) + " are " +
                     ShowOrder(OrderOf(whole[first], whole[second])));
        t.Expect(OrderOf(clocks[first], clocks[second]) == VCLOCK_BEFORE,
                 "the clock of `first` is before that of `second` once each "
                 "write is truncated to " +
                     Count(most, "pair"),
                 Show(clocks[first]) + " and " + Show(clocks[second]) +
                     " are " +
                     ShowOrder(OrderOf(clocks[first], clocks[second])));
    }
}

GRADED_TEST(BadInput, TruncationRefusesWhatIsOutOfRange,
            "A history is to be had for 1 .. VCLOCK_PAIRS_MAX pairs.")
{
    vclock_history history;

    for (const char *function : {"vclock_false_conflict", "vclock_lost_write"})
        for (const uint64_t most : {uint64_t{0}, uint64_t{11}, kMax})
            t.ExpectCode(DYN_EINVAL,
                         StudentHistory(t, function, most, &history), function);
}

} // namespace
} // namespace judge
