// lab_file_test.cc: points live in lab.toml alone, so a slip there must be
// named, not graded with.
#include "harness/lab_file.h"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace judge
{
namespace
{

const char kHead[] = "id = \"lab1\"\ntitle = \"The ring\"\n"
                     "handout = \"handouts/lab1.md\"\n";
const char kPart[] =
    "[[part]]\nid = \"A\"\ntitle = \"First\"\nanchor = \"a\"\n";
const char kTest[] = "[[test]]\nname = \"S.One\"\npart = \"A\"\n"
                     "suite = \"public\"\npoints = 2\n";

class LabFileTest : public testing::Test
{
  protected:
    void TearDown() override
    {
        std::remove(path_.c_str());
    }

    LabFile Load(const std::string &text)
    {
        std::ofstream(path_) << text;
        return LoadLab(path_);
    }

    // The sentence that refuses the text; it must name the file.
    std::string Refusal(const std::string &text)
    {
        try {
            Load(text);
        } catch (const std::runtime_error &error) {
            EXPECT_NE(std::string(error.what()).find(path_), std::string::npos)
                << error.what();
            return error.what();
        }
        ADD_FAILURE() << "taken without a word:\n" << text;
        return "";
    }

    void Refused(const std::string &text, const std::string &about)
    {
        const std::string refusal = Refusal(text);

        EXPECT_NE(refusal.find(about), std::string::npos)
            << "'" << refusal << "' does not say '" << about << "'";
    }

    const std::string path_ =
        testing::TempDir() + "lab-" + std::to_string(getpid()) + ".toml";
};

TEST_F(LabFileTest, IsRead)
{
    const LabFile lab =
        Load(std::string(kHead) + "[limits]\nhang_s = 3\nheap_mb = 64\n" +
             kPart + kTest +
             "[[test]]\nname = \"S.Two\"\npart = \"A\"\nsuite = \"hidden\"\n"
             "points = 1.5\nhint = \"Try it.\"\n");

    EXPECT_EQ(lab.id, "lab1");
    EXPECT_EQ(lab.title, "The ring");
    EXPECT_EQ(lab.handout, "handouts/lab1.md");
    EXPECT_EQ(lab.limits.hang_s, 3);
    EXPECT_EQ(lab.limits.heap_mb, 64);
    EXPECT_EQ(lab.limits.output_kb, HostLimits().output_kb);
    ASSERT_EQ(lab.parts.size(), 1u);
    EXPECT_EQ(lab.parts[0].anchor, "a");
    ASSERT_EQ(lab.tests.size(), 2u);
    EXPECT_EQ(lab.tests.at("S.One").points, 2);
    EXPECT_EQ(lab.tests.at("S.Two").points, 1.5);
    EXPECT_EQ(lab.tests.at("S.Two").suite, "hidden");
}

TEST_F(LabFileTest, OfAHandoutTellsOnlyTheSumOfHiddenPoints)
{
    const LabFile lab =
        Load(std::string(kHead) + kPart + "hidden_points = 14\n");

    EXPECT_EQ(lab.parts.at(0).hidden_points, 14);
}

TEST_F(LabFileTest, IsRefusedWhenItIsMissingOrNoToml)
{
    try {
        LoadLab("/nonexistent/lab.toml");
        ADD_FAILURE() << "a missing file was taken";
    } catch (const std::runtime_error &error) {
        EXPECT_NE(std::string(error.what()).find("/nonexistent/lab.toml"),
                  std::string::npos);
    }
    Refused("id = ", "line 1");
    Refused(std::string(kHead) + "\n\nx = = 1\n", "line 6");
    Refused("\xff\xfe", "line 1");
}

TEST_F(LabFileTest, IsRefusedWhenAKeyIsMissingOrOfAnotherKind)
{
    Refused("", "id");
    Refused("id = \"lab1\"\ntitle = \"x\"\n", "handout");
    Refused("id = 1\ntitle = \"x\"\nhandout = \"y\"\n", "id");
    Refused(std::string(kHead) + "[[part]]\nid = \"A\"\ntitle = \"x\"\n",
            "anchor");
    Refused(std::string(kHead) + kPart + "[[test]]\npart = \"A\"\n", "name");
    Refused(std::string(kHead) + kPart + "[[test]]\nname = \"S.One\"\n",
            "part");
}

TEST_F(LabFileTest, IsRefusedWhenListsAreNotTables)
{
    Refused(std::string("part = [\"A\"]\n") + kHead, "part");
    Refused(std::string("part = 7\n") + kHead, "part");
    Refused(std::string("test = [1, 2]\n") + kHead + kPart, "test");
    Refused(std::string("limits = 7\n") + kHead, "limits");
}

TEST_F(LabFileTest, IsRefusedWhenATestIsListedTwice)
{
    Refused(std::string(kHead) + kPart + kTest + kTest, "S.One");
}

TEST_F(LabFileTest, IsRefusedWhenATestBelongsNowhere)
{
    const std::string test = "[[test]]\nname = \"S.One\"\npoints = 2\n";

    Refused(std::string(kHead) + kPart + test +
                "part = \"Z\"\nsuite = \"public\"\n",
            "S.One");
    Refused(std::string(kHead) + kPart + test +
                "part = \"A\"\nsuite = \"publik\"\n",
            "S.One");
}

TEST_F(LabFileTest, IsRefusedWhenPointsAreNoNumber)
{
    const std::string test =
        "[[test]]\nname = \"S.One\"\npart = \"A\"\nsuite = \"public\"\n";

    Refused(std::string(kHead) + kPart + test, "points");
    Refused(std::string(kHead) + kPart + test + "points = \"two\"\n", "points");
    Refused(std::string(kHead) + kPart + test + "points = -1\n", "points");
    Refused(std::string(kHead) + kPart + test + "points = nan\n", "points");
}

TEST_F(LabFileTest, IsRefusedWhenALimitCannotBe)
{
    for (const char *key : {"hang_s", "heap_mb", "output_kb"})
        for (const char *value : {"0", "-1", "\"many\"", "1.5", "99999999999"})
            Refused(std::string(kHead) + "[limits]\n" + key + " = " + value +
                        "\n" + kPart,
                    key);
}

} // namespace
} // namespace judge
