// nemesis_parser_test.cc: scripts are read, and wrong ones are told what is wrong.
#include "harness/nemesis.h"

#include <gtest/gtest.h>
#include <iterator>
#include <random>

namespace judge
{
namespace
{

std::string ErrorOf(const std::string &text)
{
    try {
        ParseNemesis(text, "f.nemesis");
    } catch (const NemesisError &error) {
        return error.what();
    }
    return "";
}

TEST(NemesisParser, ReadsEveryKindOfLine)
{
    // Else what the documentation shows is refused, or means something else.
    const Nemesis script = ParseNemesis(
        "# a comment\n"
        "\n"
        "at 120 crash 3 for 200\n"
        "at 300 cut 1 2 from 3 4 5 for 150\n"
        "  at 310.25+7 cut 4 to 2 for 80 # one way\r\n"
        "from 400 to 500 pause 2\n"
        "at 500 slow 4 by 10 for 300\n"
        "at 600 skew 3 by -500\n"
        "at 700 wipe 5\n"
        "at 710 cut any from others\n"
        "from 0 to 900 lose 30 copy 10 delay 50 by 200 jitter 1.5\n"
        "every 400 from 0 to 4000 crash each for 200\n"
        "from 0 to 2000 strike 300 crash one-way\n"
        "at 12+3 crash 1 for 5 after 2 keep 1\n"
        "lose message 7\ncopy message 8 by 30\ndelay message 9 by 0.25\n"
        "drawn Store.X 1 2\ndrawn Store.X 18446744073709551615\n",
        "f");
    const auto &lines = script.lines;

    ASSERT_EQ(lines.size(), 12u);
    EXPECT_EQ(lines[0].number, 3u);
    EXPECT_EQ(lines[0].at_us, 120000u);
    EXPECT_EQ(lines[0].for_us, 200000u);
    EXPECT_EQ(lines[0].nodes.listed, std::vector<uint32_t>{3});
    EXPECT_EQ(lines[1].others.listed, (std::vector<uint32_t>{3, 4, 5}));
    EXPECT_FALSE(lines[1].one_way);
    EXPECT_EQ(lines[2].at_us, 310250u);
    EXPECT_EQ(lines[2].after_things, 7u);
    EXPECT_TRUE(lines[2].one_way);
    EXPECT_EQ(lines[3].for_us, 100000u);
    EXPECT_EQ(lines[4].by, 10);
    EXPECT_EQ(lines[5].by, -500);
    EXPECT_FALSE(lines[5].for_us);
    EXPECT_EQ(lines[7].nodes.who, NemesisNodes::Who::Any);
    EXPECT_EQ(lines[7].others.who, NemesisNodes::Who::Others);
    EXPECT_EQ(lines[8].kind, NemesisLine::Kind::Chances);
    EXPECT_EQ(lines[8].delay_by_ms, 200u);
    EXPECT_EQ(lines[8].jitter_us, 1500u);
    EXPECT_EQ(lines[9].every_us, 400000u);
    EXPECT_EQ(lines[9].nodes.who, NemesisNodes::Who::Each);
    EXPECT_EQ(lines[10].strikes,
              (std::vector<NemesisStrike>{NemesisStrike::Crash,
                                          NemesisStrike::OneWay}));
    EXPECT_EQ(lines[11].after, 2u);
    EXPECT_EQ(lines[11].keep, 1u);
    EXPECT_TRUE(script.messages.at(7).lost);
    EXPECT_EQ(script.messages.at(8).copied_us, 30000u);
    EXPECT_EQ(script.messages.at(9).late_us, 250u);
    EXPECT_EQ(script.drawn.at("Store.X"),
              (std::vector<uint64_t>{1, 2, UINT64_MAX}));
}

TEST(NemesisParser, SaysWhatIsWrongAndWhatWouldBeRight)
{
    // Else whoever mistypes a word looks for it in our source.
    const std::pair<const char *, const char *> wrong[] = {
        {"\n\nkill 3", "f.nemesis:3: a line begins with at, from, every, or "
                       "with lose, copy or delay and 'message', not with "
                       "'kill', for instance 'at 120 crash 3 for 200'"},
        {"at noon crash 3",
         "f.nemesis:1: after 'at' comes a time in milliseconds, such as 120 "
         "or 120.5, not 'noon'"},
        {"at 99999 crash 3",
         "f.nemesis:1: the time '99999' is too long: faults end 20000 ms "
         "after the run begins, at the latest"},
        {"at 120", "f.nemesis:1: the end of the line is nothing that can be "
                   "done; there are crash, cut, pause, slow, skew, wipe, fill, "
                   "fail, join, leave, and with 'from' and 'to' also lose, "
                   "copy, delay, jitter and "
                   "strike"},
        {"at 120 crash",
         "f.nemesis:1: after 'crash' come nodes, by their numbers, or 'any' "
         "or 'all', not the end of the line"},
        {"at 120 crash 0",
         "f.nemesis:1: after 'crash' comes a number from 1 to 1000, not '0'"},
        {"at 120 crash each",
         "f.nemesis:1: 'each' is one node after the other, which only a line "
         "with 'every' can mean; for every node at once write 'all'"},
        {"at 120 crash 3 fro 200",
         "f.nemesis:1: what does 'fro' mean here? A line with 'crash' is "
         "written 'at 120 crash 3 for 200'"},
        {"at 120 crash 3 for 1 for 2",
         "f.nemesis:1: how long, or how much? 'for' is said twice"},
        {"at 1 cut 1 2 for 3",
         "f.nemesis:1: after 'cut' and its nodes comes 'from' (both ways) or "
         "'to' (one way), not 'for', for instance 'at 300 cut 1 2 from 3 4 5 "
         "for 150'"},
        {"at 1 cut 1 2 from 2", "f.nemesis:1: node 2 stands on both sides; "
                                "write each node on one"},
        {"at 1 slow 2", "f.nemesis:1: 'slow' needs 'by' and a number, for "
                        "instance 'at 500 slow 4 by 10 for 300'"},
        {"at 1 slow 2 by 0",
         "f.nemesis:1: after 'by' comes a number from 1 to 1000, not '0'"},
        {"from 9 to 3 pause 1", "f.nemesis:1: 'from 9 to 3' ends before it "
                                "has begun; the later time comes last"},
        {"every 5 crash each",
         "f.nemesis:1: after 'every' and its time comes 'from', not 'crash', "
         "for instance 'every 400 from 0 to 4000 crash each for 200'"},
        {"from 0 to 9 lose 600 copy 500",
         "f.nemesis:1: lose, copy and delay are of 1,000 messages, and 1100 "
         "are more"},
        {"from 0 to 9 lose 6\nfrom 8 to 10 copy 5",
         "f.nemesis:2: its time overlaps that of line 1, which says the like; "
         "let one begin where the other ends"},
        {"from 0 to 9 strike 5 fire",
         "f.nemesis:1: after 'strike' and its chance comes what may strike: "
         "crash, cut, one-way, pause, slow or skew, not 'fire'"},
        {"lose 30", "f.nemesis:1: after 'lose' at the beginning of a line "
                    "comes 'message' and its number on the trace; chances of "
                    "messages are written 'from 0 to 900 lose 30 copy 10 "
                    "delay 50 by 200 jitter 10'"},
        {"delay message 3", "f.nemesis:1: 'delay' needs 'by' and "
                            "milliseconds, for instance 'delay message 3 by "
                            "30'"},
        {"drawn 1 2", "f.nemesis:1: after 'drawn' comes the test that drew, "
                      "such as Store.LosesNothingWhileNodesCrash, then "
                      "numbers"},
        {"at \033[2J", "f.nemesis:1: after 'at' comes a time in "
                       "milliseconds, such as 120 or 120.5, not '?[2J'"},
    };

    for (const auto &[text, sentence] : wrong)
        EXPECT_EQ(ErrorOf(text), sentence);
}

TEST(NemesisParser, SurvivesAnyBytes)
{
    // Else a file that is no script at all ends the judge without a sentence.
    const char *const words[] = {
        "at",     "from",    "to",    "every",  "crash",
        "cut",    "pause",   "slow",  "skew",   "wipe",
        "lose",   "copy",    "delay", "jitter", "by",
        "for",    "all",     "any",   "each",   "others",
        "strike", "after",   "keep",  "1",      "300",
        "-5",     "message", "drawn", "Store",  "7+3",
        "0.5",    "\n",      "\n",    "#",      "18446744073709551616",
        "-",      "20000",   "+",     ".",      "1000.1",
        "5.",     "\xff"};
    std::mt19937_64 random(1);
    size_t good = 0;

    for (int i = 0; i < 200000; i++) {
        std::string text;

        for (uint64_t left = random() % 12; left > 0; left--)
            text += std::string(words[random() % std::size(words)]) + " ";
        if (random() % 4 == 0 && !text.empty())
            text[random() % text.size()] = static_cast<char>(random());
        const std::string error = ErrorOf(text);
        good += error.empty();
        if (!error.empty()) {
            ASSERT_EQ(error.rfind("f.nemesis:", 0), 0u) << text;
        }
        for (const char c : error)
            ASSERT_TRUE(c >= ' ' && c < 0x7f) << text;
    }
    EXPECT_GT(good, 1000u);
}

} // namespace
} // namespace judge
