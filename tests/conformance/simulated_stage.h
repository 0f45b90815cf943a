// simulated_stage.h: a simulated cluster to play scripts in: of isolated nodes
// or of direct ones, whichever the program links.
#pragma once

#include "conformance/play.h"

namespace judge
{

// All that is not determined, such as how long messages take, comes from the
// seed.
Transcript PlaySimulated(const Script &script, uint64_t seed);

} // namespace judge
