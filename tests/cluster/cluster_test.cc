// cluster_test.cc: a cluster starts, stores, survives what it must survive, and
// leaves nothing behind.
#include "check/acknowledged.h"
#include "check/linearizable.h"
#include "cluster/cluster_options.h"
#include "cluster/raw_connection.h"
#include "harness/cluster/await.h"
#include "harness/cluster/chaos.h"
#include "harness/cluster/family.h"
#include "harness/cluster/load.h"
#include "harness/cluster/resp_client.h"
#include "harness/violation.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace judge
{
namespace
{

using testing::HasSubstr;
using testing::StartsWith;

std::string Ask(RealCluster &cluster, node_id node,
                const std::vector<std::string> &words)
{
    return RespClient(cluster.ClientPort(node)).Ask(words).Show();
}

// Of nodes that give up soon: what one answers that is not too slow, on a machine that
// may be.
std::string AskUntilServed(RealCluster &cluster, node_id node,
                           const std::vector<std::string> &words)
{
    std::string answer;

    Await("node " + std::to_string(node) + " serves " + words[0], [&] {
        answer = Ask(cluster, node, words);
        return answer.rfind("(error) UNAVAILABLE", 0) != 0;
    });
    return answer;
}

class ClusterOfSize : public testing::TestWithParam<uint32_t>
{
};

// Fewer nodes than were asked for, or some that never find each other.
TEST_P(ClusterOfSize, StartsAndEveryNodeServes)
{
    RealSetup setup = ClusterSetup();
    setup.nodes = GetParam();
    const auto before = std::chrono::steady_clock::now();
    RealCluster cluster(setup);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - before);

    ASSERT_EQ(GetParam(), cluster.Nodes().size());
    for (const node_id node : cluster.Nodes()) {
        const std::string name = "key" + std::to_string(node);

        EXPECT_EQ("OK", Ask(cluster, node, {"SET", name, "a"}));
        for (const node_id other : cluster.Nodes())
            EXPECT_EQ("\"a\"", Ask(cluster, other, {"GET", name}));
        EXPECT_EQ(std::to_string(GetParam() - 1),
                  cluster.Info(node)["peers_up"]);
    }
    std::printf("%u nodes started in %lld ms\n", GetParam(),
                static_cast<long long>(took.count()));
    RecordProperty("start_ms", static_cast<int>(took.count()));
}

INSTANTIATE_TEST_SUITE_P(Cluster, ClusterOfSize, testing::Values(3, 5, 9));

// A node that answers before its disk has what it promised.
TEST(Cluster, KeepsWhatItAcknowledgedWhenAllNodesAreKilled)
{
    RealCluster cluster(ClusterSetup());

    for (int i = 0; i < 20; i++)
        ASSERT_EQ("OK", Ask(cluster, 1 + static_cast<node_id>(i) % 3,
                            {"SET", "k" + std::to_string(i),
                             "v" + std::to_string(i)}));
    for (const node_id node : cluster.Nodes())
        cluster.Crash(node);
    for (const node_id node : cluster.Nodes())
        cluster.Restart(node);
    cluster.AwaitConnected();
    for (int i = 0; i < 20; i++)
        EXPECT_EQ("\"v" + std::to_string(i) + "\"",
                  Ask(cluster, 3, {"GET", "k" + std::to_string(i)}));
}

// That it was the disk: in memory nothing is left.
TEST(Cluster, ForgetsWhenItsStoreIsInMemory)
{
    RealSetup setup = ClusterSetup();
    setup.on_disk = false;
    RealCluster cluster(setup);

    ASSERT_EQ("OK", Ask(cluster, 1, {"SET", "k", "v"}));
    for (const node_id node : cluster.Nodes())
        cluster.Crash(node);
    for (const node_id node : cluster.Nodes())
        cluster.Restart(node);
    cluster.AwaitConnected();
    EXPECT_EQ("(nil)", Ask(cluster, 1, {"GET", "k"}));
}

// A node that stops in good order and one that is killed leave the same.
TEST(Cluster, StopsInGoodOrderAndComesBack)
{
    RealCluster cluster(ClusterSetup());

    ASSERT_EQ("OK", Ask(cluster, 1, {"SET", "k", "v"}));
    for (const node_id node : cluster.Nodes())
        cluster.Stop(node);
    for (const node_id node : cluster.Nodes())
        EXPECT_FALSE(cluster.IsUp(node));
    for (const node_id node : cluster.Nodes())
        cluster.Restart(node);
    cluster.AwaitConnected();
    EXPECT_EQ("\"v\"", Ask(cluster, 2, {"GET", "k"}));
}

// A cut that cuts nothing, or heals never.
TEST(Cluster, MinorityIsUnavailableUntilItIsJoinedAgain)
{
    RealSetup setup = ClusterSetup();
    setup.give_up_ms = 300;
    RealCluster cluster(setup);

    for (const node_id other : {2u, 3u}) {
        cluster.Cut(1, other);
        cluster.Cut(other, 1);
    }
    EXPECT_THAT(Ask(cluster, 1, {"SET", "k", "minority"}),
                StartsWith("(error) UNAVAILABLE"));
    EXPECT_EQ("OK", AskUntilServed(cluster, 2, {"SET", "k", "majority"}));
    EXPECT_EQ("\"majority\"", AskUntilServed(cluster, 3, {"GET", "k"}));
    EXPECT_GT(cluster.Counts(1, 2).lost, 0u);
    EXPECT_EQ(0u, cluster.Counts(2, 3).lost);
    cluster.Heal();
    EXPECT_EQ("OK", AskUntilServed(cluster, 1, {"SET", "k", "again"}));
    EXPECT_EQ("\"again\"", AskUntilServed(cluster, 2, {"GET", "k"}));
}

// A one-way cut that cuts both ways. Node 2 hears the questions and answers
// into the void.
TEST(Cluster, CutsOneWayOnly)
{
    RealSetup setup = ClusterSetup();
    setup.give_up_ms = 300;
    RealCluster cluster(setup);

    cluster.Cut(2, 1);
    cluster.Cut(3, 1);
    const auto before = cluster.Info(2)["messages_received"];
    EXPECT_THAT(Ask(cluster, 1, {"GET", "k"}),
                StartsWith("(error) UNAVAILABLE"));
    EXPECT_EQ(0u, cluster.Counts(1, 2).lost);
    EXPECT_NE(before, cluster.Info(2)["messages_received"]);
    EXPECT_GT(cluster.Counts(2, 1).lost, 0u);
}

// A node that stands still stops the others, or never goes on.
TEST(Cluster, GoesOnWhileANodeIsPausedAndTheNodeAfterwards)
{
    RealCluster cluster(ClusterSetup());
    RespClient client(cluster.ClientPort(3));

    ASSERT_EQ("PONG", client.Ask({"PING"}).Show());
    cluster.Pause(3);
    EXPECT_EQ('T', ProcessState(cluster.Pid(3)));
    client.Send({"SET", "k", "late"});
    EXPECT_EQ("OK", Ask(cluster, 1, {"SET", "other", "now"}));
    EXPECT_FALSE(client.Poll().has_value());
    cluster.Resume(3);
    const auto answer = client.Wait();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ("OK", answer->Show());
    EXPECT_EQ("\"late\"", Ask(cluster, 1, {"GET", "k"}));
}

// One dropped message is made up for by asking again.
TEST(Cluster, BearsDroppedDoubledAndSwappedMessages)
{
    RealSetup setup = ClusterSetup();
    setup.retry_ms = 20;
    RealCluster cluster(setup);

    for (int i = 0; i < 30; i++) {
        const auto fault = static_cast<FrameFault>(i % 3);

        for (const node_id other : {2u, 3u}) {
            cluster.Fault(1, other, fault);
            cluster.Fault(other, 1, fault, 2);
        }
        const std::string value = std::to_string(i);
        EXPECT_EQ("OK", Ask(cluster, 1, {"SET", "k", value}));
        EXPECT_EQ("\"" + value + "\"", Ask(cluster, 1, {"GET", "k"}));
    }
    EXPECT_GT(cluster.Counts(1, 2).lost, 0u);
}

// A node that dies is not noticed, and its silence is taken for a partition.
TEST(Cluster, TellsThatANodeEndedByItself)
{
    RealCluster cluster(ClusterSetup());

    EXPECT_NO_THROW(cluster.ExpectAlive());
    kill(cluster.Pid(2), SIGABRT);
    try {
        Await("the node has ended", [&] {
            cluster.ExpectAlive();
            return false;
        });
    } catch (const Violation &violation) {
        EXPECT_EQ("crash", violation.kind);
        EXPECT_THAT(violation.seen, HasSubstr("node 2"));
        EXPECT_THAT(violation.seen, HasSubstr("signal 6"));
    }
}

// ---- Lab 4's node ----

// Hints that stay where they are, or are lost with their holder.
TEST(Cluster, BringsAnOwnerWhatItMissedThoughNobodyReads)
{
    RealSetup setup = ClusterSetup();
    setup.program = "failure";
    setup.r = 1; // so that a node alone tells what it holds
    setup.retry_ms = 50;
    RealCluster cluster(setup);
    const auto key = [](int i) { return "key" + std::to_string(i); };
    constexpr int kKeys = 30;
    constexpr node_id kAway = 2;

    cluster.Crash(kAway);
    for (int i = 0; i < kKeys; i++)
        ASSERT_EQ("OK", Ask(cluster, 1, {"SET", key(i), key(i)}));
    cluster.Restart(kAway);
    cluster.AwaitConnected();
    Await("node 2 holds all that was put while it was down", [&] {
        int held = 0;

        for (const node_id other : {1u, 3u})
            cluster.Cut(kAway, other);
        for (int i = 0; i < kKeys; i++)
            held +=
                Ask(cluster, kAway, {"GET", key(i)}) == "\"" + key(i) + "\"";
        cluster.Heal();
        poll(nullptr, 0, 100);
        return held == kKeys;
    });
}

// ---- Nothing left behind ----

struct Traces {
    std::vector<pid_t> processes;
    std::vector<uint16_t> ports;
    std::filesystem::path folder;
};

void ExpectGone(const Traces &traces)
{
    for (const pid_t pid : traces.processes)
        Await("process " + std::to_string(pid) + " is gone", [pid] {
            const char state = ProcessState(pid);
            return state == 0 || state == 'Z';
        });
    // A wrapper may be gone a moment before its node is.
    for (const uint16_t port : traces.ports)
        Await("port " + std::to_string(port) + " is closed",
              [port] { return !PortIsOpen(port); });
}

TEST(Cluster, LeavesNothingBehind)
{
    Traces traces;
    {
        RealCluster cluster(ClusterSetup());

        traces.folder = cluster.Folder();
        for (const node_id node : cluster.Nodes()) {
            traces.processes.push_back(cluster.Pid(node));
            traces.ports.push_back(cluster.PeerPort(node));
            traces.ports.push_back(cluster.ClientPort(node));
            ASSERT_TRUE(PortIsOpen(cluster.ClientPort(node)));
        }
        cluster.Pause(1);
        cluster.Crash(2);
        ASSERT_TRUE(std::filesystem::exists(traces.folder));
    }
    EXPECT_FALSE(std::filesystem::exists(traces.folder)) << traces.folder;
    ExpectGone(traces);
}

// A test that is killed must not leave nodes that eat the machine.
TEST(Cluster, LeavesNothingBehindWhenItsOwnerIsKilled)
{
    const RealSetup setup = ClusterSetup();
    std::vector<std::string> words = {"/proc/self/exe", "--node=" + setup.node,
                                      "--hold-cluster"};
    for (const std::string &word : setup.wrap)
        words.push_back("--wrap=" + word);
    std::vector<char *> argv;
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    Traces traces;

    ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
    const pid_t owner = fork();
    if (owner == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], 1);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    FILE *told = fdopen(ends[0], "r");
    char line[4096];
    while (traces.folder.empty() && fgets(line, sizeof line, told) != nullptr) {
        int pid;
        unsigned peer, client;

        if (std::sscanf(line, "%d %u %u", &pid, &peer, &client) == 3) {
            traces.processes.push_back(pid);
            traces.ports.push_back(static_cast<uint16_t>(peer));
            traces.ports.push_back(static_cast<uint16_t>(client));
        } else {
            traces.folder = std::string(line, strcspn(line, "\n"));
        }
    }
    std::fclose(told);
    ASSERT_EQ(3u, traces.processes.size());
    for (const pid_t pid : traces.processes)
        ASSERT_NE(0, ProcessState(pid));
    ASSERT_TRUE(std::filesystem::exists(traces.folder));

    kill(owner, SIGKILL);
    waitpid(owner, nullptr, 0);
    const Workspace next; // sweeps, unless another program is just about to
    Await("the folder " + traces.folder.string() + " is swept",
          [&] { return !std::filesystem::exists(traces.folder); });
    ExpectGone(traces);
}

// A sweep that takes the folder of a run that is still going on.
TEST(Cluster, SweepsNoFolderThatIsInUse)
{
    const Workspace one;
    const Workspace two;

    EXPECT_TRUE(std::filesystem::exists(one.Path()));
    EXPECT_NE(one.Path(), two.Path());
}

// ---- Under load ----

// Clients at all nodes at once, and nothing is mixed up.
TEST(Cluster, IsLinearizableUnderLoad)
{
    RealCluster cluster(ClusterSetup());
    Load load(&cluster, {});

    load.Run(600, kPatience);
    load.Drain();
    load.ReadAll();
    EXPECT_GE(load.Answered(), 600u);
    const Finding linearizable = Linearizable(load.Operations());
    EXPECT_EQ(Finding::Verdict::Holds, linearizable.verdict)
        << linearizable.text;
    EXPECT_EQ(Finding::Verdict::Holds,
              AcknowledgedSurvive(load.Operations()).verdict);
}

// With R + W = N, and nodes that cannot hear each other, a get misses a put that
// was acknowledged: the checkers see it in a history of the real world.
TEST(Cluster, IsNotLinearizableWithoutOverlap)
{
    RealSetup setup = ClusterSetup();
    setup.r = 1;
    setup.w = 1;
    RealCluster cluster(setup);
    Load load(&cluster, {});

    for (const node_id from : cluster.Nodes())
        for (const node_id to : cluster.Nodes())
            if (from != to)
                cluster.Cut(from, to);
    load.Run(300, kPatience);
    load.Drain();
    EXPECT_EQ(Finding::Verdict::Broken,
              Linearizable(load.Operations()).verdict);
}

// Hints that are lost or never dropped, replicas that do not come to agree, a disk that
// is lost and not filled again; what is not given back.
TEST(Cluster, LosesNothingWhileOthersStandIn)
{
    ChaosSetup setup;
    setup.cluster = OfFailures(ClusterSetup());
    setup.cluster.retry_ms = 50;
    setup.cluster.give_up_ms = 500;
    setup.cycles = 30;
    setup.seed = 7;
    const ChaosResult result = RunChaos(setup);

    std::printf("%s\n", result.Show().c_str());
    EXPECT_EQ(Finding::Verdict::Holds, result.finding.verdict) << result.Show();
    EXPECT_GT(result.crashes, 0);
    EXPECT_GT(result.wipes, 0);
    EXPECT_GT(result.changes, 0);
    EXPECT_GT(result.succeeded, 50u);
}

TEST(Cluster, LosesNothingInALittleChaos)
{
    ChaosSetup setup;
    setup.cluster = ClusterSetup();
    setup.cluster.retry_ms = 50;
    setup.cluster.give_up_ms = 500;
    setup.cycles = 20;
    setup.seed = 7;
    const ChaosResult result = RunChaos(setup);

    EXPECT_EQ(Finding::Verdict::Holds, result.finding.verdict) << result.Show();
    EXPECT_GT(result.crashes, 0);
    EXPECT_GT(result.succeeded, 50u);
}

} // namespace
} // namespace judge
