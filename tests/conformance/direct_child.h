// direct_child.h: scripts played in the direct world, by a program of its own:
// code under test never runs in the judge's process.
#pragma once

#include "conformance/play.h"

namespace judge
{

// Whatever becomes of the program is in the transcript.
Transcript PlayDirectly(const Script &script, const std::string &program,
                        uint64_t seed);

} // namespace judge
