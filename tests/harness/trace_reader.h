// trace_reader.h: a trace (labs/trace/schema.md), read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace judge
{

// What the first line says of the run; what is missing is empty or 0.
struct TraceRun {
    std::string world, test, seed, program, lab, page;
    std::optional<uint64_t> case_number;
    std::vector<uint64_t> nodes;
    uint64_t n = 0, r = 0, w = 0, f = 0;
};

// One event. Which fields there are depends on its kind; those that the schema
// demands of the kind are there. Texts are printable: what could move a cursor
// or end a line stands as \xNN or \u{NNNN}.
struct TraceEvent {
    uint64_t number = 0, time_us = 0;
    std::string kind;
    std::optional<uint64_t> n, to, from, m, of, op, request, timer, after_ms,
        arg, lost, factor, operation;
    std::optional<int64_t> code, ms;
    std::optional<int64_t> client;     // -1: the test itself
    std::optional<int64_t> timer_kind; // `kind` of a timer
    std::optional<std::string> label;  // `kind` of a message
    std::optional<std::string> action; // `do`: get or put
    std::optional<std::string> key, value, version, why, text, rule, name;
    std::vector<std::string> values;
    std::vector<uint64_t> ops;
    // Fields that this reader does not know, as name and JSON.
    std::vector<std::pair<std::string, std::string>> others;
};

struct Trace {
    TraceRun run;
    std::vector<TraceEvent> events;
    int time_decimals = 1; // of a millisecond, to tell all times: 1 or 3
};

// Throws std::runtime_error with a sentence that names the line and the mend.
Trace ReadTrace(const std::string &jsonl);

// Text without what could act on a terminal or break a line. `text` is UTF-8;
// a byte that is not becomes \xNN.
std::string PlainText(const std::string &text);

} // namespace judge
