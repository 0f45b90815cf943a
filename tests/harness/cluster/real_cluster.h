// real_cluster.h: real nodes on this machine: a process each, TCP, disks, and
// faults.
//
//     RealCluster cluster(setup);
//     RespClient client(cluster.ClientPort(1));
//     client.Ask({"SET", "x", "a"});
//     cluster.Crash(2);
//
// Nothing outlives it: no process, port or file, however it ends. The thread
// that makes it has to live as long as it does.
#pragma once

#include "harness/cluster/node_process.h"
#include "harness/cluster/proxy.h"
#include "harness/cluster/workspace.h"
#include "harness/contract.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace judge
{

struct RealSetup {
    std::string node;              // the program dynamo-node
    std::vector<std::string> wrap; // argv put before it (a sandbox)
    std::string program = "register";
    uint32_t nodes = 3; // numbered from 1
    uint32_t n = 3, r = 2, w = 2, f = 0;
    uint32_t retry_ms = 100, give_up_ms = 2000;
    uint32_t sloppy = 1, handoff_ms = 500, sync_ms = 1000; // of failure alone
    uint32_t gossip_ms = 0, first = 0;                     // likewise
    ring_config ring = {RING_TOKENS, 8, 64, 0};
    bool on_disk = true; // LMDB; else the store is lost in a crash
    bool proxied = true; // else nodes talk directly, and no network fault is
    bool traced = false;

    // Its puts carry the context of a get (labs/uv/programs.c).
    bool HasContexts() const
    {
        return program == "vclock" || program == "dvv" || HasHints();
    }
    bool HasHints() const
    {
        return program == "failure";
    }
};

class RealCluster
{
  public:
    // Returns when all nodes run and are connected with one another.
    explicit RealCluster(const RealSetup &setup);
    ~RealCluster();
    RealCluster(const RealCluster &) = delete;
    RealCluster &operator=(const RealCluster &) = delete;

    const RealSetup &Setup() const;
    const std::vector<node_id> &Nodes() const;
    const std::filesystem::path &Folder() const;
    uint16_t ClientPort(node_id node) const; // another after a restart
    uint16_t PeerPort(node_id node) const;
    pid_t Pid(node_id node) const;
    std::filesystem::path StoreFolder(node_id node) const; // if on_disk
    // Which of its disks it has: 1 the first.
    uint32_t DiskOf(node_id node) const;

    // A node is up from its start or restart to its crash or stop.
    bool IsUp(node_id node) const;
    bool IsPaused(node_id node) const;
    void Crash(node_id node);   // SIGKILL
    void Stop(node_id node);    // in good order; throws if that fails
    void Restart(node_id node); // with the store that it left
    // With an empty store, which is its next disk; it crashes first if it is up.
    void RestartEmpty(node_id node);
    void Pause(node_id node); // SIGSTOP
    void Resume(node_id node);

    // The network; only when it is proxied.
    void Cut(node_id from, node_id to); // one way
    void Join(node_id from, node_id to);
    void Delay(node_id from, node_id to, uint32_t ms);
    void Fault(node_id from, node_id to, FrameFault fault, uint64_t k = 1);
    LinkCounts Counts(node_id from, node_id to);

    // Joins all, takes delays back, resumes and restarts all.
    void Heal();

    // Until all that are up and not paused are connected with one another.
    void AwaitConnected();

    // What INFO tells: name and value.
    std::map<std::string, std::string> Info(node_id node);

    // Throws a Violation if a node has ended that nobody ended.
    void ExpectAlive();

    // The whole run as labs/trace/schema.md has it. Of clients there is what
    // TraceEvent was told.
    std::string Trace();
    // An event of the caller's own, in JSON, as {"e":"invoke", ...}; its time
    // is now. `call`, if not empty, tells the nodes' events what `op` is.
    void TraceEvent(const std::string &json, const std::string &call = "",
                    int op = 0);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace judge
