// test_main.cc: the conformance tests.
//
//     conformance-test --node=PROGRAM --direct=PROGRAM --host=PROGRAM
//                      --lab=FILE [--seed=N] [--gtest_...]
//
// --node: dynamo-node; --direct: conformance-direct; --host: the lab's host.
#include "cluster/cluster_options.h"
#include "harness/options.h"
#include "harness/report.h"
#include "harness/trial.h"

#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <exception>
#include <gtest/gtest.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    judge::ReadClusterOptions(&argc, argv);
    judge::ParseOptions(&argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    const judge::Options &options = judge::TheOptions();
    for (const auto &[name, program] :
         {std::pair("host", options.host), std::pair("direct", options.direct)})
        if (access(program.c_str(), X_OK) != 0) {
            std::fprintf(stderr,
                         "judge: --%s=PROGRAM names a program that can be "
                         "run; '%s' cannot\n",
                         name, program.c_str());
            return 3;
        }
    try {
        judge::OpenReport();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "judge: %s\n", error.what());
        return 3;
    }
    std::printf("seed 0x%" PRIx64 "\n", options.seed);
    const int status = RUN_ALL_TESTS();
    judge::EndHosts();
    return status;
}
