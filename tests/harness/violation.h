// violation.h: what a test throws when the code under test broke a rule, and
// what it throws when we ourselves are at fault.
#pragma once

#include <stdexcept>
#include <string>

namespace judge
{

// Kinds as the results name them: expectation, crash, sanitizer, leak, hang,
// exit, flood, memory, channel, forbidden, nondeterminism.
struct Violation {
    std::string kind;
    std::string expected; // may be empty: then `seen` says it all
    std::string seen;
};

// The judge could not do its work (no process, no memory, a broken file). Never
// the student's fault, and never counted against them.
struct InfraError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace judge
