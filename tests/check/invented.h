// invented.h: no get returns what nobody put. Holds for every store, also one
// that returns several values, or whose replicas lie.
#pragma once

#include "check/history.h"

namespace judge
{

// Each value that a successful get returned is that of a put of the same key
// which was invoked before the get returned.
Finding NothingInvented(const History &history);

} // namespace judge
