// scripts.h: the scripts that must go the same way in every world.
#pragma once

#include "conformance/script.h"

#include <vector>

namespace judge
{

// Each has a name of its own, of letters. Of lab 2's programs, lab 3's, and lab 4's.
std::vector<Script> Scripts();
std::vector<Script> VersionScripts();
std::vector<Script> FailureScripts();

} // namespace judge
