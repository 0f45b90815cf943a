// trace_words.h: an event of a trace in plain words.
#pragma once

#include "harness/trace_links.h"

#include <string>
#include <vector>

namespace judge
{

struct Words {
    std::string who;  // "n2 <- n1", "client 0"
    std::string what; // "store x 3.1 \"b\""
};

// `index` is of trace.events.
Words WordsOf(const Trace &trace, const TraceLinks &links, size_t index);

// Of a send, recv, lose or copy: "store x 3.1 \"b\"".
std::string MessageWords(const Trace &trace, const TraceLinks &links,
                         size_t index);

// "put x \"b\"", "get x".
std::string OperationWords(const Trace &trace, const OperationLink &operation);

// What the client heard, as "ok", "\"a\"" or "nothing"; "unknown" if nothing.
std::string OutcomeWords(const Trace &trace, const OperationLink &operation);

// The answers of one kind that the node had when it replied.
struct Answers {
    std::string label;             // "stored"
    std::string quorum;            // "R", "W"; "": the kind counts towards none
    uint64_t wanted = 0;           // R or W; 0: not known
    std::vector<std::string> from; // "n1 (2.1)": who, and the version
};

// None if it did not reply. Of a put that went well "stored" stands first.
std::vector<Answers> AnswersOf(const Trace &trace, const TraceLinks &links,
                               const OperationLink &operation);

// The same in words: which answers the node had when it replied: "stored" from n1, n2 (w = 2).
// Empty if it did not reply, or not because of a message.
std::string AnswerWords(const Trace &trace, const TraceLinks &links,
                        const OperationLink &operation);

// "12.5 ms"; all times of a trace have the same number of decimals.
std::string TimeWords(const Trace &trace, uint64_t time_us);

// "Suite.Test, seed 0x2a, case 3", and "register on 3 nodes, ...".
std::string TestWords(const TraceRun &run);
std::string SetupWords(const TraceRun &run);

} // namespace judge
