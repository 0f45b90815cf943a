// siblings_public_test.cc: the graded tests of siblings.h that students are given.
#include "harness/refusals.h"
#include "lab3-vclock/versions_model.h"

namespace judge
{
namespace
{

// ---- Part B ----

// A student's set and the model, taken through the same history.
struct SetTwin {
    explicit SetTwin(Trial &t) : set(t)
    {
    }

    StudentSiblings set;
    SiblingsModel model;
};

void AddTo(Trial &t, SetTwin *twin, const Clock &clock,
           const std::string &value)
{
    const StudentClock made(t, clock);
    const int due = twin->model.Add(clock, value);

    t.ExpectCode(due, twin->set.Add(made, value),
                 due == DYN_OK
                     ? "siblings_add of a version that nothing in the "
                       "set replaces"
                     : "siblings_add of a version that one in the set "
                       "replaces or equals");
}

std::string Value(uint64_t number)
{
    return std::string(1, static_cast<char>('a' + number % 26));
}

// A store that keeps what was replaced shows a client deleted things; one that
// drops what was not loses a write.
GRADED_PROPERTY(
    Siblings, AreTheVersionsThatNothingReplaces, 100,
    "A set has those of its versions that no other one replaces, in "
    "whatever order they came.")
{
    SetTwin twin(t);
    const uint64_t adds = t.Choose(8);

    for (uint64_t i = 0; i < adds; i++) {
        AddTo(t, &twin, ChooseClock(t, 3, 2), Value(i));
        ExpectVersions(t, twin.set, twin.model, "the set");
    }
}

GRADED_TEST(
    Siblings, MayShareACounter,
    "Versions with the same counter of a node are siblings if each has a "
    "counter that the other has not reached.")
{
    SetTwin twin(t);

    AddTo(t, &twin, {{1, {2, 0}}, {2, {1, 0}}}, "a");
    AddTo(t, &twin, {{1, {2, 0}}, {3, {1, 0}}}, "b");
    ExpectVersions(t, twin.set, twin.model, "two siblings");
    AddTo(t, &twin, {{1, {2, 0}}}, "c");
    AddTo(t, &twin, {{1, {2, 9}}, {2, {1, 9}}}, "d");
    ExpectVersions(t, twin.set, twin.model, "the same two siblings");
    AddTo(t, &twin, {{1, {2, 0}}, {2, {1, 0}}, {3, {1, 0}}}, "e");
    ExpectVersions(t, twin.set, twin.model, "one version that replaces both");
}

// A replica that got the versions in another order must not hold others.
GRADED_PROPERTY(SiblingsMerge, GivesTheMaximalVersions, 80,
                "Merging sets gives those of all their versions that no other "
                "one replaces, in whatever order they are merged.")
{
    SetTwin a(t), b(t), c(t);

    for (SetTwin *twin : {&a, &b, &c})
        for (uint64_t adds = t.Choose(4); adds > 0; adds--) {
            const Clock clock = ChooseClock(t, 3, 2);

            // One version has one value, wherever it is.
            AddTo(t, twin, clock, BytesOf(clock));
        }
    SetTwin left(t), right(t);
    for (const SetTwin *from : {&a, &b, &c, &a}) {
        t.ExpectCode(DYN_OK, left.set.Merge(from->set), "siblings_merge");
        left.model.Merge(from->model);
    }
    for (const SetTwin *from : {&c, &a, &b}) {
        t.ExpectCode(DYN_OK, right.set.Merge(from->set), "siblings_merge");
        right.model.Merge(from->model);
    }
    ExpectVersions(t, left.set, left.model,
                   "the first, second and third merged");
    ExpectVersions(t, right.set, right.model,
                   "the third, first and second merged");
    ExpectVersions(t, a.set, a.model, "what was merged from, unchanged");
    t.ExpectCode(DYN_OK, a.set.Merge(a.set),
                 "siblings_merge of a set with itself");
    ExpectVersions(t, a.set, a.model, "the set, unchanged");
}

// A context of only one sibling makes a client replace what it was shown least.
GRADED_PROPERTY(
    SiblingsContext, CoversAllThatIsReturned, 60,
    "The context of a get is the merge of all its versions' clocks.")
{
    SetTwin twin(t);
    const uint64_t adds = t.Choose(5);

    for (uint64_t i = 0; i < adds; i++)
        AddTo(t, &twin, ChooseClock(t, 4, 2), Value(i));
    ExpectClock(t, twin.set.Context(), twin.model.Context(),
                "the context of the set");
    ExpectVersions(t, twin.set, twin.model, "the set, unchanged");
}

void PutTo(Trial &t, SetTwin *twin, Clock context, node_id node,
           uint64_t time_ms, const std::string &value, size_t most)
{
    const StudentClock made(t, context);
    const int due = twin->model.Put(context, node, time_ms, value, most);

    t.ExpectCode(due, twin->set.Put(made, node, time_ms, value, most),
                 "siblings_put");
    ExpectClock(t, made, context, "the context, unchanged");
}

GRADED_TEST(
    SiblingsPut, ReplacesWhatTheClientHasRead,
    "A put's version replaces the versions that its context covers; the "
    "others stay beside it.")
{
    SetTwin twin(t);

    PutTo(t, &twin, {}, 1, 1000, "a", 0);
    const Clock read = twin.model.Context();
    PutTo(t, &twin, read, 2, 1001, "b", 0);
    ExpectVersions(t, twin.set, twin.model, "'b', which has seen 'a'");
    PutTo(t, &twin, read, 3, 1002, "c", 0);
    ExpectVersions(t, twin.set, twin.model,
                   "'b' and 'c', which have both seen 'a'");
    PutTo(t, &twin, twin.model.Context(), 1, 1003, "d", 0);
    ExpectVersions(t, twin.set, twin.model, "'d', which has seen both");
}

// A number that is given twice makes one version of two writes: one of them is
// lost, and on another replica perhaps the other.
GRADED_TEST(SiblingsPut, CountsTheWritesOfTheKey,
            "The new counter is one more than the highest that the node has in "
            "the context and in any version of the set.")
{
    SetTwin twin(t);

    AddTo(t, &twin, {{1, {5, 10}}}, "a");
    AddTo(t, &twin, {{2, {3, 10}}}, "b");
    // A client that has read before 'a' was there.
    PutTo(t, &twin, {{1, {3, 7}}}, 1, 20, "c", 0);
    ExpectVersions(t, twin.set, twin.model,
                   "'c' with the counter 6 of node 1, and 'b'");
    // A client that has read what this replica has not got.
    PutTo(t, &twin, {{2, {8, 7}}}, 2, 21, "d", 0);
    ExpectVersions(t, twin.set, twin.model,
                   "'d' with the counter 9 of node 2, and 'c'");
    PutTo(t, &twin, {{7, {UINT64_MAX, 0}}}, 7, 22, "e", 0);
    AddTo(t, &twin, {{7, {UINT64_MAX, 0}}}, "e");
    PutTo(t, &twin, {}, 7, 22, "f", 0);
    ExpectVersions(t, twin.set, twin.model, "the set, unchanged");
}

// The coordinator's clock is slow: its new pair is the oldest, and is given up.
GRADED_TEST(SiblingsPut, IsNotAddedWhereTruncationMakesItLookOld,
            "A put whose truncated clock a version of the set has already is "
            "DYN_EEXIST, and changes nothing.")
{
    SetTwin twin(t);

    AddTo(t, &twin, {{1, {1, 5}}, {2, {1, 100}}}, "a");
    PutTo(t, &twin, {{2, {1, 100}}}, 1, 6, "lost", 1);
    ExpectVersions(t, twin.set, twin.model, "the set, unchanged");
    PutTo(t, &twin, {{2, {1, 100}}}, 1, 101, "kept", 1);
    ExpectVersions(t, twin.set, twin.model,
                   "'a', and 'kept', whose clock is of node 1 alone");
}

GRADED_PROPERTY(
    SiblingsPut, IsRightForAnyContext, 80,
    "A put's clock is its context, with the node's next counter and "
    "time, truncated.")
{
    SetTwin twin(t);
    const uint64_t adds = t.Choose(4);

    for (uint64_t i = 0; i < adds; i++)
        AddTo(t, &twin, ChooseClock(t, 3, 2), Value(i));
    PutTo(t, &twin, ChooseClock(t, 4, 3), static_cast<node_id>(t.Between(1, 4)),
          t.Choose(6), "z", t.Choose(4));
    ExpectVersions(t, twin.set, twin.model, "the set");
}

GRADED_PROPERTY(
    SiblingsBytes, AreThoseOfTheContract, 50,
    "A set's bytes are those of the contract, whatever the order in "
    "which its versions came; and they come back as the same set.")
{
    SetTwin twin(t);
    const std::string values[] = {"", "x", std::string("\0\xff\n", 3),
                                  std::string(300, 'v')};
    const uint64_t adds = t.Choose(5);
    std::optional<StudentSiblings> decoded;

    for (uint64_t i = 0; i < adds; i++) {
        const Clock clock =
            t.Choose(2) == 0 ? ChooseClock(t, 3, 2) : ChooseWideClock(t);

        AddTo(t, &twin, clock, values[t.Choose(4)]);
    }
    ExpectBytes(t, twin.set.Bytes(), twin.model.Bytes(), "the set's bytes");
    t.ExpectCode(DYN_OK,
                 StudentSiblings::Decode(t, twin.model.Bytes(), &decoded),
                 "siblings_decode of these bytes");
    ExpectVersions(t, *decoded, twin.model, "what was decoded");
}

int DecodeSiblings(Trial &t, const std::string &bytes)
{
    std::optional<StudentSiblings> set;

    return StudentSiblings::Decode(t, bytes, &set);
}

std::string Number(uint32_t number)
{
    return BytesOf(Clock{}).replace(3, 1, 1, static_cast<char>(number));
}

// A set's bytes, whether or not they may be one.
std::string SetOf(const std::vector<ClockedVersion> &versions)
{
    std::string bytes = Number(static_cast<uint32_t>(versions.size()));

    for (const auto &[clock, value] : versions) {
        const std::string of = BytesOf(clock);

        bytes += Number(static_cast<uint32_t>(of.size())) + of +
                 Number(static_cast<uint32_t>(value.size())) + value;
    }
    return bytes;
}

GRADED_TEST(SiblingsBytes, AreRefusedWhereTheyAreDamaged,
            "siblings_decode refuses what siblings_encode cannot have written.")
{
    const ClockedVersion a = {{{1, {1, 5}}}, "a"}, b = {{{2, {1, 5}}}, "bc"},
                         above = {{{1, {1, 5}}, {2, {1, 5}}}, "d"},
                         same = {{{1, {1, 6}}}, "e"},
                         zero = {{{1, {0, 6}}}, "f"};
    const std::string good = SetOf({a, b});
    const auto changed = [&](size_t at, char to) {
        std::string bytes = good;

        bytes[at] = to;
        return bytes;
    };

    t.ExpectCode(DYN_OK, DecodeSiblings(t, good),
                 "siblings_decode of good bytes");
    ExpectDamageRefused(
        t, good,
        {{"that count 1 version and have 2", changed(3, 1)},
         {"that count 3 versions and have 2", changed(3, 3)},
         {"that count 255 * 2^24 + 2 versions", changed(0, '\xff')},
         {"whose first clock is longer than all", changed(4, '\xff')},
         {"whose first clock has 2^32 - 4 bytes",
          good.substr(0, 4) + "\xff\xff\xff\xfc" + good.substr(8)},
         {"whose first clock is one byte shorter", changed(7, 23)},
         {"whose first clock is one byte longer", changed(7, 25)},
         {"whose versions do not ascend", SetOf({b, a})},
         {"with a version twice", SetOf({a, a})},
         {"with two versions of equal clocks", SetOf({a, same})},
         {"with a version that another one replaces", SetOf({a, above})},
         {"with a clock that has a counter of 0", SetOf({zero})}},
        DecodeSiblings);
    ExpectDamageRefused(t, SetOf({}), {}, DecodeSiblings);
}

GRADED_TEST(SiblingsBytes, NeedTheirRoom,
            "siblings_encode says how long the encoding is, and writes nothing "
            "where there is less room.")
{
    SetTwin twin(t);

    for (int versions = 0; versions < 3; versions++) {
        const uint64_t length = twin.model.Bytes().size();

        for (const uint64_t capacity :
             {uint64_t{0}, length - 1, length, length + 7}) {
            const Encoded encoded = twin.set.Encode(capacity);

            t.ExpectCode(capacity < length ? DYN_ERANGE : DYN_OK, encoded.code,
                         "siblings_encode of " + std::to_string(length) +
                             " bytes into " + std::to_string(capacity));
            t.Expect(encoded.length == length,
                     "the length " + std::to_string(length),
                     std::to_string(encoded.length));
        }
        AddTo(t, &twin, {{static_cast<node_id>(versions + 1), {1, 0}}},
              std::string(static_cast<size_t>(versions), 'v'));
    }
}

GRADED_TEST(
    BadInput, SiblingsRefuseWhatIsOutOfRange,
    "NULL pointers, values that are too long and indexes beyond the last "
    "are refused.")
{
    const StudentClock clock(t, {{1, {1, 0}}});
    StudentSiblings set(t);
    ClockedVersion version;
    const std::string longest(VALUE_SIZE_MAX, 'v');

    ExpectSiblingsNullsRefused(t);
    t.ExpectCode(DYN_EINVAL, set.Add(clock, longest + "v"),
                 "siblings_add of a value of VALUE_SIZE_MAX + 1 bytes");
    t.ExpectCode(DYN_EINVAL, set.Put(clock, 1, 0, longest + "v", 0),
                 "siblings_put of a value of VALUE_SIZE_MAX + 1 bytes");
    t.ExpectCode(DYN_ENOENT, set.At(0, &version),
                 "siblings_at of an empty set");
    t.ExpectCode(DYN_OK, set.Add(clock, longest),
                 "siblings_add of a value of VALUE_SIZE_MAX bytes");
    t.ExpectCode(DYN_ENOENT, set.At(1, &version),
                 "siblings_at of index 1 of one version");
    t.ExpectCode(DYN_ENOENT, set.At(UINT64_MAX, &version),
                 "siblings_at of index 2^64 - 1");
}

} // namespace
} // namespace judge
