// nursery.h: the process that hosts are forked from, seen from outside.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace judge
{

// See labs/host/nursery.h. What comes out of it is as little believed as what comes
// out of a host: it is a program with student code in it, too.
class Nursery
{
  public:
    using Clock = std::chrono::steady_clock;

    // The one of that place that runs this argv; started if there is none that
    // lives. Throws InfraError when no process can be had.
    static std::shared_ptr<Nursery> Of(const std::vector<std::string> &argv,
                                       unsigned place);

    explicit Nursery(const std::vector<std::string> &argv);
    ~Nursery();
    Nursery(const Nursery &) = delete;
    Nursery &operator=(const Nursery &) = delete;

    // Asks for a host with these descriptors, which stay the caller's: calls,
    // answers, output, complaints. Returns its number. Where the nursery is gone
    // the far ends of the descriptors are simply closed, as a host's that ended.
    size_t Fork(const std::array<int, 4> &fds);

    // How a host has ended, as waitpid tells it. Nothing: not by `until`, or the
    // nursery is gone. Throws InfraError when the host could not be forked.
    std::optional<int> Wait(size_t host, Clock::time_point until);

    struct Usage {
        long resident_mb = 0;
        double cpu_s = 0;
        bool is_over = false; // ended, and nobody asked how
    };
    Usage UsageOf(size_t host);

    bool Lives() const;

    // Kills it, and all its hosts with it.
    void End();

    // Ends all of them, and waits (2 s at most) until no child of the judge's is
    // left: to be called before it exits.
    static void EndAll();

    // Tells how it ended where it was not asked to: throws InfraError when it was
    // never there, else the Violation, which quotes what a host printed.
    [[noreturn]] void Died(const std::string &printed, std::string complained);

  private:
    std::optional<int> Answer(Clock::time_point until);
    std::optional<int> PidOf(size_t host, Clock::time_point until);
    bool HasEnded() const;
    void Gather();

    pid_t judge_, pid_ = -1;
    int control_ = -1, err_ = -1;
    bool closed_ = false;     // the socket's far end
    int status_ = 0;          // once pid_ is gone
    std::vector<int> forked_; // what was answered to each Fork
    size_t asked_ = 0;        // Forks
    std::string complained_;
};

} // namespace judge
