// test_main.cc: the cluster tests.
//
//     cluster-test --node=PROGRAM [--wrap=WORD ...] [--gtest_...]
//
// With --hold-cluster it is the helper of a test that kills it: it starts a
// cluster, says what belongs to it, and waits.
#include "cluster/cluster_options.h"

#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>
#include <unistd.h>

namespace
{

int HoldCluster()
{
    judge::RealCluster cluster(judge::ClusterSetup());

    cluster.Pause(2);
    for (const node_id node : cluster.Nodes())
        std::printf("%d %u %u\n", cluster.Pid(node), cluster.PeerPort(node),
                    cluster.ClientPort(node));
    std::printf("%s\n", cluster.Folder().c_str());
    std::fflush(stdout);
    for (;;)
        pause();
}

} // namespace

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    judge::ReadClusterOptions(&argc, argv);
    if (argc == 2 && std::strcmp(argv[1], "--hold-cluster") == 0)
        return HoldCluster();
    if (argc > 1) {
        std::fprintf(stderr, "cluster-test: '%s' is not understood\n", argv[1]);
        return 3;
    }
    return RUN_ALL_TESTS();
}
