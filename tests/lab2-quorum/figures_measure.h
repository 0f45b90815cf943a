// figures_measure.h: what a student's register does in simulated clusters: how
// often the first get after a put is fresh, how long both take, and which
// operations succeed while nodes are down.
//
// Puts and gets go through nodes that are no replicas of the key, so that every
// message takes its time, as in the model of staleness.h.
#pragma once

#include "harness/student_staleness.h"
#include "harness/world/world.h"

#include <vector>

namespace judge
{

// LinkedIn's stores with disks, by the fits that PBS publishes: `write` of
// messages that have something stored, the others of all others. Each has
// `count` delays, all equally likely, ascending.
Legs DiskLegs(size_t count);

// Many trials, each of a key of its own: a put; `wait_ms` after its answer a
// get; a second get as soon as that is answered, through another node.
struct Measured {
    uint64_t trials = 0;
    uint64_t fresh = 0;                   // the first get saw the put
    uint64_t back = 0;                    // it did, and the second get did not
    std::vector<uint64_t> put_us, get_us; // the first get's
};
Measured Measure(const quorum_sizes &sizes, const Legs &legs, uint32_t wait_ms,
                 uint64_t trials, uint64_t seed);

// Each set of replicas being down in turn; bit i of `down`: the i-th of the key.
// The coordinators are up.
struct Survived {
    uint32_t down = 0;
    bool put = false, get = false; // was answered DYN_OK
};
std::vector<Survived> Survive(const quorum_sizes &sizes);

} // namespace judge
