// administrator.h: who says to lab 4's nodes that another joins the store, or leaves it.
#pragma once

#include "harness/cluster/real_cluster.h"

#include <cstdint>
#include <string>
#include <vector>

namespace judge
{

class Administrator
{
  public:
    explicit Administrator(const RealSetup &setup);

    // Who belongs to the store, ascending.
    const std::vector<node_id> &Members() const;

    // Tells `told`, which is up, and has heard of all that was said before, that
    // `who` joins if he does not belong to the store, else that he leaves. False if
    // too few would be left: nothing is said. Throws a Violation at another answer
    // than OK.
    bool Change(const RealCluster &cluster, node_id told, node_id who);

  private:
    const size_t least_;
    std::vector<node_id> members_;
};

} // namespace judge
