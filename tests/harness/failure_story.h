// failure_story.h: what the text of a failure tells of a trace. A trace's page
// and its file have everything; here stands what the failure is about.
#pragma once

#include <cstddef>
#include <string>

namespace judge
{

struct FailureStory {
    // The operations of the violation, in the order in which they began: when,
    // what, how it ended, and how many nodes had said what when it was answered.
    // Empty if the violation names none.
    std::string operations;
    // What was done for them, and what befell nodes and network; of all, if the
    // violation names no operation.
    std::string run;
    // What is told and what is not, as one sentence.
    std::string left_out;
    // "330 events are left, of which ...".
    std::string length;
    // Whether the violation's rule is `rule`.
    bool broken_rule = false;
};

// `lines_most` is of operations and run; what the clients of the violation did
// is told even beyond that, and a line may be broken in two. Lines are `columns` wide. Throws
// std::runtime_error with a sentence if `jsonl` is no trace.
FailureStory TellFailure(const std::string &jsonl, const std::string &rule,
                         size_t lines_most, size_t columns);

} // namespace judge
