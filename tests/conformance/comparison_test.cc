// comparison_test.cc: what is shown when worlds differ.
#include "conformance/comparison.h"
#include "conformance/scripts.h"
#include "harness/violation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

using testing::HasSubstr;

Script Sample()
{
    Script script("Sample", Setup{});

    script.Put(1, "x", "a").Crash(3).Get(2, "x", Value("a"));
    return script;
}

TEST(Comparison, SaysNothingWhenAllToldWhatIsExpected)
{
    const Transcript right = {{Done(), Value("a")}, ""};

    EXPECT_EQ("", Differences(Sample(), {{"one", right}, {"other", right}}));
}

// That two worlds are wrong in the same way makes neither right.
TEST(Comparison, ShowsWhatEachWorldTold)
{
    const Transcript right = {{Done(), Value("a")}, ""};
    const Transcript wrong = {{Done(), Nothing()}, ""};

    EXPECT_EQ("Sample: clients are not told the same:\n"
              "      1  put \"x\" = \"a\" at node 1                 done\n"
              "      2  crash node 3\n"
              "  !   3  get \"x\" at node 2\n"
              "         expected  \"a\"\n"
              "         isolated  \"a\"\n"
              "         real      nothing\n",
              Differences(Sample(), {{"isolated", right}, {"real", wrong}}));
    EXPECT_NE("",
              Differences(Sample(), {{"isolated", wrong}, {"real", wrong}}));
}

TEST(Comparison, SaysWhyAWorldHasNoMoreToTell)
{
    const Transcript right = {{Done(), Value("a")}, ""};
    const Transcript broken = {{Done()}, "crash node 3: it will not die"};
    const std::string text =
        Differences(Sample(), {{"direct", right}, {"real", broken}});

    EXPECT_THAT(text, HasSubstr("The real world broke down: crash node 3: it "
                                "will not die\n"));
    EXPECT_THAT(text, testing::Not(HasSubstr("!")));
    EXPECT_THAT(Differences(Sample(), {{"real", {{Done()}, ""}}}),
                HasSubstr("told 1 answers; the script asks for 2"));
    EXPECT_THAT(
        Differences(Sample(),
                    {{"real", {{Done(), Value("a")}, "the cluster ends: !"}}}),
        HasSubstr("broke down"));
}

// Two values that look the same when they are cut.
TEST(Comparison, TellsLongValuesApart)
{
    const std::string long_value(1000, 'v');

    EXPECT_NE(Value(long_value + "a"), Value(long_value + "b"));
    EXPECT_EQ(Value(long_value), Value(std::string(1000, 'v')));
}

TEST(Transcripts, PassFromProgramToProgram)
{
    const Transcript sent = {{Value(std::string("\0\xff\n", 3)), Nothing()},
                             "at \xff the end"};
    const Transcript got = Decode(Encode(sent));

    EXPECT_EQ(sent.told, got.told);
    EXPECT_THAT(got.broke, HasSubstr("the end"));
    for (const char *line : {"", "no JSON", "{}", "[]", "{\"told\":1}",
                             "{\"told\":[1],\"broke\":\"\"}"})
        EXPECT_THROW(Decode(line), InfraError) << line;
}

TEST(Scripts, HaveDifferentNames)
{
    std::set<std::string> names;

    for (const Script &script : Scripts())
        EXPECT_TRUE(names.insert(script.Name()).second) << script.Name();
}

} // namespace
} // namespace judge
