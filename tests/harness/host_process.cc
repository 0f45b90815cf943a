#include "harness/host_process.h"

#include "harness/diagnosis.h"
#include "harness/options.h"
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
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace judge
{
namespace
{

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 50;
// So long an answer is waited for without a look at what the host prints: most
// come at once, and lockstep lives on few system calls.
constexpr int kQuickMs = 5;
constexpr size_t kFrameMax = 8u << 20; // bytes of one answer

[[noreturn]] void Infra(const std::string &what)
{
    throw InfraError(what + ": " + std::strerror(errno));
}

// Runs in the child, between fork and exec: only the three standard
// descriptors and the channel's two pass through.
[[noreturn]] void BecomeHost(pid_t judge, char *const *argv, int calls,
                             int answers, int out, int err)
{
    const int null = open("/dev/null", O_RDONLY);
    // They may lie in each other's places: lift them first.
    const int c = fcntl(calls, F_DUPFD, 10), a = fcntl(answers, F_DUPFD, 10),
              o = fcntl(out, F_DUPFD, 10), e = fcntl(err, F_DUPFD, 10);

    // A host must not outlive a judge that was killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The sanitizers' settings are the host's own (host/main.c).
    for (const char *name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
        unsetenv(name);
    if (getppid() != judge)
        _exit(125);
    signal(SIGPIPE, SIG_DFL);
    if (null >= 0 && c >= 0 && a >= 0 && o >= 0 && e >= 0 &&
        dup2(null, 0) == 0 && dup2(o, 1) == 1 && dup2(e, 2) == 2 &&
        dup2(c, 3) == 3 && dup2(a, 4) == 4) {
        syscall(SYS_close_range, 5u, ~0u, 0u);
        execvp(argv[0], argv);
    }
    const char text[] = "judge: the host cannot be started\n";
    ssize_t written = write(2, text, sizeof text - 1);
    (void)written;
    _exit(125);
}

struct Pipe {
    int read = -1, write = -1;
};

Pipe MakePipe()
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        Infra("no pipe can be had");
    return {ends[0], ends[1]};
}

void Close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

// What a process and all its descendants use. The host may be a grandchild (a
// sandbox stands between).
struct Usage {
    long resident_mb = 0;
    double cpu_s = 0;
};

Usage UsageOf(pid_t root)
{
    struct Process {
        pid_t parent;
        unsigned long user, system; // clock ticks
        long pages;
    };
    std::map<pid_t, Process> processes;
    DIR *directory = opendir("/proc");
    Usage usage;

    if (directory == nullptr)
        return usage;
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
                        " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu "
                        "%*d %*d %*d %*d %*d %*d %*u %*u %ld",
                        &p.parent, &p.user, &p.system, &p.pages) == 4)
            processes[pid] = p;
    }
    closedir(directory);
    for (const auto &[pid, process] : processes) {
        pid_t at = pid;

        for (int depth = 0; depth < 64 && at != root && at > 1; depth++)
            at = processes.count(at) ? processes[at].parent : 0;
        if (at != root)
            continue;
        usage.resident_mb +=
            process.pages * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
        usage.cpu_s += static_cast<double>(process.user + process.system) /
                       static_cast<double>(sysconf(_SC_CLK_TCK));
    }
    return usage;
}

// Code that hangs in one test mostly hangs in many: from the third time it gets
// less time. Still thousands of times what a call takes.
double CpuLimit(int hangs)
{
    return hangs < 2 ? 3 : 1;
}

int hangs_seen = 0;

// The hosts that somebody still has to wait for.
std::set<pid_t> living;

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

} // namespace

HostProcess::HostProcess(const HostLimits &limits) : limits_(limits)
{
    const Options &options = TheOptions();
    std::vector<std::string> words = options.wrap;
    std::vector<char *> argv;

    words.push_back(limits_.program.empty() ? options.host : limits_.program);
    words.push_back("--heap-mb=" + std::to_string(limits.heap_mb));
    words.push_back("--fill=" + std::to_string(limits.fill));
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    // A host that is gone is told by an error, not by a signal.
    signal(SIGPIPE, SIG_IGN);
    // Two pipes: a message through a pair of sockets costs twice as much.
    Pipe calls = MakePipe(), answers = MakePipe(), out = MakePipe(),
         err = MakePipe();
    const pid_t judge = getpid();
    pid_ = fork();
    if (pid_ > 0)
        living.insert(pid_);
    if (pid_ == 0)
        BecomeHost(judge, argv.data(), calls.read, answers.write, out.write,
                   err.write);
    close(calls.read);
    close(answers.write);
    close(out.write);
    close(err.write);
    calls_ = calls.write;
    answers_ = answers.read;
    out_ = out.read;
    err_ = err.read;
    if (pid_ < 0) {
        const int why = errno;

        End();
        errno = why;
        Infra("no process can be started");
    }
    for (int fd : {calls_, answers_, out_, err_})
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Tells a host that could not be started from student code that ended it.
void HostProcess::Greet()
{
    static const uint8_t greeting[] = "\x0d\0\0\0\x91\x91\xaaheap_count";
    std::vector<uint8_t> answer;

    Pump({greeting, greeting + sizeof greeting - 1}, &answer);
    greeted_ = true;
}

HostProcess::~HostProcess()
{
    End();
}

void HostProcess::End()
{
    if (pid_ > 0)
        kill(pid_, SIGKILL);
    Reap();
    Close(&calls_);
    Close(&answers_);
    Close(&out_);
    Close(&err_);
}

int HostProcess::Reap()
{
    int status = 0;

    if (pid_ > 0)
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR)
            continue;
    living.erase(pid_);
    pid_ = -1;
    ReapOrphans();
    return status;
}

// Takes what the pipes hold.
void HostProcess::Gather()
{
    for (const auto &[fd, text] :
         {std::pair(&out_, &printed_), std::pair(&err_, &complained_)})
        while (*fd >= 0 && Take(fd, text))
            continue;
}

std::string HostProcess::Printed()
{
    Gather();
    return Printable(printed_ + complained_);
}

void HostProcess::ForgetPrinted()
{
    Gather();
    printed_.clear();
    complained_.clear();
}

void HostProcess::Kill(const std::string &kind, const std::string &seen)
{
    kill(pid_, SIGKILL);
    Reap();
    throw Violation{kind, "", seen};
}

// False: there is nothing now.
bool HostProcess::Take(int *fd, std::string *text)
{
    char buffer[16384];
    const ssize_t got = read(*fd, buffer, sizeof buffer);

    if (got > 0)
        text->append(buffer, static_cast<size_t>(got));
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        Close(fd);
    return got > 0;
}

void HostProcess::ReadOutput(int *fd, std::string *text)
{
    Take(fd, text);
    if (printed_.size() + complained_.size() >
        static_cast<size_t>(limits_.output_kb) * 1024)
        Kill("flood", "the code printed more than " +
                          std::to_string(limits_.output_kb) +
                          " KB in one test and was stopped. Is there a print "
                          "in a loop that does not end?\n" +
                          Tail(Printed(), 8));
}

void HostProcess::Watch(double *cpu_at_start)
{
    const Usage usage = UsageOf(pid_);
    const long limit = 2L * limits_.heap_mb + 512;

    if (usage.resident_mb > limit)
        Kill("memory",
             "the process held more than " + std::to_string(limit) +
                 " MB of memory and was stopped. Does a loop that "
                 "allocates not end, or recursion that keeps arrays?");
    if (*cpu_at_start < 0)
        *cpu_at_start = usage.cpu_s;
    if (usage.cpu_s - *cpu_at_start > CpuLimit(hangs_seen))
        Hang(std::to_string(static_cast<int>(CpuLimit(hangs_seen))) +
             " seconds of processor time");
}

void HostProcess::Hang(const std::string &time)
{
    hangs_seen++;
    Kill("hang", "no answer after " + time +
                     ": the last call does not return. Look for a loop whose "
                     "condition never becomes false.");
}

// The far side is gone. What it left tells how it ended.
void HostProcess::Died()
{
    const auto deadline = Clock::now() + std::chrono::seconds(2);

    // The end of the text arrives with the end of the process; a grandchild
    // that keeps the pipe open must not keep us.
    while ((out_ >= 0 || err_ >= 0) && Clock::now() < deadline) {
        pollfd fds[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
        siginfo_t gone = {};

        poll(fds, 2, 20);
        if (fds[0].revents != 0)
            ReadOutput(&out_, &printed_);
        if (fds[1].revents != 0)
            ReadOutput(&err_, &complained_);
        if (fds[0].revents == 0 && fds[1].revents == 0 &&
            waitid(P_PID, static_cast<id_t>(pid_), &gone,
                   WEXITED | WNOHANG | WNOWAIT) == 0 &&
            gone.si_pid == pid_)
            break;
    }
    siginfo_t gone = {};
    while (Clock::now() < deadline && gone.si_pid != pid_) {
        waitid(P_PID, static_cast<id_t>(pid_), &gone,
               WEXITED | WNOHANG | WNOWAIT);
        if (gone.si_pid != pid_)
            usleep(1000);
    }
    if (gone.si_pid != pid_)
        Kill("channel",
             "the code closed the channel to the judge and went on. "
             "Descriptors 0 to 4 belong to the host; leave them alone.");
    const int status = Reap();
    if (!greeted_ && NeverStarted(status, complained_))
        throw InfraError("the host could not be started: " +
                         Tail(Printable(complained_), 5));
    throw DiagnoseEnd(status, printed_, complained_);
}

// Sends what the channel takes of out[*sent...].
void HostProcess::Send(const std::vector<uint8_t> &out, size_t *sent)
{
    const ssize_t put = write(calls_, out.data() + *sent, out.size() - *sent);

    if (put > 0)
        *sent += static_cast<size_t>(put);
    else if (put < 0 && errno != EAGAIN && errno != EINTR)
        Died();
}

// Reads what has come of the answer. True: all of it is there.
bool HostProcess::Receive(std::vector<uint8_t> *in)
{
    uint8_t buffer[65536];
    const ssize_t got = read(answers_, buffer, sizeof buffer);
    uint32_t size;

    if (got > 0)
        in->insert(in->end(), buffer, buffer + got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        Died();
    if (in->size() < sizeof size)
        return false;
    std::memcpy(&size, in->data(), sizeof size);
    if (size == 0 || size > kFrameMax)
        Kill("channel", "the answer on the host's channel is not an answer: "
                        "its length field says " +
                            std::to_string(size) +
                            ". Only the host writes to descriptor 4.");
    if (in->size() > sizeof size + size)
        Kill("channel", "more came on the host's channel than the answer. Only "
                        "the host writes to descriptor 4.");
    return in->size() == sizeof size + size;
}

void HostProcess::Pump(const std::vector<uint8_t> &out,
                       std::vector<uint8_t> *in)
{
    // Time in which nothing came, counted in polls: a judge that was kept from
    // running must not take its own absence for the host's.
    int idle_polls = 0;
    auto next_watch = Clock::now() + std::chrono::milliseconds(100);
    double cpu_at_start = -1;
    size_t sent = 0;

    in->clear();
    Send(out, &sent);
    pollfd answer = {answers_, POLLIN, 0};
    bool whole =
        sent == out.size() && poll(&answer, 1, kQuickMs) > 0 && Receive(in);
    while (!whole) {
        const int sending = sent < out.size() ? calls_ : -1;
        pollfd fds[4] = {{answers_, POLLIN, 0},
                         {out_, POLLIN, 0},
                         {err_, POLLIN, 0},
                         {sending, POLLOUT, 0}};

        if (poll(fds, 4, kPollMs) == 0)
            idle_polls++;
        if (fds[1].revents != 0)
            ReadOutput(&out_, &printed_);
        if (fds[2].revents != 0)
            ReadOutput(&err_, &complained_);
        if (fds[3].revents != 0)
            Send(out, &sent);
        if (fds[0].revents != 0)
            whole = Receive(in);
        if (whole)
            break;
        // A grandchild may hold the channel open for a host that is gone.
        siginfo_t gone = {};
        if (fds[0].revents == 0 &&
            waitid(P_PID, static_cast<id_t>(pid_), &gone,
                   WEXITED | WNOHANG | WNOWAIT) == 0 &&
            gone.si_pid == pid_)
            Died();
        if (Clock::now() > next_watch) {
            Watch(&cpu_at_start);
            next_watch = Clock::now() + std::chrono::milliseconds(100);
        }
        const bool over = idle_polls * kPollMs > limits_.hang_s * 1000;
        if (over && !in->empty())
            Kill("channel", "an answer on the host's channel stops in its "
                            "middle. Only the host writes to descriptor 4.");
        if (over)
            Hang(std::to_string(limits_.hang_s) + " seconds");
    }
    in->erase(in->begin(), in->begin() + 4);
}

std::vector<uint8_t> HostProcess::Exchange(const std::vector<uint8_t> &frame)
{
    std::vector<uint8_t> out(4), in;
    const uint32_t size = static_cast<uint32_t>(frame.size());

    if (!greeted_)
        Greet();
    std::memcpy(out.data(), &size, 4);
    out.insert(out.end(), frame.begin(), frame.end());
    Pump(out, &in);
    return in;
}

} // namespace judge
