// refusals.h: what every function of the contracts owes its caller: when it
// refuses (err.h), and when it writes or reads bytes.
#pragma once

#include "harness/trial.h"

#include <functional>
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

// The bytes are those of the contract.
void ExpectBytes(Trial &t, const std::string &seen, const std::string &expected,
                 const std::string &what);

// Bytes with a damage, and what it is: "whose count is 1".
struct Damage {
    std::string what, bytes;
};

// Bytes that are cut off anywhere, that others follow, and those that are given:
// `decode` must refuse each with DYN_ECORRUPT.
void ExpectDamageRefused(Trial &t, const std::string &bytes,
                         const std::vector<Damage> &damaged,
                         int (*decode)(Trial &t, const std::string &bytes));

// Makes a call that gives a code, and lets each of its allocations fail in turn,
// until it needs no more and succeeds. After each failure `unchanged` looks.
void FailEach(Trial &t, const std::string &what,
              const std::function<int()> &call,
              const std::function<void()> &unchanged);

} // namespace judge
