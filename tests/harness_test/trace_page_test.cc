// trace_page_test.cc: what a node wrote must stay text on the page. What the
// page shows is tested in a browser (tests/trace/test_page.py).
#include "harness/trace_page.h"

#include "harness_test/trace_sample.h"

#include <fstream>
#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace judge
{
namespace
{

size_t Times(const std::string &text, const std::string &part)
{
    size_t times = 0;

    for (size_t at = text.find(part); at != std::string::npos;
         at = text.find(part, at + 1))
        times++;
    return times;
}

class TracePageTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        mkdir(folder_.c_str(), 0700);
        Write("page.html", "<title>{{title}}</title><i>{{root}}</i>"
                           "<script>{{trace}}</script>"
                           "<script>{{links}}</script>{{part.js}}");
        Write("part.js", "let a = {{title}};");
    }
    void TearDown() override
    {
        unlink((folder_ + "/page.html").c_str());
        unlink((folder_ + "/part.js").c_str());
        rmdir(folder_.c_str());
    }
    void Write(const std::string &name, const std::string &text)
    {
        std::ofstream(folder_ + "/" + name) << text;
    }

    const std::string folder_ =
        testing::TempDir() + "trace-page-" + std::to_string(getpid());
};

TEST_F(TracePageTest, FillsTheBlanksOnce)
{
    const std::string page = TracePage(kStaleGet, folder_, "../");

    EXPECT_EQ(page.find("<title>Register.Sees, seed 0x2a, case 3</title>"), 0u);
    EXPECT_NE(page.find("<i>../</i>"), std::string::npos);
    EXPECT_NE(page.find("let a = {{title}};"), std::string::npos);
}

TEST_F(TracePageTest, LetsNoTextEndItsElement)
{
    const std::string hostile =
        "{\"trace\":1,\"test\":\"</title><script>\"}\n"
        "{\"i\":0,\"t\":0,\"e\":\"note\",\"n\":1,\"text\":"
        "\"</script><script>alert(1)</script><!-- & \xe2\x80\xa8 "
        "{{title}}\"}\n";
    const std::string page = TracePage(hostile, folder_);

    EXPECT_EQ(Times(page, "</script"), 2u); // the template's own
    EXPECT_EQ(Times(page, "<script"), 2u);
    EXPECT_EQ(Times(page, "</title"), 1u);
    EXPECT_EQ(Times(page, "<!--"), 0u);
    EXPECT_EQ(Times(page, "\xe2\x80\xa8"), 0u);
}

TEST_F(TracePageTest, NamesAFileThatIsMissing)
{
    unlink((folder_ + "/part.js").c_str());
    try {
        TracePage(kStaleGet, folder_);
        ADD_FAILURE() << "made without part.js";
    } catch (const std::runtime_error &error) {
        EXPECT_NE(std::string(error.what()).find(folder_ + "/part.js"),
                  std::string::npos)
            << error.what();
    }
}

TEST_F(TracePageTest, RefusesWhatIsNoTrace)
{
    EXPECT_THROW(TracePage("{}", folder_), std::runtime_error);
}

TEST(JsonForScript, SaysTheSameWithoutWhatActsOnAPage)
{
    EXPECT_EQ(JsonForScript("[\"</script>\"]"), "[\"\\u003c/script\\u003e\"]");
    EXPECT_EQ(JsonForScript("[\"<!--&\"]"), "[\"\\u003c!--\\u0026\"]");
    EXPECT_EQ(JsonForScript("[\"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"]"),
              "[\"\\u2028\\u2029\xe2\x80\xaa\"]");
    EXPECT_EQ(JsonForScript("[\"\xe2\x80\"]"), "[\"\xe2\x80\"]");
}

TEST(TextForHtml, EscapesWhatEndsAnElementOrAnAttribute)
{
    EXPECT_EQ(TextForHtml("<a b=\"c\">'&"),
              "&lt;a b=&quot;c&quot;&gt;&#39;&amp;");
}

} // namespace
} // namespace judge
