#include "cluster/cluster_options.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace judge
{
namespace
{

// Nobody gives up because a machine is slow, but where a test says so.
constexpr uint32_t kNeverMs = 600'000;

RealSetup Patient()
{
    RealSetup setup;

    setup.give_up_ms = kNeverMs;
    return setup;
}

RealSetup the_setup = Patient();

} // namespace

std::optional<std::string> OptionText(const std::string &argument,
                                      const std::string &name)
{
    const std::string begin = "--" + name + "=";

    if (argument.compare(0, begin.size(), begin) != 0)
        return std::nullopt;
    return argument.substr(begin.size());
}

void ReadClusterOptions(int *argc, char **argv)
{
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        if (const auto node = OptionText(argv[i], "node"))
            the_setup.node = *node;
        else if (const auto word = OptionText(argv[i], "wrap"))
            the_setup.wrap.push_back(*word);
        else
            argv[kept++] = argv[i];
    }
    argv[kept] = nullptr;
    *argc = kept;
    if (the_setup.node.empty() || access(the_setup.node.c_str(), X_OK) != 0) {
        std::fprintf(stderr,
                     "judge: --node=PROGRAM names a dynamo-node that "
                     "can be run; '%s' cannot\n",
                     the_setup.node.c_str());
        std::exit(3);
    }
}

RealSetup ClusterSetup()
{
    return the_setup;
}

} // namespace judge
