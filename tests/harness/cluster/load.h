// load.h: clients of a real cluster, and the history of what they asked and
// were told.
#pragma once

#include "check/history.h"
#include "harness/cluster/real_cluster.h"
#include "harness/cluster/resp_client.h"

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace judge
{

struct LoadSetup {
    int clients = 8;
    std::vector<std::string> keys = {"x", "y", "z"};
    uint32_t puts_percent = 50;
    uint64_t seed = 1;
    // By DYN.GET and DYN.PUT: a put carries the context of its client's last get of
    // that key, if there was one that succeeded. Else by GET and SET.
    bool contexts = false;
    // After so long a client stops waiting; the outcome stays unknown.
    std::chrono::milliseconds patience{10'000};
};

// Each client has one operation under way at a time, at a node that it draws.
// All of it happens in the caller's thread, within Run and Drain, so that
// positions in the history are in the order of time.
class Load
{
  public:
    Load(RealCluster *cluster, const LoadSetup &setup);

    // Until so many more operations have come to an end, or for so long.
    void Run(size_t operations, std::chrono::milliseconds at_most);
    // Until no operation is under way; no new ones are begun.
    void Drain();
    // Gets every key through every node, until that succeeds, as it soon must;
    // nothing else may be under way.
    void ReadAll();

    // From now on of these keys.
    void Keys(std::vector<std::string> keys);

    const History &Operations() const
    {
        return history_;
    }
    // What is invoked from now on has this position or a later one.
    uint64_t NextPosition() const
    {
        return position_ + 1;
    }
    size_t Answered() const // with DYN_OK
    {
        return answered_;
    }

  private:
    struct Connection {
        std::unique_ptr<RespClient> resp;
        uint64_t sent = 0; // commands
    };
    struct Client {
        std::map<node_id, Connection> connections;
        Connection *connection = nullptr; // in use, one of them
        node_id node = 0;
        int operation = -1;
        std::chrono::steady_clock::time_point began;
        struct Read {
            int get;
            std::string context;
        };
        std::map<std::string, Read> read; // by key
    };

    Connection *Connect(Client *client, node_id node);
    void Begin(Client *client, int number);
    void Invoke(Client *client, int number, bool is_put,
                const std::string &key);
    void Read(Client *reader, const std::string &key);
    bool Look(Client *client); // whether an operation came to an end
    void Return(Client *client, const RespAnswer &answer);
    void Abandon(Client *client);
    void WaitForAnything(int ms);
    uint64_t Draw(uint64_t bound);

    RealCluster *cluster_;
    LoadSetup setup_;
    std::mt19937_64 random_;
    std::vector<Client> clients_;
    History history_;
    uint64_t position_ = 0;
    size_t answered_ = 0;
};

} // namespace judge
