// figures_scale.cc: one node of many comes back, first without what was put meanwhile,
// then without its disk.
#include "lab4-failure/antientropy_model.h"
#include "lab4-failure/figures_measure.h"

#include <algorithm>
#include <ctime>
#include <stdexcept>
#include <sys/resource.h>

extern "C" {
#include "wire/wire.h"
}

namespace judge
{
namespace
{

constexpr uint64_t kKeys = 200; // that it holds before, and misses
constexpr uint32_t kSyncMs = 1000;
constexpr uint64_t kDownMs = 500, kMostMs = 120 * 1000;
constexpr uint32_t kAway = 0; // index of the node

// Keys of which a node is an owner. `ReplicasOf` makes the ring anew for each.
std::vector<std::string> KeysOf(const Setup &setup, uint32_t owner,
                                uint64_t count)
{
    std::vector<std::pair<Digest, uint32_t>> tokens;
    std::vector<std::string> keys;

    for (uint32_t node = 0; node < setup.nodes; node++)
        for (uint32_t i = 0; i < setup.ring.tokens; i++)
            tokens.emplace_back(Md5(BigEndian(setup.ring.seed, 8) +
                                    BigEndian(node + 1, 4) + BigEndian(i, 4)),
                                node);
    std::sort(tokens.begin(), tokens.end());
    for (uint64_t i = 0; keys.size() < count; i++) {
        const std::string key = ManyKey(i);
        auto at = std::lower_bound(tokens.begin(), tokens.end(),
                                   std::make_pair(Md5(key), uint32_t(0)));
        std::vector<uint32_t> owners;

        while (owners.size() < setup.n) {
            if (at == tokens.end())
                at = tokens.begin();
            if (std::count(owners.begin(), owners.end(), at->second) == 0)
                owners.push_back(at->second);
            ++at;
        }
        if (std::count(owners.begin(), owners.end(), owner) > 0)
            keys.push_back(key);
    }
    return keys;
}

// What repair sends, and what of that the node that was away has been told.
struct Watch {
    std::set<std::string> missing; // it has not been told
    uint64_t bytes = 0, own_bytes = 0;

    void Sent(uint32_t from, uint32_t to, std::string_view bytes_sent)
    {
        struct message message;

        if (from == to || message_decode(&message, Slice(bytes_sent)) != DYN_OK)
            return;
        bytes += bytes_sent.size();
        own_bytes += from == kAway || to == kAway ? bytes_sent.size() : 0;
        if (to == kAway && message.versions.size > 0)
            missing.erase(std::string(View(message.key)));
    }
};

// From now on, until the node has been told of all these keys.
Homecoming Await(World *world, Watch *watch, uint32_t nodes,
                 const std::vector<std::string> &keys,
                 const std::function<void()> &comes_back)
{
    constexpr uint64_t kLookMs = 5;
    Homecoming home;

    *watch = Watch();
    watch->missing.insert(keys.begin(), keys.end());
    home.nodes = nodes;
    home.missed = keys.size();
    comes_back();
    while (!watch->missing.empty()) {
        if (home.ms >= kMostMs)
            throw std::runtime_error(
                "in a cluster of " + std::to_string(nodes) + " nodes " +
                std::to_string(watch->missing.size()) + " of " +
                std::to_string(keys.size()) +
                " keys have not come home after " +
                std::to_string(kMostMs / 1000) + " seconds");
        world->Quiet(kLookMs);
        home.ms += kLookMs;
    }
    home.bytes = watch->bytes;
    home.own_bytes = watch->own_bytes;
    return home;
}

void PutAll(World *world, const Setup &setup, Trial *trial,
            const std::vector<std::string> &keys)
{
    std::vector<int> puts;

    for (size_t i = 0; i < keys.size(); i++) {
        const uint32_t node =
            1 + static_cast<uint32_t>(trial->Choose(setup.nodes - 1));

        puts.push_back(
            world->Invoke(node, true, keys[i], std::string(100, 'v')));
        world->Quiet(5);
    }
    world->Quiet(setup.give_up_ms);
    for (const int put : puts)
        if (!Succeeded(OperationOf(*world, put)))
            throw std::runtime_error(Told(OperationOf(*world, put)) +
                                     " fails, though only node 1 is down");
}

} // namespace

Scale ScaleOf(uint32_t nodes, uint64_t seed)
{
    const std::clock_t begun = std::clock();
    Setup setup = SyncedStoreOf(nodes, 3, 2, 2);
    Trial trial(nullptr, Choices(seed));
    Watch watch;
    Scale scale;

    setup.sloppy = 1;
    setup.sync_ms = kSyncMs;
    setup.ring.tokens = 1; // a thousand nodes have a thousand rings to make
    setup.events_most = 20 * 1000 * 1000;
    setup.on_send = [&](uint32_t from, uint32_t to, std::string_view bytes) {
        watch.Sent(from, to, bytes);
    };
    std::vector<std::string> keys = KeysOf(setup, kAway, 2 * kKeys);
    const std::vector<std::string> before(keys.begin(), keys.begin() + kKeys),
        missed(keys.begin() + kKeys, keys.end());

    World world(trial, setup);
    PutAll(&world, setup, &trial, before);
    world.Crash(kAway);
    world.Quiet(kDownMs);
    PutAll(&world, setup, &trial, missed);
    scale.hints =
        Await(&world, &watch, nodes, missed, [&] { world.Restart(kAway); });
    world.Quiet(10 * kSyncMs);
    scale.trees =
        Await(&world, &watch, nodes, keys, [&] { world.RestartEmpty(kAway); });
    world.Close();
    rusage used = {};
    getrusage(RUSAGE_SELF, &used);
    scale.peak_mb = static_cast<uint64_t>(used.ru_maxrss) / 1024;
    scale.seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
    return scale;
}

} // namespace judge
