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
    // Whether to end in good order; asked after every tenth cycle; may be empty.
    std::function<bool()> enough;
};

// The same cluster of lab 4's nodes: seven, with hints, anti-entropy and gossip, of
// which five belong to the store at first.
RealSetup OfFailures(RealSetup setup);

struct ChaosResult {
    int cycles = 0, crashes = 0, cuts = 0, pauses = 0, faults = 0, wipes = 0,
        changes = 0; // joins and leaves
    size_t operations = 0, succeeded = 0, unknown = 0;
    Finding finding; // of the first epoch that broke a rule, or Holds
    // Of lab 4's node: how long it took at most until all replicas agreed, and what
    // each node took of the machine (growth.h).
    long agreed_ms_most = 0;
    std::string sizes;
    std::string trace; // of the run, if it is broken and was traced

    std::string Show() const;
};

// Every ten cycles all is healed, every key is read through every node, and the
// history since is checked: a register's is linearizable, and what was
// acknowledged is there; of a store with siblings nothing is lost, by what its
// clients had read (check/causal.h). Which things happen follows from the seed; when
// they happen to the nodes does not, so that a run cannot be repeated exactly. Throws a
// Violation when a node ends by itself or does not answer though all is well.
//
// Of lab 4's node, when all is healed and before anybody reads, every hint comes home
// and all replicas of every key there ever was come to hold the same bytes. Then some
// node may lose its disk: it is killed before anything else is acknowledged, so that
// what it held is held elsewhere, and begins again, empty, while others fail. The next
// one does so only after all replicas have agreed again. Meanwhile some node joins the
// store or leaves it, one until all have agreed again. The first node is never
// killed, so that what it does not give back adds up. In the end every key of the run
// is read and the whole history checked.
ChaosResult RunChaos(const ChaosSetup &setup);

} // namespace judge
