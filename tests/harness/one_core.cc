#include "harness/one_core.h"

#include <cstddef>
#include <cstring>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace judge
{
namespace
{

// Whether the name is ours now. The socket stays open as long as we live.
bool Take(const std::string &name)
{
    sockaddr_un address = {};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                             1 + name.size());
    if (fd >= 0 && bind(fd, reinterpret_cast<sockaddr *>(&address), size) == 0)
        return true;
    close(fd);
    return false;
}

} // namespace

void StayOnOneCore(const std::string &name)
{
    cpu_set_t ours, core;
    const int here = sched_getcpu();

    if (here < 0 || sched_getaffinity(0, sizeof ours, &ours) != 0)
        return;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        const int next = (here + i) % CPU_SETSIZE;

        if (!CPU_ISSET(next, &ours) ||
            !Take(name + "-core-" + std::to_string(next)))
            continue;
        CPU_ZERO(&core);
        CPU_SET(next, &core);
        sched_setaffinity(0, sizeof core, &core);
        return;
    }
}

} // namespace judge
