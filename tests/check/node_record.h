// node_record.h: what a trace tells of one node: when its store changed, when
// that was durable, and when it learned of versions.
#pragma once

#include "harness/trace_reader.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace judge
{

// Counter, then writer.
using TraceVersion = std::pair<uint64_t, uint64_t>;

// A message without one carries {0, 0}.
TraceVersion VersionOf(const TraceEvent &event);
std::string Shown(const TraceVersion &version); // 3.1

// Changes of a node's store. Moments are numbers of events, in ascending order.
class DiskRecord
{
  public:
    void Change(uint64_t at);
    void Sync(uint64_t at);
    // The latest `lost` unsynced changes are gone, the others durable.
    void Crash(uint64_t at, uint64_t lost);

    // Whether a change that was made after `since` was durable before `until`.
    bool Durable(uint64_t since, uint64_t until) const;

  private:
    struct Kept {
        uint64_t changed, durable;
    };
    std::vector<uint64_t> waiting_;
    std::vector<Kept> kept_;
};

// When a node could first have held each version of a key.
class VersionRecord
{
  public:
    void Learn(const TraceVersion &version, uint64_t at);

    // This one or a higher one; UINT64_MAX: none.
    uint64_t Since(const TraceVersion &version) const;

  private:
    std::map<TraceVersion, uint64_t> first_;
};

} // namespace judge
