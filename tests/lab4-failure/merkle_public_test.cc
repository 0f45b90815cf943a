// merkle_public_test.cc: the graded tests of merkle.h that students are given.
#include "harness/refusals.h"
#include "lab4-failure/merkle_model.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

// ---- Part D: keys ----

GRADED_TEST(Merkle, HasEachKeyOnce,
            "A key is in the tree once, however often it was put, until it is "
            "removed.")
{
    MerkleTwin twin(t);

    twin.ExpectRoot("at the beginning");
    twin.Put("tea", "green");
    twin.Put("cup", "");
    twin.ExpectRoot("after two puts");
    twin.Put("tea", "black");
    twin.ExpectRoot("after 'tea' was put again");
    twin.Put("tea", "black");
    twin.ExpectRoot("after the same was put again");
    twin.Remove("pot");
    twin.Remove("tea");
    twin.Remove("tea");
    twin.ExpectRoot("after 'tea' was removed");
    twin.Remove("cup");
    twin.Remove("cup");
    twin.ExpectRoot("after all were removed");
}

// ---- Part D: hashes ----

// Two replicas are never told the same writes in the same order: one lost a message,
// another was repaired. What they hold now must be all that counts.
GRADED_PROPERTY(MerkleHash, FollowsFromTheKeysAlone, 60,
                "The hash of a tree is that of its keys and of what is stored "
                "under them now, whatever was put and removed before.")
{
    const uint64_t sizes[] = {0, 1, 15, 16, 17, 18, 40, 300};
    MerkleTwin twin(t);
    uint64_t most = sizes[t.Choose(8)];

    if (most > 0)
        twin.PutMany(0, most, 1);
    for (uint64_t steps = t.Choose(12); steps > 0; steps--) {
        const uint64_t number = t.Choose(most + 4);

        switch (t.Choose(4)) {
        case 0:
            twin.Put(ManyKey(number), ManyStored(number, t.Choose(3)));
            break;
        case 1:
            twin.Remove(ManyKey(number));
            break;
        case 2:
            twin.PutMany(number, t.Between(1, 3), t.Choose(3));
            break;
        default:
            // Half-way: what was computed now must not be believed later.
            twin.ExpectRoot("half-way");
        }
    }
    twin.ExpectRoot("at the end");
}

GRADED_TEST(MerkleHash, ChangesItsFormWithTheSeventeenthKey,
            "Up to 16 keys are hashed as a leaf; more as 16 subtrees, for as "
            "long as there are more.")
{
    MerkleTwin twin(t);

    for (uint64_t i = 0; i < 20; i++) {
        twin.PutMany(i, 1, 1);
        twin.ExpectRoot("with " + std::to_string(i + 1) + " keys");
    }
    for (uint64_t i = 20; i > 0; i--) {
        // Not in the order in which they came.
        twin.Remove(ManyKey(i * 7 % 20));
        twin.ExpectRoot("with " + std::to_string(i - 1) + " keys again");
    }
}

// So many keys, the first ones, whose places begin with the same `depth` half-bytes.
std::vector<std::string> Neighbours(size_t count, uint32_t depth)
{
    const MerkleNode node = NodeOfKey("neighbour", depth);
    std::vector<std::string> keys;

    for (uint64_t i = 0; keys.size() < count; i++) {
        const std::string key = "n" + std::to_string(i);

        if (NodeOfKey(key, depth) == node)
            keys.push_back(key);
    }
    return keys;
}

GRADED_TEST(MerkleHash, GoesAsDeepAsItMust,
            "A subtree of more than 16 keys has 16 subtrees, also where all "
            "its keys are in one of them.")
{
    const std::vector<std::string> keys = Neighbours(18, 3);
    MerkleTwin twin(t);

    for (const std::string &key : keys) {
        twin.Put(key, "v");
        twin.ExpectRoot("after " + ShowValue(key) +
                        ", a neighbour of the rest");
    }
    for (uint32_t depth = 1; depth <= 5; depth++)
        twin.ExpectHash(NodeOfKey(keys[0], depth),
                        Show(NodeOfKey(keys[0], depth)));
    for (const std::string &key : keys) {
        twin.Remove(key);
        twin.ExpectRoot("without " + ShowValue(key));
    }
}

// A subtree to look at: of a key that is there or not, at any depth.
MerkleNode ChooseNode(Trial &t, uint64_t keys)
{
    const uint32_t depths[] = {0, 1, 2, 3, 4, 5, 31, 32};

    return NodeOfKey(ManyKey(t.Choose(keys + 3)), depths[t.Choose(8)]);
}

GRADED_PROPERTY(MerkleHash, OfASubtreeIsThatOfItsKeys, 60,
                "The hash of any subtree is that of the keys whose places "
                "begin with its half-bytes.")
{
    const uint64_t sizes[] = {0, 1, 2, 16, 17, 60, 300, 700};
    const uint64_t keys = sizes[t.Choose(8)];
    MerkleTwin twin(t);

    if (keys > 0)
        twin.PutMany(0, keys, 1);
    for (int i = 0; i < 4; i++) {
        const MerkleNode node = ChooseNode(t, keys);

        twin.ExpectHash(node, Show(node));
        if (t.Choose(2) == 1)
            twin.PutMany(t.Choose(keys + 1), 1, 2);
    }
}

// ---- Part D: comparing ----

GRADED_PROPERTY(MerkleDescribe, TellsWhatIsRightBelow, 50,
                "A subtree of at most 16 keys is described by them, a larger "
                "one by the hashes of its 16 subtrees.")
{
    const uint64_t sizes[] = {0, 1, 2, 16, 17, 60, 300, 700};
    const uint64_t keys = sizes[t.Choose(8)];
    MerkleTwin twin(t);

    if (keys > 0)
        twin.PutMany(0, keys, 1);
    for (int i = 0; i < 4; i++)
        twin.ExpectDescription(ChooseNode(t, keys));
}

GRADED_TEST(MerkleDescribe, NeedsItsRoom,
            "The length is told even if there is too little room; then "
            "nothing is written.")
{
    MerkleTwin empty(t), leaf(t), tree(t);

    leaf.Put("tea", "green");
    leaf.Put("cup", "white");
    tree.PutMany(0, 17, 1);
    for (MerkleTwin *twin : {&empty, &leaf, &tree}) {
        const std::string right = twin->model.Describe({});
        const uint64_t size = right.size();

        for (const uint64_t capacity :
             {uint64_t(0), size - 1, size, size + 1}) {
            const Encoded seen = twin->tree.Describe({}, capacity);

            t.ExpectCode(capacity < size ? DYN_ERANGE : DYN_OK, seen.code,
                         "merkle_describe with room for " +
                             std::to_string(capacity) + " of " +
                             std::to_string(size) + " bytes");
            t.Expect(seen.length == size, "the length " + std::to_string(size),
                     std::to_string(seen.length));
            if (capacity >= size)
                ExpectBytes(t, seen.bytes, right, "the description");
        }
    }
}

GRADED_PROPERTY(MerkleCompare, TellsWhatIsNotTheSame, 80,
                "Where neither tree has more than 16 keys, those that differ "
                "are told; else the subtrees whose hashes do.")
{
    const uint64_t sizes[] = {0, 1, 3, 16, 17, 18, 60, 300};
    const uint64_t keys = sizes[t.Choose(8)];
    MerkleTwin ours(t), theirs(t);

    if (keys > 0)
        ours.PutMany(0, keys, 1);
    // Nearly the same, or of quite another size.
    const uint64_t same = t.Choose(2) == 0 ? keys : sizes[t.Choose(8)];
    if (same > 0)
        theirs.PutMany(0, same, 1);
    for (uint64_t changes = t.Choose(4); changes > 0; changes--) {
        MerkleTwin &changed = t.Choose(2) == 0 ? ours : theirs;
        const uint64_t number = t.Choose(keys + 2);

        if (t.Choose(3) == 0)
            changed.Remove(ManyKey(number));
        else
            changed.Put(ManyKey(number), ManyStored(number, 1 + t.Choose(2)));
    }
    const MerkleNode node =
        t.Choose(2) == 0 ? MerkleNode() : ChooseNode(t, keys);
    ours.ExpectDifference(node, theirs.model.Describe(node));
    theirs.ExpectDifference(node, ours.model.Describe(node));
}

// Who sends such bytes is broken, or means harm.
GRADED_TEST(MerkleCompare, RefusesWhatIsNoDescription,
            "Bytes that describe no such subtree are refused with "
            "DYN_ECORRUPT, and nothing is stored.")
{
    MerkleTwin small(t), large(t);
    MerkleModel two, one, seventeen;
    MerkleDifference none;

    small.Put("tea", "green");
    large.PutMany(0, 40, 1);
    two.Put("tea", "black");
    two.Put("cup", "white");
    one.Put("tea", "black");
    seventeen.PutMany(0, 17, 1);
    const std::string good = two.Describe({}), inner = seventeen.Describe({});
    const size_t half = 3 + (good.size() - 3) / 2; // both keys are as long
    std::string many = "L" + BigEndian(17, 2), longest(257, 'k');

    // More keys than a leaf has, and nothing else wrong.
    std::map<Digest, std::string> sorted;
    for (uint64_t i = 0; i < 17; i++)
        sorted[Md5(ManyKey(i))] = ManyKey(i);
    for (const auto &[place, key] : sorted)
        many += BigEndian(key.size(), 2) + key + std::string(16, 'h');
    std::vector<Damage> bad = {
        {"of another kind", "M" + good.substr(1)},
        {"of 17 keys", many},
        {"of a key without bytes",
         "L" + BigEndian(1, 2) + BigEndian(0, 2) + std::string(16, 'h')},
        {"of a key of 257 bytes", "L" + BigEndian(1, 2) + BigEndian(257, 2) +
                                      longest + std::string(16, 'h')},
        {"whose keys descend",
         good.substr(0, 3) + good.substr(half) + good.substr(3, half - 3)},
        {"with a key that comes twice",
         good.substr(0, half) + good.substr(3, half - 3)},
        {"with a count of 1 and two keys",
         "L" + BigEndian(1, 2) + good.substr(3)},
        {"with a count of 3 and two keys",
         "L" + BigEndian(3, 2) + good.substr(3)},
        {"with a count of 65535", "L" + BigEndian(65535, 2) + good.substr(3)},
        {"of hashes, and of another kind", "M" + inner.substr(1)},
        {"with 15 hashes", inner.substr(0, inner.size() - 16)},
        {"with 17 hashes", inner + std::string(16, 'h')},
        {"of hashes, cut by a byte", inner.substr(0, inner.size() - 1)}};
    for (size_t size = 0; size < good.size(); size++)
        bad.push_back({"cut to " + std::to_string(size) + " of " +
                           std::to_string(good.size()) + " bytes",
                       good.substr(0, size)});
    bad.push_back({"that another byte follows", good + '\0'});
    for (const auto &[what, bytes] : bad)
        for (const MerkleTwin *twin : {&small, &large})
            t.ExpectCode(DYN_ECORRUPT, twin->tree.Compare({}, bytes, &none),
                         "merkle_compare with bytes " + what);
    // Right bytes, in the wrong place.
    MerkleNode other = NodeOfKey("tea", 2);
    other.path[0] ^= 1;
    t.ExpectCode(DYN_ECORRUPT,
                 small.tree.Compare(other, one.Describe({}), &none),
                 "merkle_compare with a key of another subtree");
    t.ExpectCode(DYN_ECORRUPT,
                 small.tree.Compare(NodeOfKey("tea", 32), inner, &none),
                 "merkle_compare with hashes below the deepest subtree");
    small.ExpectDifference({}, good);
    large.ExpectDifference({}, inner);
}

// What a replica does with all of this.
GRADED_PROPERTY(MerkleExchange, FindsEveryKeyThatDiffers, 25,
                "From the whole tree down to the keys, an exchange finds each "
                "key that is not the same, once, and no other.")
{
    const uint64_t sizes[] = {0, 3, 16, 40, 200, 1000};
    const uint64_t keys = sizes[t.Choose(6)];
    MerkleTwin ours(t), theirs(t);
    std::set<std::string> differ;

    if (keys > 0) {
        ours.PutMany(0, keys, 1);
        theirs.PutMany(0, keys, 1);
    }
    for (uint64_t changes = t.Choose(10); changes > 0; changes--) {
        const uint64_t number = t.Choose(keys + 5);
        MerkleTwin &changed = t.Choose(2) == 0 ? ours : theirs;

        if (!differ.insert(ManyKey(number)).second)
            continue;
        if (number < keys && t.Choose(2) == 0)
            changed.Remove(ManyKey(number));
        else
            changed.Put(ManyKey(number), ManyStored(number, 2));
    }
    for (MerkleTwin *from : {&ours, &theirs}) {
        MerkleTwin *const to = from == &ours ? &theirs : &ours;
        const Exchange exchange = ExchangeAll(
            [&](const MerkleNode &node) { return to->ExpectDescription(node); },
            from);
        const std::set<std::string> found(exchange.keys.begin(),
                                          exchange.keys.end());

        t.Expect(found == differ && found.size() == exchange.keys.size(),
                 std::to_string(differ.size()) +
                     " keys that are not the same, each once",
                 std::to_string(exchange.keys.size()) + " keys");
    }
}

// A replica that missed one write of a hundred thousand must not be sent them all.
GRADED_TEST(MerkleExchange, CostsWhatDiffers,
            "The bytes of an exchange grow with the keys that differ and with "
            "the logarithm of all keys, not with all keys.")
{
    ExpectCheapExchange(t, 1000, 1);
    ExpectCheapExchange(t, 1000, 20);
    ExpectCheapExchange(t, 30000, 1);
    ExpectCheapExchange(t, 30000, 20);
}

// Each put of the store changes a tree: to hash all keys anew each time would cost
// more than the put.
GRADED_TEST(MerkleCost, DoesNotGrowWithTheKeys,
            "A change, and the hash of the whole tree after it, call md5 at "
            "most 64 times, however many keys there are.")
{
    MerkleTwin twin(t);
    uint64_t count = 0;

    for (const uint64_t more : {10, 90, 900, 29000}) {
        twin.PutMany(count, more, 1);
        count += more;
        twin.ExpectRoot("with " + std::to_string(count) + " keys");
        for (uint64_t i = 0; i < 9; i++) {
            const uint64_t before = Md5Calls(t), number = i * count / 9;

            if (i % 3 == 0)
                twin.Put(ManyKey(number), ManyStored(number, 2));
            else if (i % 3 == 1)
                twin.Put("new-" + std::to_string(number), "v");
            else
                twin.Remove(ManyKey(number));
            Digest hash;
            t.ExpectCode(DYN_OK, twin.tree.Hash({}, &hash), "merkle_hash");
            const uint64_t calls = Md5Calls(t) - before;
            t.Expect(calls <= MERKLE_MD5_MAX,
                     "at most " + std::to_string(MERKLE_MD5_MAX) +
                         " calls of md5 for a change and the hash after it, "
                         "with " +
                         std::to_string(count) + " keys",
                     std::to_string(calls) + " calls");
            twin.ExpectRoot("after that");
        }
    }
}

GRADED_TEST(BadInput, MerkleRefusesWhatIsOutOfRange,
            "NULL pointers, puts of keys of no or too many bytes, and subtrees "
            "that are none are refused with DYN_EINVAL, and nothing changes.")
{
    MerkleTwin twin(t);
    const std::string longest(256, 'k');
    MerkleDifference none;
    Digest hash = {};

    twin.PutMany(0, 20, 1);
    t.ExpectCode(DYN_EINVAL, twin.tree.Put("", "v"),
                 "merkle_put of a key of no bytes");
    t.ExpectCode(DYN_EINVAL, twin.tree.Put(longest + "k", "v"),
                 "merkle_put of a key of 257 bytes");
    twin.Remove("");
    twin.Remove(longest + "k");
    twin.Put(longest, "v");
    twin.ExpectRoot("after that");
    MerkleNode deep, low = NodeOfKey("x", 3), last = NodeOfKey("x", 31);
    deep.depth = MERKLE_DEPTH_MAX + 1;
    low.path[1] |= 1;
    last.path[15] |= 1;
    MerkleNode root;
    root.path[15] = 1;
    for (const MerkleNode &node : {deep, low, last, root}) {
        t.ExpectCode(DYN_EINVAL, twin.tree.Hash(node, &hash),
                     "merkle_hash of " + Show(node));
        t.ExpectCode(DYN_EINVAL, twin.tree.Describe(node, 1000).code,
                     "merkle_describe of " + Show(node));
        t.ExpectCode(DYN_EINVAL, twin.tree.Compare(node, {"L\0\0", 3}, &none),
                     "merkle_compare of " + Show(node));
    }
    ExpectMerkleNullsRefused(t);
}

} // namespace
} // namespace judge
