// linearizable.h: linearizability of registers (Herlihy and Wing, 1990), key by
// key.
#pragma once

#include "check/history.h"

namespace judge
{

constexpr uint64_t kLinearizableSteps = 500'000;

// There is one order of the puts and the successful gets of each key in which
// each get returns the value of the last put before it, or nothing if there is
// none, and in which an operation that returned before another was invoked
// comes before it. A put of unknown outcome may come at any time after it was
// invoked, or not occur. Gets that failed or had no answer are left out.
//
// Broken tells of the first get with whose answer no order is left; `at` is
// when it returned, and before that there was one. Undecided: finding out takes
// more than `steps_most` steps. That is never a pass.
Finding Linearizable(const History &history,
                     uint64_t steps_most = kLinearizableSteps);

} // namespace judge
