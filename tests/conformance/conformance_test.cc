// conformance_test.cc: the same operations and faults give clients the same in
// the isolated, the direct and the real world.
#include "cluster/cluster_options.h"
#include "conformance/comparison.h"
#include "conformance/direct_child.h"
#include "conformance/real_stage.h"
#include "conformance/scripts.h"
#include "conformance/simulated_stage.h"
#include "harness/options.h"

#include <gtest/gtest.h>
#include <ostream>

namespace judge
{

// GoogleTest would print its bytes.
static void PrintTo(const Script &script, std::ostream *out)
{
    *out << script.Name();
}

namespace
{

class Conformance : public testing::TestWithParam<Script>
{
};

// A world that lets through what another refuses, loses what another keeps, or
// places a key elsewhere: what students debug in one is not what happens in the
// other.
TEST_P(Conformance, ClientsAreToldTheSameInEveryWorld)
{
    const Script &script = GetParam();
    const RealSetup real = ClusterSetup();
    const Options &options = TheOptions();
    const std::string differences = Differences(
        script, {{"isolated", PlaySimulated(script, options.seed)},
                 {"direct", PlayDirectly(script, options.direct, options.seed)},
                 {"real", PlayReal(script, real.node, real.wrap)}});

    EXPECT_TRUE(differences.empty())
        << differences << "Again: --seed=" << options.seed;
}

INSTANTIATE_TEST_SUITE_P(Scripts, Conformance, testing::ValuesIn(Scripts()),
                         [](const testing::TestParamInfo<Script> &info) {
                             return info.param.Name();
                         });

INSTANTIATE_TEST_SUITE_P(VersionScripts, Conformance,
                         testing::ValuesIn(VersionScripts()),
                         [](const testing::TestParamInfo<Script> &info) {
                             return info.param.Name();
                         });

INSTANTIATE_TEST_SUITE_P(FailureScripts, Conformance,
                         testing::ValuesIn(FailureScripts()),
                         [](const testing::TestParamInfo<Script> &info) {
                             return info.param.Name();
                         });

} // namespace
} // namespace judge
