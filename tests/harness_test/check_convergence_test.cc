// check_convergence_test.cc: replicas that differ are named with their values.
#include "check/convergence.h"

#include <gtest/gtest.h>

namespace judge
{
namespace
{

using Verdict = Finding::Verdict;
using Stores = std::map<uint32_t, Content>;

TEST(Converged, HoldsWhenReplicasAreAlike)
{
    const Stores stores = {{1, {{"a", "1"}, {"own", "x"}}},
                           {2, {{"a", "1"}, {"b", ""}}},
                           {3, {{"a", "old"}, {"b", ""}}}};

    // Node 3 is no replica of "a"; nobody holds "c".
    EXPECT_EQ(
        Converged(stores, {{"a", {1, 2}}, {"b", {2, 3}}, {"c", {1, 2, 3}}})
            .verdict,
        Verdict::Holds);
    EXPECT_EQ(Converged(stores, {}).verdict, Verdict::Holds);
    EXPECT_EQ(Converged(stores, {{"a", {3}}}).verdict, Verdict::Holds);
}

TEST(Converged, NamesKeyNodesAndValues)
{
    const Finding finding = Converged({{1, {{"a", "new\n"}}},
                                       {2, {{"a", "old"}}},
                                       {3, {{"a", "new\n"}}},
                                       {4, {}}},
                                      {{"a", {1, 2, 3, 4}}});

    EXPECT_EQ(finding.verdict, Verdict::Broken);
    EXPECT_EQ(finding.rule,
              "when all is calm, all replicas of a key hold the same");
    EXPECT_EQ(finding.text, "Key \"a\": n4 does not hold it, n1 and n3 hold "
                            "\"new\\x0a\", n2 holds \"old\"");
}

TEST(Converged, TellsAnEmptyValueFromNone)
{
    EXPECT_EQ(Converged({{1, {{"a", ""}}}, {2, {}}}, {{"a", {1, 2}}}).text,
              "Key \"a\": n2 does not hold it, n1 holds \"\"");
}

TEST(Converged, CountsTheOtherKeys)
{
    EXPECT_EQ(
        Converged({{1, {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}},
                   {2, {{"a", "2"}, {"b", "1"}, {"c", "2"}}}},
                  {{"a", {1, 2}}, {"b", {1, 2}}, {"c", {1, 2}}, {"d", {1, 2}}})
            .text,
        "Key \"a\": n1 holds \"1\", n2 holds \"2\"; 2 other keys differ too: "
        "\"c\" and \"d\"");
    EXPECT_EQ(Converged({{1, {{"a", "1"}, {"b", "1"}}}, {2, {}}},
                        {{"a", {1, 2}}, {"b", {1, 2}}})
                  .text,
              "Key \"a\": n2 does not hold it, n1 holds \"1\"; 1 other key "
              "differs too: \"b\"");
}

TEST(Converged, SaysWhereLongValuesDiffer)
{
    const std::string start(100, 'y');

    EXPECT_EQ(Converged({{1, {{"a", start + "1"}}}, {2, {{"a", start + "2"}}}},
                        {{"a", {1, 2}}})
                  .text,
              "Key \"a\": n1 holds \"" + std::string(60, 'y') +
                  "...(101 bytes)\", n2 holds \"" + std::string(60, 'y') +
                  "...(101 bytes)\" (the first difference is at byte 100)");
}

TEST(Converged, IsUndecidedWithoutAReplicasStore)
{
    const Finding finding = Converged({{1, {{"a", "1"}}}}, {{"a", {1, 7}}});

    EXPECT_EQ(finding.verdict, Verdict::Undecided);
    EXPECT_EQ(finding.text, "Key \"a\": what its replica n7 holds is not "
                            "known; its store has to be given");
    // What is known to differ is told all the same.
    EXPECT_EQ(
        Converged({{1, {{"b", "1"}}}, {2, {}}}, {{"a", {1, 7}}, {"b", {1, 2}}})
            .verdict,
        Verdict::Broken);
}

} // namespace
} // namespace judge
