// handoff_test.cc: a replica that was down holds again, soon after it is back, all that
// it missed, though no client reads anything. `make handoff-lab4` shows how soon.
#include "cluster/cluster_options.h"
#include "harness/cluster/agreement.h"
#include "harness/cluster/await.h"
#include "harness/cluster/node_store.h"
#include "harness/cluster/resp_client.h"
#include "harness/hints.h"
#include "harness/placement.h"

extern "C" {
#include "dynamo/coordinator.h"
}

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <gtest/gtest.h>
#include <poll.h>
#include <set>

namespace judge
{
namespace
{

using Clock = std::chrono::steady_clock;

constexpr size_t kKeys = 1000;
constexpr node_id kAway = 2;
constexpr std::chrono::seconds kHang{300}; // nothing takes so long

RealSetup FiveNodes()
{
    RealSetup setup = ClusterSetup();

    setup.program = "failure";
    setup.nodes = 5;
    setup.n = 3;
    setup.r = setup.w = 2;
    return setup;
}

long Since(Clock::time_point began)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() -
                                                                 began)
        .count();
}

// So many of which that node is an owner.
std::vector<std::string> KeysOf(const RealCluster &cluster, node_id owner)
{
    const Placement placement(cluster.Setup().ring, cluster.Nodes());
    std::vector<std::string> keys;

    for (size_t i = 0; keys.size() < kKeys; i++) {
        const std::string key = "key" + std::to_string(i);

        for (const node_id node : placement.Owners(key, cluster.Setup().n))
            if (node == owner)
                keys.push_back(key);
    }
    return keys;
}

// Puts each key through one of the nodes that are up, several at a time, which a node
// may commit together; but fewer than a coordinator remembers (FORWARDS_KEPT).
void PutAll(const RealCluster &cluster, const std::vector<std::string> &keys)
{
    constexpr size_t kAtOnce = FORWARDS_KEPT / 4; // through each
    std::vector<std::unique_ptr<RespClient>> clients;

    for (const node_id node : cluster.Nodes())
        if (cluster.IsUp(node))
            clients.push_back(
                std::make_unique<RespClient>(cluster.ClientPort(node)));
    const size_t round = clients.size() * kAtOnce;
    for (size_t first = 0; first < keys.size(); first += round) {
        const size_t end = std::min(keys.size(), first + round);

        for (size_t i = first; i < end; i++)
            clients[i % clients.size()]->Send(
                {"DYN.PUT", keys[i], "", keys[i]});
        for (size_t i = first; i < end; i++) {
            const auto answer = clients[i % clients.size()]->Wait();

            ASSERT_TRUE(answer.has_value());
            ASSERT_EQ("OK", answer->Show()) << keys[i];
        }
    }
}

size_t HeldOf(const RealCluster &cluster, node_id node,
              const std::vector<std::string> &keys)
{
    const Content held = HeldIn(ReadStore(cluster.StoreFolder(node)));
    size_t count = 0;

    for (const std::string &key : keys)
        count += held.count(key);
    return count;
}

// Of how many keys some node keeps a hint for that owner.
size_t HintedFor(const RealCluster &cluster, node_id owner,
                 const std::vector<std::string> &keys)
{
    std::set<std::string> hinted;

    for (const node_id node : cluster.Nodes()) {
        const Content store = ReadStore(cluster.StoreFolder(node));

        for (const std::string &key : keys)
            if (store.count(HintPlace(owner, key)) > 0)
                hinted.insert(key);
    }
    return hinted.size();
}

// Looks at the store of the node that was away until it holds all keys, and tells when
// it held how many.
void WatchItFill(RealCluster &cluster, const std::vector<std::string> &keys,
                 Clock::time_point began)
{
    size_t told = 0;

    Await(
        "node 2 holds all that was put while it was down",
        [&] {
            const size_t held = HeldOf(cluster, kAway, keys);

            cluster.ExpectAlive();
            if (held > told && (held == kKeys || held >= told + kKeys / 4)) {
                std::printf("  %6.2f s: it holds %zu of %zu\n",
                            static_cast<double>(Since(began)) / 1000, held,
                            kKeys);
                told = held;
            }
            poll(nullptr, 0, 20);
            return held == kKeys;
        },
        kHang);
}

void ExpectAllComesHome(const RealSetup &setup, const char *by)
{
    RealCluster cluster(setup);
    const std::vector<std::string> keys = KeysOf(cluster, kAway);

    cluster.Crash(kAway);
    const auto put = Clock::now();
    PutAll(cluster, keys);
    if (testing::Test::HasFatalFailure())
        return;
    std::printf("by %s: %zu keys put in %.2f s while node %u was down\n", by,
                kKeys, static_cast<double>(Since(put)) / 1000, kAway);
    ASSERT_EQ(0u, HeldOf(cluster, kAway, keys));
    if (setup.sloppy != 0)
        Await(
            "a hint of each key is kept",
            [&] {
                poll(nullptr, 0, 20);
                return HintedFor(cluster, kAway, keys) == kKeys;
            },
            kHang);
    else
        ASSERT_EQ(0u, LookAtAgreement(cluster).hints)
            << "strict quorums keep no hints";

    const auto began = Clock::now();
    cluster.Restart(kAway);
    std::printf("  %6.2f s: it is up again\n",
                static_cast<double>(Since(began)) / 1000);
    WatchItFill(cluster, keys, began);
    Agreement agreement;
    Await(
        "every hint is dropped, and all replicas agree",
        [&] {
            poll(nullptr, 0, 20);
            agreement = LookAtAgreement(cluster);
            return agreement.Reached();
        },
        kHang);
    std::printf("  %6.2f s: %s\n", static_cast<double>(Since(began)) / 1000,
                agreement.Show().c_str());
    EXPECT_EQ(kKeys, agreement.keys);
    std::fflush(stdout);
}

// Hints that are lost, that stay where they are, or of which only some are handed off.
TEST(Handoff, HintsBringAnOwnerAllThatItMissed)
{
    RealSetup setup = FiveNodes();

    setup.sync_ms = 0;
    ExpectAllComesHome(setup, "hints alone");
}

// Trees in which a range is missing, or that stop comparing after some keys.
TEST(Handoff, AntiEntropyBringsAnOwnerAllThatItMissed)
{
    RealSetup setup = FiveNodes();

    setup.sloppy = 0;
    ExpectAllComesHome(setup, "anti-entropy alone");
}

} // namespace
} // namespace judge
