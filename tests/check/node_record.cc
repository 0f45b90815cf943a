#include "check/node_record.h"

#include <algorithm>
#include <cstdlib>

namespace judge
{

TraceVersion VersionOf(const TraceEvent &event)
{
    const std::string text = event.version.value_or("0.0");
    const size_t point = text.find('.');

    return {std::strtoull(text.c_str(), nullptr, 10),
            point == std::string::npos
                ? 0
                : std::strtoull(text.c_str() + point + 1, nullptr, 10)};
}

std::string Shown(const TraceVersion &version)
{
    return std::to_string(version.first) + "." + std::to_string(version.second);
}

void DiskRecord::Change(uint64_t at)
{
    waiting_.push_back(at);
}

void DiskRecord::Sync(uint64_t at)
{
    for (const uint64_t change : waiting_)
        kept_.push_back({change, at});
    waiting_.clear();
}

void DiskRecord::Crash(uint64_t at, uint64_t lost)
{
    waiting_.resize(waiting_.size() -
                    std::min<uint64_t>(lost, waiting_.size()));
    Sync(at);
}

bool DiskRecord::Durable(uint64_t since, uint64_t until) const
{
    const auto found =
        std::partition_point(kept_.begin(), kept_.end(), [&](const Kept &kept) {
            return kept.changed <= since;
        });

    return found != kept_.end() && found->durable < until;
}

void VersionRecord::Learn(const TraceVersion &version, uint64_t at)
{
    const auto [found, added] = first_.emplace(version, at);

    if (!added)
        found->second = std::min(found->second, at);
}

uint64_t VersionRecord::Since(const TraceVersion &version) const
{
    uint64_t since = UINT64_MAX;

    for (auto at = first_.lower_bound(version); at != first_.end(); ++at)
        since = std::min(since, at->second);
    return since;
}

} // namespace judge
