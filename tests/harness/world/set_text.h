// set_text.h: sets of versions on a trace, in words.
#pragma once

#include "harness/contract.h"

#include <string>

namespace judge
{

// What siblings.h or dvv.h encodes: "<1:2 3:1> a | <2:1> b", or
// "(1, 2) a | (1, 3) b of <1:3>"; "none" for no bytes, and how many bytes where it
// is no such set.
std::string SetText(slice bytes);

} // namespace judge
