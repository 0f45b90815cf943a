#include "lab4-failure/merkle_model.h"

#include "harness/contract.h"
#include "harness/refusals.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <set>

namespace judge
{
namespace
{

std::string Text(const Digest &digest)
{
    return {digest.begin(), digest.end()};
}

unsigned HalfByte(const Digest &place, uint32_t depth)
{
    const unsigned byte = place[depth / 2];

    return depth % 2 == 0 ? byte / 16 : byte % 16;
}

void SetHalfByte(Digest *place, uint32_t depth, unsigned half)
{
    unsigned char &byte = (*place)[depth / 2];

    byte = static_cast<unsigned char>(depth % 2 == 0 ? half * 16 + byte % 16
                                                     : byte / 16 * 16 + half);
}

bool IsBelow(const Digest &place, const MerkleNode &node)
{
    for (uint32_t i = 0; i < node.depth; i++)
        if (HalfByte(place, i) != HalfByte(node.path, i))
            return false;
    return true;
}

uint64_t NumberAt(const std::string &bytes, size_t at)
{
    return static_cast<unsigned char>(bytes[at]) * 256u +
           static_cast<unsigned char>(bytes[at + 1]);
}

} // namespace

std::vector<MerkleNode> ChildrenOf(const MerkleNode &node)
{
    std::vector<MerkleNode> children;

    for (unsigned half = 0; half < 16; half++) {
        children.push_back({node.depth + 1, node.path});
        SetHalfByte(&children.back().path, node.depth, half);
    }
    return children;
}

MerkleNode NodeOfKey(const std::string &key, uint32_t depth)
{
    MerkleNode node{depth, Md5(key)};

    for (uint32_t i = depth; i < MERKLE_DEPTH_MAX; i++)
        SetHalfByte(&node.path, i, 0);
    return node;
}

std::string ManyKey(uint64_t number)
{
    return "key-" + std::to_string(number);
}

std::string ManyStored(uint64_t number, uint64_t edition)
{
    return std::to_string(number) + "." + std::to_string(edition);
}

// ---- The model ----

void MerkleModel::Put(const std::string &key, const std::string &stored)
{
    known_.clear();
    keys_[Md5(key)] = {key, Md5(stored)};
}

void MerkleModel::PutMany(uint64_t first, uint64_t count, uint64_t edition)
{
    for (uint64_t i = first; i < first + count; i++)
        Put(ManyKey(i), ManyStored(i, edition));
}

int MerkleModel::Remove(const std::string &key)
{
    known_.clear();
    return keys_.erase(Md5(key)) == 1 ? DYN_OK : DYN_ENOENT;
}

std::pair<MerkleModel::Keys::const_iterator, MerkleModel::Keys::const_iterator>
MerkleModel::Below(const MerkleNode &node) const
{
    Digest last = node.path;

    for (uint32_t i = node.depth; i < MERKLE_DEPTH_MAX; i++)
        SetHalfByte(&last, i, 15);
    return {keys_.lower_bound(node.path), keys_.upper_bound(last)};
}

size_t MerkleModel::CountUpTo(Keys::const_iterator from,
                              Keys::const_iterator to, size_t most)
{
    size_t count = 0;

    while (from != to && count < most) {
        ++from;
        count++;
    }
    return count;
}

Digest MerkleModel::Hash(const MerkleNode &node) const
{
    const auto [from, to] = Below(node);
    const bool many =
        CountUpTo(from, to, MERKLE_LEAF_MAX + 1) > MERKLE_LEAF_MAX;
    std::string bytes(1, many ? 'N' : 'L');

    if (from == to)
        return {};
    if (!many) {
        for (auto at = from; at != to; ++at)
            bytes += Text(at->first) + Text(at->second.stored);
        return Md5(bytes);
    }
    const auto known = known_.find({node.depth, node.path});
    if (known != known_.end())
        return known->second;
    for (const MerkleNode &child : ChildrenOf(node))
        bytes += Text(Hash(child));
    return known_[{node.depth, node.path}] = Md5(bytes);
}

std::string MerkleModel::Describe(const MerkleNode &node) const
{
    const auto [from, to] = Below(node);
    const size_t count = CountUpTo(from, to, MERKLE_LEAF_MAX + 1);
    std::string bytes = "N";

    if (count > MERKLE_LEAF_MAX) {
        for (const MerkleNode &child : ChildrenOf(node))
            bytes += Text(Hash(child));
        return bytes;
    }
    bytes = "L" + BigEndian(count, 2);
    for (auto at = from; at != to; ++at)
        bytes += BigEndian(at->second.key.size(), 2) + at->second.key +
                 Text(at->second.stored);
    return bytes;
}

int MerkleModel::Compare(const MerkleNode &node, const std::string &description,
                         MerkleDifference *difference) const
{
    const auto [from, to] = Below(node);
    const bool many =
        CountUpTo(from, to, MERKLE_LEAF_MAX + 1) > MERKLE_LEAF_MAX;
    MerkleModel theirs;

    *difference = {};
    if (description.size() == 1 + 16 * 16 && description[0] == 'N') {
        if (node.depth == MERKLE_DEPTH_MAX)
            return DYN_ECORRUPT;
        const std::vector<MerkleNode> children = ChildrenOf(node);
        for (size_t i = 0; i < children.size(); i++)
            if (Text(Hash(children[i])) != description.substr(1 + 16 * i, 16))
                difference->nodes.push_back(children[i]);
        return DYN_OK;
    }
    if (description.size() < 3 || description[0] != 'L')
        return DYN_ECORRUPT;
    const uint64_t count = NumberAt(description, 1);
    size_t at = 3;
    Digest last = {};
    if (count > MERKLE_LEAF_MAX)
        return DYN_ECORRUPT;
    for (uint64_t i = 0; i < count; i++) {
        if (description.size() < at + 2)
            return DYN_ECORRUPT;
        const uint64_t size = NumberAt(description, at);
        if (size < 1 || size > KEY_SIZE_MAX ||
            description.size() < at + 2 + size + 16)
            return DYN_ECORRUPT;
        const std::string key = description.substr(at + 2, size);
        Key made = {key, {}};
        std::copy_n(description.begin() +
                        static_cast<std::ptrdiff_t>(at + 2 + size),
                    16, made.stored.begin());
        const Digest place = Md5(key);
        if (!IsBelow(place, node) || (i > 0 && place <= last))
            return DYN_ECORRUPT;
        last = place;
        theirs.keys_[place] = made;
        at += 2 + size + 16;
    }
    if (at != description.size())
        return DYN_ECORRUPT;
    if (many) {
        for (const MerkleNode &child : ChildrenOf(node))
            if (Hash(child) != theirs.Hash(child))
                difference->nodes.push_back(child);
        return DYN_OK;
    }
    std::map<Digest, std::string> differ;
    for (auto it = from; it != to; ++it) {
        const auto other = theirs.keys_.find(it->first);

        if (other == theirs.keys_.end() ||
            other->second.stored != it->second.stored)
            differ[it->first] = it->second.key;
    }
    for (const auto &[place, key] : theirs.keys_)
        if (keys_.count(place) == 0)
            differ[place] = key.key;
    for (const auto &[place, key] : differ)
        difference->keys.push_back(key);
    return DYN_OK;
}

// ---- Both ----

void MerkleTwin::Put(const std::string &key, const std::string &stored)
{
    model.Put(key, stored);
    t->ExpectCode(DYN_OK, tree.Put(key, stored), "merkle_put");
}

void MerkleTwin::PutMany(uint64_t first, uint64_t count, uint64_t edition)
{
    // Few enough in a call that even a slow tree is not taken for one that hangs.
    const uint64_t at_once = 5000;

    model.PutMany(first, count, edition);
    for (uint64_t done = 0; done < count; done += at_once)
        t->ExpectCode(DYN_OK,
                      tree.PutMany(first + done,
                                   std::min(at_once, count - done), edition),
                      "merkle_put");
}

void MerkleTwin::Remove(const std::string &key)
{
    t->ExpectCode(model.Remove(key), tree.Remove(key), "merkle_remove");
}

void MerkleTwin::ExpectHash(const MerkleNode &node, const std::string &what)
{
    const Digest right = model.Hash(node);
    Digest seen = {};

    t->ExpectCode(DYN_OK, tree.Hash(node, &seen), "merkle_hash");
    if (seen == right)
        return;
    // Where to look: the smallest subtree in which it goes wrong.
    MerkleNode wrong = node;
    for (bool deeper = model.Describe(wrong)[0] == 'N'; deeper;) {
        deeper = false;
        for (const MerkleNode &child : ChildrenOf(wrong)) {
            if (tree.QuietHash(child) == model.Hash(child))
                continue;
            wrong = child;
            deeper = model.Describe(wrong)[0] == 'N';
            break;
        }
    }
    const bool here = wrong == node;
    t->Fail("the hash of " + what + ": " + Show(right) +
                (here ? ""
                      : "\nThe smallest subtree whose hash is wrong is " +
                            Show(wrong) + "; it is to be " +
                            Show(model.Hash(wrong))) +
                "\nIt follows from " + ShowDescription(model.Describe(wrong)),
            Show(seen));
}

void MerkleTwin::ExpectRoot(const std::string &when)
{
    const uint64_t count = tree.Count();

    t->Expect(count == model.Count(),
              "the tree " + when + " has " + std::to_string(model.Count()) +
                  " keys",
              std::to_string(count));
    ExpectHash({}, "the whole tree " + when);
}

std::string MerkleTwin::ExpectDescription(const MerkleNode &node)
{
    const std::string right = model.Describe(node);
    const Encoded seen = tree.Describe(node, MERKLE_DESCRIPTION_MAX);

    t->ExpectCode(DYN_OK, seen.code, "merkle_describe");
    if (seen.bytes != right)
        t->Expect(ShowDescription(seen.bytes) == ShowDescription(right),
                  "the description of " + Show(node) + ": " +
                      ShowDescription(right),
                  ShowDescription(seen.bytes));
    ExpectBytes(*t, seen.bytes, right, "the description of " + Show(node));
    return right;
}

MerkleDifference MerkleTwin::ExpectDifference(const MerkleNode &node,
                                              const std::string &description)
{
    MerkleDifference right, seen;

    t->ExpectCode(model.Compare(node, description, &right),
                  tree.Compare(node, description, &seen), "merkle_compare");
    t->Expect(seen.keys == right.keys && seen.nodes == right.nodes,
              "what is not the same in " + Show(node) + ": " + Show(right),
              Show(seen));
    return right;
}

Exchange
ExchangeAll(const std::function<std::string(const MerkleNode &)> &describe,
            MerkleTwin *ours)
{
    Exchange exchange;
    std::deque<MerkleNode> ask = {{}};

    while (!ask.empty()) {
        const MerkleNode node = ask.front();
        const std::string description = describe(node);
        const MerkleDifference difference =
            ours->ExpectDifference(node, description);

        ask.pop_front();
        exchange.bytes += description.size();
        exchange.descriptions++;
        ask.insert(ask.end(), difference.nodes.begin(), difference.nodes.end());
        exchange.keys.insert(exchange.keys.end(), difference.keys.begin(),
                             difference.keys.end());
    }
    return exchange;
}

void ExpectCheapExchange(Trial &t, uint64_t count, uint64_t differ)
{
    MerkleTwin ours(t);
    std::set<std::string> keys;

    ours.PutMany(0, count, 1);
    MerkleModel theirs = ours.model;
    // One after the other of: another version, one too many, one too few.
    for (uint64_t i = 0; i < differ; i++) {
        const uint64_t number = i * (count / differ);

        keys.insert(ManyKey(i % 3 == 1 ? count + number : number));
        if (i % 3 == 0)
            theirs.Put(ManyKey(number), ManyStored(number, 2));
        else if (i % 3 == 1)
            ours.Put(ManyKey(count + number), ManyStored(number, 1));
        else
            theirs.Remove(ManyKey(number));
    }
    ours.ExpectRoot("with its changes");
    const Exchange exchange = ExchangeAll(
        [&](const MerkleNode &node) {
            ours.ExpectDescription(node);
            return theirs.Describe(node);
        },
        &ours);
    const std::set<std::string> found(exchange.keys.begin(),
                                      exchange.keys.end());
    // A node for each half-byte until the subtrees have 16 keys, and a leaf.
    const double deep = std::log(static_cast<double>(count)) / std::log(16.0);
    const auto most = static_cast<uint64_t>(
        static_cast<double>(differ) *
        (257 * (std::ceil(deep) + 1) + MERKLE_LEAF_MAX * 32.0));

    t.Expect(found == keys && exchange.keys.size() == keys.size(),
             "the " + std::to_string(differ) +
                 " keys that are not the same, each once",
             std::to_string(exchange.keys.size()) + " keys");
    t.Expect(exchange.bytes <= most,
             "descriptions of at most " + std::to_string(most) +
                 " bytes, to find " + std::to_string(differ) + " keys of " +
                 std::to_string(count),
             std::to_string(exchange.bytes) + " bytes in " +
                 std::to_string(exchange.descriptions) + " descriptions");
}

} // namespace judge
