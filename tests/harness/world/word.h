// word.h: what an administrator says to a node, as a request.
#pragma once

#include "harness/contract.h"

#include <cstdint>
#include <string>

namespace judge
{

// That `who` joins the store; with a weight of 0, that he leaves it.
std::string WordBytes(node_id who, uint32_t weight);
// The same as a remark on the trace.
std::string WordText(node_id who, uint32_t weight);

} // namespace judge
