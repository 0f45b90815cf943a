// main.cc: the judge's program: GoogleTest with our report in place of its own.
#include "harness/nemesis.h"
#include "harness/one_core.h"
#include "harness/options.h"
#include "harness/report.h"
#include "harness/trial.h"

#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <exception>
#include <gtest/gtest.h>
#include <sys/prctl.h>

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    judge::ParseOptions(&argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    // What a killed sandbox leaves comes to us to be reaped.
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (testing::GTEST_FLAG(list_tests))
        return RUN_ALL_TESTS();
    delete testing::UnitTest::GetInstance()->listeners().Release(
        testing::UnitTest::GetInstance()->listeners().default_result_printer());
    judge::StayOnOneCore();
    try {
        if (judge::TheOptions().host.empty())
            throw std::runtime_error("--host=PATH is missing: which program "
                                     "holds the code to be tested?");
        if (!judge::TheOptions().nemesis.empty())
            judge::LoadNemesis(judge::TheOptions().nemesis);
        judge::OpenReport();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "judge: %s\n", error.what());
        return 3;
    }
    if (!judge::TheOptions().quiet)
        std::printf("%s: %s, seed 0x%" PRIx64 "\n\n",
                    judge::TheLab().id.c_str(), judge::TheLab().title.c_str(),
                    judge::TheOptions().seed);
    const int ran = RUN_ALL_TESTS();
    judge::EndProcesses();
    if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
        std::fprintf(stderr, "judge: no test matches --gtest_filter=%s\n",
                     testing::GTEST_FLAG(filter).c_str());
        return 3;
    }
    const int status = judge::CloseReport();
    // A failure that is not one of a graded test is a broken judge.
    return status == 0 && ran != 0 ? 3 : status;
}
