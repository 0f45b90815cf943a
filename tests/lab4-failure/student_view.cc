#include "lab4-failure/student_view.h"

#include "harness/answer.h"
#include "harness/refusals.h"
#include "lab4-failure/student_detector.h"

#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

namespace
{

json ConfigOf(const ring_config &config)
{
    return json::array({static_cast<uint32_t>(config.strategy), config.tokens,
                        config.partitions, config.seed});
}

std::string ShowConfig(const ring_config &config)
{
    std::string text =
        "strategy " + std::to_string(static_cast<uint32_t>(config.strategy));

    if (config.strategy != RING_PARTITIONS)
        text += ", T " + std::to_string(config.tokens);
    if (config.strategy != RING_TOKENS)
        text += ", Q " + std::to_string(config.partitions);
    return text + ", seed " + std::to_string(config.seed);
}

// [code, made, members, places, encoding]
int AnswerRing(Trial &t, const json &answer, const std::string &function,
               Placement *placement)
{
    const int code = AnswerCode(answer, 0);
    const bool made = AnswerBool(answer, 1);
    Placement seen = {AnswerNodes(answer, 2), AnswerNodes(answer, 3),
                      AnswerText(answer, 4)};

    t.Host().Answered(code == DYN_OK ? "a ring of " + ShowNodes(seen.members)
                                     : CodeText(code));
    t.Expect(made == (code == DYN_OK),
             function + " stores its result if it succeeds, and only then",
             CodeText(code) +
                 (made ? ", and *ring is set" : ", and *ring is not set"));
    if (code == DYN_OK)
        *placement = seen;
    return code;
}

// A view as a step tells it: bytes that are one are told as changes.
std::string ShowEncoding(const std::string &bytes)
{
    const size_t head = 4, each = 21;
    Changes changes;
    const auto number = [&](size_t at, size_t size) {
        uint64_t value = 0;

        for (size_t i = at; i < at + size; i++)
            value = value << 8 | static_cast<unsigned char>(bytes[i]);
        return value;
    };

    if (bytes.size() < head || (bytes.size() - head) % each != 0 ||
        number(0, head) != (bytes.size() - head) / each)
        return ShowBytes(bytes);
    for (size_t at = head; at < bytes.size(); at += each) {
        changes.push_back({number(at, 8),
                           static_cast<node_id>(number(at + 8, 4)),
                           static_cast<node_id>(number(at + 12, 4)),
                           static_cast<uint32_t>(number(at + 16, 1)),
                           static_cast<uint32_t>(number(at + 17, 4))});
    }
    return std::to_string(bytes.size()) + " bytes " + Show(changes);
}

} // namespace

std::string Show(const Change &change)
{
    const std::string head = std::to_string(change.stamp) + " by " +
                             std::to_string(change.by) + ": " +
                             std::to_string(change.node);
    const std::string weight = ", weight " + std::to_string(change.weight);

    if (change.kind == VIEW_JOIN)
        return head + " joins" + weight;
    if (change.kind == VIEW_LEAVE)
        return head + " leaves" + (change.weight != 0 ? weight : "");
    return head + ", kind " + std::to_string(change.kind) + weight;
}

std::string Show(const Changes &changes)
{
    std::string text;

    for (size_t i = 0; i < changes.size(); i++) {
        if (i == 20 && changes.size() > 24)
            return "[" + text + "; ... " + std::to_string(changes.size()) +
                   " changes]";
        text += (i > 0 ? "; " : "") + Show(changes[i]);
    }
    return changes.empty() ? "no change" : "[" + text + "]";
}

StudentView::StudentView(Trial &t) : StudentView(t, Unmade{})
{
    MustMake("view_open(" + Name() + ")", "view_open", json::array({handle_}));
}

int StudentView::Open(Trial &t)
{
    StudentView made(t, Unmade{});

    return made.Make("view_open(" + made.Name() + ")", "view_open",
                     json::array({made.handle_}));
}

int StudentView::Decode(Trial &t, const std::string &bytes,
                        std::optional<StudentView> *view)
{
    StudentView made(t, Unmade{});
    const int code = made.Make(
        "view_decode(" + made.Name() + ", " + ShowEncoding(bytes) + ")",
        "view_decode", json::array({made.handle_, Binary(bytes)}));

    if (code == DYN_OK)
        view->emplace(made);
    return code;
}

int StudentView::Join(node_id by, node_id node, uint32_t weight)
{
    return Code("view_join(" + Name() + ", by " + std::to_string(by) +
                    ", node " + std::to_string(node) + ", weight " +
                    std::to_string(weight) + ")",
                "view_join", json::array({handle_, by, node, weight}));
}

int StudentView::Leave(node_id by, node_id node)
{
    return Code("view_leave(" + Name() + ", by " + std::to_string(by) +
                    ", node " + std::to_string(node) + ")",
                "view_leave", json::array({handle_, by, node}));
}

int StudentView::Merge(const StudentView &from)
{
    return Code("view_merge(" + Name() + ", " + from.Name() + ")", "view_merge",
                json::array({handle_, from.handle_}));
}

uint64_t StudentView::ListChanges(uint64_t capacity, Changes *changes) const
{
    const json &answer =
        t_->Host().Call("view_changes(" + Name() + ", capacity " +
                            std::to_string(capacity) + ")",
                        "view_changes", json::array({handle_, capacity}));
    const uint64_t count = AnswerUint(answer, 0);
    const json &numbers = AnswerArray(answer, 1);
    const auto word = [&](size_t at) {
        const uint64_t number = AnswerUint(numbers, at);

        t_->Expect(number <= UINT32_MAX, "a number of 32 bits",
                   std::to_string(number));
        return static_cast<uint32_t>(number);
    };

    changes->clear();
    for (size_t i = 0; i + 4 < numbers.size(); i += 5)
        changes->push_back({AnswerUint(numbers, i), word(i + 1), word(i + 2),
                            word(i + 3), word(i + 4)});
    t_->Host().Answered(std::to_string(count) +
                        (capacity > 0 ? ", " + Show(*changes) : ""));
    t_->Expect(AnswerBool(answer, 2), "nothing is written after the changes",
               "view_changes has written there");
    return count;
}

uint64_t StudentView::ListMembers(uint64_t capacity,
                                  std::vector<node_id> *nodes) const
{
    const json &answer =
        t_->Host().Call("view_members(" + Name() + ", capacity " +
                            std::to_string(capacity) + ")",
                        "view_members", json::array({handle_, capacity}));
    const uint64_t count = AnswerUint(answer, 0);

    *nodes = AnswerNodes(answer, 1);
    t_->Host().Answered(std::to_string(count) +
                        (capacity > 0 ? ", " + ShowNodes(*nodes) : ""));
    t_->Expect(AnswerBool(answer, 2), "nothing is written after the members",
               "view_members has written there");
    return count;
}

// What is listed is not looked at where there is another number of it: more would
// be what the room held before.
Changes StudentView::AllChanges(size_t count) const
{
    Changes changes;
    const uint64_t seen = ListChanges(count + 4, &changes);

    t_->Expect(seen <= count + 4, std::to_string(count) + " changes",
               std::to_string(seen));
    return changes;
}

std::vector<node_id> StudentView::AllMembers(size_t count) const
{
    std::vector<node_id> nodes;
    const uint64_t seen = ListMembers(count + 4, &nodes);

    t_->Expect(seen <= count + 4, std::to_string(count) + " members",
               std::to_string(seen));
    return nodes;
}

std::string StudentView::Bytes() const
{
    const Encoded encoded = EncodeInto(std::nullopt);

    t_->ExpectCode(DYN_OK, encoded.code, "view_encode with room enough");
    t_->Host().Answered(ShowEncoding(encoded.bytes));
    return encoded.bytes;
}

int StudentView::Hash(std::string *hash) const
{
    const json &answer = t_->Host().Call(
        "view_hash(" + Name() + ")", "view_hash", json::array({handle_, 0}));
    const int code = AnswerCode(answer, 0);
    const std::string seen = AnswerText(answer, 1);

    t_->Host().Answered(code == DYN_OK ? ShowBytes(seen) : CodeText(code));
    ExpectUntouched(*t_, code, AnswerBool(answer, 2), "view_hash");
    if (code == DYN_OK)
        *hash = seen;
    return code;
}

int StudentView::Ring(const ring_config &config, Placement *placement) const
{
    json arguments = json::array({handle_, 0});

    for (const json &number : ConfigOf(config))
        arguments.push_back(number);
    return AnswerRing(
        *t_,
        t_->Host().Call("view_ring(" + Name() + ", " + ShowConfig(config) + ")",
                        "view_ring", arguments),
        "view_ring", placement);
}

Placement RingOf(Trial &t, const ring_config &config, const Changes &changes)
{
    json arguments = ConfigOf(config), told = json::array();
    std::string text;
    Placement placement;

    for (const Change &change : changes) {
        const std::string node = std::to_string(change.node);

        for (const uint32_t number : {change.kind, change.node, change.weight})
            told.push_back(number);
        text += change.kind == VIEW_JOIN
                    ? ", ring_join(" + node + ", weight " +
                          std::to_string(change.weight) + ")"
                    : ", ring_leave(" + node + ")";
    }
    arguments.push_back(told);
    t.ExpectCode(DYN_OK,
                 AnswerRing(t,
                            t.Host().Call("for comparison: ring_open(" +
                                              ShowConfig(config) + ")" + text,
                                          "ring_told", arguments),
                            "ring_open", &placement),
                 "ring_open (of ring.c, not of view.c)");
    return placement;
}

void ExpectViewNullsRefused(Trial &t)
{
    const ring_config config = {RING_PARTITIONS, 0, 8, 1};
    StudentView view(t);
    const int v = view.Handle();
    const json ring = ConfigOf(config);

    t.ExpectCode(DYN_OK, view.Join(1, 5, 1), "view_join");
    t.Host().Call("view_close(NULL)", "view_close", json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t,
        {{"view_open(NULL)", "view_open", json::array({nullptr}), false},
         {"view_join(NULL, ...)", "view_join", json::array({nullptr, 1, 6, 1}),
          false},
         {"view_leave(NULL, ...)", "view_leave", json::array({nullptr, 1, 5}),
          false},
         {"view_merge(NULL, view)", "view_merge", json::array({nullptr, v}),
          false},
         {"view_merge(view, NULL)", "view_merge", json::array({v, nullptr}),
          false},
         {"view_changes(NULL, changes, 1)", "view_changes",
          json::array({nullptr, 1}), true},
         {"view_changes(view, NULL, 1)", "view_changes",
          json::array({v, nullptr}), true},
         {"view_members(NULL, members, 1)", "view_members",
          json::array({nullptr, 1}), true},
         {"view_members(view, NULL, 1)", "view_members",
          json::array({v, nullptr}), true},
         {"view_encode(NULL, ...)", "view_encode",
          json::array({nullptr, 100, 0}), false},
         {"view_encode(view, NULL, 1, &length)", "view_encode",
          json::array({v, nullptr, 0}), false},
         {"view_encode(view, bytes, 100, NULL)", "view_encode",
          json::array({v, 100, 1}), false},
         {"view_hash(NULL, &hash)", "view_hash", json::array({nullptr, 0}),
          false},
         {"view_hash(view, NULL)", "view_hash", json::array({v, nullptr}),
          false},
         {"view_decode(NULL, bytes, 4)", "view_decode",
          json::array({nullptr, Binary({"\0\0\0\0", 4})}), false},
         {"view_decode(&view, NULL, 1)", "view_decode",
          json::array({t.NextHandle(), nullptr}), false},
         {"view_ring(NULL, &config, &ring)", "view_ring",
          json::array({nullptr, 0, ring[0], ring[1], ring[2], ring[3]}), false},
         {"view_ring(view, NULL, &ring)", "view_ring",
          json::array({v, 0, nullptr, ring[1], ring[2], ring[3]}), false},
         {"view_ring(view, &config, NULL)", "view_ring",
          json::array({v, nullptr, ring[0], ring[1], ring[2], ring[3]}),
          false}});
}

} // namespace judge
