#include "harness/cluster/administrator.h"

#include "harness/cluster/resp_client.h"
#include "harness/violation.h"

#include <algorithm>

namespace judge
{

// One more than N: what a node that has left handed over has somebody to stand in.
Administrator::Administrator(const RealSetup &setup) : least_(setup.n + 1)
{
    const uint32_t count =
        setup.gossip_ms > 0 && setup.first > 0 ? setup.first : setup.nodes;

    for (node_id node = 1; node <= count; node++)
        members_.push_back(node);
}

const std::vector<node_id> &Administrator::Members() const
{
    return members_;
}

bool Administrator::Change(const RealCluster &cluster, node_id told,
                           node_id who)
{
    const auto at = std::lower_bound(members_.begin(), members_.end(), who);
    const bool belongs = at != members_.end() && *at == who;
    const std::string command = belongs ? "DYN.LEAVE" : "DYN.JOIN";

    if (belongs && members_.size() <= least_)
        return false;
    const std::string answer = RespClient(cluster.ClientPort(told))
                                   .Ask({command, std::to_string(who)})
                                   .Show();
    if (answer != "OK")
        throw Violation{"expectation",
                        "a node that knows all changes so far takes " +
                            command + " " + std::to_string(who),
                        "node " + std::to_string(told) + " answers " + answer};
    if (belongs)
        members_.erase(at);
    else
        members_.insert(at, who);
    return true;
}

} // namespace judge
