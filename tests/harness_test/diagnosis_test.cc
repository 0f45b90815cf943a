// diagnosis_test.cc: what a host left behind is hostile text. It must reach a
// terminal and a JSON file as harmless UTF-8.
#include "harness/diagnosis.h"

#include "harness/choices.h"

#include <csignal>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

bool IsUtf8(const std::string &text)
{
    try {
        nlohmann::json(text).dump();
    } catch (const nlohmann::json::exception &) {
        return false;
    }
    return true;
}

int Exited(int code)
{
    return code << 8; // as waitpid tells it
}

TEST(Printable, LeavesOrdinaryTextAsItIs)
{
    for (const std::string text :
         {"", "plain", "two\nlines\n", "a\ttab", "caf\xc3\xa9",
          "\xe2\x82\xac 5", "\xf0\x9f\x92\xa5", "\xed\x9f\xbf",
          "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(Printable(text), text);
}

TEST(Printable, EscapesControlBytes)
{
    EXPECT_EQ(Printable(std::string("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(Printable("\x1b[31mred"), "\\x1b[31mred");
    EXPECT_EQ(Printable("over\rwritten"), "over\\x0dwritten");
    EXPECT_EQ(Printable("\a\b\v\f\x7f"), "\\x07\\x08\\x0b\\x0c\\x7f");
    // The one-character form of ESC [ is a control character too.
    EXPECT_EQ(Printable("\xc2\x9b"
                        "31m"),
              "\\xc2\\x9b31m");
}

TEST(Printable, EscapesWhatIsNotUtf8)
{
    const std::pair<std::string, std::string> cases[] = {
        {"\xff\xfe", "\\xff\\xfe"},
        {"\x80", "\\x80"}, // goes on without a start
        {"\xc3", "\\xc3"}, // cut short
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xf0\x9f\x92", "\\xf0\\x9f\\x92"},
        {"\xc0\xaf", "\\xc0\\xaf"}, // overlong forms of '/'
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
        {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          // half a surrogate pair
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, // beyond the last one
        {"\xc3(", "\\xc3("},
    };

    for (const auto &[text, due] : cases)
        EXPECT_EQ(Printable(text), due);
}

TEST(Printable, IsAlwaysUtf8WithoutControlCharacters)
{
    Choices choices(1);

    for (int round = 0; round < 2000; round++) {
        std::string text;

        for (uint64_t i = choices.Choose(40); i > 0; i--)
            text += static_cast<char>(choices.Choose(2) == 0
                                          ? choices.Choose(256)
                                          : 0x80 + choices.Choose(128));
        const std::string clean = Printable(text);
        EXPECT_TRUE(IsUtf8(clean));
        for (const char c : clean)
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' ||
                        c == '\t');
        EXPECT_EQ(Printable(clean), clean);
    }
}

TEST(Tail, KeepsAShortText)
{
    EXPECT_EQ(Tail("", 3), "");
    EXPECT_EQ(Tail("one", 3), "one\n");
    EXPECT_EQ(Tail("one\n", 1), "one\n");
    EXPECT_EQ(Tail("one\ntwo\nthree\n", 3), "one\ntwo\nthree\n");
    EXPECT_EQ(Tail("\n\n", 2), "\n\n");
}

TEST(Tail, SaysThatEarlierLinesWereLeftOut)
{
    const std::string tail = Tail("one\ntwo\nthree\nfour\n", 2);

    EXPECT_EQ(tail.find("one"), std::string::npos);
    EXPECT_EQ(tail.find("two"), std::string::npos);
    EXPECT_NE(tail.find("three\nfour\n"), std::string::npos);
    EXPECT_NE(tail.find("left out"), std::string::npos);
}

TEST(Tail, CutsAnOverlongLine)
{
    const std::string tail = Tail(std::string(100000, 'x'), 3);

    EXPECT_LT(tail.size(), 5000u);
    EXPECT_NE(tail.find("left out"), std::string::npos);
}

TEST(Tail, NeverCutsACharacterInTwo)
{
    for (const std::string letter :
         {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x92\xa5"})
        for (size_t shift = 0; shift < 5; shift++) {
            std::string text(shift, 'x');

            for (int i = 0; i < 5000; i++)
                text += letter;
            EXPECT_TRUE(IsUtf8(Tail(text, 3))) << letter << " " << shift;
        }
}

TEST(DiagnoseEnd, NamesTheKind)
{
    EXPECT_EQ(DiagnoseEnd(Exited(0), "", "").kind, "exit");
    EXPECT_EQ(DiagnoseEnd(Exited(3), "", "").kind, "exit");
    EXPECT_EQ(DiagnoseEnd(SIGSEGV, "", "").kind, "crash");
    EXPECT_EQ(DiagnoseEnd(SIGABRT, "", "").kind, "crash");
    EXPECT_EQ(DiagnoseEnd(Exited(128 + SIGABRT), "", "").kind, "crash");
    EXPECT_EQ(DiagnoseEnd(SIGSYS, "", "").kind, "forbidden");
    EXPECT_EQ(
        DiagnoseEnd(Exited(98), "", "host: forbidden system call 41\n").kind,
        "forbidden");
    EXPECT_EQ(DiagnoseEnd(SIGKILL, "", "").kind, "hang");
    // The host says so when its channel is gone from under it.
    EXPECT_EQ(DiagnoseEnd(Exited(64), "",
                          "host: the channel does not take the answer\n")
                  .kind,
              "channel");
}

TEST(DiagnoseEnd, ShowsWhatWasPrinted)
{
    const std::string seen =
        DiagnoseEnd(Exited(1), "last words\n", "Assertion `x' failed.\n").seen;

    EXPECT_NE(seen.find("last words"), std::string::npos);
    EXPECT_NE(seen.find("Assertion `x' failed."), std::string::npos);
}

// Student code can print what it likes; it only fools itself, and breaks nothing.
TEST(DiagnoseEnd, SurvivesForgedAndDamagedReports)
{
    Choices choices(2);
    const std::string pieces[] = {
        "==1==ERROR: AddressSanitizer: ",
        "heap-buffer-overflow on address 0x1\n",
        "READ of size 4 at 0x1 thread T0\n",
        "WRITE of size",
        " is located 0 bytes to the right of 4-byte region [0x1,0x2)\n",
        "freed by thread T0 here:\n",
        "allocated by thread",
        "    #0 0x1234 in f (/x/host+0x\n",
        "    #1 0xffffffffffffffffff  (host+0x1)\n",
        "ring.c:1:1: runtime error: ",
        "/a/b/ring.c:1:1: runtime error: x\n",
        "host: forbidden system call 99999999999999999999999\n",
        "host: forbidden system call \n",
        "\xff\x1b[2J",
        "\n",
        std::string(1000, '#'),
        std::string("\0\0", 2),
    };
    const size_t count = sizeof pieces / sizeof *pieces;

    for (int round = 0; round < 2000; round++) {
        std::string text;
        const int ends[] = {Exited(99), Exited(98), Exited(0), SIGSEGV, SIGSYS};

        for (uint64_t i = choices.Choose(12); i > 0; i--) {
            const std::string &piece = pieces[choices.Choose(count)];
            // No frame of ours may start a symbolizer two thousand times.
            if (piece.find("host+0x1") == std::string::npos || round < 20)
                text += piece;
        }
        const Violation violation =
            DiagnoseEnd(ends[choices.Choose(5)], text, text);
        EXPECT_TRUE(IsUtf8(violation.seen));
        EXPECT_EQ(Printable(violation.seen), violation.seen);
        EXPECT_FALSE(violation.seen.empty());
        EXPECT_LT(violation.seen.size(), 20000u);
    }
}

} // namespace
} // namespace judge
