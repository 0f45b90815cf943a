// scripts.h: the scripts that must go the same way in every world.
#pragma once

#include "conformance/script.h"

#include <vector>

namespace judge
{

// Each has a name of its own, of letters.
std::vector<Script> Scripts();

} // namespace judge
