// trace_narrative_test.cc: the story is all that a student sees of a failure in
// the terminal; it must fit, and must not leave out what broke.
#include "harness/narrative.h"

#include "harness_test/trace_sample.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sstream>
#include <stdexcept>

namespace judge
{
namespace
{

const char kStory[] = R"(Register.Sees, seed 0x2a, case 3
register on 2 nodes, N=2, R=1, W=2 (isolated world)

       #0       0.0 ms  n1          begins
       #1       0.0 ms  n2          begins
>>*    #2       1.0 ms  client 0    put x "b" begins (op 0), asked of n1
  *    #3       1.0 ms  n1          put x "b" arrives (op 0)
  *    #4                             own store: kx = "\x00*3\x01b"
  *    #5                             own store is synced
  *    #6                             -> n2  store x 1.1 "b"  [lost: loss]
x2*    #7       1.0 ms  n1 => n2    store x 1.1 "b" is doubled by the network
xx*    #8       1.0 ms  n1 -x n2    store x 1.1 "b" is lost: the network lost it
  *    #9                             sets timer 1 for 50 ms from now (kind 1, arg 1)
  *   #10                             -> n1  store x 1.1 "b"
  *   #11       1.1 ms  n1 <- n1    store x 1.1 "b"
  *   #12                             -> n1  stored x 1.1
  *   #13       1.2 ms  n1 <- n1    stored x 1.1
  *   #14                             answers put x "b" (op 0): ok; it had "stored" from 1 node
                                      (W=2): n1 (1.1)
<<*   #15       1.2 ms  client 0    put x "b" ends (op 0): ok, after 0.2 ms
!!    #16       1.3 ms  n1          CRASHES
>>*   #17       2.0 ms  client 1    get x begins (op 1), asked of n2
  *   #18       2.0 ms  n2          get x arrives (op 1)
  *   #19                             -> n2  read? x
  *   #20       2.1 ms  n2 <- n2    read? x
  *   #21                             -> n2  value x 0.0
  *   #22       2.2 ms  n2 <- n2    value x 0.0
  *   #23                             answers get x (op 1): nothing; it had "value" from 1 node
                                      (R=1): n2 (0.0)
<<*   #24       2.2 ms  client 1    get x ends (op 1): nothing, after 0.2 ms
!!    #25       2.2 ms  Broken rule: Register.Sees
  *   #26       2.5 ms  n2 <- n1    store x 1.1 "b"  [the copy]
  *   #27                             notes: too late

BROKEN at #25, 2.2 ms, on n2; broken rule: Register.Sees
  get x (op 1) found nothing.
    op 0    #2 to #15       client 0 through n1: put x "b" -> ok
                            when it answered (#14) it had "stored" from 1 node (W=2): n1 (1.1)
    op 1    #17 to #24      client 1 through n2: get x -> nothing
                            when it answered (#23) it had "value" from 1 node (R=1): n2 (0.0)
Lines with * belong to these operations.
The rule is explained in lab2.html#b
)";

size_t LinesOf(const std::string &text)
{
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

size_t Times(const std::string &text, const std::string &part)
{
    size_t times = 0;

    for (size_t at = text.find(part); at != std::string::npos;
         at = text.find(part, at + 1))
        times++;
    return times;
}

TEST(NarrativeTest, TellsTheWholeStory)
{
    EXPECT_EQ(Narrative(kStaleGet), kStory);
}

// A trace whose first operation is in the violation, and then nothing of note.
std::string LongTrace(int events)
{
    std::string trace = "{\"trace\":1,\"nodes\":[1]}\n";
    int i = 0;
    const auto add = [&](const std::string &rest) {
        trace += "{\"i\":" + std::to_string(i) +
                 ",\"t\":" + std::to_string(1000 * i) + "," + rest + "}\n";
        i++;
    };

    while (i < events / 2)
        add(R"("e":"note","n":1,"text":"early")");
    add(R"("e":"invoke","op":4,"client":0,"n":1,"do":"get","key":"x")");
    add(R"("e":"request","n":1,"op":4,"request":1)");
    add(R"("e":"reply","n":1,"op":4,"request":1,"code":-8,"values":[])");
    add(R"("e":"return","op":4,"client":0,"code":-8,"values":[])");
    add(R"("e":"crash","n":1,"lost":2)");
    add(R"("e":"open","n":1,"code":0)");
    while (i < events - 1)
        add(R"("e":"note","n":1,"text":"late")");
    add(R"("e":"violation","rule":"R","text":"t","ops":[4])");
    return trace;
}

TEST(NarrativeTest, KeepsBeginningEndAndTheViolatedOperations)
{
    NarrativeOptions options;

    options.events_most = 20;
    const std::string story = Narrative(LongTrace(1000), options);

    EXPECT_LT(LinesOf(story), 40u);
    for (const char *part :
         {"#0 ", "#3 ", "get x begins (op 4)", "get x arrives",
          "fails, DYN_EUNAVAILABLE (too few nodes",
          "CRASHES, and 2 unsynced writes are lost", "begins again",
          "events left out (#", "#998 ", "BROKEN at #999"})
        EXPECT_NE(story.find(part), std::string::npos) << part << "\n" << story;
    EXPECT_EQ(Times(story, "notes: early"), 4u); // a third of what is left
    EXPECT_EQ(Times(story, "notes: late"), 9u);
    options.events_most = 3; // the violated operation stays whole
    EXPECT_NE(Narrative(LongTrace(1000), options).find("get x arrives"),
              std::string::npos);
}

TEST(NarrativeTest, SaysHowManyEventsItLeavesOut)
{
    NarrativeOptions options;

    options.events_most = 20;
    std::istringstream story(Narrative(LongTrace(1000), options));
    std::string line;
    int told = 0, left_out = 0;

    while (std::getline(story, line) && line.find("BROKEN at") != 0) {
        const size_t number = line.find(" events left out");

        if (number != std::string::npos)
            left_out += std::stoi(line.substr(line.find("...") + 3));
        else if (line.size() > 9 && line.find('#') < 9)
            told++;
    }
    EXPECT_EQ(told, 20);
    EXPECT_EQ(told + left_out, 1000);
}

TEST(NarrativeTest, TellsOnlyOfOneKey)
{
    NarrativeOptions options;
    const std::string other =
        R"({"i":28,"t":2500,"e":"invoke","op":2,"client":0,"n":2,"do":"get","key":"other"})";

    options.key = "x";
    const std::string story = Narrative(kStaleGet + other + "\n", options);
    EXPECT_EQ(story.find("get other"), std::string::npos) << story;
    EXPECT_NE(story.find("put x \"b\" begins"), std::string::npos);
    EXPECT_NE(story.find("store x 1.1"), std::string::npos);
    EXPECT_NE(story.find("CRASHES"), std::string::npos);
    options.key = "other";
    EXPECT_EQ(Narrative(kStaleGet + other + "\n", options).find("store x"),
              std::string::npos);
}

TEST(NarrativeTest, Fits100Columns)
{
    const std::string text(500, 'w');
    const std::string trace =
        "{\"trace\":1,\"test\":\"" + text +
        "\"}\n{\"i\":0,\"t\":123456789000,\"e\":\"note\",\"n\":4294967295,"
        "\"text\":\"\xc3\xa9 and " +
        text +
        "\"}\n{\"i\":100000,\"t\":123456789000,\"e\":\"violation\","
        "\"rule\":\"" +
        text + "\",\"text\":\"a b " + text + "\"}\n";
    std::istringstream story(Narrative(trace));
    std::string line;

    while (std::getline(story, line))
        EXPECT_LE(line.size() - (line.find("\xc3") != std::string::npos), 100u)
            << line;
}

TEST(NarrativeTest, SaysThatNothingBroke)
{
    EXPECT_NE(Narrative("{\"trace\":1}\n").find("Nothing is marked as broken"),
              std::string::npos);
    EXPECT_THROW(Narrative("{\"trace\":1}\n{"), std::runtime_error);
}

// Each kind of event has words of its own.
TEST(NarrativeTest, HasWordsForEveryKind)
{
    std::string trace = "{\"trace\":1,\"nodes\":[1,2]}\n";
    int i = 0;

    for (const char *rest :
         {R"("e":"phase","name":"faults")",
          R"("e":"open","n":1,"code":-10)",
          R"("e":"delete","n":1,"key":"a b")",
          R"("e":"cancel","n":1,"timer":5)",
          R"("e":"fire","n":1,"timer":6,"kind":2,"arg":7)",
          R"("e":"cut","from":1,"to":2)",
          R"("e":"join","from":1,"to":2)",
          R"("e":"pause","n":1)",
          R"("e":"resume","n":1)",
          R"("e":"slow","n":1,"factor":5)",
          R"("e":"slow","n":1,"factor":1)",
          R"("e":"skew","n":1,"ms":-20)",
          R"("e":"full","n":1)",
          R"("e":"fail","n":1,"what":"full")",
          R"("e":"fail","n":1,"what":"sync")",
          R"("e":"room","n":1)",
          R"("e":"wipe","n":1)",
          R"("e":"phase","name":"calm")",
          R"("e":"invoke","op":1,"client":-1,"n":1,"do":"get","key":"k")",
          R"("e":"abandon","op":1,"client":-1)",
          R"("e":"invoke","op":2,"client":3,"n":1,"do":"get","key":"k")",
          R"("e":"return","op":2,"client":3,"code":0,"values":["a","b"])",
          R"("e":"send","n":1,"to":2,"m":1,"kind":"hint","hops":3)",
          R"("e":"send","n":1,"to":2,"m":2,"kind":"hint")",
          R"("e":"lose","m":2,"why":"down")",
          R"("e":"gossip","n":2,"round":4)"})
        trace += "{\"i\":" + std::to_string(i++) + ",\"t\":0," + rest + "}\n";
    const std::string story = Narrative(trace);
    for (const char *words :
         {"faults may happen from here on",
          "fails to open: DYN_EIO (the store could not be read or written)",
          "own store: \"a b\" is deleted",
          "cancels timer 5",
          "timer 6 rings (kind 2, arg 7)",
          "n1 -| n2    partition: messages are lost",
          "messages pass again",
          "is paused: what arrives waits",
          "goes on",
          "its messages take 5 times as long",
          "is as quick as before",
          "its clock is 20 ms behind",
          "its disk is full",
          "cannot put: its disk is full, and it ends",
          "cannot sync: its disk fails, and it ends",
          "its disk has room again",
          "LOSES ITS DISK",
          "calm begins: all is healed",
          "the test    get k begins (op 1)",
          "whether it happens stays unknown",
          "\"a\", \"b\", 2 side by side",
          "hint hops=3  [never arrives]",
          "hint is lost: nobody is there",
          "gossip round=4"})
        EXPECT_NE(story.find(words), std::string::npos) << words << "\n"
                                                        << story;
}

} // namespace
} // namespace judge
