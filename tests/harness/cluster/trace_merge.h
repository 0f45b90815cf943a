// trace_merge.h: the traces of many processes as one, by labs/trace/schema.md.
#pragma once

#include "harness/cluster/proxy.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace judge
{

// An event that the cluster itself saw or brought about.
struct OwnEvent {
    uint64_t time_us; // of the monotonic clock
    std::string json; // {"e":...}, without i and t
};

struct TraceParts {
    std::string header;             // the first line's JSON
    uint64_t began_us = 0;          // when the run began
    std::vector<std::string> nodes; // the text of each node's file
    std::vector<ProxyEvent> proxy;
    std::vector<OwnEvent> own;
    std::map<std::string, int> calls; // "port.number" -> op
};

// Orders events by time, numbers them, and gives every message a number that is
// an integer. A last line that a killed node did not finish is left out. Throws
// an InfraError for a line that no node writes.
std::string MergeTraces(const TraceParts &parts);

} // namespace judge
