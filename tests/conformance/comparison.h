// comparison.h: whether several worlds told the clients of a script the same.
#pragma once

#include "conformance/play.h"

#include <string>
#include <utility>
#include <vector>

namespace judge
{

// Each world's name and what came of the script there.
using Transcripts = std::vector<std::pair<std::string, Transcript>>;

// Empty if all told what the script expects. Else the script, action by action:
// beside each what was told; where worlds differ, what each of them told.
std::string Differences(const Script &script, const Transcripts &worlds);

} // namespace judge
