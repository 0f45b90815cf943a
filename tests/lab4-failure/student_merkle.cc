#include "lab4-failure/student_merkle.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

namespace
{

std::string Hex(const Digest &digest)
{
    std::string text;
    char two[3];

    for (const unsigned char byte : digest) {
        std::snprintf(two, sizeof two, "%02x", byte);
        text += two;
    }
    return text;
}

json PathOf(const MerkleNode &node)
{
    return Binary({node.path.begin(), node.path.end()});
}

} // namespace

std::string Show(const Digest &digest)
{
    return digest == Digest{} ? "16 bytes of 0" : Hex(digest);
}

std::string Brief(const Digest &digest)
{
    return digest == Digest{} ? "0" : Hex(digest).substr(0, 8) + "...";
}

std::string Show(const MerkleNode &node)
{
    const std::string path = Hex(node.path);

    if (node.depth > MERKLE_DEPTH_MAX)
        return "a subtree of depth " + std::to_string(node.depth);
    if (path.find_first_not_of('0', node.depth) != std::string::npos)
        return "a subtree of depth " + std::to_string(node.depth) +
               " and path " + path;
    return node.depth == 0 ? "the whole tree"
                           : "subtree " + path.substr(0, node.depth);
}

std::string Show(const MerkleDifference &difference)
{
    std::string text;

    for (const MerkleNode &node : difference.nodes)
        text += (text.empty() ? "" : ", ") + Show(node);
    for (const std::string &key : difference.keys)
        text += (text.empty() ? "key " : ", key ") + ShowValue(key);
    return text.empty() ? "nothing that differs" : text;
}

std::string ShowDescription(const std::string &bytes)
{
    std::string text;
    size_t at = 3;

    if (bytes.size() == 1 + 16 * 16 && bytes[0] == 'N') {
        for (size_t i = 0; i < 16; i++) {
            Digest hash = {};

            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(1 + 16 * i),
                        16, hash.begin());
            text += (i > 0 ? ", " : "") + Brief(hash);
        }
        return "'N' and the hashes " + text;
    }
    if (bytes.size() < 3 || bytes[0] != 'L' || bytes[1] != 0 || bytes[2] > 16)
        return ShowBytes(bytes);
    for (int i = 0; i < bytes[2]; i++) {
        Digest stored = {};
        const size_t size = at + 2 <= bytes.size()
                                ? static_cast<unsigned char>(bytes[at]) * 256u +
                                      static_cast<unsigned char>(bytes[at + 1])
                                : SIZE_MAX / 2;

        if (bytes.size() < at + 2 + size + 16)
            return ShowBytes(bytes);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at + 2 + size),
                    16, stored.begin());
        text += (i > 0 ? ", " : " ") + ShowValue(bytes.substr(at + 2, size)) +
                " " + Brief(stored);
        at += 2 + size + 16;
    }
    return at == bytes.size() ? "'L' and " + std::to_string(bytes[2]) +
                                    (bytes[2] == 1 ? " key" : " keys") + text
                              : ShowBytes(bytes);
}

StudentMerkle::StudentMerkle(Trial &t) : StudentThing(t, "tree", "merkle")
{
    MustMake("merkle_open(" + Name() + ")", "merkle_open",
             json::array({handle_}));
}

int StudentMerkle::Open(Trial &t)
{
    StudentMerkle made(t, Unmade{});

    return made.Make("merkle_open(" + made.Name() + ")", "merkle_open",
                     json::array({made.handle_}));
}

int StudentMerkle::Put(const std::string &key, const std::string &stored)
{
    return Code("merkle_put(" + Name() + ", " + ShowValue(key) + ", " +
                    ShowValue(stored) + ")",
                "merkle_put",
                json::array({handle_, Binary(key), Binary(stored)}));
}

int StudentMerkle::PutMany(uint64_t first, uint64_t count, uint64_t edition)
{
    const auto put = [&](uint64_t number) {
        return "'key-" + std::to_string(number) + "', '" +
               std::to_string(number) + "." + std::to_string(edition) + "'";
    };
    const json &answer = t_->Host().Call(
        "merkle_put(" + Name() + ", " + put(first) + ")" +
            (count > 1 ? ", and so on to " + put(first + count - 1) : ""),
        "merkle_put_many", json::array({handle_, first, count, edition}));
    const int code = AnswerCode(answer, 0);

    t_->Host().Answered(code == DYN_OK
                            ? CodeText(code)
                            : CodeText(code) + " of call number " +
                                  std::to_string(AnswerUint(answer, 1)));
    return code;
}

int StudentMerkle::Remove(const std::string &key)
{
    return Code("merkle_remove(" + Name() + ", " + ShowValue(key) + ")",
                "merkle_remove", json::array({handle_, Binary(key)}));
}

uint64_t StudentMerkle::Count() const
{
    return Number("merkle_count(" + Name() + ")", "merkle_count",
                  json::array({handle_}));
}

int StudentMerkle::Hash(const MerkleNode &node, Digest *hash) const
{
    const json &answer = t_->Host().Call(
        "merkle_hash(" + Name() + ", " + Show(node) + ")", "merkle_hash",
        json::array({handle_, node.depth, PathOf(node), 0}));
    const int code = AnswerCode(answer, 0);
    const std::vector<uint8_t> bytes = AnswerBytes(answer, 1);
    Digest seen = {};

    t_->Expect(bytes.size() == seen.size(), "16 bytes",
               std::to_string(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), seen.begin());
    t_->Host().Answered(code == DYN_OK ? Show(seen) : CodeText(code));
    ExpectUntouched(*t_, code, AnswerBool(answer, 2), "merkle_hash");
    if (code == DYN_OK)
        *hash = seen;
    return code;
}

Digest StudentMerkle::QuietHash(const MerkleNode &node) const
{
    const json answer = t_->Host().Quiet(
        "merkle_hash", json::array({handle_, node.depth, PathOf(node), 0}));
    const std::vector<uint8_t> bytes = AnswerBytes(answer, 1);
    Digest hash = {};

    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()),
                hash.begin());
    return hash;
}

Encoded StudentMerkle::Describe(const MerkleNode &node, uint64_t capacity) const
{
    const Encoded seen =
        EncodeBy("merkle_describe", Name() + ", " + Show(node),
                 json::array({handle_, node.depth, PathOf(node)}), capacity);

    if (seen.code == DYN_OK)
        t_->Host().Answered(ShowDescription(seen.bytes));
    return seen;
}

int StudentMerkle::Compare(const MerkleNode &node,
                           const std::string &description,
                           MerkleDifference *difference) const
{
    const json &answer =
        t_->Host().Call("merkle_compare(" + Name() + ", " + Show(node) + ", " +
                            ShowDescription(description) + ")",
                        "merkle_compare",
                        json::array({handle_, node.depth, PathOf(node),
                                     Binary(description), 0}));
    const int code = AnswerCode(answer, 0);
    const bool untouched = AnswerBool(answer, 1);
    const uint64_t nodes = AnswerUint(answer, 2), keys = AnswerUint(answer, 4);
    const json &listed = AnswerArray(answer, 3);
    const json &names = AnswerArray(answer, 5);
    MerkleDifference seen;

    for (size_t i = 0; i + 1 < listed.size(); i += 2) {
        const uint64_t depth = AnswerUint(listed, i);
        const std::vector<uint8_t> path = AnswerBytes(listed, i + 1);
        MerkleNode below;

        t_->Expect(depth <= UINT32_MAX && path.size() == below.path.size(),
                   "a subtree", "something else");
        below.depth = static_cast<uint32_t>(depth);
        std::copy(path.begin(), path.end(), below.path.begin());
        seen.nodes.push_back(below);
    }
    for (size_t i = 0; i < names.size(); i++)
        seen.keys.push_back(AnswerText(names, i));
    t_->Host().Answered(code == DYN_OK ? Show(seen) : CodeText(code));
    ExpectUntouched(*t_, code, untouched, "merkle_compare");
    if (code != DYN_OK)
        return code;
    t_->Expect(nodes == seen.nodes.size(), "at most 16 nodes",
               std::to_string(nodes));
    t_->Expect(keys == seen.keys.size(),
               "at most " + std::to_string(2 * MERKLE_LEAF_MAX) + " keys",
               std::to_string(keys));
    *difference = seen;
    return code;
}

uint64_t Md5Calls(Trial &t)
{
    return AnswerUint(t.Host().Quiet("md5_count", json::array()), 0);
}

void ExpectMerkleNullsRefused(Trial &t)
{
    StudentMerkle tree(t);
    const int s = tree.Handle();
    const json path = PathOf({}), key = Binary("k");

    t.ExpectCode(DYN_OK, tree.Put("k", "v"), "merkle_put");
    t.Host().Call("merkle_close(NULL)", "merkle_close", json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t,
        {{"merkle_open(NULL)", "merkle_open", json::array({nullptr}), false},
         {"merkle_put(NULL, ...)", "merkle_put",
          json::array({nullptr, key, key}), false},
         {"merkle_put(tree, 1 byte at NULL, ...)", "merkle_put",
          json::array({s, nullptr, key}), false},
         {"merkle_put(tree, 'k', 1 byte at NULL)", "merkle_put",
          json::array({s, key, nullptr}), false},
         {"merkle_remove(NULL, ...)", "merkle_remove",
          json::array({nullptr, key}), false},
         {"merkle_remove(tree, 1 byte at NULL)", "merkle_remove",
          json::array({s, nullptr}), false},
         {"merkle_count(NULL)", "merkle_count", json::array({nullptr}), true},
         {"merkle_hash(NULL, ...)", "merkle_hash",
          json::array({nullptr, 0, path, 0}), false},
         {"merkle_hash(tree, NULL, &hash)", "merkle_hash",
          json::array({s, nullptr, path, 0}), false},
         {"merkle_hash(tree, &node, NULL)", "merkle_hash",
          json::array({s, 0, path, nullptr}), false},
         {"merkle_describe(NULL, ...)", "merkle_describe",
          json::array({nullptr, 0, path, 100, 0}), false},
         {"merkle_describe(tree, NULL, ...)", "merkle_describe",
          json::array({s, nullptr, path, 100, 0}), false},
         {"merkle_describe(tree, &node, NULL, 1, &length)", "merkle_describe",
          json::array({s, 0, path, nullptr, 0}), false},
         {"merkle_describe(tree, &node, bytes, 100, NULL)", "merkle_describe",
          json::array({s, 0, path, 100, 1}), false},
         {"merkle_compare(NULL, ...)", "merkle_compare",
          json::array({nullptr, 0, path, Binary({"L\0\0", 3}), 0}), false},
         {"merkle_compare(tree, NULL, ...)", "merkle_compare",
          json::array({s, nullptr, path, Binary({"L\0\0", 3}), 0}), false},
         {"merkle_compare(tree, &node, 1 byte at NULL, ...)", "merkle_compare",
          json::array({s, 0, path, nullptr, 0}), false},
         {"merkle_compare(tree, &node, bytes, 3, NULL)", "merkle_compare",
          json::array({s, 0, path, Binary({"L\0\0", 3}), nullptr}), false}});
}

} // namespace judge
