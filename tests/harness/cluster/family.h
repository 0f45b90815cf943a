// family.h: a process and all its descendants.
#pragma once

#include <sys/types.h>
#include <vector>

namespace judge
{

// Those that live now, the descendants first. A zombie does not live.
std::vector<pid_t> Family(pid_t root);

// Sends each of them a signal.
void SignalFamily(pid_t root, int signal);

// The state letter of /proc/PID/stat, or 0 when there is no such process.
char ProcessState(pid_t pid);

} // namespace judge
