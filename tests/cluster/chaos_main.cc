// chaos_main.cc: the program cluster-chaos.
//
//     cluster-chaos --node=FILE [--program=register|dvv|failure]
//                   [--cycles=200 | --minutes=N] [--seed=N] [--nodes=N]
//                   [--trace=FILE]
//
// Nodes: 3, or 7 of failure.
// Exit status: 0 when nothing was lost, 1 when something was, 3 when it could
// not be found out; 128 and the signal's number when it was interrupted. Nothing
// is left behind then either.
#include "cluster/cluster_options.h"
#include "harness/cluster/chaos.h"
#include "harness/violation.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <random>

namespace
{

using namespace judge;

[[noreturn]] void Usage(const std::string &argument)
{
    std::fprintf(
        stderr,
        "cluster-chaos: '%s' is not understood; there are --node, "
        "--wrap, --program, --cycles, --minutes, --seed, --nodes and --trace, "
        "each with =VALUE\n",
        argument.c_str());
    std::exit(3);
}

uint64_t Number(const std::string &argument, const std::string &text)
{
    char *end;
    const uint64_t number = std::strtoull(text.c_str(), &end, 0);

    if (text.empty() || *end != '\0')
        Usage(argument);
    return number;
}

// Signals that ask for an end stay pending until the next cycle looks for them.
// The nodes inherit that, and so do not mind Ctrl-C, which is meant for us.
constexpr int kInterrupts[] = {SIGINT, SIGTERM, SIGHUP};

void HoldInterrupts()
{
    sigset_t held;

    sigemptyset(&held);
    for (const int signal : kInterrupts)
        sigaddset(&held, signal);
    sigprocmask(SIG_BLOCK, &held, nullptr);
}

// The one that has come, or 0.
int Interrupt()
{
    sigset_t pending;

    sigpending(&pending);
    for (const int signal : kInterrupts)
        if (sigismember(&pending, signal) == 1)
            return signal;
    return 0;
}

int Run(const ChaosSetup &setup, const std::string &trace)
{
    const ChaosResult result = RunChaos(setup);

    if (Interrupt() != 0) {
        std::printf("interrupted after %d cycles\n%s", result.cycles,
                    result.sizes.c_str());
        return 128 + Interrupt();
    }
    std::printf("%s\n", result.Show().c_str());
    if (!result.trace.empty()) {
        std::ofstream(trace) << result.trace;
        std::printf("the trace is in %s\n", trace.c_str());
    }
    switch (result.finding.verdict) {
    case Finding::Verdict::Holds:
        return 0;
    case Finding::Verdict::Broken:
        return 1;
    case Finding::Verdict::Undecided:
        break;
    }
    return 3;
}

bool IsProgram(const std::string &name)
{
    return name == "register" || name == "dvv" || name == "failure";
}

// Goes on until then, and says how it goes three times a minute.
void RunFor(ChaosSetup *setup, uint64_t minutes)
{
    using Clock = std::chrono::steady_clock;
    const auto began = Clock::now();
    const auto tell = setup->tell;
    auto told = std::make_shared<Clock::time_point>(began);

    setup->cycles = std::numeric_limits<int>::max();
    setup->enough = [=] {
        return Clock::now() - began >= std::chrono::minutes(minutes);
    };
    setup->tell = [=](const std::string &text) {
        const std::chrono::duration<double, std::ratio<60>> passed =
            Clock::now() - began;
        char when[32];

        if (Clock::now() - *told < std::chrono::seconds(20))
            return;
        *told = Clock::now();
        std::snprintf(when, sizeof when, "%6.1f min: ", passed.count());
        tell(when + text);
    };
}

} // namespace

int main(int argc, char **argv)
{
    ReadClusterOptions(&argc, argv);
    ChaosSetup setup;
    std::string trace;
    uint32_t nodes = 0;
    uint64_t minutes = 0;

    setup.cluster = ClusterSetup();
    setup.cluster.retry_ms = 50;
    setup.cluster.give_up_ms = 500;
    setup.seed = std::random_device()();
    for (int i = 1; i < argc; i++) {
        if (const auto text = OptionText(argv[i], "cycles"))
            setup.cycles = static_cast<int>(Number(argv[i], *text));
        else if (const auto text = OptionText(argv[i], "seed"))
            setup.seed = Number(argv[i], *text);
        else if (const auto text = OptionText(argv[i], "nodes"))
            nodes = static_cast<uint32_t>(Number(argv[i], *text));
        else if (const auto text = OptionText(argv[i], "minutes"))
            minutes = Number(argv[i], *text);
        else if (const auto text = OptionText(argv[i], "trace"))
            trace = *text;
        else if (const auto text = OptionText(argv[i], "program");
                 text && IsProgram(*text))
            setup.cluster.program = *text;
        else
            Usage(argv[i]);
    }
    if (setup.cluster.HasHints())
        setup.cluster = OfFailures(setup.cluster);
    if (nodes != 0)
        setup.cluster.nodes = nodes;
    setup.cluster.first = std::min(setup.cluster.first, setup.cluster.nodes);
    setup.cluster.traced = !trace.empty();
    setup.tell = [](const std::string &text) {
        std::printf("  %s\n", text.c_str());
        std::fflush(stdout);
    };
    setup.stop = [] { return Interrupt() != 0; };
    HoldInterrupts();
    const std::string length = minutes != 0
                                   ? "minutes=" + std::to_string(minutes)
                                   : "cycles=" + std::to_string(setup.cycles);
    if (minutes != 0)
        RunFor(&setup, minutes);
    std::printf("cluster-chaos --program=%s --seed=%llu --%s --nodes=%u\n",
                setup.cluster.program.c_str(),
                static_cast<unsigned long long>(setup.seed), length.c_str(),
                setup.cluster.nodes);
    std::fflush(stdout);
    try {
        return Run(setup, trace);
    } catch (const judge::Violation &violation) {
        std::printf("BROKEN: expected %s; %s\n",
                    violation.expected.empty() ? "nodes that go on"
                                               : violation.expected.c_str(),
                    violation.seen.c_str());
        return 1;
    } catch (const judge::InfraError &error) {
        std::fprintf(stderr, "cluster-chaos: %s\n", error.what());
        return 3;
    }
}
