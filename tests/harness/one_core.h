// one_core.h: the judge and its hosts on one core.
//
// A judge and a node take turns and never work at once. On two cores each turn has to
// wake a core that went idle meanwhile, which costs about as much as all else. So
// they stay together; what runs beside them (other judges, builds) has the others.
#pragma once

#include <string>

namespace judge
{

// Keeps this process, and what it starts from now on, on a core that no other judge
// stays on: each takes the name of its core, an abstract socket's that begins with
// `name`; it is free again when the process ends. With no core left, or where the
// system refuses, nothing is changed.
void StayOnOneCore(const std::string &name = "dynamo-judge");

} // namespace judge
