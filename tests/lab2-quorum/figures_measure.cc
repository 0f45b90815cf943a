#include "lab2-quorum/figures_measure.h"

#include "lab2-quorum/worlds_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace judge
{
namespace
{

constexpr uint32_t kNodes = 5;
constexpr uint64_t kClients = 100;
constexpr uint64_t kTrialsOfAWorld = 4000; // a world's events are limited

// With the chance `share` a Pareto distribution from `least_ms` on, of that
// shape; else an exponential one of that rate.
struct Fit {
    double share, least_ms, shape, rate;

    double ChanceUpTo(double ms) const
    {
        const double pareto =
            ms > least_ms ? 1 - std::pow(least_ms / ms, shape) : 0;

        return share * pareto + (1 - share) * (1 - std::exp(-rate * ms));
    }
};

// PBS, table 3: LNKD-DISK.
constexpr Fit kWrite = {0.38, 1.05, 1.51, 0.183},
              kOther = {0.9122, 0.235, 10, 1.66};

// The middles of `count` equally likely parts of the distribution.
std::vector<uint32_t> Quantiles(const Fit &fit, size_t count)
{
    std::vector<uint32_t> us(count);

    for (size_t i = 0; i < count; i++) {
        const double chance =
            (static_cast<double>(i) + 0.5) / static_cast<double>(count);
        double low = 0, high = 1e6;

        for (int halves = 0; halves < 60; halves++) {
            const double middle = (low + high) / 2;

            (fit.ChanceUpTo(middle) < chance ? low : high) = middle;
        }
        us[i] = static_cast<uint32_t>(std::lround(1000 * high));
    }
    return us;
}

Setup RegisterFor(const quorum_sizes &sizes)
{
    Setup setup = RegisterOf(kNodes, sizes.n, sizes.r, sizes.w);

    // Nothing is lost, so nobody has to ask again before all have answered.
    setup.retry_ms = 5000;
    setup.give_up_ms = 20000;
    setup.read_at_the_end = false;
    return setup;
}

void MeasureSome(const Setup &setup, uint32_t wait_ms, uint64_t trials,
                 uint64_t seed, Measured *sum)
{
    Trial trial(nullptr, Choices(seed));
    World world(trial, setup);

    for (uint64_t client = 0; client < kClients; client++) {
        std::vector<Wish> wishes;

        for (uint64_t i = client; i < trials; i += kClients) {
            const std::string key = "key " + std::to_string(i);
            const std::vector<uint32_t> others =
                OthersThan(setup, ReplicasOf(setup, key));

            wishes.push_back({true, key, "new", others.at(0), 0});
            wishes.push_back({false, key, "", others.at(1), wait_ms});
            wishes.push_back({false, key, "", others.at(0), 0});
        }
        world.Client(wishes);
    }
    world.Run();
    world.Close();
    std::map<std::string, std::vector<const Operation *>> of_key;
    for (const Operation &operation : world.Operations())
        of_key[operation.key].push_back(&operation);
    for (const auto &[key, of] : of_key) {
        for (const Operation *operation : of)
            if (operation->code != DYN_OK)
                throw std::runtime_error(
                    Told(*operation) + " is answered " +
                    CodeName(operation->code) +
                    ", though all nodes are up and nothing is lost");
        const bool fresh = of.at(1)->values.size() == 1;

        sum->trials++;
        sum->fresh += fresh;
        sum->back += fresh && of.at(2)->values.empty();
        sum->put_us.push_back(of[0]->returned_us - of[0]->invoked_us);
        sum->get_us.push_back(of[1]->returned_us - of[1]->invoked_us);
    }
}

} // namespace

Legs DiskLegs(size_t count)
{
    const std::vector<uint32_t> other = Quantiles(kOther, count);

    return {Quantiles(kWrite, count), other, other, other};
}

Measured Measure(const quorum_sizes &sizes, const Legs &legs, uint32_t wait_ms,
                 uint64_t trials, uint64_t seed)
{
    Setup setup = RegisterFor(sizes);
    Measured sum;

    setup.latencies_us = {
        {MESSAGE_ASK_VERSION, legs.read}, {MESSAGE_VERSION, legs.response},
        {MESSAGE_STORE, legs.write},      {MESSAGE_STORED, legs.ack},
        {MESSAGE_READ, legs.read},        {MESSAGE_VALUE, legs.response}};
    while (sum.trials < trials)
        MeasureSome(setup, wait_ms,
                    std::min(kTrialsOfAWorld, trials - sum.trials),
                    MixSeed(seed, sum.trials), &sum);
    return sum;
}

std::vector<Survived> Survive(const quorum_sizes &sizes)
{
    std::vector<Survived> all;

    for (uint32_t down = 0; down < 1u << sizes.n; down++) {
        Setup setup = RegisterFor(sizes);
        Trial trial(nullptr, Choices(std::vector<uint64_t>{}));

        setup.retry_ms = 50;
        setup.give_up_ms = 500;
        World world(trial, setup);
        const std::vector<uint32_t> replicas = ReplicasOf(setup, "x"),
                                    others = OthersThan(setup, replicas);
        world.Invoke(others.at(0), true, "x", "old");
        world.Quiet(1000);
        for (uint32_t i = 0; i < sizes.n; i++)
            if ((down >> i & 1) == 1)
                world.Crash(replicas[i]);
        const int get = world.Invoke(others.at(1), false, "x", "");
        world.Quiet(1000);
        const int put = world.Invoke(others.at(0), true, "x", "new");
        world.Quiet(1000);
        all.push_back({down, Succeeded(OperationOf(world, put)),
                       Succeeded(OperationOf(world, get))});
        world.Close();
    }
    return all;
}

} // namespace judge
