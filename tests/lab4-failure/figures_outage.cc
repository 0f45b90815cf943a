// figures_outage.cc: what clients are told while nodes are down, one after the other,
// then two at once, and while the cluster is halved.
#include "lab4-failure/figures_measure.h"
#include "lab4-failure/store_model.h"

#include <algorithm>
#include <map>
#include <set>

namespace judge
{

const uint64_t kOutageMs = 44 * 1000, kInTimeMs = 30;

namespace
{

constexpr uint32_t kNodes = 6;
constexpr uint64_t kStepMs = 10; // between two operations
constexpr uint64_t kKeys = 40;
constexpr uint32_t kJitterUs = 2000;
constexpr uint64_t kAfterMs = 3000; // until the last operation has its answer

bool IsOn(const Trouble &trouble, uint64_t ms)
{
    return trouble.from_ms <= ms && ms < trouble.until_ms;
}

void Begin(World *world, const Trouble &trouble)
{
    for (const uint32_t node : trouble.down)
        world->Crash(node);
    for (uint32_t node = 0; trouble.down.empty() && node < kNodes / 2; node++)
        CutFrom(world, node, {kNodes / 2, kNodes / 2 + 1, kNodes / 2 + 2});
}

void End(World *world, const Trouble &trouble)
{
    for (const uint32_t node : trouble.down)
        world->Restart(node);
    if (trouble.down.empty())
        JoinAll(world);
}

// Of each key, what was put and read, as the run goes on.
struct Known {
    int last_get = -1; // whose context the next put carries
    std::map<std::string, std::set<std::string>> covered; // by a put's value
};

// Which acknowledged puts a get did not see, nor what replaced them.
bool IsStale(const Operation &get, const std::vector<const Operation *> &puts,
             const Known &known)
{
    std::set<std::string> seen;

    for (const std::string &value : get.values) {
        const auto found = known.covered.find(value);

        seen.insert(value);
        if (found != known.covered.end())
            seen.insert(found->second.begin(), found->second.end());
    }
    return std::any_of(puts.begin(), puts.end(), [&](const Operation *put) {
        return Succeeded(*put) && Precedes(*put, get) &&
               seen.count(put->value) == 0;
    });
}

} // namespace

const std::vector<Trouble> &Troubles()
{
    static const std::vector<Trouble> all = [] {
        std::vector<Trouble> troubles;

        for (uint32_t node = 0; node < kNodes; node++)
            troubles.push_back(
                {3000 + node * 3000ull, 5000 + node * 3000ull, {node}});
        troubles.push_back({24000, 29000, {0, 1}});
        troubles.push_back({33000, 39000, {}});
        return troubles;
    }();

    return all;
}

std::vector<Served> Outage(bool sloppy, uint64_t seed)
{
    Setup setup = SloppyStoreOf(kNodes, 3, 2, 2);
    Trial trial(nullptr, Choices(seed));
    std::map<std::string, Known> keys;
    std::vector<Served> seconds(kOutageMs / 1000);

    setup.sloppy = sloppy ? 1 : 0;
    setup.faults.jitter_us = kJitterUs;
    setup.events_most = 4 * 1000 * 1000;
    World world(trial, setup);
    for (uint64_t ms = 0; ms < kOutageMs; ms += kStepMs) {
        std::vector<uint32_t> up;

        for (const Trouble &trouble : Troubles())
            if (trouble.from_ms == ms)
                Begin(&world, trouble);
            else if (trouble.until_ms == ms)
                End(&world, trouble);
        for (uint32_t node = 0; node < kNodes; node++)
            if (std::none_of(Troubles().begin(), Troubles().end(),
                             [&](const Trouble &trouble) {
                                 return IsOn(trouble, ms) &&
                                        std::count(trouble.down.begin(),
                                                   trouble.down.end(),
                                                   node) > 0;
                             }))
                up.push_back(node);
        // A client finds a node that is up, of whichever half.
        const uint32_t node = up[trial.Choose(up.size())];
        const std::string key = "key" + std::to_string(trial.Choose(kKeys));
        Known &known = keys[key];

        for (int op = known.last_get + 1;
             op < static_cast<int>(world.Operations().size()); op++) {
            const Operation &operation = OperationOf(world, op);

            if (operation.key == key && !operation.is_put &&
                Succeeded(operation))
                known.last_get = op;
        }
        if (trial.Choose(2) == 0) {
            (void)world.Invoke(node, false, key, "");
        } else {
            const std::string value = ValueName(ms / kStepMs);
            std::set<std::string> &covered = known.covered[value];

            if (known.last_get < 0) {
                (void)world.Invoke(node, true, key, value);
            } else {
                const std::vector<std::string> found =
                    OperationOf(world, known.last_get).values;

                (void)world.PutAfter(node, key, value, known.last_get);
                for (const std::string &read : found) {
                    const std::set<std::string> below = known.covered[read];

                    covered.insert(read);
                    covered.insert(below.begin(), below.end());
                }
            }
        }
        world.Quiet(kStepMs);
    }
    world.Quiet(kAfterMs);
    std::map<std::string, std::vector<const Operation *>> puts;
    for (const Operation &operation : world.Operations())
        if (operation.is_put)
            puts[operation.key].push_back(&operation);
    for (const Operation &operation : world.Operations()) {
        Served &second = seconds[operation.invoked_us / 1000000];
        const bool answered = Succeeded(operation);

        second.asked++;
        second.in_time +=
            answered &&
            operation.returned_us - operation.invoked_us <= kInTimeMs * 1000;
        if (answered && !operation.is_put) {
            second.gets++;
            second.stale +=
                IsStale(operation, puts[operation.key], keys[operation.key]);
        }
    }
    world.Close();
    return seconds;
}

} // namespace judge
