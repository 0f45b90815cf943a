// membership_test.cc: real nodes join and leave when an administrator says so.
#include "cluster/cluster_options.h"
#include "harness/cluster/agreement.h"
#include "harness/cluster/await.h"
#include "harness/cluster/resp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace judge
{
namespace
{

using testing::HasSubstr;
using testing::StartsWith;

constexpr size_t kKeys = 100;

RealSetup ThreeOfFive()
{
    RealSetup setup = ClusterSetup();

    setup.program = "failure";
    setup.nodes = 5;
    setup.n = 3;
    setup.r = setup.w = 2;
    setup.handoff_ms = setup.sync_ms = setup.gossip_ms = 100;
    setup.first = 3;
    return setup;
}

std::string Ask(const RealCluster &cluster, node_id node,
                const std::vector<std::string> &words)
{
    return RespClient(cluster.ClientPort(node)).Ask(words).Show();
}

// Views that go nowhere; keys that stay with who owned them before, or are lost.
TEST(Membership, BringsNodesThatJoinWhatTheyOwn)
{
    RealCluster cluster(ThreeOfFive());

    for (size_t i = 0; i < kKeys; i++)
        ASSERT_EQ("OK", Ask(cluster, 1, {"SET", "k" + std::to_string(i), "v"}));
    EXPECT_EQ("OK", Ask(cluster, 1, {"DYN.JOIN", "4"}));
    EXPECT_EQ("OK", Ask(cluster, 3, {"DYN.JOIN", "5", "1"}));
    Await("all five nodes hold what they own", [&] {
        const Agreement agreement = LookAtAgreement(cluster);

        return agreement.Reached() && agreement.keys == kKeys &&
               !agreement.stores.at(4).empty() &&
               !agreement.stores.at(5).empty();
    });
    // Who has left has nothing to say, and who asks it is served all the same.
    EXPECT_EQ("OK", Ask(cluster, 4, {"DYN.LEAVE", "1"}));
    Await("node 1 has handed over all that it held",
          [&] { return LookAtAgreement(cluster).stores.at(1).empty(); });
    for (size_t i = 0; i < kKeys; i++)
        EXPECT_EQ("\"v\"", Ask(cluster, 2, {"GET", "k" + std::to_string(i)}));
}

TEST(Membership, RefusesWhatCannotBe)
{
    RealCluster cluster(ThreeOfFive());

    EXPECT_THAT(Ask(cluster, 1, {"DYN.JOIN", "2"}),
                StartsWith("(error) EXIST"));
    EXPECT_THAT(Ask(cluster, 1, {"DYN.JOIN", "9"}),
                StartsWith("(error) INVAL"));
    EXPECT_THAT(Ask(cluster, 1, {"DYN.LEAVE", "2"}),
                StartsWith("(error) RANGE")); // fewer than N would be left
    EXPECT_THAT(Ask(cluster, 1, {"DYN.JOIN", "four"}), HasSubstr("numbers"));
}

// A program that takes a join for a get.
TEST(Membership, IsNotOfAnyProgram)
{
    RealSetup setup = ClusterSetup();
    RealCluster cluster(setup);

    EXPECT_THAT(Ask(cluster, 1, {"DYN.JOIN", "2"}),
                HasSubstr("membership never changes"));
    EXPECT_THAT(Ask(cluster, 1, {"DYN.LEAVE", "2"}),
                HasSubstr("membership never changes"));
}

} // namespace
} // namespace judge
