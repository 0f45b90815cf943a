// host_process.h: the process that student code lives in, seen from outside.
#pragma once

#include "harness/nursery.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace judge
{

struct HostLimits {
    std::string program;  // empty: that of --host
    int hang_s = 20;      // wall time without an answer to one frame
    int heap_mb = 512;    // what the code may hold
    int output_kb = 64;   // what it may print
    unsigned fill = 0xa5; // what its fresh memory holds
    unsigned place =
        0; // hosts of different places come from different nurseries
};

// Nothing that comes out of this process is believed: lengths are bounded, time
// is bounded, and an end of any kind becomes a Violation that says which.
class HostProcess
{
  public:
    // Asks for the host, and does not wait until it is there: that it could not
    // be started is told by the first Exchange. Throws InfraError when it cannot
    // even be asked for.
    explicit HostProcess(const HostLimits &limits);
    ~HostProcess(); // ends it
    HostProcess(const HostProcess &) = delete;
    HostProcess &operator=(const HostProcess &) = delete;

    // Sends one frame and returns the frame that answers it. Throws a Violation
    // when the host ends instead (with its nursery, and so with all hosts of it,
    // where it had to be killed), or InfraError when no host could be started.
    std::vector<uint8_t> Exchange(const std::vector<uint8_t> &frame);

    // False: its nursery is gone, and it with it.
    bool Lives() const
    {
        return nursery_->Lives();
    }

    // What the student's code has printed so far, made printable.
    std::string Printed();
    void ForgetPrinted();

  private:
    void Pump(const std::vector<uint8_t> &out, std::vector<uint8_t> *in);
    void Send(const std::vector<uint8_t> &out, size_t *sent);
    bool Receive(std::vector<uint8_t> *in);
    void Gather();
    static bool Take(int *fd, std::string *text);
    void ReadOutput(int *fd, std::string *text);
    void Watch(double *cpu_at_start); // memory and processor time
    [[noreturn]] void Hang(const std::string &time);
    [[noreturn]] void Kill(const std::string &kind, const std::string &seen);
    [[noreturn]] void Died();

    HostLimits limits_;
    std::shared_ptr<Nursery> nursery_;
    size_t number_ = 0; // among the hosts of the nursery
    int calls_ = -1, answers_ = -1, out_ = -1, err_ = -1; // pipes
    std::string printed_, complained_; // standard output, standard error
};

} // namespace judge
