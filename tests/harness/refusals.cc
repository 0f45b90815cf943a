#include "harness/refusals.h"

#include "harness/answer.h"
#include "harness/bytes.h"
#include "harness/contract.h"

#include <algorithm>

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

void ExpectBytes(Trial &t, const std::string &seen, const std::string &expected,
                 const std::string &what)
{
    const size_t same = std::mismatch(seen.begin(), seen.end(),
                                      expected.begin(), expected.end())
                            .first -
                        seen.begin();

    t.Expect(seen == expected, what + ": " + ShowBytes(expected),
             ShowBytes(seen) + "\nThe first byte that differs is number " +
                 std::to_string(same) + ", from 0: expected from there " +
                 ShowBytes(expected.substr(same, 8)) + ", seen " +
                 ShowBytes(seen.substr(same, 8)));
}

void ExpectDamageRefused(Trial &t, const std::string &bytes,
                         const std::vector<Damage> &damaged,
                         int (*decode)(Trial &t, const std::string &bytes))
{
    std::vector<Damage> cases = damaged;

    for (size_t size = 0; size < bytes.size(); size++)
        cases.push_back({"of which only the first " + std::to_string(size) +
                             " of " + std::to_string(bytes.size()) +
                             " are there",
                         bytes.substr(0, size)});
    cases.push_back(
        {"that another byte follows", bytes + std::string(1, '\0')});
    cases.push_back({"that are there twice", bytes + bytes});
    for (const auto &[what, bad] : cases)
        t.ExpectCode(DYN_ECORRUPT, decode(t, bad), "decoding bytes " + what);
}

void FailEach(Trial &t, const std::string &what,
              const std::function<int()> &call,
              const std::function<void()> &unchanged)
{
    for (uint64_t nth = 1; nth <= 100; nth++) {
        t.FailAllocation(nth);
        const int code = call();
        t.FailAllocation(0);
        if (code == DYN_OK)
            return;
        t.ExpectCode(DYN_ENOMEM, code,
                     what + ", whose allocation number " + std::to_string(nth) +
                         " fails");
        unchanged();
    }
    t.Fail(what + " succeeds when it gets memory",
           "it has asked for memory 100 times");
}

} // namespace judge
