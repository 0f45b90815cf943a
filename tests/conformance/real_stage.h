// real_stage.h: a real cluster to play scripts in: processes of dynamo-node.
#pragma once

#include "conformance/play.h"

namespace judge
{

// `node`: the program; `wrap`: what is put before it, if anything.
Transcript PlayReal(const Script &script, const std::string &node,
                    const std::vector<std::string> &wrap);

} // namespace judge
