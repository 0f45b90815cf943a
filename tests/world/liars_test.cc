// liars_test.cc: that liars lie as world.h says, in messages of the contract.
#include "world/toy_world.h"

#include <gtest/gtest.h>
#include <set>

namespace judge
{
namespace
{

// Nodes 1 and 2 say the same to all liars, one after the other: what the liars
// send back, in order.
std::vector<TraceEvent> Answers(const std::vector<Lie> &lies,
                                const std::vector<std::string> &said)
{
    Setup setup = ToldWorld(2 + static_cast<uint32_t>(lies.size()));
    std::vector<TraceEvent> answers;

    for (size_t i = 0; i < lies.size(); i++)
        setup.liars[2 + static_cast<uint32_t>(i)] = lies[i];
    const Trace trace = TraceOf(Choices(1), [&](Trial &t) {
        World world(t, setup);
        for (const std::string &what : said)
            for (uint32_t node = 0; node < 2; node++) {
                std::string script;
                for (size_t i = 0; i < lies.size(); i++)
                    script += "say " + std::to_string(3 + i) + " " + what + ";";
                world.Invoke(node, true, "k", script + "reply");
                world.Quiet(10);
            }
    });
    for (const TraceEvent &event : OfKind(trace, "send"))
        if (*event.n > 2)
            answers.push_back(event);
    return answers;
}

const char kAskVersion[] = "1 0", kRead[] = "5 0";

TEST(Liars, SayNothingWhenSilent)
{
    // Else a quorum is found that there should not be.
    EXPECT_TRUE(
        Answers({Lie::Silent}, {kAskVersion, "3 7 value", kRead}).empty());
}

TEST(Liars, ForgeWhatNobodyWroteAndAllTheSame)
{
    // Else forgers are outvoted by each other, and a vote that counts too few
    // passes.
    const std::vector<TraceEvent> answers =
        Answers({Lie::Forge, Lie::Silent, Lie::Forge},
                {"3 7 value", kAskVersion, kRead});
    std::map<uint64_t, std::map<uint64_t, std::string>> said; // by operation

    for (const TraceEvent &event : answers) {
        if (event.label == "stored") {
            EXPECT_EQ(event.version->rfind("7.", 0), 0u);
            continue;
        }
        EXPECT_GE(std::stoull(*event.version), 1000u);
        if (event.label == "value") {
            EXPECT_EQ(event.value, "forged");
        }
        said[*event.operation][*event.n] =
            *event.label + *event.version + event.value.value_or("");
    }
    EXPECT_EQ(answers.size(), 12u);
    ASSERT_EQ(said.size(), 4u);
    for (const auto &[operation, by_node] : said) {
        ASSERT_EQ(by_node.size(), 2u);
        EXPECT_EQ(by_node.at(3), by_node.at(5));
    }
}

TEST(Liars, EquivocateBetweenThoseThatAsk)
{
    // Else all that are lied to agree, and cannot find out.
    std::map<uint64_t, std::set<std::string>> told; // to whom, what

    for (const TraceEvent &event :
         Answers({Lie::Equivocate}, {kAskVersion, kRead})) {
        EXPECT_GE(std::stoull(*event.version), 1000u);
        told[*event.to].insert(*event.version);
        if (event.label == "value") {
            EXPECT_EQ(event.value, "forged for " + std::to_string(*event.to));
        }
    }

    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[1].size(), 1u);
    EXPECT_EQ(told[2].size(), 1u);
    EXPECT_NE(told[1], told[2]);
}

TEST(Liars, ReplayTheFirstVersionThatTheyWereGiven)
{
    // Else nobody tests against answers that were true once.
    const std::vector<TraceEvent> answers = Answers(
        {Lie::Replay}, {kRead, "3 7 first", "3 8 second", kRead, kAskVersion});

    ASSERT_EQ(answers.size(), 10u);
    for (size_t i = 0; i < 2; i++) {
        EXPECT_EQ(answers[i].label, "value"); // it was given nothing yet
        EXPECT_FALSE(answers[i].version);
        EXPECT_FALSE(answers[i].value);
    }
    EXPECT_EQ(answers[2].label, "stored");
    EXPECT_EQ(answers[2].version, "7.1");
    EXPECT_EQ(answers[4].label, "stored"); // and it is not
    EXPECT_EQ(answers[4].version, "8.1");
    for (size_t i = 6; i < 8; i++) {
        EXPECT_EQ(answers[i].label, "value");
        EXPECT_EQ(answers[i].version, "7.1");
        EXPECT_EQ(answers[i].value, "first");
    }
    EXPECT_EQ(answers[8].label, "version");
    EXPECT_EQ(answers[8].version, "7.1");
}

TEST(Liars, AnswerTheQuestionTheyWereAsked)
{
    // Else a node tells a lie by its form, which a careful liar would not allow.
    for (const Lie lie : {Lie::Forge, Lie::Equivocate, Lie::Replay}) {
        const std::vector<TraceEvent> answers = Answers(
            {lie}, {"3 7 v", kAskVersion, kRead, "2 7", "4 7", "6 7 v"});

        ASSERT_EQ(answers.size(), 6u); // none to an answer
        for (size_t i = 0; i < answers.size(); i++) {
            EXPECT_EQ(answers[i].label,
                      std::vector<std::string>(
                          {"stored", "version", "value"})[i / 2]);
            EXPECT_EQ(answers[i].key, "k");
            // The toy asks under the number of its request.
            EXPECT_EQ(answers[i].operation, i / 2 * 3 + i % 2 + 1);
            EXPECT_EQ(answers[i].to, 1 + i % 2);
        }
    }
}

TEST(Liars, ServeNoClientAndAreNotReadAtTheEnd)
{
    // Else a client is lied to, which no quorum can prevent.
    auto setup = ToldWorld(3);
    setup.liars[1] = Lie::Silent;
    setup.read_at_the_end = true;
    Trial trial(nullptr, Choices(1));
    World world(trial, setup);

    world.Client({Tell(1, "reply")});
    world.Run();

    std::vector<uint32_t> asked;
    for (const Operation &operation : world.Operations())
        asked.push_back(operation.node);
    EXPECT_EQ(asked, (std::vector<uint32_t>{3, 1, 3}));
}

} // namespace
} // namespace judge
