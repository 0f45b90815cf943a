#include "lab4-failure/antientropy_model.h"

#include "harness/bytes.h"
#include "harness/world/set_text.h"
#include "harness/world/trace_log.h"

#include <algorithm>
#include <deque>

extern "C" {
#include "wire/wire.h"
}

namespace judge
{

Owners OwnersOf(const Setup &setup, const std::string &key)
{
    Owners owners;

    for (const uint32_t node : ReplicasOf(setup, key))
        owners.push_back(node + 1);
    std::sort(owners.begin(), owners.end());
    return owners;
}

std::string RangeName(const Owners &owners)
{
    std::string name;

    for (const node_id owner : owners)
        name += BigEndian(owner, 4);
    return name;
}

std::string ShowOwners(const Owners &owners)
{
    std::string text;

    for (size_t i = 0; i < owners.size(); i++)
        text += (i == 0                   ? ""
                 : i + 1 == owners.size() ? " and "
                                          : ", ") +
                std::to_string(owners[i]);
    return text;
}

std::string PathBytes(const MerkleNode &node)
{
    std::string path;

    for (uint32_t i = 0; i < node.depth; i++)
        path += static_cast<char>(i % 2 == 0 ? node.path[i / 2] >> 4
                                             : node.path[i / 2] & 15);
    return path;
}

MerkleModel TreeOf(const Setup &setup, const Owners &owners,
                   const std::map<std::string, std::string> &holds)
{
    MerkleModel tree;

    for (const auto &[key, set] : holds)
        if (OwnersOf(setup, key) == owners)
            tree.Put(key, set);
    return tree;
}

std::string SetNumber(uint64_t number)
{
    return SetOf(
        {{static_cast<node_id>(number + 1), 1, ValueName(number % 1000)}});
}

std::string MergedSets(Trial &t, const std::string &a, const std::string &b)
{
    // Each version was put through a node of its own, and none has seen another.
    std::map<std::pair<node_id, uint64_t>, std::string> all;
    std::vector<DottedValue> versions;

    for (const std::string *set : {&a, &b})
        for (const DottedValue &version : VersionsOf(t, *set))
            all[{version.name, version.counter}] = version.value;
    for (const auto &[dot, value] : all)
        versions.push_back({dot.first, dot.second, value});
    return SetOf(versions);
}

// ---- One replica ----

namespace
{

std::string Told(const std::pair<node_id, Letter> &sent)
{
    const Letter &letter = sent.second;
    std::string text = std::string("\"") + message_label(letter.kind) +
                       "\" to node " + std::to_string(sent.first);

    if (letter.kind == MESSAGE_ASK_TREE || letter.kind == MESSAGE_TREE) {
        Owners owners;

        for (size_t at = 0; at + 4 <= letter.range.size(); at += 4) {
            node_id node = 0;

            for (size_t i = 0; i < 4; i++)
                node = node << 8 | static_cast<uint8_t>(letter.range[at + i]);
            owners.push_back(node);
        }
        text += ", range of " + ShowOwners(owners) + ", path of " +
                std::to_string(letter.path.size()) + " half-bytes";
    } else {
        text += " about \"" + letter.key + "\"";
    }
    return text;
}

std::string Told(const Letters &sent)
{
    std::string text;

    for (const auto &one : sent)
        text += (text.empty() ? "" : "; ") + Told(one);
    return text.empty() ? "nothing" : text;
}

} // namespace

Replica::Replica(Trial &trial, const Setup &what, node_id which)
    : t(&trial), setup(what), self(which), node(trial, NodeOf(what, which))
{
}

std::vector<std::string> Replica::KeysOf(const Owners &owners,
                                         size_t count) const
{
    std::vector<std::string> keys;

    for (uint64_t i = 0; keys.size() < count; i++)
        if (OwnersOf(setup, ManyKey(i)) == owners)
            keys.push_back(ManyKey(i));
    return keys;
}

void Replica::Merge(const std::string &key, const std::string &set)
{
    Letter merge;

    merge.kind = MESSAGE_MERGE;
    merge.operation = ++asked_;
    merge.key = key;
    merge.versions = set;
    // In a line: what the test then makes of it is worth more room in a story.
    const size_t sent =
        node.TellMany(self == 1 ? 2 : 1, {merge},
                      "here it is told to merge \"" + TraceBytes(key) +
                          "\": " + SetText(Slice(set)));
    t->Expect(sent == 1, "\"merge\" is answered",
              std::to_string(sent) + " messages are sent");
    const auto before = holds.find(key);
    holds[key] =
        before == holds.end() ? set : MergedSets(*t, before->second, set);
}

void Replica::MergeMany(uint64_t first, uint64_t count)
{
    std::vector<Letter> merges(count);

    for (uint64_t i = 0; i < count; i++) {
        merges[i].kind = MESSAGE_MERGE;
        merges[i].operation = ++asked_;
        merges[i].key = ManyKey(first + i);
        merges[i].versions = holds[merges[i].key] = SetNumber(first + i);
    }
    const size_t sent = node.TellMany(self == 1 ? 2 : 1, merges,
                                      "here it is told to merge " +
                                          std::to_string(count) + " keys");
    t->Expect(sent == count, "each \"merge\" is answered",
              std::to_string(sent) + " messages are sent after " +
                  std::to_string(count));
}

std::string Replica::Held(const std::string &key)
{
    Letter ask;

    ask.kind = MESSAGE_ASK_VERSIONS;
    ask.operation = ++asked_;
    ask.key = key;
    return node.Ask(self == 1 ? 2 : 1, ask, "\"versions?\" is answered")
        .versions;
}

Letters Replica::AskTree(node_id from, const std::string &range,
                         const std::string &path, const std::string &hash,
                         uint64_t *bytes)
{
    Letter ask;

    ask.kind = MESSAGE_ASK_TREE;
    ask.operation = ++asked_ + (uint64_t{1} << 63);
    ask.range = range;
    ask.path = path;
    ask.hash = hash;
    if (bytes != nullptr)
        *bytes += BytesOf(ask).size();
    return node.Tell(from, ask);
}

void Replica::ExpectTree(const Owners &owners, const MerkleNode &where,
                         const Digest &hash, const std::string &tree)
{
    const node_id from = owners[0] == self ? owners[1] : owners[0];
    const std::string range = RangeName(owners), path = PathBytes(where);
    const Letters sent =
        AskTree(from, range, path, std::string(hash.begin(), hash.end()));
    const std::string about = "the range of nodes " + ShowOwners(owners) +
                              ", " + Show(where) + ", asked about by node " +
                              std::to_string(from);

    t->Expect(sent.size() == 1 && sent[0].first == from &&
                  sent[0].second.kind == MESSAGE_TREE &&
                  sent[0].second.operation == asked_ + (uint64_t{1} << 63) &&
                  sent[0].second.range == range && sent[0].second.path == path,
              "\"tree?\" is answered \"tree\" at once, with its operation, "
              "range and path: " +
                  about,
              Told(sent));
    if (sent[0].second.tree != tree)
        t->Fail(about + ": " +
                    (tree.empty() ? "no bytes, for the hashes are the same"
                                  : ShowDescription(tree)),
                sent[0].second.tree.empty()
                    ? "no bytes"
                    : ShowDescription(sent[0].second.tree));
}

void Replica::ExpectNoTree(node_id from, const std::string &range,
                           const std::string &path, const std::string &why)
{
    const Letters sent = AskTree(from, range, path, std::string(16, 'h'));

    t->Expect(sent.empty(), "\"tree?\" is not answered " + why, Told(sent));
}

void Replica::ExpectTreeOf(const Owners &owners, const MerkleModel &model)
{
    Digest other = {};
    std::deque<MerkleNode> ask = {{}};

    other[15] = 1;
    while (!ask.empty()) {
        const MerkleNode where = ask.front();

        ask.pop_front();
        ExpectTree(owners, where, other, model.Describe(where));
        if (model.Describe(where)[0] == 'N')
            for (const MerkleNode &child : ChildrenOf(where))
                ask.push_back(child);
    }
}

Letters Replica::Compared(const Letters &sent)
{
    Letters compared;

    for (const auto &[to, letter] : sent)
        if (letter.kind == MESSAGE_ASK_TREE ||
            letter.kind == MESSAGE_ASK_VERSIONS || letter.kind == MESSAGE_MERGE)
            compared.push_back({to, letter});
    return compared;
}

Letters Replica::Look()
{
    return Compared(node.Wait(setup.sync_ms));
}

Letter Replica::ExpectAsked(const Letters &sent, node_id to,
                            const Owners &owners, const MerkleNode &where,
                            const Digest &hash, const std::string &when)
{
    const std::string rule = when + ", node " + std::to_string(self) +
                             " asks node " + std::to_string(to) +
                             " about the range of nodes " + ShowOwners(owners) +
                             ", " + Show(where) + ", and asks nothing else";

    t->Expect(sent.size() == 1 && sent[0].first == to &&
                  sent[0].second.kind == MESSAGE_ASK_TREE &&
                  sent[0].second.range == RangeName(owners) &&
                  sent[0].second.path == PathBytes(where),
              rule, Told(sent));
    t->Expect(sent[0].second.hash == std::string(hash.begin(), hash.end()),
              "it says its own hash of that subtree, " + Show(hash),
              ShowBytes(sent[0].second.hash));
    t->Expect(sent[0].second.operation >> 63 != 0,
              "the operation has the highest bit set",
              std::to_string(sent[0].second.operation));
    return sent[0].second;
}

void Replica::ExpectNothing(const Letters &sent, const std::string &when)
{
    t->Expect(sent.empty(), "nothing is asked or told " + when, Told(sent));
}

Letters Replica::Answer(node_id from, const Letter &asked,
                        const std::string &tree)
{
    Letter answer;

    answer.kind = MESSAGE_TREE;
    answer.operation = asked.operation;
    answer.range = asked.range;
    answer.path = asked.path;
    answer.tree = tree;
    return Compared(node.Tell(from, answer));
}

Replica::Talk Replica::PlayPeer(node_id peer,
                                std::map<std::string, std::string> *theirs,
                                Letters sent)
{
    Trees trees;

    return PlayPeer(peer, theirs, std::move(sent), &trees);
}

Replica::Talk Replica::PlayPeer(node_id peer,
                                std::map<std::string, std::string> *theirs,
                                Letters sent, Trees *trees)
{
    // Many times what it takes to ask about each key by itself.
    const uint64_t most = 1000 + 64 * (theirs->size() + node.Stored().size());
    Talk talk;
    size_t open = 0;

    while (!sent.empty()) {
        t->Expect(talk.trees + talk.versions < most, "a comparison ends",
                  "after " + std::to_string(talk.trees) +
                      " questions about trees and " +
                      std::to_string(talk.versions) +
                      " about keys it still asks: " + Told(sent));
        const auto [to, letter] = sent.front();
        Letter answer;
        Letters more;

        sent.erase(sent.begin());
        t->Expect(to == peer, "one peer is talked to at a time",
                  Told({{to, letter}}));
        talk.wire += BytesOf(letter).size();
        answer.operation = letter.operation;
        answer.key = letter.key;
        if (letter.kind == MESSAGE_ASK_TREE) {
            Owners owners;
            MerkleNode where;

            for (size_t at = 0; at + 4 <= letter.range.size(); at += 4)
                owners.push_back(static_cast<uint8_t>(letter.range[at + 3]));
            where.depth = static_cast<uint32_t>(letter.path.size());
            for (size_t i = 0; i < letter.path.size() && i < 32; i++)
                where.path[i / 2] |= static_cast<uint8_t>(
                    (letter.path[i] & 15) << (i % 2 == 0 ? 4 : 0));
            if (trees->count(owners) == 0)
                (*trees)[owners] = TreeOf(setup, owners, *theirs);
            const MerkleModel &tree = (*trees)[owners];
            const Digest hash = tree.Hash(where);
            answer.kind = MESSAGE_TREE;
            answer.range = letter.range;
            answer.path = letter.path;
            if (letter.hash != std::string(hash.begin(), hash.end()))
                answer.tree = tree.Describe(where);
            talk.trees++;
            talk.bytes += letter.range.size() + letter.path.size() +
                          letter.hash.size() + answer.range.size() +
                          answer.path.size() + answer.tree.size();
            talk.wire += BytesOf(answer).size();
            more = Compared(node.Tell(peer, answer));
        } else if (letter.kind == MESSAGE_ASK_VERSIONS) {
            const auto found = theirs->find(letter.key);

            answer.kind = MESSAGE_VERSIONS;
            if (found != theirs->end())
                answer.versions = found->second;
            talk.versions++;
            talk.keys.insert(letter.key);
            talk.wire += BytesOf(answer).size();
            open--;
            more = Compared(node.Tell(peer, answer));
        } else {
            const auto found = theirs->find(letter.key);

            (*theirs)[letter.key] =
                found == theirs->end()
                    ? letter.versions
                    : MergedSets(*t, found->second, letter.versions);
            for (auto &[owners, tree] : *trees)
                if (owners == OwnersOf(setup, letter.key))
                    tree.Put(letter.key, (*theirs)[letter.key]);
            talk.merges++;
        }
        for (const auto &one : more)
            open += one.second.kind == MESSAGE_ASK_VERSIONS;
        t->Expect(open <= 2 * MERKLE_LEAF_MAX,
                  "at most " + std::to_string(2 * MERKLE_LEAF_MAX) +
                      " keys are asked for at a time",
                  std::to_string(open));
        sent.insert(sent.end(), more.begin(), more.end());
    }
    return talk;
}

Replica::Talk Replica::PlayAsker(const Owners &owners, const MerkleModel &tree)
{
    const node_id from = owners[0] == self ? owners[1] : owners[0];
    std::deque<MerkleNode> ask = {{}};
    Talk talk;

    while (!ask.empty()) {
        const MerkleNode where = ask.front();
        const Digest hash = tree.Hash(where);
        const Letters sent =
            AskTree(from, RangeName(owners), PathBytes(where),
                    std::string(hash.begin(), hash.end()), &talk.wire);
        MerkleDifference difference;

        ask.pop_front();
        talk.trees++;
        t->Expect(sent.size() == 1 && sent[0].first == from &&
                      sent[0].second.kind == MESSAGE_TREE,
                  "\"tree?\" about " + Show(where) + " is answered \"tree\"",
                  Told(sent));
        const std::string &bytes = sent[0].second.tree;
        talk.wire += BytesOf(sent[0].second).size();
        if (bytes.empty())
            continue;
        t->Expect(tree.Compare(where, bytes, &difference) == DYN_OK,
                  "the answer describes " + Show(where),
                  ShowDescription(bytes));
        ask.insert(ask.end(), difference.nodes.begin(), difference.nodes.end());
        talk.keys.insert(difference.keys.begin(), difference.keys.end());
    }
    return talk;
}

Worth WorthOf(size_t n, uint64_t count, uint64_t differ, size_t key_size,
              size_t set_size)
{
    Letter ask, tree, leaf, ask_key, key;
    Worth worth;
    uint64_t subtrees = 1; // at a depth

    ask.kind = MESSAGE_ASK_TREE;
    tree.kind = leaf.kind = MESSAGE_TREE;
    ask_key.kind = MESSAGE_ASK_VERSIONS;
    key.kind = MESSAGE_MERGE; // "versions" has the same fields
    for (Letter *letter : {&ask, &tree, &leaf, &ask_key, &key}) {
        letter->operation = UINT64_MAX;
        letter->range.resize(4 * n);
        letter->key.resize(key_size);
    }
    ask.hash.resize(16);
    tree.tree.resize(1 + 16 * 16);
    leaf.tree.resize(3 + MERKLE_LEAF_MAX * (2 + key_size + 16));
    key.versions.resize(set_size);
    // Of the subtrees of a depth no more differ than keys do, and each is asked
    // about once. Where there are as many subtrees as keys, none has more than
    // MERKLE_LEAF_MAX: places are hashes.
    for (bool deepest = false; !deepest; subtrees *= 16) {
        deepest = subtrees >= count;
        worth.trees += std::min(subtrees, differ) *
                       (BytesOf(ask).size() + BytesOf(tree).size());
        ask.path += '\0';
        tree.path = leaf.path = ask.path;
    }
    // Each way ends at a leaf, whose description may be longer than 16 hashes.
    worth.trees += differ * BytesOf(leaf).size();
    // Asked for, answered, and sent back.
    worth.versions =
        differ * (BytesOf(ask_key).size() + 2 * BytesOf(key).size());
    // If nothing differs, that is asked and told.
    if (differ == 0)
        worth.trees = BytesOf(ask).size() + BytesOf(tree).size();
    return worth;
}

} // namespace judge
