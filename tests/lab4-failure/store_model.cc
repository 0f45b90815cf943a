#include "lab4-failure/gossip_model.h"

#include "harness/bytes.h"
#include "harness/world/set_text.h"
#include "harness/world/trace_log.h"

extern "C" {
#include "dynamo/handoff.h"
#include "dynamo/hash.h"
}

#include <set>

namespace judge
{

namespace
{

// A node's answers to "versions?" tell of what it keeps for others, too.
std::vector<std::vector<std::string>>
ValuesHeld(const NodeSetup &node, const Entries &disk,
           const std::vector<std::string> &keys)
{
    std::vector<std::vector<std::string>> values;

    for (const std::string &set : HeldOf(node, disk, keys)) {
        values.emplace_back();
        for (const DottedValue &version :
             ReadSet(set).value_or(std::vector<DottedValue>()))
            values.back().push_back(version.value);
    }
    return values;
}

} // namespace

Setup SloppyStoreOf(uint32_t nodes, uint32_t n, uint32_t r, uint32_t w)
{
    Setup setup = StoreOf("failure", nodes, n, r, w);

    setup.sloppy = 1;
    setup.handoff_ms = 100;
    setup.held = ValuesHeld;
    return setup;
}

Setup SyncedStoreOf(uint32_t nodes, uint32_t n, uint32_t r, uint32_t w)
{
    Setup setup = SloppyStoreOf(nodes, n, r, w);

    setup.sloppy = 0;
    setup.sync_ms = 100;
    return setup;
}

uint64_t UntilAgreedMs(const Setup &setup)
{
    // Of three replicas two agree when they have compared; all, when each has compared
    // with each twice. Before that, who was down is found to be up again.
    return (3 * setup.nodes + 4) * setup.sync_ms + UntilFoundUpMs(setup);
}

uint64_t UntilFoundUpMs(const Setup &setup)
{
    return 21 * setup.retry_ms; // the longest pause, and the answer's way
}

void ExpectReplicasAgree(World *world, const Setup &setup,
                         const std::vector<std::string> &keys)
{
    ExpectWithin(world, UntilAgreedMs(setup), 5 * setup.sync_ms, [&] {
        return ReplicasAgree(*world, setup, OthersThan(setup, {}), keys);
    });
}

Finding ReplicasAgree(const World &world, const Setup &setup,
                      const std::vector<uint32_t> &members,
                      const std::vector<std::string> &keys)
{
    const std::string rule =
        "when nothing fails any more, all replicas of a key soon hold the same";
    std::vector<std::vector<std::string>> held;

    for (uint32_t node = 0; node < setup.nodes; node++) {
        NodeSetup reader = NodeOf(setup, node + 1);

        reader.is_peer = node % 2 == 1;
        reader.disk = world.DiskOf(node);
        held.push_back(HeldOf(reader, world.Stored(node), keys));
    }
    for (size_t i = 0; i < keys.size(); i++) {
        const std::vector<uint32_t> owners =
            ReplicasAmong(setup, members, keys[i]);
        const std::string &first = held[owners[0]][i];

        for (const uint32_t other : setup.gossip_ms > 0
                                        ? OthersThan(setup, owners)
                                        : std::vector<uint32_t>())
            if (!held[other][i].empty())
                return Broken("what a node holds of keys that are not its own "
                              "any more goes to their owners",
                              "of \"" + keys[i] + "\" node " +
                                  std::to_string(other + 1) + " still holds " +
                                  SetText(Slice(held[other][i])));

        for (const uint32_t owner : owners)
            if (held[owner][i].empty())
                return Broken(rule, "of \"" + keys[i] + "\" node " +
                                        std::to_string(owner + 1) +
                                        ", an owner, holds nothing");
            else if (held[owner][i] != first)
                return Broken(rule, "of \"" + keys[i] + "\" node " +
                                        std::to_string(owners[0] + 1) +
                                        " holds " + SetText(Slice(first)) +
                                        ", node " + std::to_string(owner + 1) +
                                        " " + SetText(Slice(held[owner][i])));
    }
    return {};
}

uint64_t UntilServedMs(const Setup &setup, uint32_t down)
{
    // Patience is twice retry_ms, and it is looked at every retry_ms.
    return (down + 1) * 4 * setup.retry_ms;
}

// ---- Hints ----

namespace
{

// Whose the first of a store's hints is, of which key, and what it brings.
std::string FirstHint(const Entries &stored)
{
    const auto [place, set] =
        *stored.lower_bound(std::string(1, static_cast<char>(HINT_PREFIX)));
    node_id owner = 0;

    if (place.size() <= 5)
        return "under " + TraceBytes(place) + ", which tells no owner and key";
    for (int i = 1; i <= 4; i++)
        owner = owner << 8 | static_cast<uint8_t>(place[i]);
    return "for node " + std::to_string(owner) + ", of \"" +
           TraceBytes(place.substr(5)) + "\": " + SetText(Slice(set));
}

} // namespace

Finding NobodyKeepsHints(const World &world)
{
    for (uint32_t node = 0; node < world.Nodes().size(); node++)
        if (const size_t kept = HintsIn(world.Stored(node)); kept > 0)
            return Broken("when all nodes are up and the network is whole, "
                          "every hint comes home and is dropped",
                          "node " + std::to_string(world.Nodes()[node]) +
                              " still keeps " + std::to_string(kept) +
                              (kept == 1 ? " hint, " : " hints, the first ") +
                              FirstHint(world.Stored(node)));
    return {};
}

void ExpectHintsComeHome(World *world, uint64_t ms)
{
    for (uint64_t waited = 0;; waited += 50) {
        Finding finding = NobodyKeepsHints(*world);

        if (finding.verdict == Finding::Verdict::Holds)
            return;
        finding.text =
            std::to_string(ms) + " ms later " + std::move(finding.text);
        if (waited >= ms)
            world->Expect(finding);
        world->Quiet(50);
    }
}

uint64_t HandoffNumber(const std::string &set)
{
    const digest hash = md5(Slice(set));
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | hash.byte[i];
    return number | uint64_t{1} << 63;
}

// ---- Sets ----

std::string SetOf(const std::vector<DottedValue> &versions)
{
    std::map<node_id, uint64_t> clock;
    std::string pairs, rest;

    for (const DottedValue &version : versions) {
        clock[version.name] = std::max(clock[version.name], version.counter);
        rest += BigEndian(version.name, 4) + BigEndian(version.counter, 8) +
                BigEndian(version.value.size(), 4) + version.value;
    }
    for (const auto &[name, counter] : clock)
        pairs += BigEndian(name, 4) + BigEndian(counter, 8) + BigEndian(0, 8);
    pairs = BigEndian(clock.size(), 4) + pairs;
    return BigEndian(pairs.size(), 4) + pairs + BigEndian(versions.size(), 4) +
           rest;
}

std::optional<std::vector<DottedValue>> ReadSet(const std::string &set)
{
    std::vector<DottedValue> versions;
    size_t at = 0;
    bool whole = true;
    const auto take = [&](size_t size) {
        whole = whole && size <= set.size() - at;
        at += whole ? size : 0;
        return whole ? set.substr(at - size, size) : "";
    };
    const auto number = [&](size_t size) {
        uint64_t value = 0;

        for (const char byte : take(size))
            value = value << 8 | static_cast<uint8_t>(byte);
        return value;
    };

    if (set.empty())
        return versions;
    take(number(4));
    for (uint64_t left = number(4); whole && left > 0; left--) {
        DottedValue version;

        version.name = static_cast<node_id>(number(4));
        version.counter = number(8);
        version.value = take(number(4));
        versions.push_back(version);
    }
    return whole ? std::optional(versions) : std::nullopt;
}

std::vector<DottedValue> VersionsOf(Trial &t, const std::string &set)
{
    const auto versions = ReadSet(set);

    t.Expect(versions.has_value(), "a set as dvv.h encodes it",
             "bytes that end too soon: " + ShowBytes(set));
    return *versions;
}

// ---- Runs ----

namespace
{

std::vector<std::string> KeysPut(const World &world)
{
    std::set<std::string> keys;

    for (const Operation &operation : world.Operations())
        if (operation.is_put && operation.returned != kNever &&
            operation.code == DYN_OK)
            keys.insert(operation.key);
    return {keys.begin(), keys.end()};
}

// Reads every key through every node. When the first of these gets began.
uint64_t ReadAll(World *world, const Setup &setup)
{
    uint64_t began = kNever;
    std::set<std::string> keys;

    for (const Operation &operation : world->Operations())
        keys.insert(operation.key);
    for (const std::string &key : keys)
        for (uint32_t node = 0; node < setup.nodes; node++) {
            const int get = world->Invoke(node, false, key, "");

            Await(world, get, UntilServedMs(setup, setup.nodes));
            ExpectAnswer(world, get, DYN_OK,
                         "when all nodes are up and the network is whole, "
                         "operations succeed");
            began = std::min(began, OperationOf(*world, get).invoked);
        }
    return began;
}

} // namespace

void ExpectNothingIsLostInTheEnd(Trial &t, Setup setup,
                                 const Shoppers &shoppers,
                                 const std::vector<Word> &words)
{
    constexpr uint64_t kHomeMs = 60 * 1000;

    setup.read_at_the_end = false;
    World world(t, setup);
    AddShoppers(t, &world, setup, shoppers);
    world.Administrator(words);
    world.Run();
    // Who has been cut off for long still suspects others, and would read from those who
    // stand in for them.
    world.Quiet(UntilFoundUpMs(setup));
    if (setup.gossip_ms > 0) {
        ExpectSettled(&world, setup, KeysPut(world));
    } else {
        ExpectHintsComeHome(&world, kHomeMs);
        if (setup.sync_ms > 0) {
            ExpectReplicasAgree(&world, setup, KeysPut(world));
        } else {
            (void)ReadAll(&world, setup); // gets repair what they read
        }
    }
    const uint64_t agreed = ReadAll(&world, setup);
    world.Expect(NothingIsLost(world.Operations(), {agreed}));
    world.Close();
}

} // namespace judge
