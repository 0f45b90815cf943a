// chaos.h: a real cluster under load, to which all sorts of things happen, and
// which must not lose or mix up anything.
#pragma once

#include "check/history.h"
#include "harness/cluster/real_cluster.h"

#include <cstdint>
#include <functional>
#include <string>

namespace judge
{

struct ChaosSetup {
    RealSetup cluster; // R + W > N, and on disk
    int cycles = 200;  // in each of which one or two things happen
    uint64_t seed = 1;
    int clients = 8;
    size_t operations = 25;                        // ended ones, a cycle
    std::function<void(const std::string &)> tell; // progress; may be empty
    // Whether to end early; asked before each cycle; may be empty. What the last
    // cycles did is then not checked.
    std::function<bool()> stop;
};

struct ChaosResult {
    int cycles = 0, crashes = 0, cuts = 0, pauses = 0, faults = 0;
    size_t operations = 0, succeeded = 0, unknown = 0;
    Finding finding;   // of the first epoch that broke a rule, or Holds
    std::string trace; // of the run, if it is broken and was traced

    std::string Show() const;
};

// Every ten cycles all is healed, every key is read through every node, and the
// history since is checked: a register's is linearizable, and what was
// acknowledged is there; of a store with siblings nothing is lost, by what its
// clients had read (check/causal.h). Which things happen follows from the seed; when they happen to the
// nodes does not, so that a run cannot be repeated exactly. Throws a Violation
// when a node ends by itself or does not answer though all is well.
ChaosResult RunChaos(const ChaosSetup &setup);

} // namespace judge
