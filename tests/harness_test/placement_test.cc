// placement_test.cc: who owns a key, against the model of lab 1's ring.
#include "harness/placement.h"

#include "lab1-ring/ring_model.h"

#include <gtest/gtest.h>

namespace judge
{
namespace
{

// Owners that no ring has, so that tests look for a key where nobody keeps it.
TEST(Placement, IsThatOfTheRing)
{
    for (const ring_config &config : {Tokens(8), Tokens(1, 7)}) {
        const std::vector<node_id> nodes = {1, 2, 5, 300};
        const Placement placement(config, nodes);
        RingModel model(config);

        for (const node_id node : nodes)
            ASSERT_EQ(DYN_OK, model.Join(node, 1));
        for (int i = 0; i < 200; i++) {
            const std::string key = "key" + std::to_string(i);
            const Position at = PositionOf({key.begin(), key.end()});

            for (const size_t n : {1u, 3u, 4u})
                EXPECT_EQ(model.Walk(at, n), placement.Owners(key, n)) << key;
        }
    }
}

} // namespace
} // namespace judge
