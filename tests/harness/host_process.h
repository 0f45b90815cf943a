// host_process.h: the process that student code lives in, seen from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace judge
{

struct HostLimits {
    std::string program;  // empty: that of --host
    int hang_s = 20;      // wall time without an answer to one frame
    int heap_mb = 512;    // what the code may hold
    int output_kb = 64;   // what it may print
    unsigned fill = 0xa5; // what its fresh memory holds
};

// Nothing that comes out of this process is believed: lengths are bounded, time
// is bounded, and an end of any kind becomes a Violation that says which.
class HostProcess
{
  public:
    // Starts the host. Throws InfraError when that is impossible.
    explicit HostProcess(const HostLimits &limits);
    ~HostProcess(); // kills it and reaps it
    HostProcess(const HostProcess &) = delete;
    HostProcess &operator=(const HostProcess &) = delete;

    // Sends one frame and returns the frame that answers it.
    std::vector<uint8_t> Exchange(const std::vector<uint8_t> &frame);

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
    int Reap();
    void Greet();
    void End();

    HostLimits limits_;
    bool greeted_ = false; // it has answered once: now it is student code
    pid_t pid_ = -1;
    int calls_ = -1, answers_ = -1, out_ = -1, err_ = -1; // pipes
    std::string printed_, complained_; // standard output, standard error
};

} // namespace judge
