#include "harness/cluster/node_process.h"

#include "harness/cluster/await.h"
#include "harness/cluster/family.h"
#include "harness/violation.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
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

constexpr size_t kLogShown = 2000; // bytes

// Runs in the child, between fork and exec; other threads may have held locks,
// so that only system calls are made. The control channel becomes 3.
[[noreturn]] void BecomeNode(pid_t parent, char *const *argv, int control,
                             int log)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(125);
    const int null = open("/dev/null", O_RDONLY);
    const int c = fcntl(control, F_DUPFD, 10), l = fcntl(log, F_DUPFD, 10),
              n = fcntl(null, F_DUPFD, 10);

    if (c >= 0 && l >= 0 && n >= 0 && dup2(n, 0) == 0 && dup2(l, 1) == 1 &&
        dup2(l, 2) == 2 && dup2(c, 3) == 3) {
        syscall(SYS_close_range, 4u, ~0u, 0u);
        execvp(argv[0], argv);
    }
    const char text[] = "the program cannot be started\n";
    const ssize_t written = write(2, text, sizeof text - 1);
    (void)written;
    _exit(127);
}

} // namespace

NodeProcess::NodeProcess(std::vector<std::string> argv,
                         std::filesystem::path log)
    : log_(std::move(log))
{
    std::vector<char *> pointers;
    int ends[2];

    argv.push_back("--control-fd=3");
    for (std::string &word : argv)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);

    const int out =
        open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (out < 0)
        throw InfraError("no log " + log_.string() + ": " +
                         std::strerror(errno));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        close(out);
        throw InfraError(std::string("no channel to a node: ") +
                         std::strerror(errno));
    }
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0)
        BecomeNode(parent, pointers.data(), ends[1], out);
    close(ends[1]);
    close(out);
    control_ = ends[0];
    if (pid_ < 0) {
        HangUp();
        throw InfraError(std::string("no process for a node: ") +
                         std::strerror(errno));
    }
}

NodeProcess::~NodeProcess()
{
    try {
        Kill();
    } catch (const InfraError &error) {
        std::fprintf(stderr, "judge: %s\n", error.what());
    }
}

void NodeProcess::HangUp()
{
    if (control_ >= 0)
        close(control_);
    control_ = -1;
}

void NodeProcess::AwaitPorts()
{
    std::string line;
    unsigned id, peer, client;
    char byte;

    Await(
        "a node says where it listens",
        [&] {
            ssize_t got;

            while ((got = recv(control_, &byte, 1, MSG_DONTWAIT)) == 1 &&
                   byte != '\n')
                line += byte;
            if (got < 0 && errno != EAGAIN && errno != EINTR)
                got = 0;
            if (got == 0)
                Await("a node without a channel ends",
                      [&] { return Ended().has_value(); });
            if (got == 0)
                throw InfraError("a node did not begin: " + Obituary());
            return got == 1;
        },
        kPatience);
    if (std::sscanf(line.c_str(), "node %u peer %u client %u", &id, &peer,
                    &client) != 3 ||
        peer == 0 || peer > UINT16_MAX || client == 0 || client > UINT16_MAX)
        throw InfraError("a node said '" + line + "', not where it listens");
    peer_port_ = static_cast<uint16_t>(peer);
    client_port_ = static_cast<uint16_t>(client);
}

void NodeProcess::Say(const std::string &line)
{
    if (control_ >= 0 &&
        send(control_, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) <
            0 &&
        errno != EPIPE && errno != ECONNRESET)
        throw InfraError(std::string("a node does not take a line: ") +
                         std::strerror(errno));
}

void NodeProcess::TellPeer(node_id peer, uint16_t port)
{
    Say("peer " + std::to_string(peer) + " 127.0.0.1 " + std::to_string(port) +
        "\n");
}

void NodeProcess::Pause()
{
    SignalFamily(pid_, SIGSTOP);
    Await("a node stands still", [&] {
        for (const pid_t pid : Family(pid_))
            if (ProcessState(pid) != 'T')
                return false;
        return true;
    });
}

void NodeProcess::Resume()
{
    SignalFamily(pid_, SIGCONT);
    Await("a node goes on", [&] {
        for (const pid_t pid : Family(pid_))
            if (ProcessState(pid) == 'T')
                return false;
        return true;
    });
}

// A wrapper's descendants are not ours to reap, but have to be gone: they hold
// the ports and the store.
void NodeProcess::Kill()
{
    if (pid_ > 0 && !Ended()) {
        const std::vector<pid_t> family = Family(pid_);

        for (const pid_t pid : family)
            kill(pid, SIGKILL);
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR)
            continue;
        status_ = status;
        Await("a killed node is gone", [&] {
            for (const pid_t pid : family) {
                const char state = pid == pid_ ? char{0} : ProcessState(pid);

                if (state != 0 && state != 'Z' && state != 'X')
                    return false;
            }
            return true;
        });
    }
    HangUp();
}

int NodeProcess::Stop()
{
    Say("stop\n");
    Await("a node stops", [&] { return Ended().has_value(); });
    HangUp();
    return *status_;
}

std::optional<int> NodeProcess::Ended()
{
    int status = 0;

    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_)
        status_ = status;
    return status_;
}

std::string NodeProcess::Obituary()
{
    std::ostringstream text;
    std::ifstream file(log_);
    const auto status = Ended();

    if (!status)
        text << "it lives";
    else if (WIFSIGNALED(*status))
        text << "signal " << WTERMSIG(*status);
    else
        text << "status " << WEXITSTATUS(*status);
    std::string log((std::istreambuf_iterator<char>(file)), {});
    if (log.size() > kLogShown)
        log.erase(0, log.size() - kLogShown);
    if (!log.empty())
        text << "; it printed: " << log;
    return text.str();
}

} // namespace judge
