#include "lab3-vclock/figures_measure.h"

#include "lab3-vclock/store_model.h"

#include <map>
#include <set>
#include <stdexcept>

namespace judge
{
namespace
{

constexpr uint32_t kNodes = 5;
// A world's events are limited, and its time.
constexpr uint64_t kOperationsOfAWorld = 4000, kMsOfAWorld = 30 * 1000;
constexpr uint32_t kJitterUs = 2000, kMsOfARound = 20;

// The values of `history` that these replace, and they themselves: what their
// clients had read, and so on.
std::set<std::string> Covered(const History &history,
                              const std::set<std::string> &values)
{
    std::map<std::string, const Operation *> puts;
    std::map<int, const Operation *> gets;
    std::set<std::string> covered;
    std::vector<std::string> left(values.begin(), values.end());

    for (const Operation &operation : history)
        if (operation.is_put)
            puts[operation.value] = &operation;
        else
            gets[operation.id] = &operation;
    while (!left.empty()) {
        const std::string value = left.back();

        left.pop_back();
        if (!covered.insert(value).second || puts.count(value) == 0 ||
            !puts[value]->context_of)
            continue;
        const Operation &read = *gets.at(*puts[value]->context_of);
        left.insert(left.end(), read.values.begin(), read.values.end());
    }
    return covered;
}

void Count(const History &history, Measured *sum)
{
    std::set<std::string> last;

    for (const Operation &operation : history) {
        if (!Succeeded(operation))
            throw std::runtime_error(Told(operation) + " fails, though all "
                                                       "nodes are up and "
                                                       "nothing is lost");
        if (operation.is_put) {
            sum->puts++;
            continue;
        }
        if (operation.client < 0) { // the test reads at the end
            last.insert(operation.values.begin(), operation.values.end());
            continue;
        }
        sum->gets++;
        if (sum->versions.size() <= operation.values.size())
            sum->versions.resize(operation.values.size() + 1);
        sum->versions[operation.values.size()]++;
    }
    const std::set<std::string> covered = Covered(history, last);
    for (const Operation &operation : history)
        sum->lost += operation.is_put && covered.count(operation.value) == 0;
}

} // namespace

Measured Measure(const Crowd &crowd)
{
    Setup setup = StoreOf(crowd.program, kNodes, 3, 2, 2);
    const std::vector<uint32_t> replicas = ReplicasOf(setup, "x");
    Measured sum;
    uint64_t left = crowd.rounds, part = 0;

    setup.faults.jitter_us = kJitterUs;
    setup.retry_ms = 5000; // nothing is lost, so nobody has to ask again
    setup.give_up_ms = 20000;
    while (left > 0) {
        Trial trial(nullptr, Choices(MixSeed(crowd.seed, part++)));
        World world(trial, setup);
        const uint64_t rounds =
            std::min({left, 1 + kOperationsOfAWorld / crowd.clients,
                      1 + kMsOfAWorld / (crowd.pause_ms + kMsOfARound)});
        uint64_t number = 0;

        for (uint32_t client = 0; client < crowd.clients; client++) {
            std::vector<Wish> wishes;

            for (uint64_t i = 0; i < rounds; i++) {
                Wish get, put;

                get.key = put.key = "x";
                get.node = static_cast<uint32_t>(trial.Choose(kNodes));
                get.after_ms = static_cast<uint32_t>(
                    trial.Choose(2 * uint64_t{crowd.pause_ms} + 1));
                put.is_put = put.with_context = true;
                put.value = ValueName(number++);
                put.node = crowd.one_coordinator
                               ? replicas[0]
                               : replicas[trial.Choose(replicas.size())];
                wishes.push_back(get);
                wishes.push_back(put);
            }
            world.Client(wishes);
        }
        world.Run();
        world.Close();
        Count(world.Operations(), &sum);
        left -= rounds;
    }
    return sum;
}

} // namespace judge
