#include "lab4-failure/student_detector.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

std::string ShowNodes(const std::vector<node_id> &nodes)
{
    std::string text;

    for (size_t i = 0; i < nodes.size(); i++) {
        if (i == 20 && nodes.size() > 24)
            return text + ", ... " + std::to_string(nodes.size()) + " nodes";
        text += (i > 0 ? ", " : "") + std::to_string(nodes[i]);
    }
    return nodes.empty() ? "no node" : text;
}

int StudentDetector::Open(const detector_config &config)
{
    return Make("detector_open(" + Name() + ", patience " +
                    std::to_string(config.patience_ms) + " ms, probe " +
                    std::to_string(config.probe_ms) + " ms, at most " +
                    std::to_string(config.probe_most_ms) + " ms)",
                "detector_open",
                json::array({handle_, 0, config.patience_ms, config.probe_ms,
                             config.probe_most_ms}));
}

StudentDetector::StudentDetector(Trial &t, const detector_config &config)
    : StudentThing(t, "detector", "detector")
{
    t.ExpectCode(DYN_OK, Open(config), "detector_open");
}

int StudentDetector::Refused(Trial &t, const detector_config &config)
{
    return StudentDetector(t, Unmade{}).Open(config);
}

int StudentDetector::Asked(node_id node, uint64_t now_ms)
{
    return Code("detector_asked(" + Name() + ", node " + std::to_string(node) +
                    ", at " + std::to_string(now_ms) + ")",
                "detector_asked", json::array({handle_, node, now_ms}));
}

int StudentDetector::Heard(node_id node, uint64_t now_ms)
{
    return Code("detector_heard(" + Name() + ", node " + std::to_string(node) +
                    ", at " + std::to_string(now_ms) + ")",
                "detector_heard", json::array({handle_, node, now_ms}));
}

bool StudentDetector::Suspects(node_id node, uint64_t now_ms) const
{
    const bool suspected = AnswerBool(
        t_->Host().Call(
            "detector_suspects(" + Name() + ", node " + std::to_string(node) +
                ", at " + std::to_string(now_ms) + ")",
            "detector_suspects", json::array({handle_, node, now_ms})),
        0);

    t_->Host().Answered(suspected ? "true" : "false");
    return suspected;
}

int StudentDetector::Due(uint64_t now_ms, size_t capacity,
                         std::vector<node_id> *nodes)
{
    const json &answer = t_->Host().Call(
        "detector_due(" + Name() + ", at " + std::to_string(now_ms) +
            ", capacity " + std::to_string(capacity) + ")",
        "detector_due", json::array({handle_, now_ms, capacity, 0}));
    const int code = AnswerCode(answer, 0);
    const uint64_t count = AnswerUint(answer, 1);
    const std::vector<node_id> listed = AnswerNodes(answer, 2);
    const bool tidy = AnswerBool(answer, 3);

    t_->Host().Answered(code == DYN_OK ? ShowNodes(listed) : CodeText(code));
    t_->Expect(count <= capacity,
               "no more nodes than there is room for: " +
                   std::to_string(capacity),
               std::to_string(count));
    t_->Expect(tidy,
               code == DYN_OK
                   ? "*count is stored, and nothing is written after the nodes"
                   : "a call that fails writes nothing to its results",
               code == DYN_OK ? "detector_due has not stored it, or has "
                                "written there"
                              : "detector_due has written to them");
    if (code == DYN_OK)
        *nodes = listed;
    return code;
}

std::optional<uint64_t> StudentDetector::Next() const
{
    const json &answer =
        t_->Host().Call("detector_next(" + Name() + ")", "detector_next",
                        json::array({handle_, 0}));
    const int code = AnswerCode(answer, 0);
    const uint64_t at_ms = AnswerUint(answer, 1);

    t_->Host().Answered(code == DYN_OK ? std::to_string(at_ms)
                                       : CodeText(code));
    ExpectUntouched(*t_, code, AnswerBool(answer, 2), "detector_next");
    if (code == DYN_OK)
        return at_ms;
    t_->ExpectCode(DYN_ENOENT, code, "detector_next, if it does not succeed");
    return std::nullopt;
}

void ExpectDetectorNullsRefused(Trial &t)
{
    StudentDetector detector(t, {100, 50, 400});
    const int d = detector.Handle();

    t.Host().Call("detector_close(NULL)", "detector_close",
                  json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t, {{"detector_open(NULL, &config)", "detector_open",
             json::array({nullptr, 0, 1, 1, 1}), false},
            {"detector_open(&detector, NULL)", "detector_open",
             json::array({t.NextHandle(), nullptr, 1, 1, 1}), false},
            {"detector_asked(NULL, ...)", "detector_asked",
             json::array({nullptr, 1, 0}), false},
            {"detector_heard(NULL, ...)", "detector_heard",
             json::array({nullptr, 1, 0}), false},
            {"detector_due(NULL, ...)", "detector_due",
             json::array({nullptr, 0, 1, 0}), false},
            {"detector_due(detector, 0, NULL, 1, &count)", "detector_due",
             json::array({d, 0, 1, 1}), false},
            {"detector_due(detector, 0, nodes, 1, NULL)", "detector_due",
             json::array({d, 0, 1, 2}), false},
            {"detector_next(NULL, &at_ms)", "detector_next",
             json::array({nullptr, 0}), false},
            {"detector_next(detector, NULL)", "detector_next",
             json::array({d, nullptr}), false}});
    const bool suspected = AnswerBool(
        t.Host().Call("detector_suspects(NULL, node 1, at 0)",
                      "detector_suspects", json::array({nullptr, 1, 0})),
        0);
    t.Host().Answered(suspected ? "true" : "false");
    t.Expect(!suspected, "detector_suspects(NULL, ...) gives false", "true");
}

} // namespace judge
