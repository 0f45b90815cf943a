// view_public_test.cc: the graded tests of view.h that students are given.
#include "harness/refusals.h"
#include "lab4-failure/student_detector.h"
#include "lab4-failure/view_model.h"

#include <algorithm>
#include <utility>

namespace judge
{
namespace
{

// ---- Part F: changes ----

// A change that is stamped below one that its node knew of is undone by what it was
// to undo.
GRADED_TEST(View, StampsWhatIsSaidAfterAllThatIsKnown,
            "A change gets the stamp 1 in an empty view, else one more than "
            "the highest there is, whoever said that one.")
{
    ViewTwin one(t), two(t);

    one.ExpectChanges("at the beginning");
    one.Join(1, 10, 2);
    one.Join(1, 11, 1);
    one.Leave(1, 10);
    one.ExpectChanges("after three changes");
    two.Join(2, 20, 1);
    two.ExpectChanges("after its first change");
    two.Merge(one);
    two.Leave(2, 11);
    two.ExpectChanges("after a leave that follows the merge");
    one.Join(1, 12, 1);
    one.Join(1, 10, 3);
    one.Join(1, 13, 1);
    two.Merge(one);
    two.Join(2, 11, 1);
    two.ExpectChanges("at the end");
}

GRADED_TEST(View, LetsNobodyJoinOrLeaveTwice,
            "A member cannot join (DYN_EEXIST), and who is none cannot leave "
            "(DYN_ENOENT); nothing changes then.")
{
    ViewTwin view(t);

    view.Leave(1, 5);
    view.Join(1, 5, 1);
    view.Join(2, 5, 2);
    view.Leave(1, 6);
    view.ExpectChanges("after one join and three refusals");
    view.Leave(2, 5);
    view.Leave(1, 5);
    view.ExpectChanges("after a leave and a refusal");
    view.Join(1, 5, 3);
    view.Join(1, 5, 3);
    view.ExpectChanges("after a second join and a refusal");
}

// ---- Part F: members ----

// Nodes that take different members for the store's write where others do not read.
GRADED_TEST(ViewMembers, FollowFromTheChangesInTheirOrder,
            "The members are those who are left when the changes are gone "
            "through in their order; what changes nothing is passed over.")
{
    // What two nodes say of node 5 without having heard of each other.
    for (const auto &[first, second] :
         {std::pair<node_id, node_id>{3, 9}, {9, 3}}) {
        ViewTwin one(t), two(t);

        one.Join(first, 5, 1);
        two.Join(second, 5, 2);
        one.Merge(two);
        one.ExpectChanges("after both were told that 5 joins");
        one.Leave(first, 5);
        one.ExpectChanges("after two joins and one leave");
        two.Leave(second, 5);
        one.Merge(two);
        one.ExpectChanges("after two joins and two leaves");
        one.Join(first, 5, 1);
        two.Merge(one);
        two.ExpectChanges("after 5 joined again");
    }
    // A join and a leave of one stamp, each said after another change.
    for (const auto &[first, second] :
         {std::pair<node_id, node_id>{3, 9}, {9, 3}}) {
        ViewTwin one(t), two(t);

        one.Join(first, 5, 1);
        two.Merge(one);
        one.Leave(first, 5);
        one.Join(first, 5, 1);
        two.Join(second, 6, 1);
        two.Leave(second, 5);
        one.Merge(two);
        one.ExpectChanges("after a join and a leave of one stamp");
    }
}

GRADED_TEST(ViewMembers, AreListedAsFarAsThereIsRoom,
            "view_members and view_changes return how many there are, and "
            "store the first of them; members in ascending order.")
{
    ViewTwin view(t);
    Changes changes;
    std::vector<node_id> nodes;

    const uint64_t none = view.view.ListMembers(3, &nodes);
    t.Expect(none == 0, "no members", std::to_string(none));
    for (const node_id node : {70000u, 2u, 300u, 1u})
        view.Join(1, node, 1);
    view.Leave(1, 300);
    const Changes all = view.model.All();
    const std::vector<node_id> members = view.model.Members();
    for (uint64_t capacity = 0; capacity <= 6; capacity++) {
        const std::vector<node_id> some(
            members.begin(), members.begin() + std::min<int64_t>(capacity, 3));
        const Changes few(all.begin(),
                          all.begin() + std::min<int64_t>(capacity, 5));
        const uint64_t count = view.view.ListMembers(capacity, &nodes);

        t.Expect(count == 3, "3 members, whatever room there is",
                 std::to_string(count));
        t.Expect(nodes == some, "the first of them: " + ShowNodes(some),
                 ShowNodes(nodes));
        const uint64_t said = view.view.ListChanges(capacity, &changes);
        t.Expect(said == 5, "5 changes, whatever room there is",
                 std::to_string(said));
        t.Expect(changes == few, "the first of them: " + Show(few),
                 Show(changes));
    }
}

// ---- Part F: merging ----

// Something is said to the node of this view: of four others.
void SaySomething(Trial &t, ViewTwin *view, node_id by)
{
    const node_id node = static_cast<node_id>(t.Between(5, 8));
    const std::vector<node_id> members = view->model.Members();
    const bool member =
        std::find(members.begin(), members.end(), node) != members.end();

    if (member)
        view->Leave(by, node);
    else
        view->Join(by, node, static_cast<uint32_t>(t.Between(1, 3)));
}

// A change that is lost by a merge is lost for ever: who has heard of it does not say
// it again.
GRADED_PROPERTY(ViewMerge, HasTheChangesOfBoth, 60,
                "After a merge there is each change of either view, once, in "
                "their order; the other view stays as it is.")
{
    ViewTwin one(t), two(t);

    for (uint64_t shared = t.Choose(3); shared > 0; shared--)
        SaySomething(t, &one, 1);
    if (t.Choose(2) == 1)
        two.Merge(one);
    for (uint64_t more = t.Choose(4); more > 0; more--)
        SaySomething(t, &one, static_cast<node_id>(t.Between(1, 3)));
    for (uint64_t more = t.Choose(4); more > 0; more--)
        SaySomething(t, &two, 2);
    one.Merge(two);
    one.ExpectChanges("after the merge");
    two.ExpectChanges("which was merged into the other");
    one.Merge(one);
    one.Merge(two);
    one.ExpectChanges("after a merge with itself, and the same again");
    two.view.Close();
    one.ExpectChanges("after the other was closed");
    SaySomething(t, &one, 1);
    one.ExpectChanges("after one more change");
}

// Gossip reaches nodes in any order, by any way, and many times.
GRADED_PROPERTY(ViewMerge, IsTheSameInAnyOrder, 40,
                "Views that have heard the same changes have the same members, "
                "bytes and hash, in whatever order and however often they "
                "heard them.")
{
    const size_t count = t.Between(2, 4);
    std::vector<ViewTwin> said;
    ViewTwin forth(t), back(t);

    for (size_t i = 0; i < count; i++) {
        said.emplace_back(t);
        if (i > 0 && t.Choose(2) == 1)
            said[i].Merge(said[t.Choose(i)]);
        for (uint64_t more = t.Choose(4); more > 0; more--)
            SaySomething(t, &said[i], static_cast<node_id>(i));
    }
    for (size_t i = 0; i < count; i++)
        forth.Merge(said[i]);
    for (size_t i = count; i > 0; i--) {
        back.Merge(said[i - 1]);
        back.Merge(said[t.Choose(count)]);
    }
    // By way of the others.
    for (size_t i = 1; i < count; i++)
        said[i].Merge(said[i - 1]);
    forth.ExpectRight("merged from the first view to the last");
    back.ExpectRight("merged from the last to the first, some twice");
    said.back().ExpectRight("to which each told the next one");
}

GRADED_PROPERTY(ViewMerge, IsRightAfterAnyHistory, 60,
                "Whatever was said to nodes and told by them before, a view is "
                "as its contract says.")
{
    std::vector<ViewTwin> views;
    const size_t count = 3;

    for (size_t i = 0; i < count; i++)
        views.emplace_back(t);
    for (uint64_t steps = t.Choose(16); steps > 0; steps--) {
        const size_t at = t.Choose(count);
        const node_id node = static_cast<node_id>(t.Between(5, 8));

        switch (t.Choose(3)) {
        case 0:
            views[at].Join(static_cast<node_id>(at), node,
                           static_cast<uint32_t>(t.Between(1, 3)));
            break;
        case 1:
            views[at].Leave(static_cast<node_id>(at), node);
            break;
        default:
            views[at].Merge(views[t.Choose(count)]);
        }
        views[at].ExpectChanges("after that");
    }
    for (const ViewTwin &view : views)
        view.ExpectRight("at the end");
}

// ---- Part F: rings ----

ring_config ChooseRing(Trial &t)
{
    const ring_strategy strategies[] = {RING_PARTITIONS, RING_TOKENS,
                                        RING_TOKENS_PARTITIONS};
    const uint32_t partitions[] = {64, 24, 100}, tokens[] = {8, 1, 3};

    return {strategies[t.Choose(3)], tokens[t.Choose(3)],
            partitions[t.Choose(3)], t.Choose(3)};
}

// Under strategy 3 the table of owners depends on the order of joins and leaves.
GRADED_PROPERTY(ViewRing, IsMadeByTheChangesInTheirOrder, 40,
                "view_ring makes the ring that comes of ring_join and "
                "ring_leave for each change, in their order.")
{
    std::vector<ViewTwin> views;

    for (size_t i = 0; i < 2; i++)
        views.emplace_back(t);
    for (uint64_t steps = t.Choose(10); steps > 0; steps--) {
        const size_t at = t.Choose(2);

        if (t.Choose(3) == 2)
            views[at].Merge(views[1 - at]);
        else
            SaySomething(t, &views[at], static_cast<node_id>(at));
    }
    const ring_config config = ChooseRing(t);
    views[0].Merge(views[1]);
    views[0].ExpectRing(config);
    views[1].ExpectRing(config);
    views[0].ExpectChanges("after its ring was made");
}

// Else one join too many would leave the store without any ring.
GRADED_TEST(ViewRing, PassesOverWhatTheRingRefuses,
            "A join that the ring refuses is passed over, and so is a leave; "
            "the ring is made of the others.")
{
    ViewTwin view(t), other(t);

    view.ExpectRing({RING_PARTITIONS, 0, 2, 1});
    view.Join(1, 5, 1);
    view.Join(1, 6, 1);
    // Of two partitions there is none for a third.
    view.Join(1, 7, 1);
    view.ExpectRing({RING_PARTITIONS, 0, 2, 1});
    view.Leave(1, 7);
    view.Leave(1, 5);
    view.Join(1, 8, 1);
    view.ExpectRing({RING_PARTITIONS, 0, 2, 1});
    // RING_TOKENS_MAX is 65,536; of two joins of node 9 the later one fits.
    other.Join(2, 9, 1);
    other.Join(2, 8, 4);
    view.Join(1, 9, RING_WEIGHT_MAX);
    view.Merge(other);
    view.ExpectRing({RING_TOKENS, 100, 0, 1});
    other.Merge(view);
    other.ExpectRing({RING_TOKENS_PARTITIONS, 100, 16, 1});
    ViewTwin heavy(t), light(t);
    heavy.Join(1, 9, RING_WEIGHT_MAX);
    light.Join(2, 9, 3);
    heavy.Merge(light);
    heavy.ExpectRing({RING_TOKENS, 100, 0, 1});
}

// ---- Part F: bytes ----

// Nodes of several makers gossip with each other.
GRADED_TEST(ViewBytes, AreThoseOfTheContract,
            "A view's bytes are the number of its changes and then these, in "
            "their order; they come back as the same view, and their MD5 is "
            "its hash.")
{
    // 2 changes, worked out by hand.
    const unsigned char bytes[] = {0, 0, 0, 2,             //
                                   0, 0, 0, 0, 0, 0, 0, 1, // stamp
                                   0, 0, 0, 7, 0, 1, 2, 3, // by, node
                                   1, 0, 0, 4, 0,          // joins, weight
                                   0, 0, 0, 0, 0, 0, 0, 2, //
                                   0, 0, 0, 7, 0, 1, 2, 3, //
                                   2, 0, 0, 0, 0};         // leaves
    const std::string right(bytes, bytes + sizeof bytes);
    ViewTwin view(t), empty(t);

    empty.ExpectRight("at the beginning");
    view.Join(7, 0x010203, 1024);
    view.Leave(7, 0x010203);
    ExpectBytes(t, view.view.Bytes(), right, "the bytes of a join and a leave");
    view.Join(0x01020304, 9, 3);
    view.ExpectRight("after one more join");
    for (const Changes &changes :
         {Changes{}, Changes{{1, 7, 0x010203, VIEW_JOIN, 1024}},
          Changes{{1, 2, 5, VIEW_JOIN, 1},
                  {1, 2, 5, VIEW_JOIN, 2},
                  {1, 2, 5, VIEW_LEAVE, 0},
                  {1, 2, 6, VIEW_JOIN, 1},
                  {1, 3, 5, VIEW_JOIN, 1},
                  {300, 0, 5, VIEW_LEAVE, 0}}}) {
        ViewTwin decoded(t, changes);

        decoded.ExpectRight("as it was decoded");
        decoded.Join(4, 77, 1);
        decoded.ExpectRight("after one more join");
    }
}

int DecodeView(Trial &t, const std::string &bytes)
{
    std::optional<StudentView> view;

    return StudentView::Decode(t, bytes, &view);
}

// Who sends such bytes is broken, or means harm.
GRADED_TEST(ViewBytes, AreRefusedWhereTheyAreDamaged,
            "view_decode refuses what view_encode cannot have written.")
{
    const Change join = {5, 2, 7, VIEW_JOIN, 3},
                 leave = {6, 2, 7, VIEW_LEAVE, 0};
    const std::string good = ViewBytesOf({join, leave});
    const auto counting = [&](uint64_t count) {
        return BigEndian(count, 4) + good.substr(4);
    };
    // A change instead of the first.
    const auto with = [&](uint64_t stamp, uint32_t kind, uint32_t weight) {
        return ViewBytesOf({{stamp, 2, 7, kind, weight}, leave});
    };
    // And one after it that does not come after it.
    const auto followed = [&](const Change &change) {
        return ViewBytesOf({join, change});
    };

    t.ExpectCode(DYN_OK, DecodeView(t, good), "view_decode of good bytes");
    ExpectDamageRefused(
        t, good,
        {{"that count 1 change and have 2", counting(1)},
         {"that count 3 changes and have 2", counting(3)},
         {"that count 2^31 + 2 changes and have 2", counting(0x80000002)},
         {"that count 2^32 - 1 changes and have none",
          BigEndian(UINT32_MAX, 4)},
         {"with a stamp of 0", with(0, VIEW_JOIN, 3)},
         {"with the kind 0", with(5, 0, 0)},
         {"with the kind 3", with(5, 3, 1)},
         {"with a join of weight 0", with(5, VIEW_JOIN, 0)},
         {"with a join of weight 1025", with(5, VIEW_JOIN, 1025)},
         {"with a leave of weight 1", with(5, VIEW_LEAVE, 1)},
         {"with a change that comes twice", followed(join)},
         {"whose stamps descend", followed({4, 3, 8, VIEW_LEAVE, 0})},
         {"of one stamp, whose `by` descend",
          followed({5, 1, 8, VIEW_JOIN, 4})},
         {"of one stamp and `by`, whose nodes descend",
          followed({5, 2, 6, VIEW_LEAVE, 0})},
         {"that differ in weights only, which descend",
          followed({5, 2, 7, VIEW_JOIN, 2})},
         {"of a leave and a join that differ in nothing else",
          ViewBytesOf({{6, 2, 7, VIEW_LEAVE, 0}, {6, 2, 7, VIEW_JOIN, 3}})}},
        DecodeView);
    ExpectDamageRefused(t, ViewBytesOf({}), {}, DecodeView);
}

GRADED_TEST(ViewBytes, NeedTheirRoom,
            "view_encode says how long the bytes are, and writes nothing where "
            "there is less room.")
{
    ViewTwin view(t);

    for (node_id node = 5; node < 8; node++) {
        const std::string right = view.model.Bytes();
        const uint64_t size = right.size();

        for (const uint64_t capacity :
             {uint64_t{0}, size - 1, size, size + 7}) {
            const Encoded seen = view.view.Encode(capacity);

            t.ExpectCode(capacity < size ? DYN_ERANGE : DYN_OK, seen.code,
                         "view_encode of " + std::to_string(size) +
                             " bytes into " + std::to_string(capacity));
            t.Expect(seen.length == size, "the length " + std::to_string(size),
                     std::to_string(seen.length));
            if (capacity >= size)
                ExpectBytes(t, seen.bytes, right, "the bytes");
        }
        view.Join(1, node, 1);
    }
}

GRADED_TEST(BadInput, ViewRefusesWhatIsOutOfRange,
            "NULL pointers, weights that are out of range and configurations "
            "that ring_open refuses are refused with DYN_EINVAL, and nothing "
            "changes.")
{
    ViewTwin view(t);
    Placement none;

    view.Join(1, 5, 0);
    view.Join(1, 5, RING_WEIGHT_MAX + 1);
    view.Join(1, 5, UINT32_MAX);
    view.ExpectChanges("after three refusals");
    view.Join(1, 5, RING_WEIGHT_MAX);
    // Before it is said that 5 is a member.
    view.Join(1, 5, 0);
    for (const ring_config &config :
         {ring_config{RING_PARTITIONS, 1, 0, 1},
          ring_config{RING_TOKENS, 0, 1, 1},
          ring_config{static_cast<ring_strategy>(4), 1, 1, 1}})
        t.ExpectCode(DYN_EINVAL, view.view.Ring(config, &none), "view_ring");
    view.ExpectChanges("at the end");
    ExpectViewNullsRefused(t);
}

} // namespace
} // namespace judge
