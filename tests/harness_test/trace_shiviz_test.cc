// trace_shiviz_test.cc: ShiViz draws what the clocks say, so a wrong clock is a
// wrong picture.
#include "harness/shiviz.h"

#include "harness_test/trace_sample.h"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

namespace judge
{
namespace
{

TEST(ShiVizTest, WritesItsFormat)
{
    const std::string log = ShiViz(kStaleGet);
    const std::string begin =
        R"((?<host>\S+) (?<clock>\{.*\}) (?<time>[0-9.]+)ms #(?<number>[0-9]+)\n(?<event>.*)

n1 {"n1":1} 0.0ms #0
n1: begins
n2 {"n2":1} 0.0ms #1
n2: begins
client0 {"client0":1} 1.0ms #2
client 0: put x "b" begins (op 0), asked of n1
n1 {"client0":1,"n1":2} 1.0ms #3
n1: put x "b" arrives (op 0)
n1 {"client0":1,"n1":3} 1.0ms #4
n1: own store: kx = "\x00*3\x01b"
n1 {"client0":1,"n1":4} 1.0ms #5
n1: own store is synced
n1 {"client0":1,"n1":5} 1.0ms #6
n1 -> n2: store x 1.1 "b"  [lost: loss]
network {"client0":1,"n1":5,"network":1} 1.0ms #7
n1 => n2: store x 1.1 "b" is doubled by the network
network {"client0":1,"n1":5,"network":2} 1.0ms #8
n1 -x n2: store x 1.1 "b" is lost: the network lost it
n1 {"client0":1,"n1":6} 1.0ms #9
)";

    EXPECT_EQ(log.substr(0, begin.size()), begin);
    for (const char *part :
         // The judge has seen both operations; nobody has seen the judge.
         {"\njudge {\"client0\":2,\"client1\":2,\"judge\":1,\"n1\":11,"
          "\"n2\":7} 2.2ms #25\nn2: BROKEN",
          // A copy brings what its original knew.
          "\nn2 {\"client0\":1,\"client1\":1,\"n1\":5,\"n2\":8} 2.5ms #26\n"
          "n2 <- n1: store x 1.1 \"b\"  [the copy]\n"})
        EXPECT_NE(log.find(part), std::string::npos) << part << log;
}

// What ShiViz demands: each host counts its own events by one, and every clock
// holds its host.
TEST(ShiVizTest, CountsEachHostsEvents)
{
    std::istringstream log(ShiViz(kStaleGet));
    const std::regex first("(\\S+) (\\{.*\\}) ([0-9.]+)ms #([0-9]+)");
    std::map<std::string, uint64_t> counts;
    std::string line;
    std::smatch part;
    int events = 0;

    std::getline(log, line);
    std::getline(log, line);
    EXPECT_EQ(line, "");
    while (std::getline(log, line)) {
        ASSERT_TRUE(std::regex_match(line, part, first)) << line;
        const auto clock = nlohmann::json::parse(part[2].str());

        EXPECT_EQ(clock.at(part[1].str()), ++counts[part[1].str()]) << line;
        ASSERT_TRUE(std::getline(log, line)) << "no second line";
        events++;
    }
    EXPECT_EQ(events, 28);
}

} // namespace
} // namespace judge
