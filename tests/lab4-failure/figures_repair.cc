// figures_repair.cc: what two replicas say to each other until they hold the same.
#include "lab4-failure/antientropy_model.h"
#include "lab4-failure/figures_measure.h"

#include <deque>
#include <functional>
#include <stdexcept>

namespace judge
{
namespace
{

constexpr uint64_t kDiffers[] = {1, 10, 100, 1000};
constexpr size_t kValueSize = 100;
constexpr uint64_t kAtATime = 10000;

// The set of whoever has heard of so many versions of a key, one after the other.
std::string SetOfEdition(uint64_t edition)
{
    return SetOf({{1, edition, std::string(kValueSize, 'v')}});
}

// All keys with the MD5s of what is stored there, in one message of one replica; and
// then the versions, as in anti-entropy.
uint64_t Naive(uint64_t keys, const Repair &repair)
{
    uint64_t bytes = 0;

    for (uint64_t i = 0; i < keys; i++)
        bytes += 2 + ManyKey(i).size() + 16;
    return bytes + repair.bytes - repair.trees;
}

// The keys that are to differ, and which of the two replicas is ahead there.
void ForDiffering(
    uint64_t keys, uint64_t differ,
    const std::function<void(const std::string &key, bool second)> &then)
{
    for (uint64_t i = 0; i < differ; i++)
        then(ManyKey(i * (keys / differ)), i % 2 == 0);
}

void Add(const Letter &letter, Repair *sum)
{
    const size_t bytes = BytesOf(letter).size();

    sum->bytes += bytes;
    if (letter.kind == MESSAGE_ASK_TREE || letter.kind == MESSAGE_TREE)
        sum->trees += bytes;
}

Letter MergeOf(const std::string &key, uint64_t edition)
{
    Letter merge;

    merge.kind = MESSAGE_MERGE;
    merge.operation = 1;
    merge.key = key;
    merge.versions = SetOfEdition(edition);
    return merge;
}

// ---- Whole nodes ----

// One comparison that the first node begins, until both say no more.
Repair Compared(LoneNode *first, LoneNode *second, uint64_t sync_ms)
{
    std::deque<std::pair<node_id, Letter>> way; // to whom
    Repair sum;

    for (auto &sent : first->Wait(sync_ms))
        way.push_back(sent);
    while (!way.empty()) {
        const auto [to, letter] = way.front();

        way.pop_front();
        // What is answered to "merge" is of no interest to anti-entropy.
        if (letter.kind != MESSAGE_MERGED && letter.kind != MESSAGE_PING &&
            letter.kind != MESSAGE_PONG)
            Add(letter, &sum);
        for (auto &sent :
             to == 1 ? first->Tell(2, letter) : second->Tell(1, letter))
            way.push_back(sent);
    }
    return sum;
}

} // namespace

std::vector<Repair> RepairOfNodes(uint64_t keys)
{
    const Setup setup = SyncedStoreOf(2, 2, 1, 1);
    Trial trial(nullptr, Choices(1));
    LoneNode first(trial, NodeOf(setup, 1)), second(trial, NodeOf(setup, 2));
    std::vector<Repair> repairs;
    uint64_t edition = 1;

    for (uint64_t at = 0; at < keys; at += kAtATime) {
        std::vector<Letter> merges;

        for (uint64_t i = at; i < std::min(keys, at + kAtATime); i++)
            merges.push_back(MergeOf(ManyKey(i), edition));
        (void)first.TellMany(2, merges, "");
        (void)second.TellMany(1, merges, "");
    }
    for (const uint64_t differ : kDiffers) {
        edition++;
        ForDiffering(keys, differ, [&](const std::string &key, bool ahead) {
            (void)(ahead ? second.Tell(1, MergeOf(key, edition))
                         : first.Tell(2, MergeOf(key, edition)));
        });
        Repair repair = Compared(&first, &second, setup.sync_ms);
        // Both hold the same now, so that the next look costs no key.
        const Repair again = Compared(&first, &second, setup.sync_ms);
        if (repair.trees == 0 || again.trees == 0)
            throw std::runtime_error("no subtree is asked about in " +
                                     std::to_string(setup.sync_ms) + " ms");
        if (again.bytes != again.trees)
            throw std::runtime_error(
                "a comparison of two nodes that differ in " +
                std::to_string(differ) + " of " + std::to_string(keys) +
                " keys leaves some that are not the same");
        repair.keys = keys;
        repair.differ = differ;
        repair.naive = Naive(keys, repair);
        repairs.push_back(repair);
    }
    return repairs;
}

// ---- Trees alone ----

namespace
{

struct Tree {
    merkle *tree = nullptr;

    Tree()
    {
        if (merkle_open(&tree) != DYN_OK)
            throw std::runtime_error("merkle_open fails");
    }
    ~Tree()
    {
        merkle_close(tree);
    }
    Tree(const Tree &) = delete;
    Tree &operator=(const Tree &) = delete;

    void Put(const std::string &key, uint64_t edition)
    {
        const std::string set = SetOfEdition(edition);

        if (merkle_put(tree, Slice(key), Slice(set)) != DYN_OK)
            throw std::runtime_error("merkle_put fails");
    }
};

MerkleNode NodeOf(const merkle_node &node)
{
    MerkleNode same;

    same.depth = node.depth;
    std::copy(node.path.byte, node.path.byte + 16, same.path.begin());
    return same;
}

// What nodes of two such trees would say. `ahead`: the keys of which the second has the
// newer version.
Repair Compared(const Tree &first, const Tree &second,
                const std::set<std::string> &ahead, uint64_t edition,
                std::vector<std::string> *keys)
{
    std::vector<merkle_node> left(1);
    uint64_t operation = uint64_t{1} << 63;
    Repair sum;

    left[0] = {};
    while (!left.empty()) {
        const merkle_node node = left.back();
        merkle_difference difference = {};
        uint8_t room[MERKLE_DESCRIPTION_MAX];
        digest ours, theirs;
        Letter ask, answer;
        size_t length = 0;

        left.pop_back();
        if (merkle_hash(first.tree, &node, &ours) != DYN_OK ||
            merkle_hash(second.tree, &node, &theirs) != DYN_OK ||
            merkle_describe(second.tree, &node, room, sizeof room, &length) !=
                DYN_OK)
            throw std::runtime_error("merkle_hash or merkle_describe fails");
        ask.kind = MESSAGE_ASK_TREE;
        answer.kind = MESSAGE_TREE;
        ask.operation = answer.operation = ++operation;
        ask.range = answer.range = RangeName({1, 2});
        ask.path = answer.path = PathBytes(NodeOf(node));
        ask.hash = std::string(ours.byte, ours.byte + 16);
        if (!std::equal(ours.byte, ours.byte + 16, theirs.byte)) {
            answer.tree = std::string(room, room + length);
            if (merkle_compare(first.tree, &node, room, length, &difference) !=
                DYN_OK)
                throw std::runtime_error("merkle_compare fails");
        }
        Add(ask, &sum);
        Add(answer, &sum);
        for (size_t more = difference.node_count; more > 0; more--)
            left.push_back(difference.nodes[more - 1]);
        operation += difference.key_count > 0;
        const std::vector<slice> differing(
            difference.keys, difference.keys + difference.key_count);
        for (const slice &name : differing) {
            Letter question, versions;
            const std::string key(View(name));
            const bool second_has = ahead.count(key) > 0;

            question.kind = MESSAGE_ASK_VERSIONS;
            versions = MergeOf(key, second_has ? edition : 1);
            versions.kind = MESSAGE_VERSIONS;
            question.operation = versions.operation = operation;
            question.key = key;
            Add(question, &sum);
            Add(versions, &sum);
            versions.kind = MESSAGE_MERGE;
            if (!second_has)
                Add(versions, &sum);
            keys->push_back(key);
        }
    }
    return sum;
}

} // namespace

std::vector<Repair> RepairOfTrees(uint64_t keys)
{
    Tree first, second;
    std::vector<Repair> repairs;
    uint64_t edition = 1;

    for (uint64_t i = 0; i < keys; i++) {
        first.Put(ManyKey(i), edition);
        second.Put(ManyKey(i), edition);
    }
    for (const uint64_t differ : kDiffers) {
        std::set<std::string> ahead;
        std::vector<std::string> found;

        edition++;
        ForDiffering(keys, differ, [&](const std::string &key, bool second_is) {
            (second_is ? second : first).Put(key, edition);
            if (second_is)
                ahead.insert(key);
        });
        Repair repair = Compared(first, second, ahead, edition, &found);
        if (found.size() != differ)
            throw std::runtime_error(
                "of " + std::to_string(keys) + " keys " +
                std::to_string(differ) + " are not the same, and " +
                std::to_string(found.size()) + " are found");
        for (const std::string &key : found) {
            first.Put(key, edition);
            second.Put(key, edition);
        }
        repair.keys = keys;
        repair.differ = differ;
        repair.whole = false;
        repair.naive = Naive(keys, repair);
        repairs.push_back(repair);
    }
    return repairs;
}

} // namespace judge
