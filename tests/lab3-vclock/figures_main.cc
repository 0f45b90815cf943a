// figures_main.cc: the numbers of lab 3's figures, as JSON: what the paper's clocks
// lose where clients put through one coordinator, what dots lose, and how many
// versions a get finds.
//
//     lab3-figures [--rounds=2000] [--seed=1]
//
// Like an explorer it runs student code in its own process, so it judges nothing.
#include "lab3-vclock/figures_measure.h"

#include "harness/choices.h"
#include "harness/violation.h"

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

const uint32_t kCrowds[] = {1, 2, 3, 4, 6, 8, 12, 16};
constexpr uint32_t kBusyMs = 20; // between a client's rounds in a crowd
const uint32_t kPausesMs[] = {3, 10, 30, 100, 300, 1000, 3000};
constexpr uint64_t kQuietTimes = 5; // more rounds where little happens

struct Arguments {
    uint64_t rounds = 2000, seed = 1;
};

json Numbers(const Crowd &crowd)
{
    std::fprintf(stderr, "\r%s, %2u clients, %4u ms ", crowd.program.c_str(),
                 crowd.clients, crowd.pause_ms);
    const Measured of = Measure(crowd);

    return {{"program", crowd.program},
            {"clients", crowd.clients},
            {"one", crowd.one_coordinator},
            {"pause_ms", crowd.pause_ms},
            {"puts", of.puts},
            {"lost", of.lost},
            {"gets", of.gets},
            {"versions", of.versions}};
}

json AllOf(const Arguments &arguments)
{
    json crowds = json::array(), pauses = json::array();
    uint64_t number = 0;

    for (const char *program : {"vclock", "dvv"})
        for (const bool one : {true, false})
            for (const uint32_t clients : kCrowds)
                crowds.push_back(
                    Numbers({program, clients, one, kBusyMs,
                             std::max<uint64_t>(1, arguments.rounds / clients),
                             MixSeed(arguments.seed, number++)}));
    for (const uint32_t pause_ms : kPausesMs)
        pauses.push_back(
            Numbers({"dvv", 2, false, pause_ms, arguments.rounds * kQuietTimes,
                     MixSeed(arguments.seed, number++)}));
    std::fprintf(stderr, "\r%60s\r", "");
    return {{"seed", arguments.seed}, {"crowds", crowds}, {"pauses", pauses}};
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
            (name != "--rounds" && name != "--seed") ||
            (name == "--rounds" && (number < 10 || number > 1000000))) {
            std::fprintf(stderr, "usage: lab3-figures [--rounds=10..1000000] "
                                 "[--seed=K]\n");
            std::exit(2);
        }
        (name == "--rounds" ? arguments.rounds : arguments.seed) = number;
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
             ". make test-lab3 'T=Store*' tells more.");
    } catch (const std::exception &error) {
        Stop(std::string(error.what()) + ".");
    }
    return std::ferror(stdout) != 0 || std::fflush(stdout) != 0;
}
