// explore.h: many runs of a test in a child process that holds the student's
// code and the simulator together: several times faster than isolated nodes,
// and not to be believed: what it finds is run again by the judge.
#pragma once

#include "harness/cases.h"
#include "harness/trial.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

struct Found {
    uint64_t number = 0; // of the case
    // Made as simple as could be; empty if the child died in that case.
    std::vector<uint64_t> choices;
    int simplified = 0; // so many times
};

// Has the child (--direct=PROGRAM) run the cases of a test from `first` on.
// Nothing, too, if there is no such program or it does not do its work.
std::optional<Found> ExploreDirectly(const std::string &test, uint64_t first,
                                     uint64_t cases);

// In the child: runs one case after the other, and reports on descriptor 3.
void ExploreHere(TrialBody body, Cases *cases);

// Also there: runs one case, and returns its trace, which begins with `head`.
std::string TraceHere(TrialBody body, Choices choices, const std::string &head);

} // namespace judge
