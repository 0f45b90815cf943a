// clocks_hidden_test.cc: the graded tests of vclock.h that only instructors have.
#include "harness/refusals.h"
#include "lab3-vclock/versions_model.h"

namespace judge
{
namespace
{

// ---- Part A ----

GRADED_TEST(ClockOrder, HoldsForEveryPairOfSmallClocks,
            "Every clock of three nodes with counters of 0 .. 2 compares with "
            "every other as its counters do.")
{
    std::vector<Clock> clocks;
    std::vector<StudentClock> made;

    for (uint64_t i = 0; i < 27; i++) {
        Clock clock;

        for (node_id node = 1; node <= 3; node++) {
            const uint64_t counter = i /
                                     (node == 1   ? 1
                                      : node == 2 ? 3
                                                  : 9) %
                                     3;

            if (counter > 0)
                clock[node] = {counter, i};
        }
        clocks.push_back(clock);
        made.emplace_back(t, clock);
    }
    for (size_t a = 0; a < clocks.size(); a++)
        for (size_t b = 0; b < clocks.size(); b++) {
            const int seen = made[a].Compare(made[b]),
                      expected = OrderOf(clocks[a], clocks[b]);

            t.Expect(seen == expected,
                     ShowOrder(expected) + " for " + Show(clocks[a]) + " and " +
                         Show(clocks[b]),
                     ShowOrder(seen));
        }
}

// Subtracting two counters, or comparing 32 bits of them, is right for small ones.
GRADED_PROPERTY(ClockOrder, HoldsForTheLargestNumbers, 150,
                "Counters have 64 bits, nodes 32, and none is special.")
{
    const Clock a = ChooseWideClock(t), b = ChooseWideClock(t);
    StudentClock x(t, a);
    const StudentClock y(t, b);
    const int seen = x.Compare(y);

    t.Expect(seen == OrderOf(a, b),
             ShowOrder(OrderOf(a, b)) + " for " + Show(a) + " and " + Show(b),
             ShowOrder(seen));
    t.ExpectCode(DYN_OK, x.Merge(y), "vclock_merge");
    ExpectClock(t, x, Merged(a, b),
                "the merge of " + Show(a) + " and " + Show(b));
}

GRADED_PROPERTY(Clock, IsRightAfterAnyHistory, 50,
                "After any calls on several clocks each is what the calls made "
                "of it.")
{
    std::vector<Clock> expected(3);
    std::vector<StudentClock> clocks;
    const uint64_t calls = t.Choose(14);

    for (int i = 0; i < 3; i++)
        clocks.emplace_back(t);
    for (uint64_t i = 0; i < calls; i++) {
        const size_t at = t.Choose(3), from = t.Choose(3);
        const node_id node = static_cast<node_id>(t.Between(1, 5));
        const uint64_t most = t.Choose(4);

        switch (t.Choose(4)) {
        case 0:
            expected[at][node] = {CounterOf(expected[at], node) + 1, i};
            t.ExpectCode(DYN_OK, clocks[at].Increment(node, i),
                         "vclock_increment");
            break;
        case 1:
            expected[at] = Merged(expected[at], expected[from]);
            t.ExpectCode(DYN_OK, clocks[at].Merge(clocks[from]),
                         "vclock_merge");
            break;
        case 2:
            expected[at] = Truncated(expected[at], most);
            t.ExpectCode(DYN_OK, clocks[at].Truncate(most), "vclock_truncate");
            break;
        default:
            clocks[at] = clocks[from].Copy();
            expected[at] = expected[from];
        }
    }
    for (size_t i = 0; i < clocks.size(); i++)
        ExpectClock(t, clocks[i], expected[i],
                    "clock number " + std::to_string(i));
}

GRADED_TEST(Clock, HasNoLimitOfPairs,
            "A clock may have a pair for any number of nodes.")
{
    StudentClock even(t), odd(t);
    Clock both;

    for (node_id node = 0; node < 600; node++) {
        StudentClock &clock = node % 2 == 0 ? even : odd;

        both[node * 7000001u] = {node + 1, node};
        t.ExpectCode(DYN_OK, clock.Raise(node * 7000001u, node + 1, node),
                     "vclock_raise");
    }
    t.Expect(even.Compare(odd) == VCLOCK_CONCURRENT, "VCLOCK_CONCURRENT",
             ShowOrder(even.Compare(odd)));
    t.ExpectCode(DYN_OK, even.Merge(odd), "vclock_merge");
    ExpectClock(t, even, both, "the merge");
    ExpectBytes(t, even.Bytes(), BytesOf(both), "its bytes");
    std::optional<StudentClock> back;
    t.ExpectCode(DYN_OK, StudentClock::Decode(t, BytesOf(both), &back),
                 "vclock_decode of these bytes");
    ExpectClock(t, *back, both, "what was decoded");
    // Two that differ in the last pair alone.
    const node_id last = both.rbegin()->first;
    t.ExpectCode(DYN_OK, back->Raise(last, both[last].counter + 1, 7),
                 "vclock_raise");
    t.Expect(even.Compare(*back) == VCLOCK_BEFORE, "VCLOCK_BEFORE",
             ShowOrder(even.Compare(*back)));
    for (const size_t most : {20, 10}) {
        t.ExpectCode(DYN_OK, even.Truncate(most), "vclock_truncate");
        ExpectClock(t, even, Truncated(both, most),
                    "the " + std::to_string(most) + " latest");
    }
}

GRADED_PROPERTY(ClockBytes, AreRefusedOrComeBackAsTheyWere, 80,
                "Whatever bytes vclock_decode accepts, vclock_encode writes "
                "again.")
{
    std::string bytes = BytesOf(ChooseClock(t, 4, 2));
    std::optional<StudentClock> clock;

    for (uint64_t changes = t.Choose(4); changes > 0; changes--)
        bytes[t.Choose(bytes.size())] = static_cast<char>(t.Choose(256));
    if (t.Choose(4) == 3)
        bytes.resize(t.Choose(bytes.size() + 8));
    const int code = StudentClock::Decode(t, bytes, &clock);
    if (code == DYN_OK)
        ExpectBytes(t, clock->Bytes(), bytes, "the bytes that were decoded");
    else
        t.ExpectCode(DYN_ECORRUPT, code, "vclock_decode of such bytes");
}

GRADED_TEST(
    Clock, SaysWhenThereIsNoMemory,
    "A call that gets no memory returns DYN_ENOMEM, changes nothing, and "
    "holds on to nothing.")
{
    const Clock a = {{1, {1, 5}}, {9, {2, 5}}},
                b = {{2, {1, 5}}, {3, {1, 5}}, {4, {1, 5}}, {5, {1, 5}},
                     {6, {1, 5}}, {7, {1, 5}}, {9, {3, 6}}};
    StudentClock clock(t, a);
    const StudentClock from(t, b);
    std::optional<StudentClock> back;
    const auto same = [&] { ExpectClock(t, clock, a, "the clock, unchanged"); };

    FailEach(
        t, "vclock_decode",
        [&] { return StudentClock::Decode(t, BytesOf(b), &back); }, [] {});
    FailEach(
        t, "vclock_merge", [&] { return clock.Merge(from); }, same);
    ExpectClock(t, clock, Merged(a, b), "the merge");
    // However much room there was: at some pair a clock has to grow.
    Clock grown = Merged(a, b);
    for (node_id node = 100; node < 200; node++) {
        FailEach(
            t, "vclock_increment", [&] { return clock.Increment(node, 1); },
            [&] { ExpectClock(t, clock, grown, "the clock, unchanged"); });
        grown[node] = {1, 1};
    }
    ExpectClock(t, clock, grown, "the clock");
}

// ---- Part D ----

GRADED_PROPERTY(Truncation, IsRightForTheLargestNumbers, 60,
                "Times have 64 bits, and of one time the smallest node goes.")
{
    const Clock clock = ChooseWideClock(t);
    const uint64_t most = t.Choose(5);
    StudentClock made(t, clock);

    t.ExpectCode(DYN_OK, made.Truncate(most), "vclock_truncate");
    ExpectClock(t, made, Truncated(clock, most),
                Show(clock) + ", truncated to " + std::to_string(most));
    t.ExpectCode(DYN_OK, made.Truncate(UINT64_MAX), "vclock_truncate");
    ExpectClock(t, made, Truncated(clock, most), "the clock, unchanged");
}

} // namespace
} // namespace judge
