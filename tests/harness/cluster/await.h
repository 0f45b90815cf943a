// await.h: waiting for a condition, never for a time.
#pragma once

#include "harness/violation.h"

#include <chrono>
#include <functional>
#include <poll.h>
#include <string>

namespace judge
{

// How long anything may take: far more than what a slow machine needs.
constexpr std::chrono::seconds kPatience{60};

// Looks again and again until `condition` holds. Throws an InfraError with
// `what` after the limit.
inline void Await(const std::string &what,
                  const std::function<bool()> &condition,
                  std::chrono::milliseconds limit = kPatience)
{
    const auto end = std::chrono::steady_clock::now() + limit;

    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            throw InfraError("waited " + std::to_string(limit.count()) +
                             " ms in vain: " + what);
        poll(nullptr, 0, 1);
    }
}

} // namespace judge
