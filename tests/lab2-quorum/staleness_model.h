// staleness_model.h: staleness and availability as the contract defines them, in
// the plainest way: every time is tried, every draw is made, every set of nodes
// that may be up is looked at.
#pragma once

#include "harness/student_staleness.h"

#include <map>
#include <vector>

namespace judge
{

staleness_outcome OutcomeOf(const quorum_sizes &sizes,
                            const std::vector<staleness_delays> &delays);

// How likely each time is.
using Chances = std::map<uint64_t, double>;
struct OutcomeChances {
    Chances put, get, fresh_after;
};
// From all ways to draw, which should be some 10,000 at most.
OutcomeChances ChancesOf(const quorum_sizes &sizes, const Legs &legs);
// How many ways there are.
double DrawsOf(const quorum_sizes &sizes, const Legs &legs);

// From all sets of nodes that may be up. n is at most 16.
staleness_availability AvailabilityOf(const quorum_sizes &sizes, double up);

// Legal sizes, n at most `most`.
quorum_sizes ChooseStalenessSizes(Trial &t, uint32_t most);
// Delays of n replicas below `bound`: small ones, so that some are equal.
std::vector<staleness_delays> ChooseDelays(Trial &t, uint32_t n,
                                           uint32_t bound);

// ---- A student's answers beside the model's ----

void ExpectOutcome(Trial &t, const staleness_outcome &due,
                   const staleness_outcome &seen);

// Plays many and compares how often each time came with how likely it is. That
// a right solution fails has a chance of less than 10^-9.
void ComparePlays(Trial &t, const quorum_sizes &sizes, const Legs &legs,
                  uint64_t seed);

// Within 1e-12, as the contract says.
void ExpectAvailability(Trial &t, const staleness_availability &due,
                        const staleness_availability &seen);

} // namespace judge
