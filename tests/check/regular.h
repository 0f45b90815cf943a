// regular.h: regular registers: what R + W > N gives without write-back.
//
// A read returns what the last complete put before it wrote, or a put that is
// concurrent with it. Each read is judged alone, so one reader may see a new
// value and a later one the old value again, while the put goes on.
#pragma once

#include "check/history.h"

namespace judge
{

// Each successful get of a key returns the value of a put that was invoked
// before the get returned, and that no put had replaced: one that was invoked
// after it was acknowledged, and acknowledged before the get was invoked. (So
// of several puts that were concurrent any may have been the last.) It may find
// nothing as long as no put was acknowledged before it.
// A put of unknown outcome is concurrent with all that comes after it.
Finding Regular(const History &history);

} // namespace judge
