#include "lab1-ring/ring_model.h"

#include "harness/bytes.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <stdexcept>

namespace judge
{
namespace
{

void Append(std::vector<uint8_t> *bytes, uint64_t number, int size)
{
    for (int i = size - 1; i >= 0; i--)
        bytes->push_back(static_cast<uint8_t>(number >> (8 * i)));
}

Position FromDigest(const std::vector<uint8_t> &digest)
{
    Position p;

    for (int i = 0; i < 8; i++) {
        p.hi = p.hi << 8 | digest[i];
        p.lo = p.lo << 8 | digest[8 + i];
    }
    return p;
}

} // namespace

std::vector<uint8_t> Md5(const std::vector<uint8_t> &bytes)
{
    const Digest digest = Md5(std::string(bytes.begin(), bytes.end()));

    return {digest.begin(), digest.end()};
}

Position PositionOf(const std::vector<uint8_t> &key)
{
    return FromDigest(Md5(key));
}

Position TokenOf(uint64_t seed, node_id node, uint32_t index)
{
    std::vector<uint8_t> bytes;

    Append(&bytes, seed, 8);
    Append(&bytes, node, 4);
    Append(&bytes, index, 4);
    return FromDigest(Md5(bytes));
}

int RingModel::Join(node_id node, uint32_t weight)
{
    const bool table = config_.strategy == RING_PARTITIONS;
    const uint64_t tokens = uint64_t{config_.tokens} * weight;
    ModelMember member;

    why_.clear();
    if (weight < 1 || weight > RING_WEIGHT_MAX) {
        why_ = "a weight is 1 to " + std::to_string(RING_WEIGHT_MAX);
        return DYN_EINVAL;
    }
    if (!table && tokens > RING_TOKENS_MAX) {
        why_ = std::to_string(weight) + " * " + std::to_string(config_.tokens) +
               " = " + std::to_string(tokens) + " tokens are more than " +
               std::to_string(RING_TOKENS_MAX);
        return DYN_EINVAL;
    }
    if (Has(node))
        return DYN_EEXIST;
    member.weight = weight;
    if (!table)
        for (uint32_t i = 0; i < tokens; i++)
            member.tokens.push_back(TokenOf(config_.seed, node, i));
    members_[node] = member;
    if (table) {
        const uint64_t sum = TotalWeight();

        for (const auto &[id, other] : members_)
            if (uint64_t{config_.partitions} * other.weight < sum) {
                why_ = "the share of node " + std::to_string(id) +
                       " would be " + std::to_string(config_.partitions) +
                       " * " + std::to_string(other.weight) + " / " +
                       std::to_string(sum) + ", below 1";
                members_.erase(node);
                return DYN_ERANGE;
            }
    }
    return DYN_OK;
}

int RingModel::JoinAt(node_id node, const std::vector<Position> &tokens)
{
    if (config_.strategy == RING_PARTITIONS || tokens.empty() ||
        tokens.size() > RING_TOKENS_MAX)
        return DYN_EINVAL;
    if (Has(node))
        return DYN_EEXIST;
    members_[node] = {1, tokens};
    return DYN_OK;
}

int RingModel::Leave(node_id node)
{
    return members_.erase(node) > 0 ? DYN_OK : DYN_ENOENT;
}

Nodes RingModel::Members() const
{
    Nodes nodes;

    for (const auto &[node, member] : members_)
        nodes.push_back(node);
    return nodes;
}

std::vector<std::pair<Position, node_id>> RingModel::Tokens() const
{
    std::vector<std::pair<Position, node_id>> tokens;

    for (const auto &[node, member] : members_)
        for (const Position &at : member.tokens)
            tokens.push_back({at, node});
    std::sort(tokens.begin(), tokens.end());
    return tokens;
}

uint32_t RingModel::PartitionOf(Position at) const
{
    const uint64_t top = at.hi >> 32;

    return static_cast<uint32_t>(top * config_.partitions /
                                 (uint64_t{1} << 32));
}

Nodes RingModel::Walk(Position at, const Nodes &owners) const
{
    std::vector<node_id> order; // of tokens or partitions, from the start on
    std::set<node_id> met;
    Nodes walk;

    if (config_.strategy == RING_PARTITIONS) {
        const uint32_t first = PartitionOf(at);

        for (uint32_t i = 0; i < config_.partitions; i++)
            order.push_back(owners.at((first + i) % config_.partitions));
    } else {
        const auto tokens = Tokens();

        at = WalkStart(at);
        for (int turn = 0; turn < 2; turn++)
            for (const auto &[token, node] : tokens)
                if ((turn == 0) == !(token < at))
                    order.push_back(node);
    }
    for (const node_id node : order)
        if (met.insert(node).second)
            walk.push_back(node);
    return walk;
}

// A position in few digits: of random ones the first eight are enough.
static std::string Brief(const Position &at)
{
    char text[24];

    if (at.lo < 256 && (at.hi & 0xffffffff) < 256)
        return Show(at);
    std::snprintf(text, sizeof text, "0x%08x..",
                  static_cast<unsigned>(at.hi >> 32));
    return text;
}

Position RingModel::WalkStart(Position at) const
{
    if (config_.strategy != RING_TOKENS_PARTITIONS)
        return at;
    // The first position that lies in the next partition.
    const uint64_t q = config_.partitions, p = PartitionOf(at);
    const uint64_t top = ((p + 1) * (uint64_t{1} << 32) + q - 1) / q;

    return {top << 32, 0}; // 2^32 wraps to 0, as the circle does
}

std::string RingModel::ExplainWalk(Position at, const Nodes &owners) const
{
    std::string text;
    int shown = 0;

    if (config_.strategy == RING_PARTITIONS) {
        const uint32_t q = config_.partitions, first = PartitionOf(at);

        text = "it lies in partition " + std::to_string(first) +
               "; the owners from there on:";
        for (uint32_t i = 0; i < q && shown < 6; i++, shown++)
            text += " " + std::to_string(owners.at((first + i) % q));
        return text;
    }
    const auto tokens = Tokens();
    const Position start = WalkStart(at);
    if (config_.strategy == RING_TOKENS_PARTITIONS)
        text = "its partition, " + std::to_string(PartitionOf(at)) +
               ", ends at " + Show(start) + "; ";
    text += "the tokens from there on:";
    for (int turn = 0; turn < 2; turn++)
        for (const auto &[token, node] : tokens)
            if ((turn == 0) == !(token < start) && shown++ < 5)
                text += " node " + std::to_string(node) + " at " +
                        Brief(token) + (shown < 5 ? "," : " ...");
    if (text.back() == ',')
        text.pop_back();
    return text;
}

std::string RingModel::FieldAt(size_t offset) const
{
    const size_t owners = 20 + 8 * members_.size();
    const size_t digest =
        owners + (members_.empty() ? 0 : 4 * size_t{config_.partitions});

    if (offset < 4)
        return "the letters DYR3";
    if (offset < 8)
        return "Q";
    if (offset < 16)
        return "the seed";
    if (offset < 20)
        return "the number of members";
    if (offset < owners)
        return std::string((offset - 20) % 8 < 4 ? "the node" : "the weight") +
               " of member " + std::to_string((offset - 20) / 8);
    if (offset < digest)
        return "the owner of partition " +
               std::to_string((offset - owners) / 4);
    return "the MD5";
}

Nodes RingModel::Walk(Position at, size_t n, const Nodes &owners) const
{
    Nodes walk = Walk(at, owners);

    walk.resize(std::min(n, walk.size()));
    return walk;
}

std::vector<double> RingModel::Shares(size_t n, const Nodes &owners) const
{
    std::map<node_id, long double> share;
    std::vector<double> shares;
    const long double circle = 18446744073709551616.0L; // 2^64
    const auto add = [&](Position at, long double width) {
        for (const node_id node : Walk(at, n, owners))
            share[node] += width;
    };

    if (config_.strategy == RING_TOKENS) {
        const auto tokens = Tokens();
        Position before = tokens.back().first;
        bool whole = true; // as long as all tokens are at one place

        for (const auto &[at, node] : tokens)
            whole = whole && at == tokens.front().first;
        for (const auto &[at, node] : tokens) {
            const uint64_t lo = at.lo - before.lo;
            const uint64_t hi = at.hi - before.hi - (at.lo < before.lo ? 1 : 0);

            add(at, hi / circle + lo / circle / circle);
            before = at;
        }
        if (whole)
            add(tokens.front().first, 1.0L);
    } else {
        const uint64_t q = config_.partitions;

        for (uint64_t p = 0; p < q; p++) {
            const uint64_t from = ((p << 32) + q - 1) / q;
            const uint64_t to = (((p + 1) << 32) + q - 1) / q;

            add({from << 32, 0}, (to - from) / 4294967296.0L);
        }
    }
    for (const auto &[node, member] : members_)
        shares.push_back(static_cast<double>(share[node]));
    return shares;
}

uint64_t RingModel::Metadata() const
{
    uint64_t tokens = 0;

    for (const auto &[node, member] : members_)
        tokens += member.tokens.size();
    return config_.strategy == RING_PARTITIONS ? config_.partitions : tokens;
}

uint64_t RingModel::TotalWeight() const
{
    uint64_t sum = 0;

    for (const auto &[node, member] : members_)
        sum += member.weight;
    return sum;
}

std::map<node_id, Quota> RingModel::Quotas() const
{
    std::map<node_id, Quota> quotas;
    const uint64_t sum = TotalWeight();

    for (const auto &[node, member] : members_) {
        const uint64_t product = uint64_t{config_.partitions} * member.weight;

        quotas[node] = {product / sum, (product + sum - 1) / sum};
    }
    return quotas;
}

uint64_t RingModel::FewestMoves(const std::map<node_id, uint64_t> &owned) const
{
    const std::map<node_id, Quota> quotas = Quotas();
    uint64_t give = 0, take = 0;

    // Somebody must give up what lies above its most, and somebody must be
    // given what is missing to its least; one move can do both.
    for (const auto &[node, count] : owned) {
        const uint64_t most = quotas.count(node) ? quotas.at(node).most : 0;

        give += count > most ? count - most : 0;
    }
    for (const auto &[node, quota] : quotas) {
        const uint64_t count = owned.count(node) ? owned.at(node) : 0;

        take += count < quota.least ? quota.least - count : 0;
    }
    return std::max(give, take);
}

std::vector<uint8_t> RingModel::Encoding(const Nodes &owners) const
{
    std::vector<uint8_t> bytes = {'D', 'Y', 'R', '3'};

    Append(&bytes, config_.partitions, 4);
    Append(&bytes, config_.seed, 8);
    Append(&bytes, members_.size(), 4);
    for (const auto &[node, member] : members_) {
        Append(&bytes, node, 4);
        Append(&bytes, member.weight, 4);
    }
    if (!members_.empty())
        for (const node_id owner : owners)
            Append(&bytes, owner, 4);
    const std::vector<uint8_t> digest = Md5(bytes);
    bytes.insert(bytes.end(), digest.begin(), digest.end());
    return bytes;
}

ring_config Tokens(uint32_t tokens, uint64_t seed)
{
    return {RING_TOKENS, tokens, 0, seed};
}

ring_config Partitions(uint32_t partitions, uint64_t seed)
{
    return {RING_PARTITIONS, 0, partitions, seed};
}

std::map<node_id, uint64_t> Count(const Nodes &owners)
{
    std::map<node_id, uint64_t> count;

    for (const node_id owner : owners)
        count[owner]++;
    return count;
}

static std::string ShowCounts(const std::map<node_id, uint64_t> &counts)
{
    std::string text;

    for (const auto &[node, count] : counts)
        text += (text.empty() ? "node " : ", node ") + std::to_string(node) +
                " owns " + std::to_string(count);
    return text;
}

void CheckQuotas(Trial &t, const RingModel &model, const Nodes &owners)
{
    const std::map<node_id, uint64_t> counts = Count(owners);

    for (const auto &[node, count] : counts)
        t.Expect(model.Has(node), "only members own partitions",
                 "node " + std::to_string(node) + " owns " +
                     std::to_string(count) + " and is no member");
    for (const auto &[node, quota] : model.Quotas()) {
        const uint64_t count = counts.count(node) ? counts.at(node) : 0;

        t.Expect(count >= quota.least && count <= quota.most,
                 "node " + std::to_string(node) + " owns " +
                     std::to_string(quota.least) + " to " +
                     std::to_string(quota.most) + " of the " +
                     std::to_string(model.Config().partitions) + " partitions",
                 ShowCounts(counts));
    }
}

void CheckMoves(Trial &t, const RingModel &model, const Nodes &before,
                const Nodes &after)
{
    uint64_t moved = 0;

    if (before.empty() || after.empty())
        return;
    for (size_t p = 0; p < after.size(); p++)
        moved += before[p] != after[p];
    const uint64_t fewest = model.FewestMoves(Count(before));
    t.Expect(moved <= fewest,
             "at most " + std::to_string(fewest) + " of " +
                 std::to_string(after.size()) + " partitions change owner",
             std::to_string(moved) + " changed: " + Show(before) + " before, " +
                 Show(after) + " after");
}

int Twin::Join(node_id node, uint32_t weight)
{
    const int due = model.Join(node, weight);

    const std::string why = model.Why();

    t_.ExpectCode(due, ring.Join(node, weight),
                  "this ring_join" + (why.empty() ? "" : " (" + why + ")"));
    return due;
}

int Twin::JoinAt(node_id node, const std::vector<Position> &tokens)
{
    const int due = model.JoinAt(node, tokens);

    t_.ExpectCode(due, ring.JoinAt(node, tokens), "this ring_join_at");
    return due;
}

int Twin::Leave(node_id node)
{
    const int due = model.Leave(node);

    t_.ExpectCode(due, ring.Leave(node), "this ring_leave");
    return due;
}

void Twin::CompareWalks(const std::vector<Position> &positions, size_t n)
{
    const Nodes owners =
        model.Config().strategy == RING_PARTITIONS && model.Size() > 0
            ? ring.Owners()
            : Nodes{};
    const std::vector<Nodes> lists = ring.PreferenceLists(positions, n);

    for (size_t i = 0; i < positions.size(); i++) {
        const Nodes due = model.Walk(positions[i], n, owners);

        if (lists[i] != due) {
            t_.Host().EndStory(positions.size() - 1 - i);
            t_.Fail(Show(due) + " for position " + Show(positions[i]) + ": " +
                        model.ExplainWalk(positions[i], owners),
                    Show(lists[i]));
        }
    }
}

void CompareEncodings(Trial &t, const RingModel &model,
                      const std::vector<uint8_t> &due,
                      const std::vector<uint8_t> &seen)
{
    t.Expect(seen.size() == due.size(), std::to_string(due.size()) + " bytes",
             std::to_string(seen.size()) + " bytes");
    for (size_t i = 0; i < due.size(); i++)
        t.Expect(seen[i] == due[i],
                 "byte " + std::to_string(i) + ", in " + model.FieldAt(i) +
                     ", is " + std::to_string(due[i]),
                 std::to_string(seen[i]));
}

ring_config ChooseConfig(Trial &t, ring_strategy strategy)
{
    ring_config config = {};

    config.strategy = strategy;
    config.tokens = static_cast<uint32_t>(t.Between(1, 6));
    config.partitions = static_cast<uint32_t>(t.Between(1, 40));
    config.seed = t.Choose(1000);
    return config;
}

node_id ChooseNode(Trial &t)
{
    // Mostly small numbers, which collide; now and then any of the 2^32.
    if (t.Choose(8) < 7)
        return static_cast<node_id>(t.Choose(10));
    return static_cast<node_id>(UINT32_MAX - t.Choose(uint64_t{1} << 32));
}

Position ChoosePosition(Trial &t)
{
    switch (t.Choose(6)) {
    case 0:
        return {0, t.Choose(16)};
    case 1:
        return {t.Choose(4) << 62, t.Choose(4)};
    case 2:
        return {UINT64_MAX - t.Choose(3), UINT64_MAX - t.Choose(3)};
    default:
        return {t.Choose(UINT64_MAX), t.Choose(UINT64_MAX)};
    }
}

std::vector<Position> ChoosePositions(Trial &t, size_t count)
{
    std::vector<Position> positions;
    const uint64_t chosen = t.Between(1, count);

    for (uint64_t i = 0; i < chosen; i++)
        positions.push_back(ChoosePosition(t));
    return positions;
}

void JoinSome(Trial &t, Twin &twin, size_t least, size_t most,
              uint32_t heaviest)
{
    const uint64_t wanted = t.Between(least, most);
    node_id next = 0;

    for (uint64_t i = 0; i < wanted; i++) {
        node_id node = ChooseNode(t);

        while (twin.model.Has(node))
            node = next++;
        twin.Join(node, static_cast<uint32_t>(t.Between(1, heaviest)));
    }
}

} // namespace judge
