#include "lab4-failure/student_sloppy.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

std::string ShowTargets(const std::vector<target> &targets)
{
    std::string text;

    for (const target &target : targets) {
        text += (text.empty() ? "" : ", ") + std::to_string(target.node);
        if (target.owner != target.node)
            text += " for " + std::to_string(target.owner);
    }
    return text.empty() ? "nobody" : text;
}

int SloppyTargets(Trial &t, const std::vector<node_id> &list,
                  const std::vector<bool> &suspected, size_t n,
                  std::vector<target> *targets, int null)
{
    json flags = json::array();
    std::string nodes;

    for (size_t i = 0; i < list.size(); i++) {
        flags.push_back(suspected[i] ? 1 : 0);
        nodes += (i > 0 ? ", " : "") + std::to_string(list[i]) +
                 (suspected[i] ? " (suspected)" : "");
    }
    const json &answer = t.Host().Call(
        "sloppy_targets(" + (null == 1 ? "NULL" : "[" + nodes + "]") + ", " +
            (null == 2 ? "NULL, " : "") + "n " + std::to_string(n) +
            (null == 3 ? ", NULL)" : ")"),
        "sloppy_targets", json::array({list, flags, list.size(), n, null}));
    const int code = AnswerCode(answer, 0);
    const std::vector<uint32_t> numbers = AnswerNodes(answer, 1);
    const bool tidy = AnswerBool(answer, 2);
    std::vector<target> found;

    for (size_t i = 0; i + 1 < numbers.size(); i += 2)
        found.push_back({numbers[i], numbers[i + 1]});
    t.Host().Answered(code == DYN_OK ? ShowTargets(found) : CodeText(code));
    t.Expect(code == DYN_OK || tidy,
             "a call that fails writes nothing to its results",
             "sloppy_targets has written to targets[]");
    t.Expect(code != DYN_OK || found.size() == n,
             std::to_string(n) + " targets", std::to_string(found.size()));
    if (code == DYN_OK)
        *targets = found;
    return code;
}

} // namespace judge
