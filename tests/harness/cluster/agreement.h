// agreement.h: whether a real cluster of lab 4's nodes has come to rest: every hint is
// home, and all replicas of each key hold the same. It is read from the disks.
#pragma once

#include "check/convergence.h"
#include "harness/cluster/real_cluster.h"

#include <cstddef>
#include <string>

namespace judge
{

struct Agreement {
    size_t hints = 0;                   // that all nodes keep
    size_t keys = 0;                    // that any node holds in its own name
    std::map<uint32_t, Content> stores; // what each holds so
    Finding finding;                    // of those keys (Converged)

    bool Reached() const;
    std::string Show() const;
};

// As it is now; of all keys, or only of this one. The cluster is on disk; nodes may be
// down.
Agreement LookAtAgreement(const RealCluster &cluster,
                          const std::string &only = "");

} // namespace judge
