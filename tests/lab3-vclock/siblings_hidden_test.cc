// siblings_hidden_test.cc: the graded tests of siblings.h and dvv.h that only
// instructors have.
#include "harness/refusals.h"
#include "lab3-vclock/versions_model.h"

namespace judge
{
namespace
{

// ---- Part B ----

GRADED_PROPERTY(
    Siblings, AreRightAfterAnyHistory, 40,
    "After any puts, gets and merges on several replicas each holds "
    "what the contract says.")
{
    std::vector<StudentSiblings> sets;
    std::vector<SiblingsModel> models(3);
    std::vector<Clock> contexts = {{}};
    const uint64_t steps = t.Choose(12), most = t.Choose(3);

    for (int i = 0; i < 3; i++)
        sets.emplace_back(t);
    for (uint64_t i = 0; i < steps; i++) {
        const size_t at = t.Choose(3), from = t.Choose(3);

        switch (t.Choose(3)) {
        case 0: {
            const Clock &context = contexts[t.Choose(contexts.size())];
            const node_id node = static_cast<node_id>(at + 1);
            const std::string value(1, static_cast<char>('a' + i));
            const StudentClock made(t, context);
            const int due = models[at].Put(context, node, i, value, most);

            t.ExpectCode(due, sets[at].Put(made, node, i, value, most),
                         "siblings_put");
            break;
        }
        case 1:
            contexts.push_back(models[at].Context());
            ExpectClock(t, sets[at].Context(), contexts.back(), "the context");
            break;
        default:
            models[at].Merge(models[from]);
            t.ExpectCode(DYN_OK, sets[at].Merge(sets[from]), "siblings_merge");
        }
        ExpectVersions(t, sets[at], models[at],
                       "the set of replica " + std::to_string(at + 1));
    }
    for (size_t i = 0; i < sets.size(); i++)
        ExpectBytes(t, sets[i].Bytes(), models[i].Bytes(), "the set's bytes");
}

GRADED_TEST(Siblings, HaveNoLimit, "There may be any number of siblings.")
{
    StudentSiblings set(t);
    SiblingsModel model;
    Clock all;

    for (node_id node = 1; node <= 300; node++) {
        const Clock clock = {{node, {1, node}}};
        const StudentClock made(t, clock);

        all[node] = {1, node};
        model.Add(clock, "v");
        t.ExpectCode(DYN_OK, set.Add(made, "v"), "siblings_add");
    }
    ExpectVersions(t, set, model, "300 siblings");
    ExpectBytes(t, set.Bytes(), model.Bytes(), "their bytes");
    std::optional<StudentSiblings> back;
    t.ExpectCode(DYN_OK, StudentSiblings::Decode(t, model.Bytes(), &back),
                 "siblings_decode of these bytes");
    StudentSiblings merged(t);
    t.ExpectCode(DYN_OK, merged.Merge(*back), "siblings_merge");
    ExpectVersions(t, merged, model,
                   "what was decoded, merged into an empty set");
    // Clocks of more than ten pairs, truncated to more than ten, or not.
    for (const size_t most : {0, 12}) {
        const StudentClock context(t, Truncated(all, 11));
        SiblingsModel expected;
        StudentSiblings put(t);

        expected.Put(Truncated(all, 11), 400, 500, "w", most);
        t.ExpectCode(DYN_OK, put.Put(context, 400, 500, "w", most),
                     "siblings_put");
        ExpectVersions(t, put, expected, "a version of 12 pairs");
    }
    ExpectClock(t, set.Context(), all, "their context");
}

GRADED_TEST(
    Siblings, SayWhenThereIsNoMemory,
    "A call that gets no memory returns DYN_ENOMEM, changes nothing, and "
    "holds on to nothing.")
{
    const Clock below = {{1, {1, 5}}}, beside = {{2, {1, 5}}},
                above = {{1, {2, 6}}}, third = {{3, {1, 5}}};
    StudentSiblings set(t), from(t);
    SiblingsModel model, other;
    const StudentClock a(t, below), b(t, beside), c(t, above), d(t, third);
    std::optional<StudentSiblings> back;
    const auto same = [&] {
        ExpectVersions(t, set, model, "the set, unchanged");
    };
    const auto made = [&] {
        ExpectVersions(t, set, model, "the set after the call");
    };

    FailEach(
        t, "siblings_add", [&] { return set.Add(a, "a"); }, same);
    model.Add(below, "a");
    FailEach(
        t, "siblings_add", [&] { return set.Add(b, "b"); }, same);
    model.Add(beside, "b");
    t.ExpectCode(DYN_OK, from.Add(c, "c"), "siblings_add");
    t.ExpectCode(DYN_OK, from.Add(d, "d"), "siblings_add");
    other.Add(above, "c");
    other.Add(third, "d");
    FailEach(
        t, "siblings_merge", [&] { return set.Merge(from); }, same);
    model.Merge(other);
    made();
    FailEach(
        t, "siblings_put", [&] { return set.Put(a, 1, 9, "e", 0); }, same);
    model.Put(below, 1, 9, "e", 0);
    made();
    FailEach(
        t, "siblings_decode",
        [&] { return StudentSiblings::Decode(t, model.Bytes(), &back); },
        [] {});
    ExpectVersions(t, *back, model, "what was decoded");
}

GRADED_PROPERTY(
    SiblingsBytes, AreRefusedOrComeBackAsTheyWere, 60,
    "Whatever bytes siblings_decode accepts, siblings_encode writes "
    "again.")
{
    SiblingsModel model;
    std::optional<StudentSiblings> set;

    for (uint64_t adds = t.Choose(4); adds > 0; adds--)
        model.Add(ChooseClock(t, 3, 2), "ab");
    std::string bytes = model.Bytes();
    for (uint64_t changes = t.Choose(4); changes > 0; changes--)
        bytes[t.Choose(bytes.size())] = static_cast<char>(t.Choose(256));
    const int code = StudentSiblings::Decode(t, bytes, &set);
    if (code == DYN_OK)
        ExpectBytes(t, set->Bytes(), bytes, "the bytes that were decoded");
    else
        t.ExpectCode(DYN_ECORRUPT, code, "siblings_decode of such bytes");
}

// ---- Part E: the sets ----

GRADED_TEST(
    Dotted, SaysWhenThereIsNoMemory,
    "A call that gets no memory returns DYN_ENOMEM, changes nothing, and "
    "holds on to nothing.")
{
    StudentDvv set(t), from(t);
    DvvModel model, other;
    const StudentClock empty(t), first(t, {{1, {1, 5}}});
    std::optional<StudentDvv> back;
    const auto same = [&] {
        ExpectVersions(t, set, model, "the set, unchanged");
    };
    const auto made = [&] {
        ExpectVersions(t, set, model, "the set after the call");
    };

    FailEach(
        t, "dvv_put", [&] { return set.Put(empty, 1, 5, "a"); }, same);
    model.Put({}, 1, 5, "a");
    made();
    FailEach(
        t, "dvv_put", [&] { return set.Put(first, 1, 6, "b"); }, same);
    model.Put({{1, {1, 5}}}, 1, 6, "b");
    made();
    t.ExpectCode(DYN_OK, from.Put(empty, 2, 5, "c"), "dvv_put");
    t.ExpectCode(DYN_OK, from.Put(empty, 2, 6, "d"), "dvv_put");
    other.Put({}, 2, 5, "c");
    other.Put({}, 2, 6, "d");
    FailEach(
        t, "dvv_merge", [&] { return set.Merge(from); }, same);
    model.Merge(other);
    made();
    FailEach(
        t, "dvv_decode",
        [&] { return StudentDvv::Decode(t, model.Bytes(), &back); }, [] {});
    ExpectVersions(t, *back, model, "what was decoded");
}

GRADED_PROPERTY(DottedBytes, AreRefusedOrComeBackAsTheyWere, 60,
                "Whatever bytes dvv_decode accepts, dvv_encode writes again.")
{
    DvvModel model;
    std::optional<StudentDvv> set;

    for (uint64_t puts = t.Choose(4); puts > 0; puts--)
        model.Put({}, static_cast<node_id>(t.Between(1, 2)), puts, "ab");
    std::string bytes = model.Bytes();
    for (uint64_t changes = t.Choose(4); changes > 0; changes--)
        bytes[t.Choose(bytes.size())] = static_cast<char>(t.Choose(256));
    const int code = StudentDvv::Decode(t, bytes, &set);
    if (code == DYN_OK)
        ExpectBytes(t, set->Bytes(), bytes, "the bytes that were decoded");
    else
        t.ExpectCode(DYN_ECORRUPT, code, "dvv_decode of such bytes");
}

GRADED_TEST(Dotted, HasNoLimit, "There may be any number of versions.")
{
    StudentDvv set(t);
    DvvModel model;
    const StudentClock empty(t);

    for (uint64_t i = 0; i < 300; i++) {
        const node_id node = static_cast<node_id>(i % 3 + 1);

        model.Put({}, node, i, "v");
        t.ExpectCode(DYN_OK, set.Put(empty, node, i, "v"), "dvv_put");
    }
    ExpectVersions(t, set, model, "300 versions");
    ExpectBytes(t, set.Bytes(), model.Bytes(), "their bytes");
    std::optional<StudentDvv> back;
    t.ExpectCode(DYN_OK, StudentDvv::Decode(t, model.Bytes(), &back),
                 "dvv_decode of these bytes");
    StudentDvv merged(t);
    t.ExpectCode(DYN_OK, merged.Merge(*back), "dvv_merge");
    ExpectVersions(t, merged, model,
                   "what was decoded, merged into an empty set");
}

} // namespace
} // namespace judge
