#include "harness/cluster/agreement.h"

#include "harness/cluster/node_store.h"
#include "harness/hints.h"
#include "harness/placement.h"

namespace judge
{

bool Agreement::Reached() const
{
    return hints == 0 && finding.verdict == Finding::Verdict::Holds;
}

std::string Agreement::Show() const
{
    std::string text = Count(hints, "hint") + " not yet home; of " +
                       Count(keys, "key") + " all replicas agree";

    if (finding.verdict != Finding::Verdict::Holds)
        text += " but: " + finding.text;
    return text;
}

Agreement LookAtAgreement(const RealCluster &cluster, const std::string &only)
{
    const Placement placement(cluster.Setup().ring, cluster.Nodes());
    std::map<std::string, std::vector<uint32_t>> owners;
    Agreement agreement;

    for (const node_id node : cluster.Nodes()) {
        const Content store = ReadStore(cluster.StoreFolder(node));

        agreement.hints += HintsIn(store);
        agreement.stores[node] = HeldIn(store);
        for (const auto &[key, set] : agreement.stores[node])
            if (owners.count(key) == 0 && (only.empty() || key == only))
                owners[key] = placement.Owners(key, cluster.Setup().n);
    }
    agreement.keys = owners.size();
    agreement.finding = Converged(agreement.stores, owners);
    return agreement;
}

} // namespace judge
