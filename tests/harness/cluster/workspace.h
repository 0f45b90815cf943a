// workspace.h: a folder of a run's own, which does not outlive it.
#pragma once

#include <filesystem>
#include <string>

namespace judge
{

// Made under the system's folder for temporary files, removed by the
// destructor. What a killed run left behind is removed by the next Workspace:
// its owner holds a lock on the folder, which the kernel takes away with it.
class Workspace
{
  public:
    Workspace();
    ~Workspace();
    Workspace(const Workspace &) = delete;
    Workspace &operator=(const Workspace &) = delete;

    const std::filesystem::path &Path() const
    {
        return path_;
    }

    // What every such folder's name begins with.
    static std::filesystem::path Prefix();

  private:
    std::filesystem::path path_;
    int lock_ = -1;
};

} // namespace judge
