// figures_main.cc: the numbers of lab 4's figures, as JSON: what repair costs, what
// clients are told in an outage, how long a node of many takes to come home, and how
// long gossip takes until all nodes know of a change.
//
//     lab4-figures [--runs=5] [--seed=1] [--keys=1000000] [--nodes=1000]
//
// Like an explorer it runs student code in its own process, so it judges nothing.
#include "lab4-failure/figures_measure.h"

#include "harness/choices.h"
#include "harness/violation.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

// There if a part of the program has the address sanitizer in it: a lent file.
extern "C" void __asan_init() __attribute__((weak));

namespace judge
{
namespace
{

using nlohmann::json;

constexpr uint64_t kWholeMost = 100000; // keys of whole nodes
const uint64_t kKeys[] = {1000, 10000, 100000, 1000000};
const uint32_t kNodes[] = {10, 30, 100, 300, 1000};
constexpr uint64_t kRumours = 3; // of each number of nodes

struct Arguments {
    uint64_t runs = 5, seed = 1, keys = 1000000;
    // A thousand rings of a thousand members would take minutes with it.
    uint64_t nodes = __asan_init != nullptr ? 300 : 1000;
};

void Progress(const std::string &what)
{
    std::fprintf(stderr, "\r%-60s", what.c_str());
}

void Add(const std::vector<Repair> &repairs, json *list)
{
    for (const Repair &repair : repairs)
        list->push_back({{"keys", repair.keys},
                         {"differ", repair.differ},
                         {"bytes", repair.bytes},
                         {"trees", repair.trees},
                         {"naive", repair.naive},
                         {"whole", repair.whole}});
}

json Repairs(const Arguments &arguments)
{
    json list = json::array();

    for (const uint64_t keys : kKeys)
        if (keys <= arguments.keys) {
            Progress("repair, " + std::to_string(keys) + " keys");
            Add(keys <= kWholeMost ? RepairOfNodes(keys) : RepairOfTrees(keys),
                &list);
        }
    // Both ways must say the same.
    Add(RepairOfTrees(10000), &list);
    return list;
}

json Outages(const Arguments &arguments)
{
    json troubles = json::array(), modes = json::object();

    for (const Trouble &trouble : Troubles())
        troubles.push_back({{"from_ms", trouble.from_ms},
                            {"until_ms", trouble.until_ms},
                            {"down", trouble.down.size()}});
    for (const bool sloppy : {false, true}) {
        std::vector<Served> sum(kOutageMs / 1000);
        json seconds = json::array();

        for (uint64_t run = 0; run < arguments.runs; run++) {
            Progress(std::string("outage, ") + (sloppy ? "sloppy" : "strict") +
                     ", run " + std::to_string(run + 1));
            const auto served = Outage(sloppy, MixSeed(arguments.seed, run));
            for (size_t i = 0; i < sum.size(); i++) {
                sum[i].asked += served[i].asked;
                sum[i].in_time += served[i].in_time;
                sum[i].gets += served[i].gets;
                sum[i].stale += served[i].stale;
            }
        }
        for (const Served &second : sum)
            seconds.push_back({{"asked", second.asked},
                               {"in_time", second.in_time},
                               {"gets", second.gets},
                               {"stale", second.stale}});
        modes[sloppy ? "sloppy" : "strict"] = seconds;
    }
    return {
        {"in_time_ms", kInTimeMs}, {"troubles", troubles}, {"modes", modes}};
}

json Scales(const Arguments &arguments)
{
    json list = json::array();
    const auto home = [](const Homecoming &it) {
        return json{{"missed", it.missed},
                    {"ms", it.ms},
                    {"bytes", it.bytes},
                    {"own_bytes", it.own_bytes}};
    };

    for (const uint32_t nodes : kNodes)
        if (nodes <= arguments.nodes) {
            Progress("scale, " + std::to_string(nodes) + " nodes");
            const Scale scale = ScaleOf(nodes, arguments.seed);

            std::fprintf(stderr, "\r%-60s\r", "");
            if (std::getenv("FIGURES_TIMES") != nullptr)
                std::fprintf(stderr, "%u nodes: %.1f s, %u MB\n", nodes,
                             scale.seconds,
                             static_cast<unsigned>(scale.peak_mb));
            list.push_back({{"nodes", nodes},
                            {"hints", home(scale.hints)},
                            {"trees", home(scale.trees)}});
        }
    return list;
}

// Part F comes last: the other figures are drawn without it, too.
json Rumours(const Arguments &arguments)
{
    json list = json::array();
    std::string lacks;

    try {
        for (const uint32_t nodes : kNodes)
            for (uint64_t run = 0; nodes <= arguments.nodes && run < kRumours;
                 run++) {
                Progress("gossip, " + std::to_string(nodes) + " nodes, run " +
                         std::to_string(run + 1));
                const Rumour rumour =
                    RumourOf(nodes, MixSeed(arguments.seed, nodes + run));

                list.push_back({{"nodes", rumour.nodes},
                                {"bytes", rumour.bytes},
                                {"knowing", rumour.knowing}});
            }
    } catch (const Violation &violation) {
        lacks = violation.seen;
    } catch (const std::runtime_error &error) {
        lacks = error.what();
    }
    if (!lacks.empty())
        list.clear();
    return {{"looks", kLooksInARound}, {"runs", list}, {"lacks", lacks}};
}

json AllOf(const Arguments &arguments)
{
    // The greatest world first: its peak of memory is then its own.
    const json scales = Scales(arguments), rumours = Rumours(arguments),
               repairs = Repairs(arguments), outages = Outages(arguments);

    std::fprintf(stderr, "\r%60s\r", "");
    return {{"seed", arguments.seed}, {"runs", arguments.runs},
            {"repairs", repairs},     {"outages", outages},
            {"scales", scales},       {"rumours", rumours}};
}

[[noreturn]] void Usage()
{
    std::fprintf(stderr, "usage: lab4-figures [--runs=1..100] [--seed=K] "
                         "[--keys=1000..1000000] [--nodes=10..1000]\n");
    std::exit(2);
}

Arguments Parse(int argc, char **argv)
{
    Arguments arguments;
    struct {
        const char *name;
        uint64_t *value, least, most;
    } const known[] = {{"--runs", &arguments.runs, 1, 100},
                       {"--seed", &arguments.seed, 0, UINT64_MAX},
                       {"--keys", &arguments.keys, 1000, 1000000},
                       {"--nodes", &arguments.nodes, 10, 1000}};

    for (int i = 1; i < argc; i++) {
        char *end = nullptr;
        const char *const equals = std::strchr(argv[i], '=');
        const uint64_t number =
            equals == nullptr ? 0 : std::strtoull(equals + 1, &end, 0);
        const std::string name(argv[i],
                               equals == nullptr ? 0 : equals - argv[i]);
        const auto *const it =
            std::find_if(std::begin(known), std::end(known),
                         [&](const auto &one) { return name == one.name; });

        if (it == std::end(known) || end == nullptr || end == equals + 1 ||
            *end != '\0' || number < it->least || number > it->most)
            Usage();
        *it->value = number;
    }
    return arguments;
}

[[noreturn]] void Stop(const std::string &sentence)
{
    std::fprintf(stderr, "\r%60s\rfigures: %s\n", "", sentence.c_str());
    std::exit(1);
}

} // namespace
} // namespace judge

int main(int argc, char **argv)
{
    using namespace judge;

    try {
        std::printf("%s\n", AllOf(Parse(argc, argv)).dump().c_str());
    } catch (const Violation &violation) {
        Stop("the store breaks a rule: " + violation.seen +
             ". make test-lab4 tells more.");
    } catch (const std::exception &error) {
        Stop(std::string(error.what()) + ".");
    }
    return std::ferror(stdout) != 0 || std::fflush(stdout) != 0;
}
