#include "harness/cluster/workspace.h"

#include "harness/violation.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace judge
{
namespace
{

constexpr int kTries = 100;

// The locked folder, or -1: somebody has it, it is gone, or not ours.
int Lock(const fs::path &folder)
{
    const int fd =
        open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat opened, named;

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &opened) == 0 &&
        opened.st_uid == geteuid() && stat(folder.c_str(), &named) == 0 &&
        named.st_ino == opened.st_ino)
        return fd;
    close(fd);
    return -1;
}

// What nobody holds has lost its owner.
void Sweep()
{
    const std::string prefix = Workspace::Prefix().filename();
    std::error_code ignored;

    for (fs::directory_iterator at(Workspace::Prefix().parent_path(), ignored),
         end;
         at != end; at.increment(ignored)) {
        const std::string name = at->path().filename();

        if (name.compare(0, prefix.size(), prefix) != 0)
            continue;
        const int fd = Lock(at->path());
        if (fd < 0)
            continue;
        fs::remove_all(at->path(), ignored);
        close(fd);
    }
}

} // namespace

fs::path Workspace::Prefix()
{
    return fs::temp_directory_path() / "dynamo-cluster.";
}

Workspace::Workspace()
{
    Sweep();
    // Somebody else's sweep may come between making and locking it.
    for (int i = 0; i < kTries && lock_ < 0; i++) {
        std::string name = Prefix().string() + "XXXXXX";

        if (mkdtemp(name.data()) == nullptr)
            throw InfraError("no folder " + name +
                             " can be made: " + std::strerror(errno));
        path_ = name;
        lock_ = Lock(path_);
    }
    if (lock_ < 0)
        throw InfraError("no folder for the cluster could be locked");
}

Workspace::~Workspace()
{
    std::error_code ignored;

    fs::remove_all(path_, ignored);
    close(lock_);
}

} // namespace judge
