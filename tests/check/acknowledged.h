// acknowledged.h: what was acknowledged is still there in the end. For
// registers; unlike linearizability it says nothing of reads during the run, so
// it holds for weaker stores too.
#pragma once

#include "check/history.h"

namespace judge
{

// A get is quiet if all puts of its key were invoked before it, and those that
// were acknowledged were so before it. A quiet get that succeeded returns the
// value of a put that is not older than the last acknowledged one: no put that
// was acknowledged was invoked after this one was acknowledged. A put of
// unknown outcome may have been the last. If no put was acknowledged, it may
// find nothing.
//
// Undecided if there is a key with an acknowledged put of which no quiet get
// succeeded: then nothing was seen of that key's end. Runs are to read every
// key at their end.
Finding AcknowledgedSurvive(const History &history);

} // namespace judge
