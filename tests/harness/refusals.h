// refusals.h: what every function of the contracts owes its caller when it
// refuses (err.h).
#pragma once

#include "harness/trial.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace judge
{

// "DYN_EINVAL", as an answer in the story.
std::string CodeText(int code);

// A function with results stores them if it succeeds, and only then.
void ExpectUntouched(Trial &t, int code, bool untouched,
                     const std::string &function);

// A call with a NULL pointer, to be refused with DYN_EINVAL or, where the result
// is a count, with 0.
struct NullCall {
    const char *text, *function;
    nlohmann::json arguments;
    bool count;
};

void ExpectNullsRefused(Trial &t, const std::vector<NullCall> &calls);

} // namespace judge
