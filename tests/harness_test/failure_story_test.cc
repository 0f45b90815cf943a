// failure_story_test.cc: the text of a failure tells first what is wrong, and
// then what led to it and nothing else.
#include "harness/failure_story.h"

#include "harness_test/trace_sample.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sstream>
#include <stdexcept>

namespace judge
{
namespace
{

FailureStory Told(const std::string &trace, size_t lines_most = 40,
                  size_t columns = 96)
{
    return TellFailure(trace, "Register.Sees", lines_most, columns);
}

// A trace of the events, each after its number and time.
std::string TraceOf(const std::vector<std::string> &events)
{
    std::string trace = "{\"trace\":1,\"nodes\":[1,2],\"w\":2}\n";

    for (size_t i = 0; i < events.size(); i++)
        trace += "{\"i\":" + std::to_string(i) +
                 ",\"t\":" + std::to_string(100 * i) + "," + events[i] + "}\n";
    return trace;
}

TEST(FailureStoryTest, TellsOperationsByWhatTheyHadHeard)
{
    EXPECT_EQ(Told(kStaleGet).operations,
              R"(op 0   #2 to #15       put x "b" by client 0 at n1: ok
                       only 1 node had said "stored", W=2: n1 (1.1)
op 1   #17 to #24      get x by client 1 at n2: nothing
                       1 node had said "value", R=1: n2 (0.0)
)");
}

TEST(FailureStoryTest, TellsTheRunWithoutTimersAndStores)
{
    EXPECT_EQ(Told(kStaleGet).run,
              R"(register on 2 nodes, N=2, R=1, W=2 (isolated world)
>>     #2       1.0 ms  client 0    put x "b" begins (op 0), asked of n1
xx     #6       1.0 ms  n1 ->       store x 1.1 "b" (op 0) to n2 [lost: loss], n1
      #11       1.1 ms  n1 <- n1    store x 1.1 "b" (op 0); answers stored x 1.1
      #13       1.2 ms  n1 <- n1    stored x 1.1 (op 0)
<<    #15       1.2 ms  client 0    put x "b" ends (op 0): ok, after 0.2 ms
!!    #16       1.3 ms  n1          CRASHES
>>    #17       2.0 ms  client 1    get x begins (op 1), asked of n2
      #19       2.0 ms  n2 -> n2    read? x (op 1)
      #20       2.1 ms  n2 <- n2    read? x (op 1); answers value x 0.0
      #22       2.2 ms  n2 <- n2    value x 0.0 (op 1)
<<    #24       2.2 ms  client 1    get x ends (op 1): nothing, after 0.2 ms
!!    #25       2.2 ms  n2          here the judge found what is seen above
)");
}

TEST(FailureStoryTest, KnowsWhetherTheRuleIsTheBrokenOne)
{
    EXPECT_TRUE(TellFailure(kStaleGet, "Register.Sees", 9, 96).broken_rule);
    EXPECT_FALSE(TellFailure(kStaleGet, "[1, 2]", 9, 96).broken_rule);
    EXPECT_THROW(Told("{\"trace\":1}\n{"), std::runtime_error);
}

TEST(FailureStoryTest, SaysThatNobodyHadStored)
{
    const FailureStory story = Told(TraceOf(
        {R"("e":"invoke","op":1,"client":0,"n":1,"do":"put","key":"x","value":"a")",
         R"("e":"request","n":1,"op":1,"request":1)",
         R"("e":"send","n":1,"to":2,"m":1,"kind":"version?","operation":1,"key":"x")",
         R"("e":"recv","n":2,"from":1,"m":1)",
         R"("e":"send","n":2,"to":1,"m":2,"kind":"version","operation":1,"key":"x")",
         R"("e":"recv","n":1,"from":2,"m":2)",
         R"("e":"reply","n":1,"op":1,"request":1,"code":0,"values":[])",
         R"("e":"return","op":1,"client":0,"code":0,"values":[])",
         R"("e":"violation","rule":"R","text":"t","ops":[1])"}));

    EXPECT_NE(story.operations.find("no node had said \"stored\", W=2\n"),
              std::string::npos)
        << story.operations;
}

// Else nobody sees that a node had forgotten what it was asked for.
TEST(FailureStoryTest, TellsWhatBefellDisks)
{
    const FailureStory story = Told(TraceOf(
        {R"("e":"invoke","op":1,"client":0,"n":1,"do":"put","key":"x","value":"a")",
         R"("e":"full","n":2)", R"("e":"fail","n":2,"what":"full")",
         R"("e":"crash","n":2,"lost":0)", R"("e":"wipe","n":2)",
         R"("e":"open","n":2,"code":0)",
         R"("e":"violation","rule":"R","text":"t","ops":[1])"}));

    for (const char *line :
         {"n2          its disk is full", "n2          cannot put",
          "n2          LOSES ITS DISK"})
        EXPECT_NE(story.run.find(line), std::string::npos) << story.run;
}

TEST(FailureStoryTest, GoesOnWhereAnAnswerIsMissing)
{
    const FailureStory story = Told(TraceOf(
        {R"("e":"invoke","op":1,"client":0,"n":1,"do":"put","key":"x","value":"a")",
         R"("e":"request","n":1,"op":1,"request":1)",
         R"("e":"send","n":1,"to":2,"m":1,"kind":"version?","operation":1,"key":"x")",
         R"("e":"lose","m":1,"n":2,"from":1,"why":"cut")",
         R"("e":"violation","rule":"R","text":"t","ops":[1])"}));

    EXPECT_NE(story.run.find("version? x (op 1) [lost: cut]"),
              std::string::npos)
        << story.run;
}

TEST(FailureStoryTest, TellsOnceWhatSeveralNodesDoAtATime)
{
    std::string trace = TraceOf(
        {R"("e":"invoke","op":1,"client":0,"n":1,"do":"put","key":"x","value":"a")",
         R"("e":"request","n":1,"op":1,"request":1)",
         R"("e":"send","n":1,"to":2,"m":1,"kind":"version?","operation":1,"key":"x")",
         R"("e":"send","n":1,"to":1,"m":2,"kind":"version?","operation":1,"key":"x")",
         R"("e":"recv","n":2,"from":1,"m":1)",
         R"("e":"recv","n":1,"from":1,"m":2)",
         R"("e":"return","op":1,"client":0,"code":-1,"values":[])",
         R"("e":"violation","rule":"R","text":"t","ops":[1])"});

    EXPECT_EQ(Told(trace).run.find("the same at"), std::string::npos)
        << Told(trace).run;
    trace.replace(trace.find("\"t\":500"), 7, "\"t\":400");
    EXPECT_NE(
        Told(trace).run.find("n2 <- n1    version? x (op 1); the same at n1"),
        std::string::npos)
        << Told(trace).run;
}

TEST(FailureStoryTest, CountsWhatHappensAgain)
{
    std::vector<std::string> events = {
        R"("e":"invoke","op":1,"client":0,"n":1,"do":"get","key":"x")",
        R"("e":"request","n":1,"op":1,"request":1)"};
    for (int m = 0; m < 50; m++) {
        const std::string number = std::to_string(m);

        events.push_back(R"("e":"timer","n":1,"timer":)" + number +
                         R"(,"after_ms":50,"kind":1,"arg":1)");
        events.push_back(R"("e":"send","n":1,"to":2,"m":)" + number +
                         R"(,"kind":"read?","operation":1,"key":"x")");
        events.push_back(R"("e":"lose","m":)" + number + R"(,"why":"cut")");
        events.push_back(R"("e":"fire","n":1,"timer":)" + number +
                         R"(,"kind":1,"arg":1)");
    }
    events.push_back(R"("e":"return","op":1,"client":0,"code":-8,"values":[])");
    events.push_back(R"("e":"violation","rule":"R","text":"t","ops":[1])");
    const std::string run = Told(TraceOf(events)).run;

    EXPECT_NE(run.find("-x n2  read? x [lost: cut]  [50 times, the last #199]"),
              std::string::npos)
        << run;
    EXPECT_EQ(std::count(run.begin(), run.end(), '\n'), 7) << run;
}

TEST(FailureStoryTest, TellsWhichWritesACrashUndid)
{
    const std::string run =
        Told(TraceOf({R"("e":"put","n":1,"key":"kept","value":"a")",
                      R"("e":"sync","n":1)",
                      R"("e":"put","n":1,"key":"new","value":"b")",
                      R"("e":"crash","n":1,"lost":1)",
                      R"("e":"open","n":1,"code":0)",
                      R"("e":"violation","rule":"R","text":"t")"}))
            .run;

    EXPECT_EQ(run.find("kept"), std::string::npos) << run;
    EXPECT_NE(run.find("own store: new = \"b\"  [undone by the crash, #3]"),
              std::string::npos)
        << run;
    EXPECT_NE(run.find("1 unsynced write is lost"), std::string::npos) << run;
    EXPECT_NE(run.find("begins again"), std::string::npos) << run;
}

TEST(FailureStoryTest, LeavesOutOtherOperationsAndLongRuns)
{
    std::vector<std::string> events;
    const auto operation = [&](int op) {
        const std::string number = std::to_string(op);

        events.push_back(R"("e":"invoke","op":)" + number +
                         R"(,"client":0,"n":1,"do":"get","key":"x")");
        for (int i = 0; i < 100; i++)
            events.push_back(R"("e":"note","n":1,"text":"note )" + number +
                             "." + std::to_string(i) + "\"");
        events.push_back(R"("e":"return","op":)" + number +
                         R"(,"client":0,"code":0,"values":[])");
    };

    operation(1);
    operation(2);
    const std::string all =
        Told(TraceOf(events) +
             R"({"i":900,"t":900000,"e":"violation","rule":"R","text":"t"})" +
             "\n")
            .run;
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 42) << all;
    EXPECT_NE(all.find("lines left out"), std::string::npos) << all;
    const std::string one =
        Told(
            TraceOf(events) +
            R"({"i":900,"t":900000,"e":"violation","rule":"R","text":"t","ops":[1]})" +
            "\n")
            .run;
    EXPECT_NE(one.find("(op 1)"), std::string::npos) << one;
    EXPECT_EQ(one.find("(op 2)"), std::string::npos) << one;
}

TEST(FailureStoryTest, SaysHowMuchIsTheTestsOwnReading)
{
    EXPECT_EQ(Told(kStaleGet).length, "28 events are left.");
    EXPECT_EQ(
        Told(
            TraceOf(
                {R"("e":"invoke","op":1,"client":0,"n":1,"do":"get","key":"x")",
                 R"("e":"invoke","op":2,"client":-1,"n":1,"do":"get","key":"x")",
                 R"("e":"invoke","op":3,"client":-1,"n":1,"do":"get","key":"x")"}))
            .length,
        "3 events are left, the last 2 of them, from #1 on, while the test "
        "itself reads at the end.");
}

TEST(FailureStoryTest, FitsItsColumns)
{
    for (const std::string &text :
         {Told(kStaleGet, 40, 60).run, Told(kStaleGet, 40, 60).operations}) {
        std::istringstream lines(text);
        std::string line;

        while (std::getline(lines, line))
            EXPECT_LE(line.size(), 60u) << line;
    }
}

} // namespace
} // namespace judge
