// latency_test.cc: percentiles of what was counted, against a sorted list.
#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

extern "C" {
#include "uv/latency.h"
}

namespace judge
{
namespace
{

TEST(Latency, OfNothingIsZero)
{
    const auto none = std::make_unique<latency>();

    EXPECT_EQ(0u, latency_percentile(none.get(), 500000));
    EXPECT_EQ(0u, latency_percentile(none.get(), 1000000));
}

TEST(Latency, IsExactWhereItIsShort)
{
    const auto some = std::make_unique<latency>();

    for (uint64_t us = 1; us <= 50; us++)
        latency_add(some.get(), us);
    EXPECT_EQ(1u, latency_percentile(some.get(), 0));
    EXPECT_EQ(1u, latency_percentile(some.get(), 20000));
    EXPECT_EQ(2u, latency_percentile(some.get(), 20001));
    EXPECT_EQ(25u, latency_percentile(some.get(), 500000));
    EXPECT_EQ(50u, latency_percentile(some.get(), 1000000));
}

TEST(Latency, TakesEveryNumber)
{
    const auto some = std::make_unique<latency>();

    latency_add(some.get(), 0);
    latency_add(some.get(), UINT64_MAX);
    EXPECT_EQ(0u, latency_percentile(some.get(), 500000));
    EXPECT_EQ(UINT64_MAX, latency_percentile(some.get(), 1000000));
}

TEST(Latency, IsAtMostOneIn256TooLong)
{
    std::mt19937_64 random(1);

    for (int round = 0; round < 20; round++) {
        const auto some = std::make_unique<latency>();
        std::vector<uint64_t> all;

        for (int i = 0; i < 1000; i++) {
            all.push_back(random() >> random() % 64);
            latency_add(some.get(), all.back());
        }
        std::sort(all.begin(), all.end());
        for (const uint32_t share :
             {1000u, 250000u, 500000u, 990000u, 999000u, 1000000u}) {
            const uint64_t right = all[share / 1000 - 1],
                           seen = latency_percentile(some.get(), share);

            EXPECT_GE(seen, right);
            EXPECT_LE(seen - right, right / 256) << right;
        }
        EXPECT_EQ(all.back(), latency_percentile(some.get(), 1000000));
    }
}

TEST(Latency, OfTwoTogetherIsThatOfAll)
{
    const auto all = std::make_unique<latency>(),
               first = std::make_unique<latency>(),
               second = std::make_unique<latency>();

    for (uint64_t us = 1; us <= 10000; us++) {
        latency_add(all.get(), us * us);
        latency_add(us % 3 == 0 ? first.get() : second.get(), us * us);
    }
    latency_merge(first.get(), second.get());
    EXPECT_EQ(all->count, first->count);
    EXPECT_EQ(all->most_us, first->most_us);
    EXPECT_DOUBLE_EQ(latency_mean(all.get()), latency_mean(first.get()));
    for (uint32_t share = 0; share <= 1000000; share += 1000)
        EXPECT_EQ(latency_percentile(all.get(), share),
                  latency_percentile(first.get(), share));
}

} // namespace
} // namespace judge
