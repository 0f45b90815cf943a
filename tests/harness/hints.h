// hints.h: hints in the store of a node of lab 4, where handoff.h has them.
#pragma once

#include "harness/contract.h"

#include <cstddef>
#include <map>
#include <string>

namespace judge
{

// Where the hint for an owner is kept.
std::string HintPlace(node_id owner, const std::string &key);

// How many a store holds.
size_t HintsIn(const std::map<std::string, std::string, std::less<>> &stored);

} // namespace judge
