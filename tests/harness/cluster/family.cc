#include "harness/cluster/family.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace judge
{
namespace
{

struct Process {
    pid_t parent = 0;
    char state = 0;
};

bool Read(pid_t pid, Process *process)
{
    std::string line;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), line);
    const size_t end = line.rfind(')'); // the name may hold anything

    return end != std::string::npos &&
           std::sscanf(line.c_str() + end + 1, " %c %d", &process->state,
                       &process->parent) == 2;
}

bool Lives(const Process &process)
{
    return process.state != 'Z' && process.state != 'X';
}

} // namespace

char ProcessState(pid_t pid)
{
    Process process;

    return Read(pid, &process) ? process.state : 0;
}

std::vector<pid_t> Family(pid_t root)
{
    std::multimap<pid_t, pid_t> children;
    std::vector<pid_t> family;
    std::error_code ignored;
    Process process;

    for (const auto &entry :
         std::filesystem::directory_iterator("/proc", ignored)) {
        const pid_t pid = std::atoi(entry.path().filename().c_str());

        if (pid > 0 && Read(pid, &process) && Lives(process))
            children.emplace(process.parent, pid);
    }
    if (Read(root, &process) && Lives(process))
        family.push_back(root);
    for (size_t i = 0; i < family.size(); i++) {
        const auto [first, last] = children.equal_range(family[i]);

        for (auto at = first; at != last; ++at)
            family.push_back(at->second);
    }
    std::reverse(family.begin(), family.end());
    return family;
}

void SignalFamily(pid_t root, int signal)
{
    for (const pid_t pid : Family(root))
        kill(pid, signal);
}

} // namespace judge
