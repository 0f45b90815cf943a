#include "harness/cluster/agreement.h"

#include "harness/cluster/node_store.h"
#include "harness/hints.h"
#include "harness/placement.h"

extern "C" {
#include "dynamo/gossip.h"
}

#include <algorithm>
#include <set>

namespace judge
{

bool Agreement::Reached() const
{
    return hints == 0 && views == 1 &&
           finding.verdict == Finding::Verdict::Holds;
}

std::string Agreement::Show() const
{
    std::string text = Count(hints, "hint") + " not yet home; of " +
                       Count(keys, "key") + " all replicas agree";

    if (views > 1)
        text += "; there are " + std::to_string(views) +
                " different views of membership";
    if (finding.verdict != Finding::Verdict::Holds)
        text += " but: " + finding.text;
    return text;
}

namespace
{

Agreement Look(const RealCluster &cluster, const std::vector<node_id> &members,
               const std::string &only)
{
    const Placement placement(cluster.Setup().ring, members);
    const std::string view_key(1, static_cast<char>(GOSSIP_VIEW_KEY));
    std::map<std::string, std::vector<uint32_t>> owners;
    std::set<std::string> views;
    Agreement agreement;

    for (const node_id node : cluster.Nodes()) {
        const Content store = ReadStore(cluster.StoreFolder(node));
        const auto view = store.find(view_key);

        views.insert(view == store.end() ? "" : view->second);
        agreement.hints += HintsIn(store);
        agreement.stores[node] = HeldIn(store);
        for (const auto &[key, set] : agreement.stores[node])
            if (owners.count(key) == 0 && (only.empty() || key == only))
                owners[key] = placement.Owners(key, cluster.Setup().n);
    }
    agreement.keys = owners.size();
    agreement.views = views.size();
    agreement.finding = Converged(agreement.stores, owners);
    return agreement;
}

// A replica with somebody who is no owner of its key; nothing if there is none.
std::string Misplaced(const Agreement &agreement, const Placement &placement,
                      size_t n)
{
    for (const auto &[node, store] : agreement.stores)
        for (const auto &[key, set] : store) {
            const std::vector<node_id> owners = placement.Owners(key, n);

            if (std::count(owners.begin(), owners.end(), node) == 0)
                return "node " + std::to_string(node) + " holds \"" + key +
                       "\", of which it is no owner";
        }
    return "";
}

} // namespace

Agreement LookAtAgreement(const RealCluster &cluster, const std::string &only)
{
    return Look(cluster, cluster.Nodes(), only);
}

Agreement LookAtAgreement(const RealCluster &cluster,
                          const std::vector<node_id> &members)
{
    Agreement agreement = Look(cluster, members, "");
    const std::string misplaced = Misplaced(
        agreement, {cluster.Setup().ring, members}, cluster.Setup().n);

    if (agreement.finding.verdict == Finding::Verdict::Holds &&
        !misplaced.empty())
        agreement.finding = Broken(
            "what a node holds of keys that are not its own any more goes to "
            "their owners",
            misplaced);
    return agreement;
}

} // namespace judge
