#include "conformance/direct_child.h"

#include "harness/cluster/await.h"
#include "harness/diagnosis.h"
#include "harness/violation.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace judge
{
namespace
{

constexpr size_t kOutputMost = 1 << 20; // bytes

// Between fork and exec, so only system calls.
[[noreturn]] void BecomeChild(pid_t judge, char *const *argv, int output)
{
    const int null = open("/dev/null", O_RDONLY);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == judge && null >= 0 && dup2(null, 0) == 0 &&
        dup2(output, 1) == 1 && dup2(output, 2) == 2) {
        syscall(SYS_close_range, 3u, ~0u, 0u);
        execv(argv[0], argv);
    }
    _exit(125);
}

// All that it prints, until it ends or has been silent for too long.
std::string ReadAll(int from)
{
    const auto patience =
        std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
    std::string text;
    char room[4096];

    while (text.size() < kOutputMost) {
        pollfd waiting = {from, POLLIN, 0};
        const int ready = poll(&waiting, 1, static_cast<int>(patience.count()));

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return text + "\n(nothing more for too long)";
        const ssize_t got = read(from, room, sizeof room);
        if (got <= 0)
            break;
        text.append(room, static_cast<size_t>(got));
    }
    return text;
}

std::string End(int status)
{
    return WIFSIGNALED(status)
               ? "signal " + std::to_string(WTERMSIG(status))
               : "status " + std::to_string(WEXITSTATUS(status));
}

} // namespace

Transcript PlayDirectly(const Script &script, const std::string &program,
                        uint64_t seed)
{
    std::vector<std::string> words = {program, script.Name(),
                                      std::to_string(seed)};
    std::vector<char *> argv;
    Transcript transcript;
    int ends[2], status = 0;

    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    if (pipe2(ends, O_CLOEXEC) != 0)
        throw InfraError(std::string("no pipe: ") + std::strerror(errno));
    const pid_t judge = getpid();
    const pid_t pid = fork();
    if (pid == 0)
        BecomeChild(judge, argv.data(), ends[1]);
    close(ends[1]);
    const std::string output = pid > 0 ? ReadAll(ends[0]) : "";
    close(ends[0]);
    if (pid < 0)
        throw InfraError(std::string("no process: ") + std::strerror(errno));
    kill(pid, SIGKILL); // it has ended, or has to
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    try {
        return Decode(output);
    } catch (const InfraError &) {
        transcript.broke = program + " ended with " + End(status) +
                           "; it printed: " + Tail(Printable(output), 12);
    }
    return transcript;
}

} // namespace judge
