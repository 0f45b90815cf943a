// node_test.cc: one dynamo-node: its ports, whatever comes over them, and its
// command line.
#include "cluster/cluster_options.h"
#include "cluster/raw_connection.h"
#include "harness/cluster/await.h"
#include "harness/cluster/real_cluster.h"
#include "harness/cluster/resp_client.h"
#include "harness/trace_reader.h"
#include "harness/violation.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>
#include <sys/wait.h>

namespace judge
{
namespace
{

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// A cluster in which nodes are alone with their clients: one that is its own
// majority.
RealSetup OneNode()
{
    RealSetup setup = ClusterSetup();

    setup.nodes = 1;
    setup.n = setup.r = setup.w = 1;
    setup.proxied = false;
    return setup;
}

// Two nodes, so that there is a peer to pretend to be.
RealSetup TwoNodes()
{
    RealSetup setup = ClusterSetup();

    setup.nodes = setup.n = setup.r = setup.w = 2;
    return setup;
}

std::string Ask(RealCluster &cluster, node_id node,
                const std::vector<std::string> &words)
{
    return RespClient(cluster.ClientPort(node)).Ask(words).Show();
}

uint64_t Count(RealCluster &cluster, node_id node, const std::string &name)
{
    return std::stoull(cluster.Info(node).at(name));
}

// Less than what the tests below would pile up; a sanitizer keeps much of what
// was freed.
constexpr uint64_t kResidentMbMax = 350;

uint64_t ResidentMb(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    uint64_t total = 0, resident = 0;

    file >> total >> resident;
    return resident * 4096 >> 20;
}

// Standard output and error of a shell command.
std::string OutputOf(const std::string &command)
{
    FILE *pipe = popen((command + " 2>&1").c_str(), "r");
    std::string output;
    char room[4096];

    if (pipe == nullptr)
        throw InfraError("no shell for " + command);
    while (fgets(room, sizeof room, pipe) != nullptr)
        output += room;
    pclose(pipe);
    return output;
}

// ---- The client port ----

TEST(ClientPort, AnswersWhatClientsOfRedisAsk)
{
    RealCluster cluster(OneNode());
    RespClient client(cluster.ClientPort(1));

    EXPECT_EQ("PONG", client.Ask({"PING"}).Show());
    EXPECT_EQ("\"hi\"", client.Ask({"ping", "hi"}).Show());
    EXPECT_EQ("\"hi\"", client.Ask({"ECHO", "hi"}).Show());
    EXPECT_EQ("[]", client.Ask({"COMMAND"}).Show());
    EXPECT_EQ("[]", client.Ask({"COMMAND", "DOCS"}).Show());
    EXPECT_EQ("[\"save\", \"\"]", client.Ask({"CONFIG", "GET", "save"}).Show());
    EXPECT_EQ("[\"appendonly\", \"no\"]",
              client.Ask({"CONFIG", "GET", "appendonly"}).Show());
    EXPECT_EQ("OK", client.Ask({"SELECT", "0"}).Show());
    EXPECT_EQ("OK", client.Ask({"CLIENT", "SETNAME", "me"}).Show());
    EXPECT_EQ("OK", client.Ask({"CLIENT", "SETINFO", "lib-name", "x"}).Show());
    EXPECT_EQ(8u, client.Ask({"HELLO", "2"}).elements.size());
    EXPECT_THAT(client.Ask({"HELLO", "3"}).Show(),
                StartsWith("(error) NOPROTO"));
    EXPECT_THAT(client.Ask({"INFO"}).text, HasSubstr("node_id:1\r\n"));
    EXPECT_EQ("(nil)", client.Ask({"GET", "k"}).Show());
    EXPECT_EQ("OK", client.Ask({"SET", "k", ""}).Show());
    EXPECT_EQ("\"\"", client.Ask({"GET", "k"}).Show());
    EXPECT_EQ("[\"\", [\"\"]]", client.Ask({"DYN.GET", "k"}).Show());
    EXPECT_EQ("OK", client.Ask({"DYN.PUT", "k", "", "v"}).Show());
    EXPECT_EQ("\"v\"", client.Ask({"GET", "k"}).Show());
    EXPECT_EQ("OK", client.Ask({"QUIT"}).Show());
    EXPECT_FALSE(client.Wait().has_value());
    EXPECT_TRUE(client.Ended());
}

RealSetup OneNodeWithSiblings()
{
    RealSetup setup = OneNode();

    setup.program = "dvv";
    return setup;
}

std::string ContextOf(RespClient *client, const std::string &key)
{
    return client->Ask({"DYN.GET", key}).elements.at(0).text;
}

TEST(ClientPort, CarriesContexts)
{
    RealCluster cluster(OneNodeWithSiblings());
    RespClient client(cluster.ClientPort(1));

    EXPECT_EQ("(nil)", client.Ask({"GET", "k"}).Show());
    EXPECT_EQ("OK", client.Ask({"DYN.PUT", "k", "", "a"}).Show());
    EXPECT_EQ("\"a\"", client.Ask({"GET", "k"}).Show());
    const std::string context = ContextOf(&client, "k");
    EXPECT_THAT(context, MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ("OK", client.Ask({"DYN.PUT", "k", context, "b"}).Show());
    EXPECT_EQ("OK", client.Ask({"DYN.PUT", "k", context, "c"}).Show());
    EXPECT_THAT(
        client.Ask({"DYN.GET", "k"}).Show(),
        AllOf(HasSubstr("\"b\""), HasSubstr("\"c\""), Not(HasSubstr("\"a\""))));
    EXPECT_EQ(
        "OK",
        client.Ask({"DYN.PUT", "k", ContextOf(&client, "k"), "d"}).Show());
    EXPECT_EQ("\"d\"", client.Ask({"GET", "k"}).Show());
}

TEST(ClientPort, RefusesWhatIsNoContext)
{
    RealCluster cluster(OneNodeWithSiblings());
    RespClient client(cluster.ClientPort(1));

    EXPECT_EQ("OK", client.Ask({"SET", "k", "a"}).Show());
    const std::string good = ContextOf(&client, "k");
    std::string other = good;
    other[7] = other[7] == '0' ? '1' : '0';
    for (const std::string &bad :
         {std::string("0"), std::string("xy"), std::string("\0\0", 2),
          std::string("00"), good + "00", good + "0", good.substr(2), other,
          "0x" + good, ContextOf(&client, "other")})
        EXPECT_THAT(client.Ask({"DYN.PUT", "k", bad, "b"}).Show(),
                    StartsWith("(error) CORRUPT"))
            << bad;
    EXPECT_EQ("\"a\"", client.Ask({"GET", "k"}).Show());
}

// A client that knows no contexts overwrites, as it would elsewhere.
TEST(ClientPort, SetReplacesWhatIsThere)
{
    RealCluster cluster(OneNodeWithSiblings());
    RespClient client(cluster.ClientPort(1)), second(cluster.ClientPort(1));

    for (const std::string value : {"a", "b", "c"}) {
        EXPECT_EQ("OK", client.Ask({"SET", "k", value}).Show());
        EXPECT_EQ("\"" + value + "\"", second.Ask({"GET", "k"}).Show());
    }
    EXPECT_EQ("OK", client.Ask({"DYN.PUT", "k", "", "blind"}).Show());
    EXPECT_THAT(
        client.Ask({"GET", "k"}).Show(),
        AllOf(StartsWith("(error) CONFLICT 2 versions"), HasSubstr("DYN.GET")));
    EXPECT_EQ("OK", client.Ask({"SET", "k", "d"}).Show());
    EXPECT_EQ("\"d\"", client.Ask({"GET", "k"}).Show());
}

// In the order of the commands, though each SET takes two turns.
TEST(ClientPort, AnswersPipelinedSetsInTheirOrder)
{
    RealCluster cluster(OneNodeWithSiblings());
    RespClient client(cluster.ClientPort(1));

    for (int i = 0; i < 60; i++) {
        client.Send({"SET", "k" + std::to_string(i), std::to_string(i)});
        client.Send({"PING", std::to_string(i)});
    }
    for (int i = 0; i < 60; i++) {
        EXPECT_EQ("OK", client.Wait()->Show());
        EXPECT_EQ("\"" + std::to_string(i) + "\"", client.Wait()->Show());
    }
    for (int i = 0; i < 60; i++)
        EXPECT_EQ("\"" + std::to_string(i) + "\"",
                  client.Ask({"GET", "k" + std::to_string(i)}).Show());
    // One that has left while its SET was half done is no harm.
    for (int i = 0; i < 20; i++) {
        RespClient leaving(cluster.ClientPort(1));

        leaving.Send({"SET", "left", "x"});
        leaving.Poll();
    }
    EXPECT_EQ("PONG", client.Ask({"PING"}).Show());
}

TEST(ClientPort, InfoCounts)
{
    RealSetup setup = OneNodeWithSiblings();

    setup.nodes = setup.n = setup.r = 3;
    setup.w = 1;
    setup.proxied = true;
    RealCluster cluster(setup);
    const auto info = [&](const std::string &name) {
        return cluster.Info(1).at(name);
    };

    // Nobody but node 2 holds what was put, and node 2 has forgotten that it
    // meant to send it.
    for (const node_id other : {1u, 3u})
        cluster.Cut(2, other);
    {
        RespClient client(cluster.ClientPort(2));
        EXPECT_EQ("OK", client.Ask({"DYN.PUT", "k", "", "a"}).Show());
        EXPECT_EQ("OK", client.Ask({"DYN.PUT", "k", "", "b"}).Show());
        EXPECT_EQ("2", cluster.Info(2).at("puts"));
    }
    cluster.Crash(2);
    cluster.Heal();
    cluster.AwaitConnected();
    RespClient client(cluster.ClientPort(1));
    EXPECT_EQ("0", info("repairs"));
    EXPECT_EQ(2u, client.Ask({"DYN.GET", "k"}).elements.at(1).elements.size());
    EXPECT_EQ("1", info("repairs")); // node 3
    EXPECT_EQ("1", info("gets"));
    EXPECT_EQ("0", info("puts"));
    EXPECT_EQ("1", info("gets_with_siblings"));
    EXPECT_EQ("2", info("siblings_most"));
    EXPECT_EQ("0", info("timeouts"));
    EXPECT_NE("0", info("get_us_most"));
    EXPECT_LE(std::stoull(info("get_us_p50")),
              std::stoull(info("get_us_most")));
}

TEST(ClientPort, InfoCountsTimeouts)
{
    RealSetup setup = OneNodeWithSiblings();

    setup.nodes = setup.n = 3;
    setup.r = setup.w = 3;
    setup.proxied = true;
    setup.give_up_ms = 200;
    RealCluster cluster(setup);
    RespClient client(cluster.ClientPort(1));

    cluster.Cut(1, 3);
    EXPECT_THAT(client.Ask({"SET", "k", "a"}).Show(),
                StartsWith("(error) UNAVAILABLE"));
    EXPECT_THAT(client.Ask({"DYN.PUT", "k", "", "a"}).Show(),
                StartsWith("(error) UNAVAILABLE"));
    EXPECT_EQ("2", cluster.Info(1).at("timeouts"));
}

TEST(ClientPort, SaysWhatIsWrongWithACommand)
{
    RealCluster cluster(OneNode());
    RespClient client(cluster.ClientPort(1));

    EXPECT_THAT(
        client.Ask({"FLUSHALL"}).Show(),
        StartsWith("(error) ERR unknown command 'FLUSHALL'; there are"));
    EXPECT_THAT(client.Ask({"bad\r\n:1\r\n"}).Show(), HasSubstr("'bad?"
                                                                "?:1?"
                                                                "?'"));
    EXPECT_THAT(client.Ask({"DEL", "k"}).Show(),
                HasSubstr("get and put alone"));
    EXPECT_THAT(client.Ask({"GET"}).Show(), HasSubstr("it is: GET key"));
    EXPECT_THAT(client.Ask({"SET", "k", "v", "EX", "1"}).Show(),
                HasSubstr("without options"));
    EXPECT_THAT(client.Ask({"GET", ""}).Show(), HasSubstr("1 to 256 bytes"));
    EXPECT_THAT(client.Ask({"GET", std::string(257, 'k')}).Show(),
                HasSubstr("this one has 257"));
    EXPECT_THAT(
        client.Ask({"SET", "k", std::string((1 << 20) + 1, 'v')}).Show(),
        HasSubstr("at most 1048576 bytes"));
    EXPECT_THAT(client.Ask({"SELECT", "1"}).Show(), HasSubstr("one database"));
    EXPECT_EQ("PONG", client.Ask({"PING"}).Show());
}

TEST(ClientPort, KeepsAnyBytesUpToTheLargestValue)
{
    RealCluster cluster(ClusterSetup());
    std::string value;

    for (int i = 0; i < 1 << 20; i++)
        value += static_cast<char>(i * 7 + (i >> 8));
    EXPECT_EQ("OK", Ask(cluster, 1, {"SET", std::string(256, '\xff'), value}));
    const RespAnswer answer = RespClient(cluster.ClientPort(2))
                                  .Ask({"GET", std::string(256, '\xff')});
    EXPECT_TRUE(answer.text == value);
}

// Answers that come in the order in which the node had them.
TEST(ClientPort, AnswersInOrderWhenTheNodeDoesNot)
{
    RealSetup setup = ClusterSetup();
    setup.n = setup.r = setup.w = 1; // each key is at one node
    setup.give_up_ms = 60'000;
    setup.retry_ms = 20;
    RealCluster cluster(setup);
    RespClient client(cluster.ClientPort(1));
    std::string near, far;

    // Node 1 needs no other for a key that is its own.
    for (int i = 0; near.empty() || far.empty(); i++) {
        const std::string key = "k" + std::to_string(i);
        const auto sent = Count(cluster, 1, "messages_sent");

        EXPECT_EQ("OK", client.Ask({"SET", key, key}).Show());
        (Count(cluster, 1, "messages_sent") == sent ? near : far) = key;
    }
    cluster.Cut(1, 2);
    cluster.Cut(1, 3);
    const uint64_t replies = Count(cluster, 1, "replies");
    client.Send({"GET", far});
    client.Send({"GET", near});
    client.Send({"PING"});
    Await("the second is answered",
          [&] { return Count(cluster, 1, "replies") == replies + 1; });
    EXPECT_FALSE(client.Poll().has_value());
    cluster.Join(1, 2);
    cluster.Join(1, 3);
    EXPECT_EQ("\"" + far + "\"", client.Wait()->Show());
    EXPECT_EQ("\"" + near + "\"", client.Wait()->Show());
    EXPECT_EQ("PONG", client.Wait()->Show());
}

TEST(ClientPort, TakesALongPipelineInOnePiece)
{
    RealCluster cluster(OneNode());
    RespClient client(cluster.ClientPort(1));

    for (int i = 0; i < 3000; i++)
        client.Send({"SET", "k" + std::to_string(i % 10), std::to_string(i)});
    for (int i = 0; i < 3000; i++)
        ASSERT_EQ("OK", client.Wait()->Show()) << i;
    EXPECT_EQ("\"2999\"", client.Ask({"GET", "k9"}).Show());
}

// What everybody uses to try a server.
TEST(ClientPort, ServesTheToolsOfRedis)
{
    RealCluster cluster(ClusterSetup());
    const std::string port = std::to_string(cluster.ClientPort(1));

    EXPECT_EQ("OK\n", OutputOf("redis-cli -p " + port + " SET k v"));
    EXPECT_EQ("v\n", OutputOf("redis-cli -p " + port + " GET k"));
    const std::string output = OutputOf("redis-benchmark -p " + port +
                                        " -t set,get -c 20 -P 4 -n 2000 --csv");
    EXPECT_THAT(output, HasSubstr("\"SET\","));
    EXPECT_THAT(output, HasSubstr("\"GET\","));
    EXPECT_THAT(output, testing::Not(HasSubstr("rror")));
    EXPECT_EQ(4002u, Count(cluster, 1, "requests"));
}

// A client that asks for much and reads nothing.
TEST(ClientPort, IsBoundedByWhatAClientReads)
{
    RealCluster cluster(OneNode());
    const std::string value(200'000, 'v');
    ASSERT_EQ("OK", Ask(cluster, 1, {"SET", "k", value}));
    RawConnection client(cluster.ClientPort(1));
    const std::string get = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
    const std::string answer =
        "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
    const size_t asked = 2000;
    std::string gets;

    for (size_t i = 0; i < asked; i++)
        gets += get;
    client.Send(gets);
    // It goes on serving others, and takes no more of these.
    uint64_t requests = 0;
    Await("the node takes no more", [&] {
        const uint64_t before = requests;

        for (int i = 0; i < 20; i++)
            EXPECT_EQ("PONG", Ask(cluster, 1, {"PING"}));
        requests = Count(cluster, 1, "requests");
        return requests == before;
    });
    EXPECT_LT(requests, asked);
    EXPECT_LT(ResidentMb(cluster.Pid(1)), kResidentMbMax);
    for (size_t i = 0; i < asked; i++)
        ASSERT_TRUE(client.Receive(answer.size()) == answer) << i;
    EXPECT_FALSE(client.HasMore());
}

class MalformedCommand : public testing::TestWithParam<std::string>
{
};

TEST_P(MalformedCommand, EndsThatConnectionAlone)
{
    RealCluster cluster(OneNode());
    RespClient other(cluster.ClientPort(1));
    EXPECT_EQ("OK", other.Ask({"SET", "k", "v"}).Show());
    RawConnection client(cluster.ClientPort(1));

    client.Send("*1\r\n$4\r\nPING\r\n" + GetParam());
    const std::string answer = client.ReceiveAll();
    EXPECT_THAT(answer, StartsWith("+PONG\r\n-ERR Protocol error"));
    EXPECT_EQ("\r\n", answer.substr(answer.size() - 2));
    EXPECT_EQ("\"v\"", other.Ask({"GET", "k"}).Show());
    EXPECT_EQ(1u, Count(cluster, 1, "commands_malformed"));
}

INSTANTIATE_TEST_SUITE_P(
    ClientPort, MalformedCommand,
    testing::Values("GET / HTTP/1.1\r\n\r\n", std::string(64, '\0'),
                    "*1\r\n:5\r\n", "*1\r\n$-1\r\n", "*2\r\n*1\r\n$1\r\na\r\n",
                    "*1000000000\r\n", "*33\r\n", "*-2\r\n",
                    "*99999999999999999999\r\n",
                    "*1\r\n$99999999999\r\n" + std::string(4 << 20, 'x'),
                    "*1\r\n$-7\r\n", "$4\r\nPING\r\n", "+PING\r\n", ":1\r\n",
                    "*1\r\n+PING\r\n", "*x\r\n",
                    "*1\r\n$536870912\r\n" + std::string(4 << 20, 'x')));

// Bytes that begin well and then go astray in all sorts of ways.
std::string Mangled(std::mt19937_64 *random, std::string bytes)
{
    for (int i = 0; i < 3; i++) {
        const size_t at = (*random)() % bytes.size();

        switch ((*random)() % 4) {
        case 0:
            bytes[at] = static_cast<char>((*random)());
            break;
        case 1:
            bytes.erase(at, 1 + (*random)() % 4);
            break;
        case 2:
            bytes.insert(at, bytes.substr((*random)() % bytes.size()));
            break;
        default:
            bytes[at] = static_cast<char>(bytes[at] ^ 1 << (*random)() % 8);
        }
        if (bytes.empty())
            bytes = "*";
    }
    return bytes;
}

TEST(ClientPort, BearsMangledCommands)
{
    RealCluster cluster(OneNode());
    std::mt19937_64 random(1);
    const std::string good = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\nvvvv\r\n"
                             "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
                             "*4\r\n$7\r\nDYN.PUT\r\n$1\r\nk\r\n$0\r\n\r\n"
                             "$1\r\nv\r\n";

    for (int i = 0; i < 400; i++)
        RawConnection(cluster.ClientPort(1)).Send(Mangled(&random, good));
    EXPECT_EQ("PONG", Ask(cluster, 1, {"PING"}));
    cluster.ExpectAlive();
    EXPECT_GT(Count(cluster, 1, "commands_malformed"), 0u);
}

// ---- The peer port ----

struct Malformed {
    const char *name;
    std::string bytes;
};

class MalformedFrame : public testing::TestWithParam<Malformed>
{
};

TEST_P(MalformedFrame, EndsThatConnectionAlone)
{
    RealCluster cluster(TwoNodes());
    RawConnection peer(cluster.PeerPort(1));

    peer.Send(GetParam().bytes);
    EXPECT_EQ("", peer.ReceiveAll());
    EXPECT_EQ(1u, Count(cluster, 1, "frames_malformed"));
    EXPECT_EQ("OK", Ask(cluster, 1, {"SET", "k", "v"}));
    EXPECT_EQ("\"v\"", Ask(cluster, 2, {"GET", "k"}));
}

std::string Length(uint32_t length)
{
    return {static_cast<char>(length), static_cast<char>(length >> 8),
            static_cast<char>(length >> 16), static_cast<char>(length >> 24)};
}

INSTANTIATE_TEST_SUITE_P(
    PeerPort, MalformedFrame,
    testing::Values(
        Malformed{"NoGreeting", std::string(16, 'x')},
        Malformed{"AnotherVersion",
                  Length(12) + "dynamo 2" + std::string("\2\0\0\0", 4)},
        Malformed{"ItsOwnName", GreetingBytes(1)},
        Malformed{"AStranger", GreetingBytes(77)},
        Malformed{"LengthZero", GreetingBytes(2) + Length(0)},
        Malformed{"LengthTooShort", GreetingBytes(2) + Length(7)},
        Malformed{"LengthTooLong", GreetingBytes(2) + Length(0xffffffff)},
        Malformed{"EmptyMessage", GreetingBytes(2) + FrameBytes(1, "")},
        Malformed{"Garbage", GreetingBytes(2) + FrameBytes(1, "garbage")},
        Malformed{"CutOff", GreetingBytes(2) + FrameBytes(1, "\x83\x00\x01")},
        Malformed{"Nested", GreetingBytes(2) +
                                FrameBytes(1, std::string(100'000, '\x91'))},
        Malformed{"HugeKey",
                  GreetingBytes(2) + FrameBytes(1, "\xc6\xff\xff\xff\xff")}),
    [](const auto &info) { return std::string(info.param.name); });

// From a newer node, perhaps: no reason to stop talking with it.
TEST(PeerPort, IgnoresMessagesOfUnknownKind)
{
    RealCluster cluster(TwoNodes());
    RawConnection peer(cluster.PeerPort(1));

    peer.Send(GreetingBytes(2));
    for (int i = 0; i < 3; i++)
        peer.Send(FrameBytes(1, std::string("\x81\x00\x63", 3)));
    Await("they are counted",
          [&] { return Count(cluster, 1, "messages_unknown") == 3; });
    EXPECT_FALSE(peer.HasMore());
    EXPECT_EQ(0u, Count(cluster, 1, "frames_malformed"));
}

TEST(PeerPort, BearsMangledFrames)
{
    RealCluster cluster(TwoNodes());
    std::mt19937_64 random(1);
    // A version? and a store, of key "k".
    const std::string good =
        GreetingBytes(2) +
        FrameBytes(1, std::string("\x83\x00\x01\x01\x05\x02\xc4\x01k", 9)) +
        FrameBytes(2,
                   std::string("\x85\x00\x03\x01\x06\x02\xc4\x01k\x03\x92\x01"
                               "\x02\x04\xc4\x01v",
                               17));

    RawConnection(cluster.PeerPort(1)).Send(good);
    Await("what is whole is handled",
          [&] { return Count(cluster, 1, "messages_received") == 2; });
    for (int i = 0; i < 400; i++)
        RawConnection(cluster.PeerPort(1)).Send(Mangled(&random, good));
    Await("some are found out",
          [&] { return Count(cluster, 1, "frames_malformed") > 50; });
    cluster.ExpectAlive();
    EXPECT_EQ("OK", Ask(cluster, 1, {"SET", "other", "v"}));
}

TEST(PeerPort, BearsManyWhoConnectAndSayNothing)
{
    RealCluster cluster(TwoNodes());
    std::vector<RawConnection> idle;

    for (int i = 0; i < 200; i++)
        idle.emplace_back(cluster.PeerPort(1));
    EXPECT_EQ("OK", Ask(cluster, 1, {"SET", "k", "v"}));
    EXPECT_EQ("", idle.front().ReceiveAll()); // it had to go
    // Node 2 still gets through, also when it has to connect again.
    cluster.Crash(2);
    cluster.Restart(2);
    cluster.AwaitConnected();
    EXPECT_EQ("\"v\"", Ask(cluster, 2, {"GET", "k"}));
}

// A peer that stands still: what is sent to it must not pile up.
TEST(PeerPort, DropsWhatASlowPeerDoesNotTake)
{
    RealCluster cluster(ClusterSetup());
    RespClient client(cluster.ClientPort(1));
    const std::string value(1 << 20, 'v');

    cluster.Pause(3);
    for (int i = 0; i < 100 && Count(cluster, 1, "messages_dropped") == 0; i++)
        ASSERT_EQ("OK", client.Ask({"SET", "k", value}).Show());
    EXPECT_GT(Count(cluster, 1, "messages_dropped"), 0u);
    EXPECT_LT(ResidentMb(cluster.Pid(1)), kResidentMbMax);
    cluster.Resume(3);
    EXPECT_EQ("OK", client.Ask({"SET", "k", "w"}).Show());
    EXPECT_EQ("\"w\"", Ask(cluster, 3, {"GET", "k"}));
}

// ---- The process ----

struct Wrong {
    std::vector<std::string> options;
    std::string text;
};

class CommandLine : public testing::TestWithParam<Wrong>
{
};

// One sentence that names the thing, and a status of its own.
TEST_P(CommandLine, IsRefusedWithASentence)
{
    const Workspace workspace;
    std::vector<std::string> argv = ClusterSetup().wrap;

    argv.push_back(ClusterSetup().node);
    for (const std::string &option : GetParam().options)
        argv.push_back(option);
    NodeProcess node(argv, workspace.Path() / "log");
    try {
        node.AwaitPorts();
        FAIL() << "it began";
    } catch (const InfraError &error) {
        EXPECT_THAT(error.what(), HasSubstr(GetParam().text));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Process, CommandLine,
    testing::Values(
        Wrong{{}, "--program says what the node runs"},
        Wrong{{"--program=register"}, "--members names all nodes"},
        Wrong{{"--program=register", "--members=1,2"}, "--id says which"},
        Wrong{{"--program=register", "--members=1,2", "--id=3"},
              "--id=3 is not among the --members"},
        Wrong{{"--program=register", "--members=1,1", "--id=1"},
              "names node 1 twice"},
        Wrong{{"--program=register", "--members=1,x", "--id=1"},
              "--members takes a number from 0 to 4294967295, not 'x'"},
        Wrong{{"--program=register", "--members=1", "--id=1", "--n=2"},
              "--n must be 1 to 1"},
        Wrong{{"--program=register", "--members=1", "--id=1", "--w=2"},
              "--r and --w must be 1 to 1"},
        Wrong{{"--program=register", "--members=1", "--id=1", "--store=disk"},
              "--store is memory or lmdb:FOLDER, not 'disk'"},
        Wrong{{"--program=register", "--members=1", "--id=1", "--port=70000"},
              "status 64"},
        Wrong{{"--program=register", "--members=1", "--id=1", "rest"},
              "'rest' is not an option"},
        Wrong{{"--program=unheard-of", "--members=1", "--id=1"},
              "unheard-of: there is no such --program"},
        Wrong{{"--program=register", "--members=1", "--id=1",
               "--store=lmdb:/nowhere/at/all"},
              "the store cannot be opened"},
        Wrong{{"--program=register", "--members=1", "--id=1",
               "--trace=/nowhere/at/all"},
              "the trace cannot be written: No such file"}));

std::vector<std::string> OneNodeArgv()
{
    std::vector<std::string> argv = ClusterSetup().wrap;

    argv.insert(argv.end(), {ClusterSetup().node, "--program=register",
                             "--members=1", "--id=1"});
    return argv;
}

// A node that goes on when nobody is there to end it.
TEST(Process, EndsWithItsParentsChannel)
{
    const Workspace workspace;
    NodeProcess node(OneNodeArgv(), workspace.Path() / "log");

    node.AwaitPorts();
    const uint16_t port = node.ClientPort();
    EXPECT_TRUE(PortIsOpen(port));
    node.HangUp();
    Await("the node ends", [&] { return node.Ended().has_value(); });
    EXPECT_EQ(0, *node.Ended());
    EXPECT_FALSE(PortIsOpen(port));
}

TEST(Process, StopsOnRequestWithClientsConnected)
{
    const Workspace workspace;
    NodeProcess node(OneNodeArgv(), workspace.Path() / "log");

    node.AwaitPorts();
    RespClient client(node.ClientPort());
    EXPECT_EQ("OK", client.Ask({"SET", "k", "v"}).Show());
    EXPECT_EQ(0, node.Stop()) << node.Obituary();
    EXPECT_FALSE(client.Wait().has_value());
}

TEST(Process, ListensWhereItIsTold)
{
    const Workspace workspace;
    // Below those that the system gives to whoever asks for any, as other tests do
    // at the same time.
    uint16_t port = static_cast<uint16_t>(10000 + getpid() % 20000);
    while (PortIsOpen(port))
        port++;
    std::vector<std::string> argv = OneNodeArgv();
    argv.push_back("--client-port=" + std::to_string(port));
    NodeProcess node(argv, workspace.Path() / "one");

    node.AwaitPorts();
    EXPECT_EQ(port, node.ClientPort());
    NodeProcess second(argv, workspace.Path() / "two");
    try {
        second.AwaitPorts();
        FAIL() << "it began";
    } catch (const InfraError &error) {
        EXPECT_THAT(error.what(), HasSubstr("the port for clients: address "
                                            "already in use"));
    }
}

TEST(Process, RefusesAStoreThatIsInUse)
{
    const Workspace workspace;
    std::vector<std::string> argv = OneNodeArgv();
    argv.push_back("--store=lmdb:" + workspace.Path().string());
    NodeProcess first(argv, workspace.Path() / "one");

    first.AwaitPorts();
    NodeProcess second(argv, workspace.Path() / "two");
    EXPECT_THROW(second.AwaitPorts(), InfraError);
    EXPECT_THAT(second.Obituary(), HasSubstr("status 70; it printed: "
                                             "dynamo-node 1: the store cannot "
                                             "be opened: another process"));
}

// A store that is full is a crash, and not an acknowledged write that is gone.
TEST(Process, EndsWithAReasonWhenItsStoreIsFull)
{
    const Workspace workspace;
    std::vector<std::string> argv = OneNodeArgv();
    argv.push_back("--store=lmdb:" + workspace.Path().string());
    argv.push_back("--store-mb=1");
    NodeProcess node(argv, workspace.Path() / "log");
    node.AwaitPorts();
    RespClient client(node.ClientPort());
    int acknowledged = 0;

    for (; !client.Ended() && acknowledged < 100; acknowledged++) {
        client.Send({"SET", "k" + std::to_string(acknowledged),
                     std::string(100'000, 'v')});
        if (!client.Wait())
            break;
    }
    EXPECT_LT(acknowledged, 20);
    Await("the node ends", [&] { return node.Ended().has_value(); });
    EXPECT_EQ(70, WEXITSTATUS(*node.Ended()));
    EXPECT_THAT(node.Obituary(), HasSubstr("the store is full"));
}

// ---- Traces ----

size_t CountKind(const Trace &trace, const std::string &kind)
{
    size_t count = 0;

    for (const TraceEvent &event : trace.events)
        count += event.kind == kind ? 1 : 0;
    return count;
}

TEST(RealTrace, TellsWhatHappenedInTheCommonForm)
{
    RealSetup setup = ClusterSetup();
    setup.traced = true;
    RealCluster cluster(setup);

    cluster.Fault(1, 2, FrameFault::Double);
    cluster.Fault(1, 3, FrameFault::Drop);
    EXPECT_EQ("OK", Ask(cluster, 1, {"SET", "key \"\\\n", "value"}));
    cluster.Cut(2, 3);
    cluster.Join(2, 3);
    cluster.Pause(3);
    cluster.Resume(3);
    cluster.Crash(3);
    cluster.Restart(3);
    cluster.AwaitConnected();
    EXPECT_EQ("\"value\"", Ask(cluster, 3, {"GET", "key \"\\\n"}));

    const Trace trace = ReadTrace(cluster.Trace());
    EXPECT_EQ("real", trace.run.world);
    EXPECT_EQ(3u, trace.run.nodes.size());
    EXPECT_EQ(4u, CountKind(trace, "open"));
    EXPECT_EQ(1u, CountKind(trace, "crash"));
    EXPECT_EQ(1u, CountKind(trace, "cut"));
    EXPECT_EQ(1u, CountKind(trace, "join"));
    EXPECT_EQ(1u, CountKind(trace, "pause"));
    EXPECT_EQ(1u, CountKind(trace, "copy"));
    EXPECT_GE(CountKind(trace, "lose"), 1u);
    EXPECT_EQ(2u, CountKind(trace, "request"));
    EXPECT_EQ(2u, CountKind(trace, "reply"));
    EXPECT_GE(CountKind(trace, "put"), 2u);
    EXPECT_GE(CountKind(trace, "sync"), 2u);

    // Every message that arrives was sent, or is a double; to whom it was.
    std::map<uint64_t, uint64_t> sent;
    std::set<uint64_t> arrived;
    bool keyed = false;
    for (const TraceEvent &event : trace.events) {
        if (event.kind == "send") {
            EXPECT_TRUE(sent.emplace(*event.m, *event.to).second);
            keyed = keyed || event.key == "key \"\\x5c\\x0a";
        } else if (event.kind == "copy") {
            ASSERT_EQ(1u, sent.count(*event.of));
            sent[*event.m] = sent[*event.of];
        } else if (event.kind == "recv") {
            ASSERT_EQ(1u, sent.count(*event.m)) << event.number;
            EXPECT_EQ(sent[*event.m], *event.n);
            EXPECT_TRUE(arrived.insert(*event.m).second);
        }
    }
    EXPECT_TRUE(keyed);
}

} // namespace
} // namespace judge
