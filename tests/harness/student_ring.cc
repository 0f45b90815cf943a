#include "harness/student_ring.h"

#include "harness/answer.h"

#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

std::string CodeText(int code)
{
    return dyn_error_name(code);
}

std::string Hex(uint64_t number)
{
    char text[24];

    std::snprintf(text, sizeof text, "0x%" PRIx64, number);
    return text;
}

json Flat(const std::vector<Position> &positions)
{
    json flat = json::array();

    for (const Position &position : positions) {
        flat.push_back(position.hi);
        flat.push_back(position.lo);
    }
    return flat;
}

json Bytes(const std::vector<uint8_t> &bytes)
{
    return json::binary(bytes);
}

std::string ShowBytes(const std::vector<uint8_t> &bytes)
{
    std::string text;
    char hex[4];

    for (size_t i = 0; i < bytes.size() && i < 24; i++) {
        std::snprintf(hex, sizeof hex, "%02x", bytes[i]);
        text += hex;
    }
    if (bytes.size() > 24)
        text += "... (" + std::to_string(bytes.size()) + " bytes)";
    return text.empty() ? "(no bytes)" : text;
}

std::string ShowNumber(double number)
{
    char text[40];

    std::snprintf(text, sizeof text, "%.9g", number);
    return text;
}

template <class T, class F>
std::string List(const std::vector<T> &items, F show)
{
    std::string text = "[";

    for (size_t i = 0; i < items.size(); i++) {
        if (i == 40 && items.size() > 44)
            return text + ", ... " + std::to_string(items.size()) + " in all]";
        text += (i > 0 ? ", " : "") + show(items[i]);
    }
    return text + "]";
}

json OpenArguments(int handle, const ring_config &config)
{
    return json::array({handle, static_cast<uint32_t>(config.strategy),
                        config.tokens, config.partitions, config.seed});
}

} // namespace

std::string Show(const Nodes &nodes)
{
    return List(nodes, [](node_id node) { return std::to_string(node); });
}

std::string Show(const Position &position)
{
    char text[48];

    // Small ones, as tests choose them by hand, are easier to read short.
    const bool small = position.hi < 65536 && position.lo < 65536;

    std::snprintf(text, sizeof text,
                  small ? "0x%" PRIx64 ":0x%" PRIx64
                        : "0x%016" PRIx64 ":0x%016" PRIx64,
                  position.hi, position.lo);
    return text;
}

std::string Show(const ring_config &config)
{
    std::string text =
        "strategy " + std::to_string(static_cast<uint32_t>(config.strategy));

    if (config.strategy != RING_PARTITIONS)
        text += ", T " + std::to_string(config.tokens);
    if (config.strategy != RING_TOKENS)
        text += ", Q " + std::to_string(config.partitions);
    return text + ", seed " + Hex(config.seed);
}

std::string ShowDoubles(const std::vector<double> &numbers)
{
    return List(numbers, ShowNumber);
}

StudentRing::StudentRing(Trial &t, const ring_config &config)
    : t_(&t), config_(config), handle_(t.NextHandle())
{
    const std::string text = "ring_open(" + Name() + ", " + Show(config) + ")";
    const json &answer =
        t.Host().Call(text, "ring_open", OpenArguments(handle_, config));
    const int code = AnswerCode(answer, 0);

    t.Host().Answered(CodeText(code));
    t.ExpectCode(DYN_OK, code, "ring_open of a legal configuration");
    t.Expect(AnswerBool(answer, 1), "ring_open stores a ring in *ring",
             "DYN_OK, but *ring is still NULL");
    CloseAtEnd();
}

StudentRing::StudentRing(Trial &t, const std::vector<uint8_t> &bytes)
    : t_(&t), config_(), handle_(t.NextHandle())
{
    const json &answer =
        t.Host().Call("ring_decode(" + Name() + ", " + ShowBytes(bytes) + ")",
                      "ring_decode", json::array({handle_, Bytes(bytes)}));
    const int code = AnswerCode(answer, 0);

    t.Host().Answered(CodeText(code));
    t.ExpectCode(DYN_OK, code, "ring_decode of a sound encoding");
    t.Expect(AnswerBool(answer, 1), "ring_decode stores a ring in *ring",
             "DYN_OK, but *ring is still NULL");
    config_.strategy = RING_PARTITIONS;
    for (int i = 4; i < 8; i++)
        config_.partitions = config_.partitions << 8 | bytes[i];
    for (int i = 8; i < 16; i++)
        config_.seed = config_.seed << 8 | bytes[i];
    CloseAtEnd();
}

void StudentRing::CloseAtEnd()
{
    open_ = std::make_shared<bool>(true);
    t_->AtEnd([ring = *this]() mutable { ring.Close(); });
}

void StudentRing::Close()
{
    if (!*open_)
        return;
    *open_ = false;
    t_->Host().Call("ring_close(" + Name() + ")", "ring_close",
                    json::array({handle_}));
    t_->Host().Answered("done");
}

int StudentRing::Join(node_id node, uint32_t weight)
{
    const json &answer = t_->Host().Call(
        "ring_join(" + Name() + ", node " + std::to_string(node) + ", weight " +
            std::to_string(weight) + ")",
        "ring_join", json::array({handle_, node, weight}));
    const int code = AnswerCode(answer, 0);

    t_->Host().Answered(CodeText(code));
    return code;
}

int StudentRing::JoinAt(node_id node, const std::vector<Position> &tokens)
{
    return JoinAt(node, tokens, tokens.size());
}

int StudentRing::JoinAt(node_id node, const std::vector<Position> &tokens,
                        uint64_t count)
{
    const json &answer = t_->Host().Call(
        "ring_join_at(" + Name() + ", node " + std::to_string(node) +
            ", tokens at " +
            List(tokens, [](const Position &p) { return Show(p); }) + ", " +
            std::to_string(count) + ")",
        "ring_join_at", json::array({handle_, node, Flat(tokens), count}));
    const int code = AnswerCode(answer, 0);

    t_->Host().Answered(CodeText(code));
    return code;
}

int StudentRing::Leave(node_id node)
{
    const json &answer = t_->Host().Call(
        "ring_leave(" + Name() + ", node " + std::to_string(node) + ")",
        "ring_leave", json::array({handle_, node}));
    const int code = AnswerCode(answer, 0);

    t_->Host().Answered(CodeText(code));
    return code;
}

uint64_t StudentRing::MemberCount(size_t capacity, Nodes *nodes)
{
    const json &answer =
        t_->Host().Call("ring_members(" + Name() + ", capacity " +
                            std::to_string(capacity) + ")",
                        "ring_members", json::array({handle_, capacity}));
    const uint64_t count = AnswerUint(answer, 0);

    *nodes = AnswerNodes(answer, 1);
    t_->Host().Answered(std::to_string(count) + ", " + Show(*nodes));
    return count;
}

void StudentRing::ExpectMembers(const Nodes &due)
{
    const Nodes seen = Members();

    t_->Expect(seen == due, "members " + Show(due), Show(seen));
}

Nodes StudentRing::Members()
{
    Nodes nodes;
    const uint64_t count = MemberCount(256, &nodes);

    t_->Expect(count == nodes.size(), "at most 256 members",
               std::to_string(count) + " members");
    return nodes;
}

// An error leaves what it was to write to as it was (err.h).
void StudentRing::CheckUntouched(int code, bool untouched,
                                 const std::string &function)
{
    if (code == DYN_OK)
        t_->Expect(!untouched, "a call that succeeds stores its result",
                   function + " returned DYN_OK but wrote nothing");
    else
        t_->Expect(untouched, "a call that fails writes nothing to its results",
                   function + " returned " + CodeText(code) +
                       " but had written to them");
}

int StudentRing::Lookup(Position at, node_id *node)
{
    const json &answer =
        t_->Host().Call("ring_lookup(" + Name() + ", " + Show(at) + ")",
                        "ring_lookup", json::array({handle_, at.hi, at.lo}));
    const int code = AnswerCode(answer, 0);

    *node = static_cast<node_id>(AnswerUint(answer, 1));
    t_->Host().Answered(code == DYN_OK ? "node " + std::to_string(*node)
                                       : CodeText(code));
    CheckUntouched(code, AnswerBool(answer, 2), "ring_lookup");
    return code;
}

node_id StudentRing::Lookup(Position at)
{
    node_id node;

    t_->ExpectCode(DYN_OK, Lookup(at, &node), "ring_lookup");
    return node;
}

int StudentRing::PreferenceList(Position at, size_t n, Nodes *list)
{
    const json &answer = t_->Host().Call(
        "ring_preference_list(" + Name() + ", " + Show(at) + ", n " +
            std::to_string(n) + ")",
        "ring_preference_list", json::array({handle_, at.hi, at.lo, n}));
    const int code = AnswerCode(answer, 0);

    *list = AnswerNodes(answer, 1);
    t_->Host().Answered(code == DYN_OK ? Show(*list) : CodeText(code));
    CheckUntouched(code, AnswerBool(answer, 2), "ring_preference_list");
    return code;
}

Nodes StudentRing::PreferenceList(Position at, size_t n)
{
    Nodes list;

    t_->ExpectCode(DYN_OK, PreferenceList(at, n, &list),
                   "ring_preference_list");
    return list;
}

std::vector<Nodes> StudentRing::PreferenceLists(const std::vector<Position> &at,
                                                size_t n)
{
    std::vector<std::string> texts;
    std::vector<json> arguments;
    std::vector<Nodes> lists;

    for (const Position &position : at) {
        texts.push_back("ring_preference_list(" + Name() + ", " +
                        Show(position) + ", n " + std::to_string(n) + ")");
        arguments.push_back(
            json::array({handle_, position.hi, position.lo, n}));
    }
    const std::vector<json> answers =
        t_->Host().CallAll(texts, "ring_preference_list", arguments);
    for (size_t i = 0; i < answers.size(); i++) {
        const int code = AnswerCode(answers[i], 0);

        lists.push_back(AnswerNodes(answers[i], 1));
        t_->Host().AnsweredBefore(answers.size() - 1 - i, code == DYN_OK
                                                              ? Show(lists[i])
                                                              : CodeText(code));
        if (code != DYN_OK)
            t_->Host().EndStory(answers.size() - 1 - i);
        t_->ExpectCode(DYN_OK, code, "ring_preference_list");
    }
    return lists;
}

int StudentRing::Successors(Position at, size_t skip, size_t capacity,
                            Nodes *list)
{
    const json &answer =
        t_->Host().Call("ring_successors(" + Name() + ", " + Show(at) +
                            ", skip " + std::to_string(skip) + ", capacity " +
                            std::to_string(capacity) + ")",
                        "ring_successors",
                        json::array({handle_, at.hi, at.lo, skip, capacity}));
    const int code = AnswerCode(answer, 0);
    const uint64_t count = AnswerUint(answer, 1);

    *list = AnswerNodes(answer, 2);
    t_->Host().Answered(code == DYN_OK
                            ? std::to_string(count) + ", " + Show(*list)
                            : CodeText(code));
    t_->Expect(count <= capacity, "*count is at most the capacity",
               "*count is " + std::to_string(count));
    return code;
}

int StudentRing::Partition(Position at, uint32_t *partition)
{
    const json &answer =
        t_->Host().Call("ring_partition(" + Name() + ", " + Show(at) + ")",
                        "ring_partition", json::array({handle_, at.hi, at.lo}));
    const int code = AnswerCode(answer, 0);

    *partition = static_cast<uint32_t>(AnswerUint(answer, 1));
    t_->Host().Answered(code == DYN_OK
                            ? "partition " + std::to_string(*partition)
                            : CodeText(code));
    CheckUntouched(code, AnswerBool(answer, 2), "ring_partition");
    return code;
}

int StudentRing::Owner(uint32_t partition, node_id *node)
{
    const json &answer =
        t_->Host().Call("ring_owner(" + Name() + ", partition " +
                            std::to_string(partition) + ")",
                        "ring_owner", json::array({handle_, partition}));
    const int code = AnswerCode(answer, 0);

    *node = static_cast<node_id>(AnswerUint(answer, 1));
    t_->Host().Answered(code == DYN_OK ? "node " + std::to_string(*node)
                                       : CodeText(code));
    CheckUntouched(code, AnswerBool(answer, 2), "ring_owner");
    return code;
}

Nodes StudentRing::Owners()
{
    const json &answer = t_->Host().Call(
        "ring_owner(" + Name() + ", partitions 0.." +
            std::to_string(config_.partitions - 1) + ")",
        "ring_owners", json::array({handle_, config_.partitions}));
    const int code = AnswerCode(answer, 0);
    const Nodes nodes = AnswerNodes(answer, 1);

    t_->Host().Answered(code == DYN_OK ? Show(nodes) : CodeText(code));
    t_->ExpectCode(DYN_OK, code, "ring_owner");
    t_->Expect(nodes.size() == config_.partitions,
               "an owner for each partition",
               std::to_string(nodes.size()) + " owners");
    return nodes;
}

Encoded StudentRing::Encode(size_t capacity)
{
    const json &answer =
        t_->Host().Call("ring_encode(" + Name() + ", capacity " +
                            std::to_string(capacity) + ")",
                        "ring_encode", json::array({handle_, capacity}));
    Encoded encoded;

    encoded.code = AnswerCode(answer, 0);
    encoded.length = AnswerUint(answer, 1);
    if (encoded.code == DYN_ERANGE)
        t_->Expect(encoded.length != 0xeeeeeeeeeeeeeeee,
                   "*length is stored, also with DYN_ERANGE",
                   "it was never written");
    encoded.bytes = AnswerBytes(answer, 2);
    t_->Host().Answered(encoded.code == DYN_OK
                            ? std::to_string(encoded.length) + " bytes, " +
                                  ShowBytes(encoded.bytes)
                            : CodeText(encoded.code) + ", length " +
                                  std::to_string(encoded.length));
    CheckUntouched(encoded.code, AnswerBool(answer, 3), "ring_encode");
    if (encoded.code == DYN_OK)
        t_->Expect(encoded.length == encoded.bytes.size(),
                   "*length is at most the capacity, " +
                       std::to_string(capacity),
                   "*length is " + std::to_string(encoded.length));
    return encoded;
}

std::vector<uint8_t> StudentRing::Encode()
{
    const Encoded encoded = Encode(1 << 16);

    t_->ExpectCode(DYN_OK, encoded.code, "ring_encode with 64 KB of room");
    return encoded.bytes;
}

int StudentRing::Shares(size_t n, size_t capacity, std::vector<double> *shares)
{
    const json &answer =
        t_->Host().Call("ring_shares(" + Name() + ", n " + std::to_string(n) +
                            ", capacity " + std::to_string(capacity) + ")",
                        "ring_shares", json::array({handle_, n, capacity}));
    const int code = AnswerCode(answer, 0);

    *shares = AnswerDoubles(answer, 1);
    t_->Host().Answered(code == DYN_OK ? ShowDoubles(*shares) : CodeText(code));
    CheckUntouched(code, AnswerBool(answer, 2), "ring_shares");
    return code;
}

uint64_t StudentRing::Metadata()
{
    const json &answer =
        t_->Host().Call("ring_metadata(" + Name() + ")", "ring_metadata",
                        json::array({handle_}));
    const uint64_t entries = AnswerUint(answer, 0);

    t_->Host().Answered(std::to_string(entries));
    return entries;
}

int StudentRing::Moved(StudentRing &after, size_t n,
                       const std::vector<Position> &keys,
                       struct ring_moved *moved)
{
    const json &answer = t_->Host().Call(
        "ring_moved(" + Name() + ", " + after.Name() + ", n " +
            std::to_string(n) + ", keys at " +
            List(keys, [](const Position &p) { return Show(p); }) + ")",
        "ring_moved", json::array({handle_, after.handle_, n, Flat(keys)}));
    const int code = AnswerCode(answer, 0);

    moved->keys = AnswerUint(answer, 1);
    moved->copies = AnswerUint(answer, 2);
    t_->Host().Answered(code == DYN_OK
                            ? std::to_string(moved->keys) + " keys, " +
                                  std::to_string(moved->copies) + " copies"
                            : CodeText(code));
    CheckUntouched(code, AnswerBool(answer, 3), "ring_moved");
    return code;
}

Position StudentPosition(Trial &t, const std::vector<uint8_t> &key)
{
    const json &answer =
        t.Host().Call("ring_position(" + ShowBytes(key) + ")", "ring_position",
                      json::array({Bytes(key)}));
    const Position seen = {AnswerUint(answer, 0), AnswerUint(answer, 1)};

    t.Host().Answered(Show(seen));
    return seen;
}

Position StudentToken(Trial &t, uint64_t seed, node_id node, uint32_t index)
{
    const json &answer = t.Host().Call(
        "ring_token(seed " + Hex(seed) + ", node " + std::to_string(node) +
            ", index " + std::to_string(index) + ")",
        "ring_token", json::array({seed, node, index}));
    const Position seen = {AnswerUint(answer, 0), AnswerUint(answer, 1)};

    t.Host().Answered(Show(seen));
    return seen;
}

int StudentOpen(Trial &t, const ring_config &config)
{
    const int handle = t.NextHandle();
    const std::string name = "ring " + std::to_string(handle);
    const json &answer = t.Host().Call(
        "ring_open(" + name + ", strategy " +
            std::to_string(static_cast<uint32_t>(config.strategy)) + ", T " +
            std::to_string(config.tokens) + ", Q " +
            std::to_string(config.partitions) + ")",
        "ring_open", OpenArguments(handle, config));
    const int code = AnswerCode(answer, 0);
    const bool made = AnswerBool(answer, 1);

    t.Host().Answered(CodeText(code));
    t.Expect(made == (code == DYN_OK),
             "*ring is set when ring_open returns DYN_OK, and only then",
             CodeText(code) + (made ? ", *ring is set" : ", *ring is not set"));
    if (code == DYN_OK) {
        t.Host().Call("ring_close(" + name + ")", "ring_close",
                      json::array({handle}));
        t.Host().Answered("done");
    }
    return code;
}

int StudentDecode(Trial &t, const std::vector<uint8_t> &bytes,
                  const std::string &what)
{
    const int handle = 63; // its own, so that many can be tried
    const json &answer =
        t.Host().Call("ring_decode(" + what + ": " + ShowBytes(bytes) + ")",
                      "ring_decode", json::array({handle, Bytes(bytes)}));
    const int code = AnswerCode(answer, 0);
    const bool made = AnswerBool(answer, 1);

    t.Host().Answered(CodeText(code));
    t.Expect(made == (code == DYN_OK),
             "*ring is set when ring_decode returns DYN_OK, and only then",
             CodeText(code) + (made ? ", *ring is set" : ", *ring is not set"));
    if (code == DYN_OK) {
        t.Host().Call("ring_close()", "ring_close", json::array({handle}));
        t.Host().Answered("done");
    }
    return code;
}

double StudentEfficiency(Trial &t, const std::vector<double> &loads)
{
    const json &answer =
        t.Host().Call("load_efficiency(" + ShowDoubles(loads) + ")",
                      "load_efficiency", json::array({loads}));
    const double seen = AnswerDouble(answer, 0);

    t.Host().Answered(ShowNumber(seen));
    return seen;
}

double StudentImbalance(Trial &t, const std::vector<double> &loads,
                        double threshold)
{
    const json &answer =
        t.Host().Call("load_imbalance(" + ShowDoubles(loads) + ", " +
                          ShowNumber(threshold) + ")",
                      "load_imbalance", json::array({loads, threshold}));
    const double seen = AnswerDouble(answer, 0);

    t.Host().Answered(ShowNumber(seen));
    return seen;
}

void ExpectNullsRefused(Trial &t)
{
    const struct {
        const char *text, *function;
        json arguments;
        bool count; // the result is a count, not a code
    } calls[] = {
        {"ring_open(NULL, ...)", "ring_open",
         json::array({nullptr, 1, 4, 4, 0}), false},
        {"ring_open(&ring, NULL)", "ring_open",
         json::array({0, nullptr, 4, 4, 0}), false},
        {"ring_join(NULL, node 1, weight 1)", "ring_join",
         json::array({nullptr, 1, 1}), false},
        {"ring_join_at(NULL, node 1, ...)", "ring_join_at",
         json::array({nullptr, 1, json::array({1, 2}), 1}), false},
        {"ring_leave(NULL, node 1)", "ring_leave", json::array({nullptr, 1}),
         false},
        {"ring_members(NULL, ...)", "ring_members", json::array({nullptr, 4}),
         true},
        {"ring_lookup(NULL, ...)", "ring_lookup", json::array({nullptr, 0, 0}),
         false},
        {"ring_preference_list(NULL, ...)", "ring_preference_list",
         json::array({nullptr, 0, 0, 1}), false},
        {"ring_metadata(NULL)", "ring_metadata", json::array({nullptr}), true},
        {"ring_successors(NULL, ...)", "ring_successors",
         json::array({nullptr, 0, 0, 0, 1}), false},
        {"ring_partition(NULL, ...)", "ring_partition",
         json::array({nullptr, 0, 0}), false},
        {"ring_owner(NULL, ...)", "ring_owner", json::array({nullptr, 0}),
         false},
        {"ring_encode(NULL, ...)", "ring_encode", json::array({nullptr, 100}),
         false},
        {"ring_decode(NULL, ...)", "ring_decode",
         json::array({nullptr, json::binary({1, 2, 3})}), false},
        {"ring_shares(NULL, ...)", "ring_shares", json::array({nullptr, 1, 4}),
         false},
        {"ring_moved(NULL, NULL, ...)", "ring_moved",
         json::array({nullptr, nullptr, 1, json::array({1, 2})}), false},
    };

    t.Host().Call("ring_close(NULL)", "ring_close", json::array({nullptr}));
    t.Host().Answered("done");
    for (const auto &call : calls) {
        const json &answer =
            t.Host().Call(call.text, call.function, call.arguments);

        if (call.count) {
            const uint64_t count = AnswerUint(answer, 0);

            t.Host().Answered(std::to_string(count));
            t.Expect(count == 0, std::string(call.text) + " gives 0",
                     std::to_string(count));
        } else {
            const int code = AnswerCode(answer, 0);

            t.Host().Answered(CodeText(code));
            t.ExpectCode(DYN_EINVAL, code, call.text);
        }
    }
}

} // namespace judge
