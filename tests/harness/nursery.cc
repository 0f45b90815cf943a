#include "harness/nursery.h"

#include "harness/diagnosis.h"
#include "harness/violation.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <poll.h>
#include <set>
#include <sstream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace judge
{
namespace
{

constexpr size_t kComplaintsMost = 64u << 10; // bytes that are kept
constexpr Nursery::Clock::time_point kAtOnce{};
constexpr auto kPatience = std::chrono::seconds(5); // with a sandbox that ends
constexpr auto kParting =
    std::chrono::seconds(2); // with hosts that were killed

[[noreturn]] void Infra(const std::string &what)
{
    throw InfraError(what + ": " + std::strerror(errno));
}

// Runs in the child, between fork and exec: only the three standard
// descriptors and the socket pass through.
[[noreturn]] void Become(pid_t judge, char *const *argv, int control, int err)
{
    const int null = open("/dev/null", O_RDWR);
    // They may lie in each other's places: lift them first.
    const int c = fcntl(control, F_DUPFD, 10), e = fcntl(err, F_DUPFD, 10);

    // A nursery must not outlive a judge that was killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The sanitizers' settings are the host's own (host/main.c).
    for (const char *name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
        unsetenv(name);
    if (getppid() != judge)
        _exit(125);
    signal(SIGPIPE, SIG_DFL);
    if (null >= 0 && c >= 0 && e >= 0 && dup2(null, 0) == 0 &&
        dup2(null, 1) == 1 && dup2(e, 2) == 2 && dup2(c, 3) == 3) {
        syscall(SYS_close_range, 4u, ~0u, 0u);
        execvp(argv[0], argv);
    }
    const char text[] = "judge: the host cannot be started\n";
    ssize_t written = write(2, text, sizeof text - 1);
    (void)written;
    _exit(125);
}

struct Process {
    pid_t parent;
    char state;
    unsigned long user, system; // clock ticks
    long pages;
};

std::map<pid_t, Process> AllProcesses()
{
    std::map<pid_t, Process> processes;
    DIR *directory = opendir("/proc");

    if (directory == nullptr)
        return processes;
    while (const dirent *entry = readdir(directory)) {
        const pid_t pid = std::atoi(entry->d_name);
        std::string line;

        if (pid <= 0 ||
            !std::getline(
                std::ifstream("/proc/" + std::to_string(pid) + "/stat"), line))
            continue;
        const size_t end = line.rfind(')');
        Process p;
        if (end != std::string::npos &&
            std::sscanf(line.c_str() + end + 1,
                        " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu "
                        "%*d %*d %*d %*d %*d %*d %*u %*u %ld",
                        &p.state, &p.parent, &p.user, &p.system, &p.pages) == 5)
            processes[pid] = p;
    }
    closedir(directory);
    return processes;
}

bool Descends(const std::map<pid_t, Process> &processes, pid_t pid, pid_t root)
{
    for (int depth = 0; depth < 64 && pid != root && pid > 1; depth++) {
        const auto process = processes.find(pid);

        pid = process == processes.end() ? 0 : process->second.parent;
    }
    return pid == root;
}

// A process's numbers, from the outermost namespace (ours) to its own.
std::vector<pid_t> NumbersOf(pid_t pid)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::vector<pid_t> numbers;
    std::string line;

    while (std::getline(status, line))
        if (line.rfind("NSpid:", 0) == 0) {
            std::istringstream words(line.substr(6));

            for (pid_t number; words >> number;)
                numbers.push_back(number);
        }
    return numbers;
}

// The nurseries that somebody still has to wait for.
std::set<pid_t> living;

// By what they run, and their place.
std::map<std::pair<std::vector<std::string>, unsigned>,
         std::shared_ptr<Nursery>>
    all;

// A sandbox that is killed leaves a process of its own behind, which dies and
// comes to us (main makes the judge a subreaper): in a container nobody else
// might take it away.
void ReapOrphans()
{
    siginfo_t gone = {};

    while (waitid(P_ALL, 0, &gone, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           gone.si_pid > 0 && living.count(gone.si_pid) == 0) {
        waitpid(gone.si_pid, nullptr, 0);
        gone = {};
    }
}

int MillisecondsUntil(Nursery::Clock::time_point until)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        until - Nursery::Clock::now());

    return static_cast<int>(std::max<long long>(0, left.count()));
}

} // namespace

std::shared_ptr<Nursery> Nursery::Of(const std::vector<std::string> &argv,
                                     unsigned place)
{
    std::shared_ptr<Nursery> &nursery = all[{argv, place}];

    // A child of the judge's must not share the socket with it.
    if (nursery == nullptr || nursery->judge_ != getpid() || !nursery->Lives())
        nursery = std::make_shared<Nursery>(argv);
    return nursery;
}

Nursery::Nursery(const std::vector<std::string> &argv) : judge_(getpid())
{
    std::vector<std::string> words = argv;
    std::vector<char *> pointers;
    int sockets[2], err[2];

    for (std::string &word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    signal(SIGPIPE, SIG_IGN);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        Infra("no socket can be had");
    if (pipe2(err, O_CLOEXEC | O_NONBLOCK) != 0) {
        const int why = errno;

        close(sockets[0]);
        close(sockets[1]);
        errno = why;
        Infra("no pipe can be had");
    }
    pid_ = fork();
    if (pid_ == 0)
        Become(judge_, pointers.data(), sockets[1], err[1]);
    const int why = errno;
    close(sockets[1]);
    close(err[1]);
    control_ = sockets[0];
    err_ = err[0];
    if (pid_ < 0) {
        close(control_);
        close(err_);
        errno = why;
        Infra("no process can be started");
    }
    living.insert(pid_);
}

Nursery::~Nursery()
{
    if (judge_ == getpid())
        End();
    close(control_);
    close(err_);
}

void Nursery::End()
{
    if (pid_ <= 0)
        return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR)
        continue;
    living.erase(pid_);
    pid_ = -1;
    ReapOrphans();
}

void Nursery::EndAll()
{
    const auto deadline = Clock::now() + kParting;
    pid_t gone = 0;

    for (const auto &[key, nursery] : all)
        if (nursery->judge_ == getpid())
            nursery->End();
    // The kernel kills a nursery's hosts when it ends, but does not wait for them.
    while (gone >= 0 && Clock::now() < deadline) {
        gone = waitpid(-1, nullptr, WNOHANG);
        if (gone == 0)
            usleep(1000);
    }
}

bool Nursery::HasEnded() const
{
    siginfo_t gone = {};

    return pid_ <= 0 || (waitid(P_PID, static_cast<id_t>(pid_), &gone,
                                WEXITED | WNOHANG | WNOWAIT) == 0 &&
                         gone.si_pid == pid_);
}

bool Nursery::Lives() const
{
    return !closed_ && !HasEnded();
}

size_t Nursery::Fork(const std::array<int, 4> &fds)
{
    char kind = 'F';
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof fds)] = {};
    iovec part = {&kind, 1};
    msghdr message = {};

    // The answers that have come are taken: else the nursery would wait for room.
    while (forked_.size() < asked_ && Answer(kAtOnce))
        continue;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fds);
    std::memcpy(CMSG_DATA(head), fds.data(), sizeof fds);
    while (sendmsg(control_, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
        continue;
    return asked_++;
}

// The next answer, which is kept if it answers a Fork. Nothing: it has not come by
// `until`, or never will.
std::optional<int> Nursery::Answer(Clock::time_point until)
{
    for (;;) {
        pollfd answer = {control_, POLLIN, 0};
        int value;

        const int ready = poll(&answer, 1, MillisecondsUntil(until));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return {};
        if (recv(control_, &value, sizeof value, MSG_DONTWAIT) !=
            sizeof value) {
            closed_ = true;
            return {};
        }
        if (forked_.size() < asked_)
            forked_.push_back(value);
        return value;
    }
}

std::optional<int> Nursery::PidOf(size_t host, Clock::time_point until)
{
    while (forked_.size() <= host)
        if (!Answer(until))
            return {};
    return forked_[host];
}

std::optional<int> Nursery::Wait(size_t host, Clock::time_point until)
{
    const std::optional<int> pid = PidOf(host, until);
    char request[1 + sizeof(int)] = {'W'};

    if (!pid || (asked_ > 0 && !PidOf(asked_ - 1, until)))
        return {};
    if (*pid <= 0)
        throw InfraError(std::string("no process can be started: ") +
                         std::strerror(-*pid));
    std::memcpy(request + 1, &*pid, sizeof *pid);
    if (send(control_, request, sizeof request, MSG_NOSIGNAL) < 0)
        return {};
    const std::optional<int> status = Answer(until);
    if (!status)
        return {};
    if (*status < 0)
        throw Violation{
            "channel", "",
            "the process of a host is gone, and nobody knows how it "
            "ended. Only the host may start and end processes.\n"};
    return status;
}

Nursery::Usage Nursery::UsageOf(size_t host)
{
    const std::map<pid_t, Process> processes = AllProcesses();
    const std::optional<int> inner = PidOf(host, kAtOnce);
    pid_t root = pid_;
    Usage usage;
    size_t deepest = 0;

    Gather();
    // It tells its number in its own namespace; where that cannot be found all of
    // the nursery's are counted.
    for (const auto &[pid, process] : processes) {
        if (pid_ <= 0 || pid == pid_ || !Descends(processes, pid, pid_))
            continue;
        const std::vector<pid_t> numbers = NumbersOf(pid);
        if (inner && numbers.size() > deepest && numbers.back() == *inner) {
            deepest = numbers.size();
            root = pid;
            usage.is_over = process.state == 'Z' || process.state == 'X';
        }
    }
    for (const auto &[pid, process] : processes)
        if (root > 0 && Descends(processes, pid, root)) {
            usage.resident_mb +=
                process.pages * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
            usage.cpu_s += static_cast<double>(process.user + process.system) /
                           static_cast<double>(sysconf(_SC_CLK_TCK));
        }
    return usage;
}

// Takes what it and its sandbox complain of, so that they never wait for room.
void Nursery::Gather()
{
    char buffer[4096];
    ssize_t got;

    while ((got = read(err_, buffer, sizeof buffer)) > 0)
        if (complained_.size() < kComplaintsMost)
            complained_.append(buffer, static_cast<size_t>(got));
}

void Nursery::Died(const std::string &printed, std::string complained)
{
    const auto deadline = Clock::now() + kPatience;

    while (forked_.size() < asked_ && Answer(kAtOnce))
        continue;
    // Its sandbox ends after it, and says why.
    while (!HasEnded() && Clock::now() < deadline) {
        Gather();
        usleep(1000);
    }
    const bool was_there = !forked_.empty();
    End();
    Gather();
    complained += complained_;
    if (!was_there && NeverStarted(status_, complained))
        throw InfraError("the host could not be started: " +
                         Tail(Printable(complained), 5));
    throw DiagnoseEnd(status_, printed, complained);
}

} // namespace judge
