// seeds.h: a run that goes well, many times: what a swarm is.
#pragma once

#include "harness/trial.h"

#include <string>

namespace judge
{

// Runs `body`, which is a whole world, with as many seeds as --cases says (10,000) from
// --seed (1) on, on all cores; each is a trial without a host, for nodes that live in this
// process. Prints how far it is, the first failure of each core with its seed, and how
// fast it was; `what` begins that line. Whether all went well.
bool RunSeeds(const std::string &what, TrialBody body);

// "rule; what was seen instead".
std::string TextOf(const Violation &violation);

} // namespace judge
