// figures_main.cc: the numbers of lab 2's figures, as JSON: what staleness.c
// predicts, and what register.c does in simulated clusters with the same delays.
//
//     lab2-figures [--trials=1000] [--seed=1]
//     lab2-figures --run=stale-get
//
// The second prints the trace of one run instead.
// Like an explorer it runs student code in its own process, so it judges nothing.
#include "lab2-quorum/figures_measure.h"
#include "lab2-quorum/figures_run.h"

#include "harness/violation.h"

extern "C" {
#include "harness/world/direct_heap.h"
}

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

constexpr uint32_t kN = 3;
constexpr size_t kSamples = 10000; // of a leg: the tail has to be in them
constexpr size_t kPlays = 100000;
constexpr uint32_t kSettledMs = 500; // longer than any message takes
const uint32_t kWaitsMs[] = {0, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60};
const uint32_t kCurveUs[] = {
    0,     250,   500,   750,   1000,  1500,  2000,  2500,  3000,  4000,
    5000,  6000,  7000,  8000,  10000, 12000, 14000, 16000, 18000, 20000,
    23000, 26000, 30000, 35000, 40000, 45000, 50000, 55000, 60000};
const double kParts[] = {0.5, 0.95, 0.99, 0.999};

struct Arguments {
    uint64_t trials = 1000, seed = 1;
};

[[noreturn]] void Stop(const std::string &sentence)
{
    std::fprintf(stderr, "\r%60s\rfigures: %s\n", "", sentence.c_str());
    std::exit(1);
}

void Must(int code, const char *function)
{
    if (code != DYN_OK)
        Stop(std::string(function) + " of legal arguments returns " +
             CodeName(code) + ": make test-lab2 'T=Staleness*' tells more.");
}

void Progress(const char *what, const quorum_sizes &sizes)
{
    std::fprintf(stderr, "\r%-32s R %u, W %u ", what, sizes.r, sizes.w);
}

// The smallest value that so large a part does not exceed, in milliseconds.
json Percentiles(std::vector<uint64_t> us)
{
    json list = json::array();

    std::sort(us.begin(), us.end());
    for (const double part : kParts) {
        const auto index =
            static_cast<size_t>(part * static_cast<double>(us.size()) + 0.5);

        list.push_back(
            static_cast<double>(us.at(std::min(index, us.size() - 1))) / 1000);
    }
    return list;
}

// ---- What the student's staleness.c says ----

json Predicted(const quorum_sizes &sizes, const Legs &legs, uint64_t seed)
{
    const auto samples = [](const std::vector<uint32_t> &us) {
        return staleness_samples{us.data(), us.size()};
    };
    const staleness_legs passed = {samples(legs.write), samples(legs.ack),
                                   samples(legs.read), samples(legs.response)};
    std::vector<staleness_outcome> outcomes(kPlays);
    std::vector<uint64_t> put, get;
    prng generator = prng_seeded(seed);
    json curve = json::array(), at_waits = json::array();
    uint64_t wait_us = 0;

    Must(staleness_many(&sizes, &passed, &generator, outcomes.data(), kPlays),
         "staleness_many");
    for (const uint32_t t_us : kCurveUs)
        curve.push_back(
            {t_us / 1000.0, staleness_fresh(outcomes.data(), kPlays, t_us)});
    for (const uint32_t t_ms : kWaitsMs)
        at_waits.push_back(
            staleness_fresh(outcomes.data(), kPlays, uint64_t{t_ms} * 1000));
    Must(staleness_wait(outcomes.data(), kPlays, 0.999, &wait_us),
         "staleness_wait");
    for (const staleness_outcome &outcome : outcomes) {
        // A put of the register first asks r replicas for their versions, which
        // takes as long as a get does; both are drawn independently.
        put.push_back(outcome.get_us + outcome.put_us);
        get.push_back(outcome.get_us);
    }
    return {{"curve", curve},
            {"at_waits", at_waits},
            {"wait_999_ms", static_cast<double>(wait_us) / 1000},
            {"put_ms", Percentiles(put)},
            {"get_ms", Percentiles(get)}};
}

json PredictedAvailability(const quorum_sizes &sizes)
{
    json rows = json::array();

    for (int nines = 0; nines <= 100; nines++) {
        const double up = nines / 100.0;
        staleness_availability of;

        Must(staleness_available(&sizes, up, &of), "staleness_available");
        rows.push_back({up, of.r_up, of.w_up, of.both_up});
    }
    return rows;
}

// ---- What the student's register does ----

json Freshness(const quorum_sizes &sizes, const Legs &legs,
               const Arguments &arguments)
{
    json rows = json::array();

    for (const uint32_t wait_ms : kWaitsMs) {
        Progress("freshness of gets", sizes);
        const Measured of = Measure(sizes, legs, wait_ms, arguments.trials,
                                    MixSeed(arguments.seed, wait_ms));

        rows.push_back({{"t_ms", wait_ms},
                        {"trials", of.trials},
                        {"fresh", of.fresh},
                        {"back", of.back}});
    }
    return rows;
}

json Latency(const quorum_sizes &sizes, const Legs &legs,
             const Arguments &arguments)
{
    Progress("latencies", sizes);
    const Measured of = Measure(sizes, legs, kSettledMs, 3 * arguments.trials,
                                MixSeed(arguments.seed, 1u << 20));

    return {{"trials", of.trials},
            {"put_ms", Percentiles(of.put_us)},
            {"get_ms", Percentiles(of.get_us)}};
}

json Availability(const quorum_sizes &sizes)
{
    json rows = json::array();

    for (const Survived &of : Survive(sizes))
        rows.push_back({{"down", of.down}, {"put", of.put}, {"get", of.get}});
    return rows;
}

json AllOf(const Arguments &arguments)
{
    const Legs legs = DiskLegs(kSamples);
    json list = json::array();

    for (uint32_t r = 1; r <= kN; r++)
        for (uint32_t w = 1; w <= kN; w++) {
            const quorum_sizes sizes = {kN, r, w, 0};
            json of = {{"r", r}, {"w", w}};

            // Student code may allocate; what it has when a node is not running
            // is nobody's.
            direct_heap *const heap = direct_heap_open();
            direct_heap_enter(heap);
            Progress("predictions", sizes);
            of["predicted"] =
                Predicted(sizes, legs, MixSeed(arguments.seed, r * 100 + w));
            of["predicted_availability"] = PredictedAvailability(sizes);
            direct_heap_enter(nullptr);
            direct_heap_close(heap);
            if (r <= 2 && w <= 2)
                of["freshness"] = Freshness(sizes, legs, arguments);
            of["latency"] = Latency(sizes, legs, arguments);
            of["availability"] = Availability(sizes);
            list.push_back(of);
        }
    std::fprintf(stderr, "\r%60s\r", "");
    return {{"n", kN},         {"seed", arguments.seed}, {"samples", kSamples},
            {"plays", kPlays}, {"waits_ms", kWaitsMs},   {"parts", kParts},
            {"sizes", list}};
}

Arguments Parse(int argc, char **argv)
{
    Arguments arguments;

    for (int i = 1; i < argc; i++) {
        char *end = nullptr;
        const char *const equals = std::strchr(argv[i], '=');
        const uint64_t number =
            equals == nullptr ? 0 : std::strtoull(equals + 1, &end, 0);
        const std::string name(argv[i],
                               equals == nullptr ? 0 : equals - argv[i]);

        if (end == nullptr || end == equals + 1 || *end != '\0' ||
            (name != "--trials" && name != "--seed") ||
            (name == "--trials" && (number < 10 || number > 1000000))) {
            std::fprintf(stderr, "usage: lab2-figures [--trials=10..1000000] "
                                 "[--seed=K]\n"
                                 "       lab2-figures --run=stale-get\n");
            std::exit(2);
        }
        (name == "--trials" ? arguments.trials : arguments.seed) = number;
    }
    return arguments;
}

} // namespace
} // namespace judge

int main(int argc, char **argv)
{
    using namespace judge;

    try {
        if (argc == 2 && std::strcmp(argv[1], "--run=stale-get") == 0)
            std::printf("%s", StaleGet().c_str());
        else
            std::printf("%s\n", AllOf(Parse(argc, argv)).dump().c_str());
    } catch (const Violation &violation) {
        Stop("the register breaks a rule: " + violation.seen +
             ". make test-lab2 'T=Register*' tells more.");
    } catch (const std::exception &error) {
        Stop(std::string(error.what()) + ".");
    }
    return std::ferror(stdout) != 0 || std::fflush(stdout) != 0;
}
