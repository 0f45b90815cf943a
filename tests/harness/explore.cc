#include "harness/explore.h"

#include "harness/options.h"
#include "harness/violation.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace judge
{
namespace
{

constexpr int kReport = 3;            // the child's descriptor
constexpr int kHangMs = 20 * 1000;    // without a line
constexpr size_t kLineMost = 4 << 20; // bytes
constexpr int kShrinkAttempts = 4000;
constexpr int kShrinkSeconds = 15;

void Say(const std::string &line)
{
    size_t sent = 0;

    while (sent < line.size()) {
        const ssize_t put =
            write(kReport, line.data() + sent, line.size() - sent);

        if (put > 0)
            sent += static_cast<size_t>(put);
        else if (errno != EINTR)
            _exit(1);
    }
}

// One run: what was violated, if anything, and the choices that were taken.
std::optional<Violation> RunOnce(TrialBody body, Choices choices,
                                 std::vector<uint64_t> *taken, uint64_t *events)
{
    Trial trial(nullptr, std::move(choices));
    std::optional<Violation> violation;

    try {
        body(trial);
    } catch (const Violation &broken) {
        violation = broken;
    } catch (const Seen &) {
        // Another run goes on as this one would.
    }
    *taken = trial.TheChoices().Taken();
    *events += trial.Events();
    return violation;
}

[[noreturn]] void BecomeChild(pid_t judge, std::vector<char *> &argv,
                              int report)
{
    const int null = open("/dev/null", O_RDWR);
    const int lifted = fcntl(report, F_DUPFD, 10);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == judge && null >= 0 && lifted >= 0 && dup2(null, 0) == 0 &&
        dup2(null, 1) == 1 && dup2(null, 2) == 2 &&
        dup2(lifted, kReport) == kReport) {
        syscall(SYS_close_range, 4u, ~0u, 0u);
        execv(argv[0], argv.data());
    }
    _exit(125);
}

// "found NUMBER SIMPLIFIED CHOICE ..."
std::optional<Found> ReadFound(const std::string &line)
{
    std::istringstream in(line);
    std::string word;
    Found found;
    uint64_t choice;

    in >> word >> found.number >> found.simplified;
    if (word != "found" || !in)
        return std::nullopt;
    while (in >> choice)
        found.choices.push_back(choice);
    return found;
}

} // namespace

std::optional<Found> ExploreDirectly(const std::string &test, uint64_t first,
                                     uint64_t cases)
{
    const Options &options = TheOptions();
    std::vector<std::string> words = {options.direct,
                                      "--explore",
                                      "--gtest_filter=" + test,
                                      "--lab=" + options.lab,
                                      "--seed=" + std::to_string(options.seed),
                                      "--first=" + std::to_string(first),
                                      "--cases=" + std::to_string(cases),
                                      "--nemesis=" + options.nemesis,
                                      "--host=none"};
    std::vector<char *> argv;
    std::optional<Found> found;
    std::optional<uint64_t> at;
    std::string text;
    int ends[2];
    bool done = false;

    if (options.direct.empty() || pipe2(ends, O_CLOEXEC) != 0)
        return std::nullopt;
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t judge = getpid();
    const pid_t pid = fork();
    if (pid == 0)
        BecomeChild(judge, argv, ends[1]);
    close(ends[1]);
    while (pid > 0) {
        pollfd waiting = {ends[0], POLLIN, 0};
        char buffer[65536];

        const int ready = poll(&waiting, 1, kHangMs);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            break; // it hangs, in the case that it named last
        const ssize_t got = read(ends[0], buffer, sizeof buffer);
        if (got <= 0 || text.size() > kLineMost)
            break;
        text.append(buffer, static_cast<size_t>(got));
        for (size_t end; (end = text.find('\n')) != std::string::npos;) {
            const std::string line = text.substr(0, end);

            text.erase(0, end + 1);
            if (line.rfind("at ", 0) == 0)
                at = std::strtoull(line.c_str() + 3, nullptr, 10);
            else if (line.rfind("found ", 0) == 0)
                found = ReadFound(line);
            else if (line.rfind("none ", 0) == 0)
                done = true;
        }
    }
    close(ends[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR)
            continue;
    }
    // It died or hung: in isolation we shall see why.
    if (!found && !done && at)
        found = Found{*at, {}, 0};
    return found;
}

std::string TraceHere(TrialBody body, Choices choices, const std::string &head)
{
    Trial trial(nullptr, std::move(choices));

    trial.Trace(head);
    try {
        body(trial);
    } catch (const Violation &) {
        // It stands on the trace.
    }
    return trial.TheTrace();
}

void ExploreHere(TrialBody body, Cases *cases)
{
    std::vector<uint64_t> taken;
    uint64_t events = 0;

    while (cases->Next()) {
        Say("at " + std::to_string(cases->Number()) + "\n");
        const auto broken = RunOnce(body, cases->TheChoices(), &taken, &events);
        if (!broken)
            continue;
        int steps = 0;
        const auto patience = std::chrono::steady_clock::now() +
                              std::chrono::seconds(kShrinkSeconds);
        const std::vector<uint64_t> best =
            Shrink(taken, kShrinkAttempts, &steps,
                   [&](std::vector<uint64_t> &candidate) {
                       if (std::chrono::steady_clock::now() > patience)
                           return false;
                       Say("at " + std::to_string(cases->Number()) + "\n");
                       const auto again = RunOnce(body, Choices(candidate),
                                                  &candidate, &events);

                       return again && again->kind == broken->kind &&
                              again->expected == broken->expected;
                   });
        std::string line = "found " + std::to_string(cases->Number()) + " " +
                           std::to_string(steps);
        for (const uint64_t choice : best)
            line += " " + std::to_string(choice);
        Say(line + "\n");
        return;
    }
    Say("none " + std::to_string(events) + "\n");
}

} // namespace judge
