// trace_reader_test.cc: a trace may come from a run that died half-way, so what
// is wrong with it must be named by its line, and nothing in it may act on a
// terminal.
#include "harness/trace_reader.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace judge
{
namespace
{

const char kHead[] = "{\"trace\":1,\"nodes\":[1,2]}\n";
const char kOpen[] = "{\"i\":0,\"t\":5,\"e\":\"open\",\"n\":1,\"code\":0}\n";

std::string Refusal(const std::string &jsonl)
{
    try {
        ReadTrace(jsonl);
    } catch (const std::runtime_error &error) {
        return error.what();
    }
    ADD_FAILURE() << "taken without a word:\n" << jsonl;
    return "";
}

void Refused(const std::string &jsonl, const std::string &line,
             const std::string &about)
{
    const std::string refusal = Refusal(jsonl);

    EXPECT_NE(refusal.find("line " + line + " "), std::string::npos) << refusal;
    EXPECT_NE(refusal.find(about), std::string::npos) << refusal;
}

std::string Event(const std::string &rest)
{
    return std::string(kHead) + kOpen + "{\"i\":1,\"t\":6,\"e\":" + rest +
           "}\n";
}

TEST(TraceReader, ReadsRunAndEvents)
{
    const Trace trace = ReadTrace(
        "{\"trace\":1,\"world\":\"isolated\",\"test\":\"A.B\",\"seed\":"
        "\"0x2a\","
        "\"case\":3,\"program\":\"register\",\"nodes\":[1,7],\"n\":3,\"r\":2,"
        "\"w\":1,\"f\":0,\"lab\":\"lab2\",\"page\":\"p.html\"}\n"
        "{\"i\":0,\"t\":100,\"e\":\"send\",\"n\":1,\"to\":7,\"m\":4,\"kind\":"
        "\"store\",\"operation\":9,\"key\":\"x\",\"version\":\"3.1\","
        "\"value\":\"b\",\"hops\":2}\n"
        "{\"i\":2,\"t\":150,\"e\":\"timer\",\"n\":1,\"timer\":1,\"after_ms\":5,"
        "\"kind\":-2,\"arg\":18446744073709551615}");

    EXPECT_EQ(trace.run.test, "A.B");
    EXPECT_EQ(trace.run.seed, "0x2a");
    EXPECT_EQ(trace.run.case_number, 3u);
    EXPECT_EQ(trace.run.nodes, (std::vector<uint64_t>{1, 7}));
    EXPECT_EQ(trace.run.w, 1u);
    EXPECT_EQ(trace.run.page, "p.html");
    ASSERT_EQ(trace.events.size(), 2u);
    EXPECT_EQ(trace.events[0].label, "store");
    EXPECT_EQ(trace.events[0].to, 7u);
    EXPECT_EQ(trace.events[0].version, "3.1");
    ASSERT_EQ(trace.events[0].others.size(), 1u);
    EXPECT_EQ(trace.events[0].others[0].first, "hops");
    EXPECT_EQ(trace.events[1].number, 2u);
    EXPECT_EQ(trace.events[1].timer_kind, -2);
    EXPECT_EQ(trace.events[1].arg, UINT64_MAX);
    EXPECT_EQ(trace.time_decimals, 3);
}

TEST(TraceReader, TakesTheTestItselfAsAClient)
{
    const Trace trace = ReadTrace(
        Event("\"abandon\",\"op\":0,\"client\":18446744073709551615"));

    EXPECT_EQ(trace.events[1].client, -1);
}

TEST(TraceReader, NamesTheLineThatIsNoJson)
{
    Refused(Event("\"note\"") + "{\"i\":2,\"t\":6,\"e\":\"se", "3", "note");
    Refused(std::string(kHead) + kOpen + "{\"i\":2,\"t\":6,\"e\":\"se", "3",
            "no JSON");
    Refused(std::string(kHead) + "\n" + kOpen, "2", "no JSON");
    Refused(std::string(kHead) + "[1]\n", "2", "no object");
    Refused(std::string(kHead) + "{\"i\":0,\"t\":0,\"e\":\"note\",\"n\":1,"
                                 "\"text\":\"\xff\"}\n",
            "2", "no JSON");
    Refused(std::string(kHead) + std::string(100000, '['), "2", "no JSON");
}

TEST(TraceReader, RefusesAFileThatIsNoTrace)
{
    Refused("", "1", "empty");
    Refused("{}\n", "1", "\"trace\":1");
    Refused("{\"trace\":2}\n", "1", "\"trace\":1");
    Refused("{\"trace\":1,\"nodes\":3}\n", "1", "nodes");
    Refused("{\"trace\":1,\"nodes\":[-3]}\n", "1", "nodes");
    Refused("{\"trace\":1,\"w\":\"two\"}\n", "1", "'w'");
    Refused("{\"trace\":1,\"test\":[]}\n", "1", "'test'");
}

TEST(TraceReader, RefusesAnEventThatLacksWhatTheSchemaDemands)
{
    Refused(std::string(kHead) + "{\"i\":0,\"t\":1}\n", "2", "'e'");
    Refused(std::string(kHead) + "{\"i\":0,\"e\":\"sync\",\"n\":1}\n", "2",
            "'t'");
    Refused(Event("\"send\",\"n\":1,\"m\":4,\"kind\":\"read?\""), "3", "'to'");
    Refused(Event("\"violation\",\"text\":\"x\""), "3", "'rule'");
    Refused(Event("\"invoke\",\"op\":1,\"client\":1,\"n\":1,\"do\":\"get\""),
            "3", "'key'");
}

TEST(TraceReader, RefusesAValueOfAnotherType)
{
    Refused(Event("\"sync\",\"n\":-1"), "3", "'n'");
    Refused(Event("\"sync\",\"n\":1.5"), "3", "'n'");
    Refused(Event("\"sync\",\"n\":9007199254740992"), "3", "'n'");
    Refused(Event("\"note\",\"n\":1,\"text\":7"), "3", "'text'");
    Refused(Event("\"return\",\"op\":1,\"client\":1,\"code\":\"ok\""), "3",
            "'code'");
    Refused(Event("\"return\",\"op\":1,\"client\":1,\"code\":0,\"values\":[1]"),
            "3", "'values'");
    Refused(Event("\"return\",\"op\":1,\"client\":1,\"code\":0,\"values\":"
                  "{\"a\":\"b\"}"),
            "3", "no list");
    Refused(Event("\"violation\",\"rule\":\"r\",\"text\":\"t\",\"ops\":7"), "3",
            "'ops'");
    Refused(Event("\"send\",\"n\":1,\"to\":2,\"m\":1,\"kind\":3"), "3",
            "'kind'");
    Refused(Event("\"fire\",\"n\":1,\"timer\":1,\"arg\":1,\"kind\":\"k\""), "3",
            "'kind'");
    Refused(Event("7"), "3", "'e'");
}

TEST(TraceReader, RefusesEventsOutOfOrder)
{
    Refused(std::string(kHead) + kOpen + kOpen, "3", "must grow");
    Refused(std::string(kHead) + kOpen +
                "{\"i\":1,\"t\":4,\"e\":\"sync\",\"n\":1}\n",
            "3", "back in time, from 5 to 4");
}

TEST(TraceReader, KeepsEventsOfKindsItDoesNotKnow)
{
    const Trace trace = ReadTrace(Event("\"gossip\",\"n\":2,\"round\":4,"
                                        "\"deep\":[[[]]]"));

    EXPECT_EQ(trace.events[1].kind, "gossip");
    ASSERT_EQ(trace.events[1].others.size(), 1u);
    EXPECT_EQ(trace.events[1].others[0].second, "4");
}

TEST(TraceReader, MakesTextsHarmless)
{
    const Trace trace =
        ReadTrace(Event("\"note\",\"n\":1,\"text\":\"a\\n\\u001b["
                        "31m\\u009b\\u202e\\u2028\xc3\xa9\""));

    EXPECT_EQ(trace.events[1].text,
              "a\\x0a\\x1b[31m\\u{9b}\\u{202e}\\u{2028}\xc3\xa9");
    EXPECT_EQ(PlainText("\xff\xc3z\xed"), "\\xff\\xc3z\\xed");
    EXPECT_EQ(PlainText("\x7f"), "\\x7f");
}

} // namespace
} // namespace judge
