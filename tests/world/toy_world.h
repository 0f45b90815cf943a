// toy_world.h: what the tests of the world set up, and how they look at a run.
#pragma once

#include "harness/trace_reader.h"
#include "harness/violation.h"
#include "harness/world/world.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

// Nodes that run "told" (toy_told.h), and no reads at the end.
Setup ToldWorld(uint32_t nodes);

// That a node is told to do `script` by a client, some time after the one before.
Wish Tell(uint32_t node, const std::string &script, uint32_t after_ms = 0);

using Body = std::function<void(Trial &)>;

// What became of a run.
struct Ran {
    std::optional<Violation> violation;
    std::vector<uint64_t> choices;
    std::string text; // the trace as it is written
    Trace trace;
};

Ran RunOf(Choices choices, const Body &body);
// One that must not break a rule.
Trace TraceOf(Choices choices, const Body &body);

// The whole run of one client's wishes.
Body Wishes(const Setup &setup, std::vector<Wish> wishes);

// ---- Looking at a trace ----

std::vector<TraceEvent> OfKind(const Trace &trace, const std::string &kind);
std::vector<TraceEvent> OfKind(const Trace &trace, const std::string &kind,
                               uint64_t node);
// The texts of a node's notes, in order.
std::vector<std::string> Notes(const Trace &trace, uint64_t node);
// The numbers in those that are "NAME NUMBER".
std::vector<uint64_t> Numbers(const Trace &trace, uint64_t node,
                              const std::string &name);
bool IsHandler(const TraceEvent &event); // a message, a timer or a request

// A message that a node sent, and what became of it.
struct Sent {
    TraceEvent send;
    std::vector<uint64_t> received_us; // itself and its copies
    std::optional<std::string> lost;   // why
    bool copied = false;
};
std::vector<Sent> Messages(const Trace &trace);

} // namespace judge
