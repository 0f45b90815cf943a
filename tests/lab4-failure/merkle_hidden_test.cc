// merkle_hidden_test.cc: the graded tests of merkle.h that only instructors have.
#include "harness/refusals.h"
#include "lab4-failure/merkle_model.h"

#include <algorithm>

namespace judge
{
namespace
{

// ---- Part D ----

GRADED_TEST(MerkleKeys, MayHaveAnyBytes,
            "Keys and what is stored may have any bytes, and all the sizes "
            "that they are allowed.")
{
    const std::string zeros[] = {std::string(1, '\0'),
                                 std::string(2, '\0'),
                                 {"k\0a", 3},
                                 {"k\0b", 3},
                                 "k",
                                 "\xff\xff",
                                 std::string(256, '\0')};
    MerkleTwin twin(t), other(t);

    for (const std::string &key : zeros) {
        twin.Put(key, key);
        twin.ExpectRoot("after " + ShowValue(key));
    }
    twin.ExpectDescription({});
    other.Put("k", {"v\0w", 3});
    twin.Put("k", {"v\0x", 3});
    twin.ExpectDifference({}, other.model.Describe({}));
    other.ExpectDifference({}, twin.model.Describe({}));
    twin.Put("large", std::string(1 << 20, 'v'));
    twin.Remove({"k\0a", 3});
    twin.ExpectRoot("after that");
    // Sixteen of the longest.
    MerkleTwin full(t);
    for (char c = 'a'; c < 'a' + 16; c++)
        full.Put(std::string(256, c), "v");
    full.ExpectDescription({});
    other.ExpectDifference({}, full.model.Describe({}));
}

GRADED_PROPERTY(MerkleCompare, BelievesNothing, 150,
                "Whatever bytes come, they are refused, or compared as the "
                "contract says.")
{
    const uint64_t sizes[] = {0, 2, 16, 17, 40};
    MerkleTwin ours(t);
    MerkleModel theirs;

    ours.PutMany(0, 1 + sizes[t.Choose(5)], 1);
    theirs.PutMany(t.Choose(3), 1 + sizes[t.Choose(5)], 1);
    std::string bytes = theirs.Describe({});
    for (uint64_t changes = t.Choose(3); changes > 0; changes--) {
        const size_t at = t.Choose(std::min<size_t>(bytes.size(), 40));

        switch (t.Choose(3)) {
        case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << t.Choose(8)));
            break;
        case 1:
            bytes.erase(at, 1 + t.Choose(20));
            break;
        default:
            bytes.insert(at, 1 + t.Choose(20), static_cast<char>(t.Choose(3)));
        }
        if (bytes.empty())
            bytes = "L";
    }
    const MerkleNode node =
        t.Choose(3) == 2
            ? NodeOfKey(ManyKey(0), static_cast<uint32_t>(t.Choose(3)))
            : MerkleNode();
    ours.ExpectDifference(node, bytes);
}

GRADED_TEST(MerkleExchange, CostsLittleAmongManyKeys,
            "The bytes of an exchange grow with the keys that differ and with "
            "the logarithm of all keys, also for 200,000.")
{
    ExpectCheapExchange(t, 200000, 10);
}

// A node whose disk was lost has nothing, and gets all, a description after the
// other.
GRADED_TEST(MerkleExchange, RefillsAnEmptyTree,
            "Where one tree is empty, an exchange finds every key of the "
            "other, whoever asks.")
{
    MerkleTwin full(t), empty(t);

    full.PutMany(0, 3000, 1);
    for (MerkleTwin *from : {&full, &empty}) {
        MerkleTwin *const to = from == &full ? &empty : &full;
        const Exchange exchange = ExchangeAll(
            [&](const MerkleNode &node) { return to->ExpectDescription(node); },
            from);

        t.Expect(exchange.keys.size() == 3000, "3000 keys",
                 std::to_string(exchange.keys.size()));
    }
}

GRADED_PROPERTY(Merkle, IsRightAfterAnyHistory, 12,
                "A tree that grows and shrinks for long is right at any time.")
{
    MerkleTwin twin(t);
    uint64_t most = 0;

    for (uint64_t steps = t.Choose(10); steps > 0; steps--) {
        const uint64_t count = t.Between(1, 400);

        if (t.Choose(2) == 0) {
            twin.PutMany(most, count, 1);
            most += count;
        } else {
            const uint64_t first = t.Choose(most + 1);

            for (uint64_t i = first; i < std::min(most, first + count); i++)
                twin.Remove(ManyKey(i));
        }
        twin.ExpectRoot("after that");
        const MerkleNode node = NodeOfKey(ManyKey(t.Choose(most + 1)),
                                          static_cast<uint32_t>(t.Choose(4)));
        twin.ExpectDescription(node);
    }
}

GRADED_TEST(MerkleMemory, ChangesNothingWhereThereIsNone,
            "A call that gets no memory returns DYN_ENOMEM, and changes "
            "nothing.")
{
    for (const uint64_t keys : {0, 1, 15, 16, 17, 40}) {
        MerkleTwin twin(t), other(t);
        MerkleDifference found;
        Digest hash = {};

        if (keys > 0)
            twin.PutMany(0, keys, 1);
        other.PutMany(0, 17, 2);
        const auto unchanged = [&] { twin.ExpectRoot("after a failure"); };
        FailEach(
            t, "merkle_put of a new key",
            [&] { return twin.tree.Put("new", "v"); }, unchanged);
        twin.model.Put("new", "v");
        unchanged();
        FailEach(
            t, "merkle_put of a key that is there",
            [&] { return twin.tree.Put("new", "w"); }, unchanged);
        twin.model.Put("new", "w");
        unchanged();
        FailEach(
            t, "merkle_hash", [&] { return twin.tree.Hash({}, &hash); },
            unchanged);
        FailEach(
            t, "merkle_describe",
            [&] { return twin.tree.Describe({}, MERKLE_DESCRIPTION_MAX).code; },
            unchanged);
        FailEach(
            t, "merkle_compare",
            [&] {
                return twin.tree.Compare({}, other.model.Describe({}), &found);
            },
            unchanged);
        FailEach(
            t, "merkle_remove", [&] { return twin.tree.Remove("new"); },
            unchanged);
        twin.model.Remove("new");
        unchanged();
    }
    FailEach(
        t, "merkle_open", [&] { return StudentMerkle::Open(t); }, [] {});
}

} // namespace
} // namespace judge
