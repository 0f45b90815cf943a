// trace_message.h: messages on a trace.
#pragma once

#include "harness/contract.h"
#include "harness/world/node_host.h"
#include "harness/world/trace_log.h"

#include <string_view>

namespace judge
{

// A trace's first line: of these nodes, each set up as that one but for its number.
// `head`: JSON members, each with a comma before it.
void BeginTrace(TraceLog *trace, const std::string &head,
                const NodeSetup &setup, const std::vector<node_id> &nodes);

// Says of what kind a message is, and what it carries; "?" if there is no message in
// the bytes.
void LogMessage(TraceLog::Line *line, slice bytes);

// Says what a store is told to hold: the bytes, or what a view of membership says where
// gossip.h keeps it.
void LogEntry(TraceLog::Line *line, std::string_view key,
              std::string_view value);

} // namespace judge
