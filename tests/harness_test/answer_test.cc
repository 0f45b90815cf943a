// answer_test.cc: whatever comes back on the channel, it is read or refused.
#include "harness/answer.h"

#include "harness/violation.h"

#include <climits>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

// Whether reading ends in a violation that blames the channel, in a sentence.
bool Refused(const std::function<void()> &read)
{
    try {
        read();
    } catch (const Violation &violation) {
        EXPECT_EQ(violation.kind, "channel");
        EXPECT_NE(violation.seen.find("answer"), std::string::npos);
        return true;
    }
    return false;
}

// One value of every kind that MessagePack has and a host could be made to send.
std::vector<json> Zoo()
{
    return {json(nullptr),
            json(true),
            json(-1),
            json(INT64_MIN),
            json(0u),
            json(UINT64_MAX),
            json(1.0),
            json(std::nan("")),
            json(1e300),
            json("text"),
            json(std::string("\xff\x00\x1b[31m", 7)),
            json::binary({1, 2, 3}),
            json::array(),
            json::array({1, "two", nullptr}),
            json::array({json::array({json::array()})}),
            json::object({{"a", 1}})};
}

TEST(Answer, ReadsWhatIsRight)
{
    const json answer =
        json::array({7u, -3, true, 0.5, json::array({1u, 2u}),
                     json::array({0.25, 1.0}), json::binary({9, 8})});

    EXPECT_EQ(AnswerUint(answer, 0), 7u);
    EXPECT_EQ(AnswerCode(answer, 0), 7);
    EXPECT_EQ(AnswerCode(answer, 1), -3);
    EXPECT_TRUE(AnswerBool(answer, 2));
    EXPECT_EQ(AnswerDouble(answer, 3), 0.5);
    EXPECT_EQ(AnswerArray(answer, 4).size(), 2u);
    EXPECT_EQ(AnswerNodes(answer, 4), (std::vector<uint32_t>{1, 2}));
    EXPECT_EQ(AnswerDoubles(answer, 5), (std::vector<double>{0.25, 1.0}));
    EXPECT_EQ(AnswerBytes(answer, 6), (std::vector<uint8_t>{9, 8}));
}

TEST(Answer, RefusesOtherKinds)
{
    for (const json &value : Zoo()) {
        const json answer = json::array({value});
        const std::string shown =
            value.dump(-1, ' ', true, json::error_handler_t::replace);

        EXPECT_EQ(Refused([&] { AnswerUint(answer, 0); }),
                  !value.is_number_unsigned())
            << shown;
        EXPECT_EQ(Refused([&] { AnswerCode(answer, 0); }),
                  shown != "-1" && shown != "0")
            << shown;
        EXPECT_EQ(Refused([&] { AnswerBool(answer, 0); }), !value.is_boolean())
            << shown;
        EXPECT_EQ(Refused([&] { AnswerDouble(answer, 0); }),
                  !value.is_number_float())
            << shown;
        EXPECT_EQ(Refused([&] { AnswerArray(answer, 0); }), !value.is_array())
            << shown;
        EXPECT_EQ(Refused([&] { AnswerBytes(answer, 0); }), !value.is_binary())
            << shown;
        EXPECT_EQ(Refused([&] { AnswerNodes(answer, 0); }),
                  value != json::array())
            << shown;
        EXPECT_EQ(Refused([&] { AnswerDoubles(answer, 0); }),
                  value != json::array())
            << shown;
    }
}

TEST(Answer, RefusesWhatIsMissing)
{
    const json answer = json::array({1u});

    EXPECT_TRUE(Refused([&] { AnswerUint(answer, 1); }));
    EXPECT_TRUE(Refused([&] { AnswerBytes(answer, 1); }));
    EXPECT_TRUE(Refused([&] { AnswerArray(answer, SIZE_MAX); }));
    for (const json &value : Zoo())
        EXPECT_TRUE(
            Refused([&] { AnswerUint(value, value.is_array() ? 9 : 0); }));
}

TEST(Answer, RefusesCodesThatAreNoInt)
{
    const json fits = json::array({INT_MAX, INT_MIN});
    const json large = json::array({uint64_t{INT_MAX} + 1, int64_t{INT_MIN} - 1,
                                    UINT64_MAX, INT64_MIN, 2.0});

    EXPECT_EQ(AnswerCode(fits, 0), INT_MAX);
    EXPECT_EQ(AnswerCode(fits, 1), INT_MIN);
    for (size_t i = 0; i < large.size(); i++)
        EXPECT_TRUE(Refused([&] { AnswerCode(large, i); })) << i;
}

TEST(Answer, RefusesNodesBeyond32Bits)
{
    const json fits = json::array({json::array({UINT32_MAX})});

    EXPECT_EQ(AnswerNodes(fits, 0), std::vector<uint32_t>{UINT32_MAX});
    for (const json &node : {json(uint64_t{UINT32_MAX} + 1), json(-1),
                             json(1.0), json(nullptr), json::array({1u})}) {
        const json answer = json::array({json::array({1u, node})});

        EXPECT_TRUE(Refused([&] { AnswerNodes(answer, 0); })) << node;
    }
}

TEST(Answer, PassesOnDoublesThatAreNoNumbers)
{
    // They are doubles; it is the tests' comparisons that must not accept them.
    const json answer =
        json::array({std::nan(""), std::numeric_limits<double>::infinity()});

    EXPECT_TRUE(std::isnan(AnswerDouble(answer, 0)));
    EXPECT_TRUE(std::isinf(AnswerDouble(answer, 1)));
}

} // namespace
} // namespace judge
