// node_process.h: one dynamo-node, from its start to its end.
#pragma once

#include "harness/contract.h"

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace judge
{

// The thread that makes one must live as long as the process: the kernel kills
// the process with it, so that nothing is left behind.
class NodeProcess
{
  public:
    // Starts argv, which gets --control-fd=3 added. What it prints is appended
    // to the file `log`.
    NodeProcess(std::vector<std::string> argv, std::filesystem::path log);
    ~NodeProcess(); // kills it and reaps it
    NodeProcess(const NodeProcess &) = delete;
    NodeProcess &operator=(const NodeProcess &) = delete;

    // Waits until it has said where it listens.
    void AwaitPorts();
    uint16_t PeerPort() const
    {
        return peer_port_;
    }
    uint16_t ClientPort() const
    {
        return client_port_;
    }
    pid_t Pid() const
    {
        return pid_;
    }

    // Tells it where a peer listens. One that is dead does not mind.
    void TellPeer(node_id peer, uint16_t port);

    void Pause();  // until it stands still
    void Resume(); // until it runs
    void Kill();   // by SIGKILL, until it is reaped
    int Stop();    // in good order; what waitpid tells
    void HangUp(); // closes its channel, at whose end it has to end itself

    // What waitpid tells, once it has ended.
    std::optional<int> Ended();

    // "signal 11" or "status 70", and the end of what it printed.
    std::string Obituary();

  private:
    void Say(const std::string &line);

    std::filesystem::path log_;
    pid_t pid_ = -1;
    int control_ = -1;
    uint16_t peer_port_ = 0, client_port_ = 0;
    std::optional<int> status_;
};

} // namespace judge
