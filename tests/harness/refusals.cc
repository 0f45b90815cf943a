#include "harness/refusals.h"

#include "harness/answer.h"
#include "harness/contract.h"

namespace judge
{

using nlohmann::json;

std::string CodeText(int code)
{
    return dyn_error_name(code);
}

void ExpectUntouched(Trial &t, int code, bool untouched,
                     const std::string &function)
{
    if (code == DYN_OK)
        t.Expect(!untouched, "a call that succeeds stores its result",
                 function + " returned DYN_OK but wrote nothing");
    else
        t.Expect(untouched, "a call that fails writes nothing to its results",
                 function + " returned " + CodeText(code) +
                     " but had written to them");
}

void ExpectNullsRefused(Trial &t, const std::vector<NullCall> &calls)
{
    for (const NullCall &call : calls) {
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
