// trace_links_test.cc: a wrong link blames an event that had nothing to do with
// it, and a student looks for the mistake there.
#include "harness/trace_links.h"

#include "harness_test/trace_sample.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace judge
{
namespace
{

using Causes = std::vector<size_t>;

class TraceLinksTest : public testing::Test
{
  protected:
    const TraceLinks &Link(const std::string &jsonl)
    {
        trace_ = ReadTrace(jsonl);
        links_ = LinkTrace(trace_);
        return links_;
    }

    Causes CausesOf(size_t index)
    {
        Causes causes = links_.events[index].causes;

        std::sort(causes.begin(), causes.end());
        return causes;
    }

    Trace trace_;
    TraceLinks links_;
};

TEST_F(TraceLinksTest, TieAHandlerToWhatItDid)
{
    Link(kStaleGet);
    for (const size_t effect : {4, 5, 6, 9, 10})
        EXPECT_EQ(links_.events[effect].handler, 3u) << effect;
    EXPECT_EQ(links_.events[12].handler, 11u);
    EXPECT_EQ(links_.events[14].handler, 13u);
    EXPECT_EQ(links_.events[27].handler, 26u);
    for (const size_t other : {0, 2, 3, 7, 8, 11, 16, 25})
        EXPECT_EQ(links_.events[other].handler, kNoEvent) << other;
}

TEST_F(TraceLinksTest, FollowAnOperationThroughItsMessages)
{
    Link(kStaleGet);
    for (const size_t index : {2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 26, 27})
        EXPECT_EQ(links_.events[index].op, 0u) << index;
    for (const size_t index : {17, 18, 19, 20, 21, 22, 23, 24})
        EXPECT_EQ(links_.events[index].op, 1u) << index;
    EXPECT_EQ(links_.events[16].op, std::nullopt);
    EXPECT_EQ(links_.events[4].key, "x"); // not the store's own "kx"
}

TEST_F(TraceLinksTest, SayWhatHadToHappenBefore)
{
    Link(kStaleGet);
    EXPECT_EQ(CausesOf(0), Causes{});
    EXPECT_EQ(CausesOf(3), (Causes{0, 2}));   // the node before, the client
    EXPECT_EQ(CausesOf(8), (Causes{6}));      // lost: only its send
    EXPECT_EQ(CausesOf(11), (Causes{10}));    // sent by the event before
    EXPECT_EQ(CausesOf(15), (Causes{2, 14})); // its invoke, the reply
    EXPECT_EQ(CausesOf(17), Causes{});        // another client
    EXPECT_EQ(CausesOf(25), (Causes{15, 23, 24})); // ends of ops, the node
    EXPECT_EQ(CausesOf(26), (Causes{6, 23})); // a copy: the original's send
}

TEST_F(TraceLinksTest, TellWhatBecameOfMessages)
{
    Link(kStaleGet);
    EXPECT_EQ(links_.messages.at(1).end, 8u);
    EXPECT_EQ(links_.messages.at(2).send, 6u);
    EXPECT_EQ(links_.messages.at(2).copy, 7u);
    EXPECT_EQ(links_.messages.at(2).end, 26u);
}

TEST_F(TraceLinksTest, CountTheAnswersThatANodeHad)
{
    Link(kStaleGet);
    EXPECT_EQ(links_.operations.at(0).answers, (Causes{13}));
    EXPECT_EQ(links_.operations.at(1).answers, (Causes{22}));
}

// A quorum is of nodes: one that answers twice is counted once.
TEST_F(TraceLinksTest, CountEachNodeOnce)
{
    const std::string again =
        R"({"i":11,"t":1000,"e":"copy","m":9,"of":3}
{"i":12,"t":1100,"e":"recv","n":1,"from":1,"m":9}
{"i":13,"t":1100,"e":"send","n":1,"to":1,"m":10,"kind":"stored","operation":1,"key":"x","version":"1.1"}
{"i":14,"t":1100,"e":"recv","n":1,"from":1,"m":10}
{"i":15,"t":1100,"e":"copy","m":11,"of":10}
{"i":16,"t":1100,"e":"recv","n":1,"from":1,"m":11}
{"i":17,"t":1200,"e":"reply","n":1,"op":0,"request":1,"code":0,"values":[]}
)";
    const std::string trace = kStaleGet;

    Link(trace.substr(0, trace.find("{\"i\":11,")) + again);
    EXPECT_EQ(links_.operations.at(0).answers, (Causes{14}));
}

// An answer repeats the asker's number, which may be one of the node's own.
TEST_F(TraceLinksTest, TakeAnAnswersNumberForTheAskers)
{
    Link(
        std::string(kStaleGet) +
        R"({"i":28,"t":2500,"e":"send","n":2,"to":1,"m":7,"kind":"stored","operation":1,"key":"x","version":"1.1"})"
        "\n");
    EXPECT_EQ(links_.events[19].op, 1u); // n2's own operation 1
    EXPECT_EQ(links_.events[28].op, 0u); // n1's
}

// It leaves in a handler of another operation, which its sender has given the same
// number.
TEST_F(TraceLinksTest, TakeALateAnswersNumberForTheAskers)
{
    Link(R"({"trace":1,"world":"isolated","nodes":[1,2],"n":2,"r":1,"w":1}
{"i":0,"t":0,"e":"invoke","op":0,"client":0,"n":2,"do":"put","key":"x","value":"b"}
{"i":1,"t":0,"e":"request","n":2,"op":0,"request":1}
{"i":2,"t":0,"e":"send","n":2,"to":1,"m":1,"kind":"forward","operation":7,"key":"x"}
{"i":3,"t":10,"e":"recv","n":1,"from":2,"m":1}
{"i":4,"t":20,"e":"invoke","op":1,"client":1,"n":1,"do":"get","key":"x"}
{"i":5,"t":20,"e":"request","n":1,"op":1,"request":2}
{"i":6,"t":20,"e":"send","n":1,"to":2,"m":2,"kind":"forwarded","operation":7,"key":"x","code":0}
{"i":7,"t":20,"e":"send","n":1,"to":2,"m":3,"kind":"versions?","operation":7,"key":"x"}
)");
    EXPECT_EQ(links_.events[3].op, 0u);
    EXPECT_EQ(links_.events[6].op, 0u);
    EXPECT_EQ(links_.events[7].op, 1u);
}

TEST_F(TraceLinksTest, FollowATimerToItsOperation)
{
    Link(
        "{\"trace\":1}\n"
        R"({"i":0,"t":0,"e":"invoke","op":7,"client":0,"n":1,"do":"get","key":"y"})"
        "\n"
        R"({"i":1,"t":0,"e":"request","n":1,"op":7,"request":1})"
        "\n"
        R"({"i":2,"t":0,"e":"timer","n":1,"timer":3,"after_ms":5,"kind":1,"arg":0})"
        "\n"
        R"({"i":3,"t":9,"e":"fire","n":1,"timer":3,"kind":1,"arg":0})"
        "\n"
        R"({"i":4,"t":9,"e":"note","n":1,"text":"again"})"
        "\n");
    EXPECT_EQ(links_.events[3].op, 7u);
    EXPECT_EQ(links_.events[4].op, 7u);
    EXPECT_EQ(links_.events[4].key, "y");
    EXPECT_EQ(links_.events[4].handler, 3u);
}

// One handler may serve several operations; the messages say for which.
TEST_F(TraceLinksTest, BelieveTheSendersNumbersOfOperations)
{
    const auto request = [](int i, int op) {
        const std::string n = std::to_string(i), o = std::to_string(op);

        return "{\"i\":" + n + ",\"t\":0,\"e\":\"invoke\",\"op\":" + o +
               ",\"client\":" + o +
               ",\"n\":1,\"do\":\"get\",\"key\":\"x\"}\n{\"i\":" +
               std::to_string(i + 1) +
               ",\"t\":0,\"e\":\"request\",\"n\":1,\"op\":" + o +
               ",\"request\":" + o + "}\n{\"i\":" + std::to_string(i + 2) +
               ",\"t\":0,\"e\":\"send\",\"n\":1,\"to\":2,\"m\":" + n +
               ",\"kind\":\"read?\",\"operation\":" + std::to_string(op + 40) +
               ",\"key\":\"x\"}\n";
    };
    Link(
        "{\"trace\":1}\n" + request(0, 1) + request(3, 2) +
        R"({"i":6,"t":1,"e":"fire","n":1,"timer":9,"kind":1,"arg":0})"
        "\n"
        R"({"i":7,"t":1,"e":"send","n":1,"to":2,"m":50,"kind":"read?","operation":42,"key":"x"})"
        "\n"
        R"({"i":8,"t":1,"e":"send","n":1,"to":2,"m":51,"kind":"read?","operation":41,"key":"x"})"
        "\n");
    EXPECT_EQ(links_.events[7].op, 2u);
    EXPECT_EQ(links_.events[8].op, 1u);
}

TEST_F(TraceLinksTest, LeaveUnlinkedWhatDoesNotFit)
{
    Link("{\"trace\":1}\n"
         R"({"i":0,"t":0,"e":"recv","n":1,"from":2,"m":99})"
         "\n"
         R"({"i":1,"t":0,"e":"copy","m":5,"of":98})"
         "\n"
         R"({"i":2,"t":0,"e":"reply","n":1,"op":4,"request":1,"code":0})"
         "\n"
         R"({"i":3,"t":0,"e":"violation","rule":"r","text":"t","ops":[77]})"
         "\n"
         R"({"i":4,"t":0,"e":"return","op":5,"client":0,"code":-1})"
         "\n");
    EXPECT_EQ(links_.events[0].send, kNoEvent);
    EXPECT_EQ(links_.events[1].causes, Causes{});
    EXPECT_EQ(links_.operations.at(4).invoke, kNoEvent);
    EXPECT_EQ(links_.events[3].causes, Causes{});
}

} // namespace
} // namespace judge
