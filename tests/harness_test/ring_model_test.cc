// ring_model_test.cc: the model that students are measured against, measured
// against cases worked out by hand and against brute force.
#include "lab1-ring/ring_model.h"

#include "harness/choices.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <numeric>

namespace judge
{
namespace
{

constexpr uint64_t kSixteenth = uint64_t{1} << 60; // of the circle, as hi

ring_config Config(ring_strategy strategy, uint32_t tokens, uint32_t partitions,
                   uint64_t seed = 1)
{
    return {strategy, tokens, partitions, seed};
}

std::vector<uint8_t> FromHex(const std::string &hex)
{
    std::vector<uint8_t> bytes;

    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(
            static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    return bytes;
}

bool Is(Position seen, uint64_t hi, uint64_t lo)
{
    return seen == Position{hi, lo};
}

// ---- Positions; the digests are md5sum's ----

TEST(ModelPosition, IsTheBigEndianMd5)
{
    EXPECT_EQ(Md5({}), FromHex("d41d8cd98f00b204e9800998ecf8427e"));
    EXPECT_TRUE(Is(PositionOf({'c', 'a', 'r', 't'}), 0x54013ba69c196820u,
                   0x56801f1ef5aad54 | uint64_t{0xe} << 60));
    EXPECT_TRUE(Is(TokenOf(7, 3, 2), 0xe737ff0f626c0691u, 0xdc614de3e2985a7eu));
    EXPECT_TRUE(Is(TokenOf(UINT64_MAX, UINT32_MAX, 65535), 0x1285d85bf8839a12u,
                   0xc9f9aaecccef00b1u));
}

// ---- Members ----

TEST(ModelJoin, ReturnsTheErrorThatIsListedFirst)
{
    RingModel model(Config(RING_TOKENS, 100, 0));

    EXPECT_EQ(model.Join(1, 0), DYN_EINVAL);
    EXPECT_EQ(model.Join(1, RING_WEIGHT_MAX + 1), DYN_EINVAL);
    EXPECT_EQ(model.Join(1, 656), DYN_EINVAL); // 65,600 tokens
    EXPECT_EQ(model.Size(), 0u);
    EXPECT_EQ(model.Join(1, 655), DYN_OK);
    EXPECT_EQ(model.Metadata(), 65500u);
    EXPECT_EQ(model.Join(1, 1), DYN_EEXIST);
    EXPECT_EQ(model.Join(1, 0), DYN_EINVAL);
    EXPECT_EQ(model.JoinAt(1, {{1, 1}}), DYN_EEXIST);
    EXPECT_EQ(model.JoinAt(1, {}), DYN_EINVAL);
    EXPECT_EQ(model.JoinAt(2, std::vector<Position>(RING_TOKENS_MAX)), DYN_OK);
    EXPECT_EQ(model.JoinAt(3, std::vector<Position>(RING_TOKENS_MAX + 1)),
              DYN_EINVAL);
    EXPECT_EQ(model.Leave(3), DYN_ENOENT);
    EXPECT_EQ(model.Leave(1), DYN_OK);
    EXPECT_EQ(model.Leave(1), DYN_ENOENT);
    EXPECT_EQ(model.Members(), Nodes{2});
}

TEST(ModelJoin, KeepsEveryShareAtOnePartitionOrMore)
{
    RingModel model(Config(RING_PARTITIONS, 0, 4));

    EXPECT_EQ(model.Join(1, RING_WEIGHT_MAX), DYN_OK); // alone it has all four
    EXPECT_EQ(model.Join(2, 1), DYN_ERANGE);           // 4 * 1 / 1025 < 1
    EXPECT_EQ(model.Join(2, 342), DYN_OK);             // 4 * 342 / 1366 > 1
    EXPECT_EQ(model.Join(3, RING_WEIGHT_MAX), DYN_ERANGE); // too little for 2
    EXPECT_EQ(model.JoinAt(3, {{1, 1}}), DYN_EINVAL);
    EXPECT_EQ(model.Members(), (Nodes{1, 2}));
    // The limit itself: 4 * 342 = 1368 >= 1024 + 342 + 2.
    EXPECT_EQ(model.Join(3, 2), DYN_ERANGE);

    RingModel even(Config(RING_PARTITIONS, 0, 3));
    for (node_id node = 0; node < 3; node++)
        EXPECT_EQ(even.Join(node, 7), DYN_OK); // each exactly one partition
    EXPECT_EQ(even.Join(3, 7), DYN_ERANGE);
    EXPECT_EQ(even.Size(), 3u);
}

// ---- Walks ----

TEST(ModelWalk, OfStrategy1StartsAtTheFirstTokenAtOrAfter)
{
    RingModel model(Config(RING_TOKENS, 1, 0));

    EXPECT_EQ(model.Walk({0, 0}), Nodes{});
    model.JoinAt(10, {{100, 0}, {300, 5}});
    model.JoinAt(20, {{200, 0}});
    model.JoinAt(30, {{300, 4}});
    EXPECT_EQ(model.Walk({0, 0}), (Nodes{10, 20, 30}));
    EXPECT_EQ(model.Walk({100, 0}), (Nodes{10, 20, 30}));
    EXPECT_EQ(model.Walk({100, 1}), (Nodes{20, 30, 10}));
    EXPECT_EQ(model.Walk({200, 1}), (Nodes{30, 10, 20}));
    EXPECT_EQ(model.Walk({300, 4}), (Nodes{30, 10, 20}));
    EXPECT_EQ(model.Walk({300, 5}), (Nodes{10, 20, 30}));
    EXPECT_EQ(model.Walk({300, 6}), (Nodes{10, 20, 30}));
    EXPECT_EQ(model.Walk({UINT64_MAX, UINT64_MAX}), (Nodes{10, 20, 30}));
    EXPECT_EQ(model.Walk({100, 1}, 2), (Nodes{20, 30}));
    EXPECT_EQ(model.Walk({100, 1}, 9), (Nodes{20, 30, 10}));
}

TEST(ModelWalk, MeetsTheSmallerNodeFirstWhereTokensCollide)
{
    RingModel model(Config(RING_TOKENS, 1, 0));

    model.JoinAt(7, {{50, 0}});
    model.JoinAt(3, {{50, 0}});
    model.JoinAt(5, {{50, 0}, {50, 0}});
    EXPECT_EQ(model.Walk({50, 0}), (Nodes{3, 5, 7}));
    EXPECT_EQ(model.Walk({51, 0}), (Nodes{3, 5, 7}));
}

TEST(ModelWalk, OfStrategy2StartsWhereTheNextPartitionBegins)
{
    RingModel model(Config(RING_TOKENS_PARTITIONS, 1, 4));
    const uint64_t quarter = uint64_t{1} << 62;

    model.JoinAt(1, {{quarter - 1, UINT64_MAX}}); // the last of partition 0
    model.JoinAt(2, {{quarter, 0}});              // the first of partition 1
    model.JoinAt(3, {{0, 0}});
    EXPECT_EQ(model.Walk({0, 0}), (Nodes{2, 3, 1}));
    EXPECT_EQ(model.Walk({quarter - 1, UINT64_MAX}), (Nodes{2, 3, 1}));
    EXPECT_EQ(model.Walk({quarter, 0}), (Nodes{3, 1, 2}));
    // Behind the last partition comes position 0.
    EXPECT_EQ(model.Walk({3 * quarter, 0}), (Nodes{3, 1, 2}));
    EXPECT_EQ(model.Walk({UINT64_MAX, UINT64_MAX}), (Nodes{3, 1, 2}));
}

TEST(ModelWalk, OfStrategy2KnowsPartitionsOfUnequalSize)
{
    // Q = 3: partition 1 begins at ceil(2^32 / 3) = 1431655766.
    RingModel model(Config(RING_TOKENS_PARTITIONS, 1, 3));

    model.JoinAt(1, {{uint64_t{1431655765} << 32 | UINT32_MAX, UINT64_MAX}});
    model.JoinAt(2, {{uint64_t{1431655766} << 32, 0}});
    EXPECT_EQ(model.Walk({0, 0}), (Nodes{2, 1}));
    EXPECT_EQ(model.Walk({uint64_t{1431655766} << 32, 0}), (Nodes{1, 2}));
}

TEST(ModelWalk, OfStrategy3VisitsTheOwners)
{
    RingModel model(Config(RING_PARTITIONS, 0, 4));
    const Nodes owners = {9, 4, 9, 6};

    for (const node_id node : {4, 6, 9})
        EXPECT_EQ(model.Join(node, 1), DYN_OK);
    EXPECT_EQ(model.Walk({0, 0}, owners), (Nodes{9, 4, 6}));
    EXPECT_EQ(model.Walk({4 * kSixteenth, 0}, owners), (Nodes{4, 9, 6}));
    EXPECT_EQ(model.Walk({8 * kSixteenth, 0}, owners), (Nodes{9, 6, 4}));
    EXPECT_EQ(model.Walk({UINT64_MAX, UINT64_MAX}, owners), (Nodes{6, 9, 4}));
}

// ---- Partitions ----

TEST(ModelPartition, BeginsAtTheSmallestPositionThatHasIt)
{
    for (const uint32_t q : {1u, 2u, 3u, 7u, 40u, 1000u, RING_PARTITIONS_MAX}) {
        const RingModel model(Config(RING_PARTITIONS, 0, q));

        EXPECT_EQ(model.PartitionOf({0, 0}), 0u);
        EXPECT_EQ(model.PartitionOf({UINT64_MAX, UINT64_MAX}), q - 1);
        for (uint64_t p = 1; p < q; p += 1 + q / 500) {
            // The smallest h with h * q >= p * 2^32.
            uint64_t h = (p << 32) / q;

            while (h * q < p << 32)
                h++;
            EXPECT_EQ(model.PartitionOf({h << 32, 0}), p) << q;
            EXPECT_EQ(model.PartitionOf({(h << 32) - 1, UINT64_MAX}), p - 1)
                << q;
        }
    }
}

// ---- Shares ----

// With every border on a sixteenth of the circle, all positions within one
// sixteenth have one walk, so sixteen walks give the exact shares.
std::map<node_id, double> SharesBySampling(const RingModel &model, size_t n,
                                           const Nodes &owners)
{
    std::map<node_id, double> shares;

    for (uint64_t i = 0; i < 16; i++)
        for (const node_id node : model.Walk({i * kSixteenth, 1}, n, owners))
            shares[node] += 1.0 / 16;
    return shares;
}

void ExpectShares(const RingModel &model, size_t n, const Nodes &owners)
{
    const std::vector<double> seen = model.Shares(n, owners);
    std::map<node_id, double> due = SharesBySampling(model, n, owners);
    const Nodes members = model.Members();

    ASSERT_EQ(seen.size(), members.size());
    for (size_t i = 0; i < members.size(); i++)
        EXPECT_NEAR(seen[i], due[members[i]], 1e-12) << "node " << members[i];
    EXPECT_NEAR(std::accumulate(seen.begin(), seen.end(), 0.0),
                static_cast<double>(n), 1e-9);
}

TEST(ModelShares, AreWhatSamplingFinds)
{
    Choices choices(5);

    for (int round = 0; round < 300; round++) {
        const ring_strategy strategy =
            static_cast<ring_strategy>(1 + choices.Choose(3));
        const uint32_t q = uint32_t{1} << choices.Choose(5); // 1 .. 16
        RingModel model(Config(strategy, 1, q));
        Nodes owners;

        for (node_id node = 0; node <= choices.Choose(5); node++) {
            std::vector<Position> tokens(1 + choices.Choose(3));

            for (Position &token : tokens)
                token = {choices.Choose(16) * kSixteenth, 0};
            if (strategy == RING_PARTITIONS)
                model.Join(node, 1);
            else
                model.JoinAt(node, tokens);
        }
        for (uint32_t p = 0; p < q && strategy == RING_PARTITIONS; p++)
            owners.push_back(
                p < model.Size()
                    ? p
                    : static_cast<node_id>(choices.Choose(model.Size())));
        ExpectShares(model, 1 + choices.Choose(model.Size()), owners);
    }
}

TEST(ModelShares, GiveTheWholeCircleToOneToken)
{
    RingModel model(Config(RING_TOKENS, 1, 0));

    model.JoinAt(1, {{5, 5}});
    EXPECT_EQ(model.Shares(1), std::vector<double>{1});
    model.JoinAt(2, {{5, 5}});
    EXPECT_EQ(model.Shares(1), (std::vector<double>{1, 0}));
    EXPECT_EQ(model.Shares(2), (std::vector<double>{1, 1}));
}

TEST(ModelShares, SeeGapsThatCrossZeroAndDifferInTheLowHalf)
{
    RingModel model(Config(RING_TOKENS, 1, 0));

    // 1 owns what lies after 2's token and up to its own, over the top.
    model.JoinAt(1, {{kSixteenth, 0}});
    model.JoinAt(2, {{15 * kSixteenth, 1}});
    const std::vector<double> shares = model.Shares(1);
    EXPECT_NEAR(shares[0], 2.0 / 16, 1e-12);
    EXPECT_NEAR(shares[1], 14.0 / 16, 1e-12);
}

// ---- Quotas, and the fewest moves ----

TEST(ModelQuotas, AreTheShareRoundedDownAndUp)
{
    RingModel model(Config(RING_PARTITIONS, 0, 10));

    model.Join(1, 1);
    model.Join(2, 3); // s = 2.5 and 7.5
    EXPECT_EQ(model.Quotas().at(1).least, 2u);
    EXPECT_EQ(model.Quotas().at(1).most, 3u);
    EXPECT_EQ(model.Quotas().at(2).least, 7u);
    EXPECT_EQ(model.Quotas().at(2).most, 8u);
    model.Join(3, 1); // s = 2, 6, 2
    for (const auto &[node, quota] : model.Quotas()) {
        EXPECT_EQ(quota.least, node == 2 ? 6u : 2u);
        EXPECT_EQ(quota.most, quota.least);
    }
}

// Tries every table there is.
uint64_t FewestMovesByTrying(const RingModel &model, const Nodes &before)
{
    const std::map<node_id, Quota> quotas = model.Quotas();
    const Nodes members = model.Members();
    uint64_t fewest = UINT64_MAX, tables = 1;

    for (size_t i = 0; i < before.size(); i++)
        tables *= members.size();
    for (uint64_t table = 0; table < tables; table++) {
        std::map<node_id, uint64_t> count;
        uint64_t moves = 0, rest = table;
        bool legal = true;

        for (const node_id owner : before) {
            const node_id node = members[rest % members.size()];

            rest /= members.size();
            count[node]++;
            moves += node != owner;
        }
        for (const auto &[node, quota] : quotas)
            legal = legal && count[node] >= quota.least &&
                    count[node] <= quota.most;
        if (legal)
            fewest = std::min(fewest, moves);
    }
    return fewest;
}

TEST(ModelFewestMoves, AreThoseOfTheBestOfAllTables)
{
    Choices choices(6);
    int compared = 0;

    for (int round = 0; round < 400; round++) {
        const uint32_t q = static_cast<uint32_t>(1 + choices.Choose(6));
        RingModel model(Config(RING_PARTITIONS, 0, q));
        Nodes before;

        for (node_id node = 0; node < 3; node++)
            model.Join(node, static_cast<uint32_t>(1 + choices.Choose(4)));
        // Node 9 has left; tables that no history leads to are compared too.
        for (uint32_t p = 0; p < q; p++) {
            const node_id owner = static_cast<node_id>(choices.Choose(4));

            before.push_back(owner == 3 ? 9 : owner);
        }
        EXPECT_EQ(model.FewestMoves(Count(before)),
                  FewestMovesByTrying(model, before))
            << Show(before) << ", Q " << q;
        compared += model.Size() == 3;
    }
    EXPECT_GT(compared, 50);
}

TEST(ModelFewestMoves, AreNoneWhereAllIsWell)
{
    RingModel model(Config(RING_PARTITIONS, 0, 7));

    model.Join(1, 1);
    model.Join(2, 1);
    EXPECT_EQ(model.FewestMoves({{1, 3}, {2, 4}}), 0u);
    EXPECT_EQ(model.FewestMoves({{1, 4}, {2, 3}}), 0u);
    EXPECT_EQ(model.FewestMoves({{1, 7}}), 3u);
    EXPECT_EQ(model.FewestMoves({{1, 2}, {2, 2}, {3, 3}}), 3u);
}

// ---- The rest ----

TEST(ModelEncoding, IsTheContractsBytes)
{
    RingModel model(Config(RING_PARTITIONS, 0, 2, 5));

    EXPECT_EQ(model.Encoding({}),
              FromHex("445952330000000200000000000000050000"
                      "0000d1deba5326b91826a282ab5f8331d963"));
    model.Join(9, 3);
    EXPECT_EQ(model.Encoding({9, 9}),
              FromHex("44595233000000020000000000000005000000010000000900000003"
                      "0000000900000009d01629fa6a525c3a56502ce5d4e7e848"));
}

TEST(ModelMetadata, CountsTokensOrPartitions)
{
    RingModel one(Config(RING_TOKENS, 6, 0)),
        three(Config(RING_PARTITIONS, 0, 8));

    EXPECT_EQ(one.Metadata(), 0u);
    one.Join(1, 2);
    one.JoinAt(2, {{1, 1}, {1, 1}, {2, 2}});
    EXPECT_EQ(one.Metadata(), 15u);
    EXPECT_EQ(three.Metadata(), 8u);
    three.Join(1, 2);
    EXPECT_EQ(three.Metadata(), 8u);
}

} // namespace
} // namespace judge
