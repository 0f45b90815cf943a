// convergence.h: replicas hold the same in the end.
#pragma once

#include "check/history.h"

#include <map>
#include <string>
#include <vector>

namespace judge
{

// What one node holds: keys and the bytes under them.
using Content = std::map<std::string, std::string, std::less<>>;

// For each key, all of its replicas hold the same bytes, or all hold none.
// What other nodes hold, and keys that are not named, are no matter. Undecided
// if the content of a replica was not given.
Finding Converged(const std::map<uint32_t, Content> &stores,
                  const std::map<std::string, std::vector<uint32_t>> &replicas);

} // namespace judge
