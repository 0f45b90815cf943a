// anomaly.h: the well-known ways in which a register fails to be linearizable,
// in a sentence each.
#pragma once

#include "check/key_history.h"

namespace judge
{

// Says why a successful get cannot have returned what it did, if one of these
// fits; each by itself proves that there is no order:
//   invented value         nobody put it
//   read from the future   nobody had begun to put it
//   stale read             a put was acknowledged before the get began, and the
//                          get returned what that put had replaced
//   lost write             the same, and so did every get after that put
//   new then old           a get that was over before this one began returned
//                          a newer value
std::optional<Finding> FindAnomaly(const std::string &rule,
                                   const KeyHistory &key, const Operation &get);

} // namespace judge
