// dotted_public_test.cc: the graded tests of dvv.h that students are given.
#include "harness/refusals.h"
#include "lab3-vclock/versions_model.h"

namespace judge
{
namespace
{

// ---- Part E: the sets ----

struct DottedTwin {
    explicit DottedTwin(Trial &t) : set(t)
    {
    }

    StudentDvv set;
    DvvModel model;
};

void PutTo(Trial &t, DottedTwin *twin, Clock context, node_id node,
           uint64_t time_ms, const std::string &value)
{
    const StudentClock made(t, context);
    const int due = twin->model.Put(context, node, time_ms, value);

    t.ExpectCode(due, twin->set.Put(made, node, time_ms, value), "dvv_put");
    ExpectClock(t, made, context, "the context, unchanged");
}

void MergeInto(Trial &t, DottedTwin *into, const DottedTwin &from)
{
    t.ExpectCode(DYN_OK, into->set.Merge(from.set), "dvv_merge");
    into->model.Merge(from.model);
}

// The write that the paper's clocks lose.
GRADED_TEST(DottedPut, KeepsWhatItsClientHasNotRead,
            "Of two puts through one node whose clients have read the same, "
            "neither replaces the other.")
{
    DottedTwin twin(t);

    PutTo(t, &twin, {}, 1, 1000, "old");
    const Clock read = twin.model.Context();
    PutTo(t, &twin, read, 1, 1001, "x");
    PutTo(t, &twin, read, 1, 1002, "y");
    ExpectVersions(t, twin.set, twin.model,
                   "'x' and 'y', which have seen 'old'");
    PutTo(t, &twin, {}, 1, 1003, "blind");
    ExpectVersions(t, twin.set, twin.model,
                   "'x', 'y', and 'blind', which has seen nothing");
    PutTo(t, &twin, twin.model.Context(), 2, 1004, "all");
    ExpectVersions(t, twin.set, twin.model, "'all', which has seen them all");
}

GRADED_PROPERTY(DottedPut, IsRightForAnyContext, 80,
                "A put drops the versions whose dots its context covers, and "
                "adds its own with the node's next counter.")
{
    DottedTwin twin(t);
    const uint64_t puts = t.Between(1, 5);

    for (uint64_t i = 0; i < puts; i++)
        PutTo(t, &twin, ChooseClock(t, 3, 3),
              static_cast<node_id>(t.Between(1, 3)), t.Choose(4),
              std::string(1, static_cast<char>('a' + i)));
    ExpectVersions(t, twin.set, twin.model, "the set");
}

// What one replica has seen replaced must go from the other, and never come back.
GRADED_TEST(
    DottedMerge, DropsWhatTheOtherHasSeenReplaced,
    "A version that one set lacks although its clock covers the dot has "
    "been replaced: it does not survive a merge, on either side.")
{
    DottedTwin a(t), b(t), old(t);

    PutTo(t, &a, {}, 1, 10, "v");
    MergeInto(t, &b, a);
    MergeInto(t, &old, a);
    PutTo(t, &b, b.model.Context(), 2, 11, "w");
    // Two values that are equal are two versions all the same.
    PutTo(t, &a, {}, 1, 12, "w");
    MergeInto(t, &a, b);
    ExpectVersions(t, a.set, a.model, "both 'w', without 'v'");
    MergeInto(t, &b, old);
    ExpectVersions(t, b.set, b.model, "'w' alone: 'v' does not come back");
    MergeInto(t, &old, b);
    ExpectVersions(t, old.set, old.model, "'w' alone: 'v' is gone here too");
    MergeInto(t, &b, a);
    ExpectVersions(t, b.set, b.model, "both 'w'");
}

// Replicas, clients that have read from one of them some time ago, and a network
// that brings one replica's set to another.
GRADED_PROPERTY(
    DottedMerge, IsRightAfterAnyHistory, 60,
    "Of the versions that only one of two sets has, those stay whose "
    "dot the other's clock does not cover.")
{
    std::vector<DottedTwin> replicas;
    std::vector<Clock> contexts = {{}};
    const uint64_t replica_count = t.Between(1, 3), steps = t.Choose(10);

    for (uint64_t i = 0; i < replica_count; i++)
        replicas.emplace_back(t);
    for (uint64_t i = 0; i < steps; i++) {
        const uint64_t chosen = t.Choose(replica_count);
        DottedTwin &replica = replicas[chosen];

        switch (t.Choose(3)) {
        case 0:
            PutTo(t, &replica, contexts[t.Choose(contexts.size())],
                  static_cast<node_id>(chosen + 1), 1000 + i,
                  std::string(1, static_cast<char>('a' + i)));
            break;
        case 1:
            contexts.push_back(replica.model.Context());
            break;
        default:
            MergeInto(t, &replica, replicas[t.Choose(replica_count)]);
        }
        ExpectVersions(t, replica.set, replica.model,
                       "the set of replica " + std::to_string(chosen + 1));
    }
}

GRADED_PROPERTY(DottedMerge, IsTheSameInAnyOrder, 50,
                "In whatever order sets are merged, the result is the same.")
{
    std::vector<DottedTwin> sets;
    const size_t orders[][4] = {{0, 1, 2, 0}, {2, 1, 0, 2}, {1, 2, 1, 0}};
    std::string bytes;

    for (node_id node = 1; node <= 3; node++) {
        DottedTwin twin(t);

        for (uint64_t puts = t.Choose(4); puts > 0; puts--) {
            Clock context = twin.model.Context();

            if (t.Choose(2) == 1)
                context = {};
            PutTo(t, &twin, context, node, puts,
                  std::to_string(node) + std::to_string(puts));
        }
        // Some of what the sets before it hold.
        if (node > 1 && t.Choose(2) == 1)
            MergeInto(t, &twin, sets[node - 2]);
        sets.push_back(twin);
    }
    for (const auto &order : orders) {
        DottedTwin merged(t);

        for (const size_t i : order)
            MergeInto(t, &merged, sets[i]);
        MergeInto(t, &merged, merged);
        ExpectVersions(t, merged.set, merged.model, "the sets merged");
        const std::string seen = merged.set.Bytes();
        if (!bytes.empty())
            ExpectBytes(t, seen, bytes,
                        "the bytes of another order of merging");
        bytes = seen;
    }
}

GRADED_PROPERTY(
    DottedBytes, AreThoseOfTheContract, 50,
    "A set's bytes are those of the contract; and they come back as "
    "the same set.")
{
    const node_id nodes[] = {1, 0, 256, UINT32_MAX};
    const std::string values[] = {"", "x", std::string("\0\xff\n", 3),
                                  std::string(300, 'v')};
    DottedTwin twin(t);
    std::optional<StudentDvv> decoded;

    for (uint64_t puts = t.Choose(5); puts > 0; puts--)
        PutTo(t, &twin, t.Choose(2) == 0 ? Clock{} : ChooseWideClock(t),
              nodes[t.Choose(4)], puts, values[t.Choose(4)]);
    ExpectBytes(t, twin.set.Bytes(), twin.model.Bytes(), "the set's bytes");
    t.ExpectCode(DYN_OK, StudentDvv::Decode(t, twin.model.Bytes(), &decoded),
                 "dvv_decode of these bytes");
    ExpectVersions(t, *decoded, twin.model, "what was decoded");
}

int DecodeDotted(Trial &t, const std::string &bytes)
{
    std::optional<StudentDvv> set;

    return StudentDvv::Decode(t, bytes, &set);
}

GRADED_TEST(DottedBytes, AreRefusedWhereTheyAreDamaged,
            "dvv_decode refuses what dvv_encode cannot have written.")
{
    DvvModel model;

    model.Put({}, 1, 5, "a");
    model.Put({}, 1, 6, "bc");
    const std::string good = model.Bytes();
    // Length 4, clock 24, count 4, then node 4, counter 8, length 4, 'a'.
    const auto changed = [&](size_t at, char to) {
        std::string bytes = good;

        bytes[at] = to;
        return bytes;
    };

    t.ExpectCode(DYN_OK, DecodeDotted(t, good), "dvv_decode of good bytes");
    ExpectDamageRefused(
        t, good,
        {{"whose clock is one byte shorter", changed(3, 23)},
         {"whose clock is one byte longer", changed(3, 25)},
         {"whose clock is longer than all", changed(0, '\xff')},
         {"whose clock has 2^32 - 8 bytes",
          "\xff\xff\xff\xf8" + good.substr(4)},
         {"with a value of 2^32 - 16 bytes",
          good.substr(0, 44) + "\xff\xff\xff\xf0" + good.substr(48)},
         {"that count 1 version and have 2", changed(31, 1)},
         {"that count 3 versions and have 2", changed(31, 3)},
         {"that count 255 * 2^24 + 2 versions", changed(28, '\xff')},
         {"with a dot of counter 0", changed(43, 0)},
         {"with the dot (1, 2) twice", changed(43, 2)},
         {"with the dot (1, 3), which the clock does not cover",
          changed(60, 3)},
         {"with a dot of node 2, which the clock does not know",
          changed(35, 2)},
         {"with a value that is longer than all", changed(44, '\xff')},
         {"with a clock that has a counter of 0", changed(19, 0)},
         {"whose dots do not ascend",
          good.substr(0, 32) + good.substr(49) + good.substr(32, 17)}},
        DecodeDotted);
    ExpectDamageRefused(t, DvvModel().Bytes(), {}, DecodeDotted);
    DvvModel two;
    two.Put({}, 1, 5, "a");
    two.Put({}, 2, 5, "a");
    // Length 4, clock 44, count 4, then two versions of 17 bytes.
    const std::string both = two.Bytes();
    ExpectDamageRefused(
        t, both,
        {{"whose nodes descend",
          both.substr(0, 52) + both.substr(69) + both.substr(52, 17)}},
        DecodeDotted);
}

GRADED_TEST(
    DottedBytes, NeedTheirRoom,
    "dvv_encode says how long the encoding is, and writes nothing where "
    "there is less room.")
{
    DottedTwin twin(t);

    for (int versions = 0; versions < 3; versions++) {
        const uint64_t length = twin.model.Bytes().size();

        for (const uint64_t capacity :
             {uint64_t{0}, length - 1, length, length + 7}) {
            const Encoded encoded = twin.set.Encode(capacity);

            t.ExpectCode(capacity < length ? DYN_ERANGE : DYN_OK, encoded.code,
                         "dvv_encode of " + std::to_string(length) +
                             " bytes into " + std::to_string(capacity));
            t.Expect(encoded.length == length,
                     "the length " + std::to_string(length),
                     std::to_string(encoded.length));
        }
        PutTo(t, &twin, {}, 1, 5,
              std::string(static_cast<size_t>(versions), 'v'));
    }
}

GRADED_TEST(
    BadInput, DottedSetsRefuseWhatIsOutOfRange,
    "NULL pointers, values that are too long, counters that cannot grow "
    "and indexes beyond the last are refused.")
{
    DottedTwin twin(t);
    const StudentClock empty(t);
    const std::string longest(VALUE_SIZE_MAX, 'v');
    std::string value;
    Dot dot;

    ExpectDvvNullsRefused(t);
    t.ExpectCode(DYN_EINVAL, twin.set.Put(empty, 1, 0, longest + "v"),
                 "dvv_put of a value of VALUE_SIZE_MAX + 1 bytes");
    t.ExpectCode(DYN_ENOENT, twin.set.At(0, &dot, &value),
                 "dvv_at of an empty set");
    PutTo(t, &twin, {}, 1, 0, longest);
    t.ExpectCode(DYN_ENOENT, twin.set.At(1, &dot, &value),
                 "dvv_at of index 1 of one version");
    t.ExpectCode(DYN_ENOENT, twin.set.At(UINT64_MAX, &dot, &value),
                 "dvv_at of index 2^64 - 1");
    PutTo(t, &twin, {{1, {1, 0}}, {2, {UINT64_MAX, 3}}}, 2, 4, "b");
    ExpectVersions(t, twin.set, twin.model, "the set, unchanged");
}

} // namespace
} // namespace judge
