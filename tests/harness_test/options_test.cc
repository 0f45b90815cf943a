// options_test.cc: a wrong flag ends the judge with one sentence, status 3.
// Options are kept for the whole process, so each test reads them in a child.
#include "harness/options.h"

#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>

namespace judge
{
namespace
{

// Parses, and exits with 0 if `holds` says so, with 1 if not.
void ParseAndExit(std::vector<std::string> words,
                  const std::function<bool(int, char **)> &holds)
{
    std::vector<char *> argv;

    words.insert(words.begin(), "judge");
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    int argc = static_cast<int>(argv.size()) - 1;
    ParseOptions(&argc, argv.data());
    std::exit(holds(argc, argv.data()) ? 0 : 1);
}

void Holds(const std::vector<std::string> &words,
           const std::function<bool(int, char **)> &holds)
{
    EXPECT_EXIT(ParseAndExit(words, holds), testing::ExitedWithCode(0), "");
}

void Refused(const std::vector<std::string> &words, const std::string &sentence)
{
    EXPECT_EXIT(ParseAndExit(words, [](int, char **) { return true; }),
                testing::ExitedWithCode(3), sentence)
        << words.back();
}

TEST(OptionsDeathTest, AreRead)
{
    Holds({"--host=/a/b=c", "--wrap=one", "--wrap=--two=2", "--symbolizer=sym",
           "--lab=x.toml", "--results=r", "--steps=s", "--source=src",
           "--seed=0x2a", "--case=7", "--quiet", "--gtest_color=no"},
          [](int argc, char **argv) {
              const Options &o = TheOptions();

              return o.host == "/a/b=c" &&
                     o.wrap == std::vector<std::string>{"one", "--two=2"} &&
                     o.symbolizer == std::vector<std::string>{"sym"} &&
                     o.lab == "x.toml" && o.results == "r" && o.steps == "s" &&
                     o.source == "src" && o.seed == 42 && o.seed_given &&
                     o.only_case == uint64_t{7} && o.quiet && argc == 2 &&
                     std::string(argv[1]) == "--gtest_color=no" &&
                     argv[2] == nullptr;
          });
}

TEST(OptionsDeathTest, HaveDefaults)
{
    Holds({"--host=h"}, [](int, char **) {
        const Options &o = TheOptions();

        return !o.seed_given && !o.only_case && !o.quiet && o.wrap.empty() &&
               o.results.empty() && o.symbolizer.front() == "addr2line" &&
               o.symbolizer.back() == "h";
    });
}

TEST(OptionsDeathTest, TakeNumbersOfAllKinds)
{
    Holds({"--seed=18446744073709551615"},
          [](int, char **) { return TheOptions().seed == UINT64_MAX; });
    Holds({"--seed=0xffffffffffffffff"},
          [](int, char **) { return TheOptions().seed == UINT64_MAX; });
    Holds({"--seed=0", "--case=0"}, [](int, char **) {
        return TheOptions().seed == 0 && TheOptions().seed_given &&
               TheOptions().only_case == uint64_t{0};
    });
}

TEST(OptionsDeathTest, RefuseWhatIsNoNumber)
{
    for (const std::string flag : {"--seed", "--case"})
        for (const std::string text :
             {"", "x", "7x", "0x", "-1", " 7", "+7", "1e3", "7 ",
              "18446744073709551616", "0x1ffffffffffffffff"})
            Refused({flag + "=" + text}, flag);
    Refused({"--seed"}, "--seed");
}

TEST(OptionsDeathTest, RefuseUnknownFlags)
{
    Refused({"--hots=x"}, "--hots=x");
    Refused({"stray"}, "stray");
    Refused({"-h"}, "-h");
}

} // namespace
} // namespace judge
