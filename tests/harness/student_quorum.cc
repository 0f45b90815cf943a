#include "harness/student_quorum.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

template <class T, class F>
std::string List(const std::vector<T> &items, F show)
{
    std::string text = "[";

    for (size_t i = 0; i < items.size(); i++) {
        if (i == 20 && items.size() > 24)
            return text + ", ... " + std::to_string(items.size()) + " in all]";
        text += (i > 0 ? ", " : "") + show(items[i]);
    }
    return text + "]";
}

std::string Nodes(const std::vector<node_id> &nodes)
{
    return List(nodes, [](node_id node) { return std::to_string(node); });
}

json Flat(const std::vector<RegisterReply> &replies)
{
    json flat = json::array();

    for (const RegisterReply &reply : replies) {
        flat.push_back(reply.from);
        flat.push_back(reply.at.counter);
        flat.push_back(reply.at.writer);
        flat.push_back(json::binary(reply.value));
    }
    return flat;
}

uint32_t AnswerUint32(Trial &t, const json &answer, size_t index)
{
    const uint64_t number = AnswerUint(answer, index);

    t.Expect(number <= UINT32_MAX, "a number below 2^32",
             std::to_string(number));
    return static_cast<uint32_t>(number);
}

// A bool of a struct that the student's function was to fill.
bool AnswerFlag(Trial &t, const json &answer, size_t index,
                const std::string &name)
{
    const uint64_t byte = AnswerUint(answer, index);

    t.Expect(byte <= 1, "quorum_facts stores " + name,
             "it was never written, or is no bool");
    return byte == 1;
}

// The answer [code, number, untouched] of a function with one result.
int OneNumber(Trial &t, const json &answer, const std::string &function,
              uint64_t *number)
{
    const int code = AnswerCode(answer, 0);

    *number = AnswerUint(answer, 1);
    t.Host().Answered(code == DYN_OK ? std::to_string(*number)
                                     : CodeText(code));
    ExpectUntouched(t, code, AnswerBool(answer, 2), function);
    return code;
}

json OpenArguments(int handle, const std::vector<node_id> &voters,
                   uint64_t count, uint64_t needed)
{
    return json::array({handle, voters, count, needed});
}

std::string OpenText(const std::string &name,
                     const std::vector<node_id> &voters, uint64_t count,
                     uint64_t needed)
{
    return "quorum_open(" + name + ", voters " + Nodes(voters) + ", count " +
           std::to_string(count) + ", needed " + std::to_string(needed) + ")";
}

} // namespace

std::string ShowDecision(int decision)
{
    switch (decision) {
    case QUORUM_PENDING:
        return "QUORUM_PENDING";
    case QUORUM_REACHED:
        return "QUORUM_REACHED";
    case QUORUM_IMPOSSIBLE:
        return "QUORUM_IMPOSSIBLE";
    default:
        return decision < 0 ? CodeName(decision) : std::to_string(decision);
    }
}

std::string Show(const quorum_sizes &sizes)
{
    return "N " + std::to_string(sizes.n) + ", R " + std::to_string(sizes.r) +
           ", W " + std::to_string(sizes.w) + ", f " + std::to_string(sizes.f);
}

std::string Show(const RegisterReply &reply)
{
    std::string text = "node " + std::to_string(reply.from) + ": " +
                       std::to_string(reply.at.counter) + "." +
                       std::to_string(reply.at.writer) + " '";
    char hex[8];

    for (size_t i = 0; i < reply.value.size() && i < 12; i++) {
        std::snprintf(hex, sizeof hex,
                      std::isalnum(reply.value[i]) ? "%c" : "\\x%02x",
                      reply.value[i]);
        text += hex;
    }
    return text + (reply.value.size() > 12 ? "...'" : "'");
}

StudentQuorum::StudentQuorum(Trial &t, const std::vector<node_id> &voters,
                             size_t needed)
    : t_(&t), handle_(t.NextHandle())
{
    const json &answer = t.Host().Call(
        OpenText(Name(), voters, voters.size(), needed), "quorum_open",
        OpenArguments(handle_, voters, voters.size(), needed));
    const int code = AnswerCode(answer, 0);

    t.Host().Answered(CodeText(code));
    t.ExpectCode(DYN_OK, code, "quorum_open of legal numbers");
    t.Expect(AnswerBool(answer, 1), "quorum_open stores a vote in *quorum",
             "DYN_OK, but *quorum is still NULL");
    open_ = std::make_shared<bool>(true);
    t_->AtEnd([quorum = *this]() mutable { quorum.Close(); });
}

void StudentQuorum::Close()
{
    if (!*open_)
        return;
    *open_ = false;
    t_->Host().Call("quorum_close(" + Name() + ")", "quorum_close",
                    json::array({handle_}));
    t_->Host().Answered("done");
}

int StudentQuorum::Vote(node_id voter, bool yes)
{
    const json &answer = t_->Host().Call(
        "quorum_vote(" + Name() + ", node " + std::to_string(voter) +
            (yes ? ", yes)" : ", no)"),
        "quorum_vote", json::array({handle_, voter, yes ? 1 : 0}));
    const int code = AnswerCode(answer, 0);

    t_->Host().Answered(CodeText(code));
    return code;
}

int StudentQuorum::Decision()
{
    const json &answer =
        t_->Host().Call("quorum_decision(" + Name() + ")", "quorum_decision",
                        json::array({handle_}));
    const int decision = AnswerCode(answer, 0);

    t_->Host().Answered(decision < 0 ? CodeText(decision)
                                     : ShowDecision(decision));
    return decision;
}

uint64_t StudentQuorum::Count(bool yes)
{
    const json &answer =
        t_->Host().Call("quorum_count(" + Name() + (yes ? ", yes)" : ", no)"),
                        "quorum_count", json::array({handle_, yes ? 1 : 0}));
    const uint64_t count = AnswerUint(answer, 0);

    t_->Host().Answered(std::to_string(count));
    return count;
}

uint64_t StudentQuorum::Silent(size_t capacity, std::vector<node_id> *nodes)
{
    const json &answer =
        t_->Host().Call("quorum_silent(" + Name() + ", capacity " +
                            std::to_string(capacity) + ")",
                        "quorum_silent", json::array({handle_, capacity}));
    const uint64_t count = AnswerUint(answer, 0);

    *nodes = AnswerNodes(answer, 1);
    t_->Host().Answered(std::to_string(count) + ", " + Nodes(*nodes));
    return count;
}

std::vector<node_id> StudentQuorum::Silent()
{
    std::vector<node_id> nodes;
    const uint64_t count = Silent(2000, &nodes);

    t_->Expect(count == nodes.size(), "at most as many as there are voters",
               std::to_string(count));
    return nodes;
}

int StudentOpenQuorum(Trial &t, const std::vector<node_id> &voters,
                      uint64_t count, uint64_t needed)
{
    const int handle = t.NextHandle();
    const std::string name = "vote " + std::to_string(handle);
    const json &answer =
        t.Host().Call(OpenText(name, voters, count, needed), "quorum_open",
                      OpenArguments(handle, voters, count, needed));
    const int code = AnswerCode(answer, 0);
    const bool made = AnswerBool(answer, 1);

    t.Host().Answered(CodeText(code));
    t.Expect(made == (code == DYN_OK),
             "*quorum is set when quorum_open returns DYN_OK, and only then",
             CodeText(code) +
                 (made ? ", *quorum is set" : ", *quorum is not set"));
    if (code == DYN_OK) {
        t.Host().Call("quorum_close(" + name + ")", "quorum_close",
                      json::array({handle}));
        t.Host().Answered("done");
    }
    return code;
}

int StudentFacts(Trial &t, const quorum_sizes &sizes, Facts *facts)
{
    const json &answer =
        t.Host().Call("quorum_facts(" + Show(sizes) + ")", "quorum_facts",
                      json::array({sizes.n, sizes.r, sizes.w, sizes.f, 0}));
    const int code = AnswerCode(answer, 0);

    *facts = {};
    t.Host().Answered(CodeText(code));
    ExpectUntouched(t, code, AnswerBool(answer, 9), "quorum_facts");
    if (code != DYN_OK)
        return code;
    facts->read_write_shared = AnswerUint32(t, answer, 1);
    facts->read_read_shared = AnswerUint32(t, answer, 2);
    facts->write_write_shared = AnswerUint32(t, answer, 3);
    facts->read_survives = AnswerUint32(t, answer, 4);
    facts->write_survives = AnswerUint32(t, answer, 5);
    facts->register_survives = AnswerUint32(t, answer, 6);
    facts->masking_safe = AnswerFlag(t, answer, 7, "masking_safe");
    facts->masking_live = AnswerFlag(t, answer, 8, "masking_live");
    return code;
}

Facts StudentFacts(Trial &t, const quorum_sizes &sizes)
{
    Facts facts;

    t.ExpectCode(DYN_OK, StudentFacts(t, sizes, &facts),
                 "quorum_facts of sizes in range");
    return facts;
}

int StudentChoose(Trial &t, const std::vector<RegisterReply> &replies,
                  uint32_t f, uint64_t *chosen)
{
    const json &answer = t.Host().Call(
        "masking_choose(" +
            List(replies,
                 [](const RegisterReply &reply) { return Show(reply); }) +
            ", f " + std::to_string(f) + ")",
        "masking_choose", json::array({Flat(replies), replies.size(), f, 0}));

    const int code = OneNumber(t, answer, "masking_choose", chosen);
    if (code == DYN_OK)
        t.Expect(*chosen < replies.size(), "*chosen is the index of a reply",
                 "index " + std::to_string(*chosen) + " of " +
                     std::to_string(replies.size()) + " replies");
    return code;
}

int StudentCounter(Trial &t, const std::vector<RegisterReply> &replies,
                   uint32_t f, uint64_t *counter)
{
    const json &answer = t.Host().Call(
        "masking_counter(" +
            List(replies,
                 [](const RegisterReply &reply) { return Show(reply); }) +
            ", f " + std::to_string(f) + ")",
        "masking_counter", json::array({Flat(replies), replies.size(), f, 0}));

    return OneNumber(t, answer, "masking_counter", counter);
}

int StudentSize(Trial &t, uint32_t n, uint32_t f, uint32_t *size)
{
    const json &answer = t.Host().Call("masking_size(N " + std::to_string(n) +
                                           ", f " + std::to_string(f) + ")",
                                       "masking_size", json::array({n, f, 0}));
    uint64_t number;
    const int code = OneNumber(t, answer, "masking_size", &number);

    *size = static_cast<uint32_t>(number);
    return code;
}

void ExpectQuorumNullsRefused(Trial &t)
{
    t.Host().Call("quorum_close(NULL)", "quorum_close", json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t, {{"quorum_open(NULL, ...)", "quorum_open",
             json::array({nullptr, json::array({1, 2}), 2, 1}), false},
            {"quorum_open(&quorum, NULL, 2, 1)", "quorum_open",
             json::array({0, nullptr, 2, 1}), false},
            {"quorum_vote(NULL, node 1, yes)", "quorum_vote",
             json::array({nullptr, 1, 1}), false},
            {"quorum_decision(NULL)", "quorum_decision", json::array({nullptr}),
             false},
            {"quorum_count(NULL, yes)", "quorum_count",
             json::array({nullptr, 1}), true},
            {"quorum_silent(NULL, ...)", "quorum_silent",
             json::array({nullptr, 2}), true},
            {"quorum_facts(NULL, &facts)", "quorum_facts",
             json::array({nullptr, 1, 1, 0, 0}), false},
            {"quorum_facts(&sizes, NULL)", "quorum_facts",
             json::array({3, 2, 2, 0, 1}), false}});
}

void ExpectMaskingNullsRefused(Trial &t)
{
    const json none = json::array();

    ExpectNullsRefused(t, {{"masking_choose(NULL, 2, ...)", "masking_choose",
                            json::array({nullptr, 2, 0, 0}), false},
                           {"masking_choose(..., NULL)", "masking_choose",
                            json::array({none, 0, 0, 1}), false},
                           {"masking_counter(NULL, 2, ...)", "masking_counter",
                            json::array({nullptr, 2, 0, 0}), false},
                           {"masking_counter(..., NULL)", "masking_counter",
                            json::array({none, 0, 0, 1}), false},
                           {"masking_size(5, 1, NULL)", "masking_size",
                            json::array({5, 1, 1}), false}});
}

} // namespace judge
