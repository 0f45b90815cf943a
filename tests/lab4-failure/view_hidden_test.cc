// view_hidden_test.cc: the graded tests of view.h that only instructors have.
#include "harness/refusals.h"
#include "lab4-failure/student_detector.h"
#include "lab4-failure/view_model.h"

#include <algorithm>

namespace judge
{
namespace
{

// ---- Part F ----

GRADED_TEST(View, HasNoLimitOfChanges,
            "Any number of nodes may join, leave, and be members.")
{
    ViewTwin one(t), two(t);
    const uint32_t all = 2000;

    for (uint32_t i = 0; i < all; i++) {
        ViewTwin &view = i % 2 == 0 ? one : two;
        const node_id node = i * 2654435761u; // all over their range

        t.ExpectCode(DYN_OK, view.view.Join(i % 2, node, 1 + i % 3),
                     "view_join");
        (void)view.model.Join(i % 2, node, 1 + i % 3);
        if (i % 5 == 0) {
            t.ExpectCode(DYN_OK, view.view.Leave(i % 2, node), "view_leave");
            (void)view.model.Leave(i % 2, node);
        }
    }
    one.Merge(two);
    one.ExpectRight("after " + std::to_string(all) + " joins");
    ViewTwin again(t, one.model.All());
    again.ExpectRight("as it was decoded");
    two.Merge(again);
    two.ExpectRight("after a merge");
}

GRADED_PROPERTY(ViewBytes, BelieveNothing, 200,
                "Whatever bytes come, they are refused, or they are those of "
                "the view that was made.")
{
    ViewModel model;
    std::optional<StudentView> view;

    const uint64_t members = t.Choose(5);
    for (node_id node = 0; node < members; node++) {
        (void)model.Join(1, node, 1);
        if (node % 2 == 1)
            (void)model.Leave(2, node);
    }
    std::string bytes = model.Bytes();
    for (uint64_t changes = t.Choose(4); changes > 0 && !bytes.empty();
         changes--) {
        const size_t at = t.Choose(bytes.size());

        switch (t.Choose(4)) {
        case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << t.Choose(8)));
            break;
        case 1:
            bytes.erase(at, 1 + t.Choose(21));
            break;
        case 2:
            bytes.insert(at, 1 + t.Choose(21), static_cast<char>(t.Choose(3)));
            break;
        default:
            // Two changes in each other's place.
            if (bytes.size() >= 4 + 2 * 21)
                std::swap_ranges(bytes.begin() + 4, bytes.begin() + 4 + 21,
                                 bytes.begin() + 4 + 21);
        }
    }
    const std::optional<ViewModel> right = ViewModel::Read(bytes);
    t.ExpectCode(right ? DYN_OK : DYN_ECORRUPT,
                 StudentView::Decode(t, bytes, &view), "view_decode");
    if (right)
        ExpectBytes(t, view->Bytes(), bytes, "the bytes, as they came");
}

GRADED_TEST(View, KnowsTheLargestNumbers,
            "Nodes may have any number, and stamps go up to 2^64 - 1; after "
            "that one nothing can be said (DYN_ERANGE).")
{
    const uint64_t last = UINT64_MAX;
    const node_id high = UINT32_MAX;
    ViewTwin view(t, {{1ull << 32, 0, 0, VIEW_JOIN, 1},
                      {(1ull << 63) + 5, 1u << 31, high, VIEW_JOIN, 1024},
                      {last - 1, high, 1, VIEW_JOIN, 2},
                      {last - 1, high, high - 2, VIEW_JOIN, 2}});
    ViewTwin other(t, {{5, high, high, VIEW_JOIN, 1},
                       {1ull << 33, 7, high, VIEW_LEAVE, 0},
                       {last - 1, 1, high - 1, VIEW_JOIN, 3}});

    view.ExpectRight("as it was decoded");
    other.Merge(view);
    other.ExpectRight("after a merge");
    other.Join(high, 12, 1);
    other.ExpectRight("after a change with the last stamp");
    view.Merge(other);
    for (ViewTwin *each : {&view, &other}) {
        each->Join(1, 13, 1);
        each->Leave(1, high);
        // What is listed first is returned first.
        each->Join(1, 13, 0);
        each->Join(1, 12, 1);
        each->Leave(1, 13);
        each->ExpectRight("after that stamp");
    }
    view.ExpectRing({RING_PARTITIONS, 0, 4096, 1});
    view.ExpectRing({RING_TOKENS, 2, 0, UINT64_MAX});
}

GRADED_TEST(ViewMemory, ChangesNothingWhereThereIsNone,
            "A call that gets no memory returns DYN_ENOMEM, and changes "
            "nothing.")
{
    for (const node_id members : {0, 1, 7, 8, 15, 16}) {
        ViewTwin view(t), other(t);
        std::string hash;
        std::optional<StudentView> decoded;

        for (node_id node = 0; node < members; node++)
            view.Join(1, node, 1);
        other.Join(2, 3, 2);
        other.Join(2, 100, 1);
        const auto unchanged = [&] { view.ExpectChanges("after a failure"); };
        FailEach(
            t, "view_join", [&] { return view.view.Join(1, 77, 1); },
            unchanged);
        (void)view.model.Join(1, 77, 1);
        unchanged();
        FailEach(
            t, "view_leave", [&] { return view.view.Leave(1, 77); }, unchanged);
        (void)view.model.Leave(1, 77);
        unchanged();
        FailEach(
            t, "view_merge", [&] { return view.view.Merge(other.view); },
            unchanged);
        view.model.Merge(other.model);
        unchanged();
        FailEach(
            t, "view_encode", [&] { return view.view.Encode(4096).code; },
            unchanged);
        FailEach(
            t, "view_hash", [&] { return view.view.Hash(&hash); }, unchanged);
        const std::string bytes = view.model.Bytes();
        FailEach(
            t, "view_decode",
            [&] { return StudentView::Decode(t, bytes, &decoded); }, unchanged);
        ExpectBytes(t, decoded->Bytes(), bytes, "the bytes, as they came");
    }
    FailEach(
        t, "view_open", [&] { return StudentView::Open(t); }, [] {});
}

// A ring without some of the members places keys where no other node looks.
GRADED_TEST(ViewRing, IsWholeOrNone,
            "Where view_ring gets no memory on its way, it returns DYN_ENOMEM, "
            "and there is no ring.")
{
    ViewTwin view(t);
    Placement seen;

    for (node_id node = 1; node <= 3; node++)
        view.Join(1, node, node);
    view.Leave(1, 2);
    for (const ring_strategy strategy : {RING_PARTITIONS, RING_TOKENS}) {
        const ring_config config = {strategy, 1, 8, 1};

        FailEach(
            t, "view_ring", [&] { return view.view.Ring(config, &seen); },
            [&] { view.ExpectChanges("after a failure"); });
        t.Expect(seen.members == std::vector<node_id>{1, 3},
                 "DYN_ENOMEM, or a ring of all members: 1, 3",
                 "DYN_OK, and a ring of " + ShowNodes(seen.members));
        view.ExpectRing(config);
    }
}

} // namespace
} // namespace judge
