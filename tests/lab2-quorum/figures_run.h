// figures_run.h: single runs of a student's register, as traces to look at.
#pragma once

#include <string>

namespace judge
{

// A get that misses a put, though the same client made it and had its answer,
// and nothing is lost: N = 3, R = W = 1. JSON Lines (labs/trace/schema.md).
std::string StaleGet();

} // namespace judge
