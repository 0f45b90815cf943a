// safe.h: safe registers of which nothing is invented: what masking quorums
// give (Malkhi and Reiter, 1998; dynamo/masking.h).
#pragma once

#include "check/history.h"

namespace judge
{

enum class Answering {
    MayFail,          // any get may be answered with an error
    UnlessOverlapped, // only one that a put overlaps: for runs without faults
};

// A put overlaps a get of the same key if neither precedes the other. A put of
// unknown outcome overlaps all that comes after it.
//
// A get that no put overlaps returns the value of the last put before it (if
// the last ones were concurrent, of one of them), or nothing if there was none.
// A get that a put overlaps may return what any put wrote that was invoked
// before the get returned, an old one too, or nothing, or an error.
Finding Safe(const History &history, Answering answering = Answering::MayFail);

} // namespace judge
