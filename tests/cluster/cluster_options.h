// cluster_options.h: what the cluster tests' command line says.
#pragma once

#include "harness/cluster/real_cluster.h"

#include <optional>
#include <string>

namespace judge
{

// Takes --node=PROGRAM and --wrap=WORD (once a word) out of argv. Says what is
// missing, and exits with status 3.
void ReadClusterOptions(int *argc, char **argv);

// A cluster of that program.
RealSetup ClusterSetup();

// The text behind "--name=" if the argument begins so.
std::optional<std::string> OptionText(const std::string &argument,
                                      const std::string &name);

} // namespace judge
