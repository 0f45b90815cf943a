// causal.h: that no write is lost, invented, doubled or kept too long, in a
// store whose gets return siblings and a context. It looks at no clock: what a
// put replaces is what its client had read.
#pragma once

#include "check/history.h"

#include <set>
#include <string>

namespace judge
{

struct CausalRules {
    // A get that is invoked at this position or later sees all that was
    // acknowledged before it was invoked. 0: every get (R + W > N, and no
    // sloppy quorums); the position from which the replicas agree again: those
    // at the end of the run; kNever: none, what is lost is not looked for.
    uint64_t sees_all_from = 0;
};

// A put has read the values of the get whose context it carried, and whatever
// the puts of these values had read. It replaces what it has read, whether it
// was acknowledged or not, and nothing else. Of the gets that succeeded:
//   - each value was put, by a put that had been invoked when the get returned;
//   - no value is returned twice ("doubled write"): a put that is sent again is
//     one put;
//   - no value is replaced by another of them ("kept too long");
//   - where the get sees all (CausalRules), a put that was acknowledged before
//     it was invoked is returned, or replaced by one that is ("lost write"; if
//     a later get has it again, "stale read").
// That is the same as: the values are those that remain of some set of puts
// when the replaced ones are taken away, and what has to be seen is in the set.
//
// Undecided if sees_all_from is some position, and there is a key with an
// acknowledged put and no get that succeeded after it and had to see it.
//
// Puts are told apart by their values. Throws InfraError for a history in which
// two puts of a key have the same value, or a put has the context of what is no
// successful get of its key that had returned when the put was invoked.
Finding NothingIsLost(const History &history, const CausalRules &rules);

// The values that stand for a put: its own, and those of the puts that replace it.
std::set<std::string> StandingFor(const History &history, const Operation &put);

} // namespace judge
