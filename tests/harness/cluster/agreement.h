// agreement.h: whether a real cluster of lab 4's nodes has come to rest: every hint is
// home, all replicas of each key hold the same, and all have the same view of who
// belongs to the store. It is read from the disks.
#pragma once

#include "check/convergence.h"
#include "harness/cluster/real_cluster.h"

#include <cstddef>
#include <string>
#include <vector>

namespace judge
{

struct Agreement {
    size_t hints = 0;                   // that all nodes keep
    size_t views = 1;                   // different ones, of membership
    size_t keys = 0;                    // that any node holds in its own name
    std::map<uint32_t, Content> stores; // what each holds so
    Finding finding;                    // of those keys (Converged)

    bool Reached() const;
    std::string Show() const;
};

// As it is now; of all keys, or only of this one. The cluster is on disk; nodes may be
// down. All nodes belong to the store.
Agreement LookAtAgreement(const RealCluster &cluster,
                          const std::string &only = "");
// Only these belong to it. Whoever owns no replica of a key must hold nothing of it.
Agreement LookAtAgreement(const RealCluster &cluster,
                          const std::vector<node_id> &members);

} // namespace judge
