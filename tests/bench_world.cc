// bench_world.cc: how many events a second a simulated world runs.
//
//     bench_world --lab=labs/lab2-quorum/lab.toml --host=HOST [--seed=N]
//
// The load: the register on 5 nodes, N 3, R 2, W 2; 4 clients that put and get
// 8 keys through random nodes, half of each; a network that loses, copies and
// delays a few messages. An event is one run of a handler, or of open. Linked
// with isolated nodes it measures lockstep over pipes, with direct ones
// the simulator and the student's code in one process.
#include "harness/one_core.h"
#include "harness/options.h"
#include "harness/trial.h"
#include "harness/world/world.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <sys/resource.h>

namespace
{

using namespace judge;

constexpr double kSeconds = 2; // of each measure
constexpr int kMeasures = 5;

// One run, on a trial of its own.
void RunWorld(Trial &t)
{
    Setup setup;

    setup.program = "register";
    setup.nodes = 5;
    setup.faults.loss = setup.faults.copy = setup.faults.late = 5;
    setup.faults.jitter_us = 500;
    World world(t, setup);
    for (int client = 0; client < 4; client++) {
        std::vector<Wish> wishes;

        for (int i = 0; i < 50; i++) {
            const bool is_put = t.Choose(2) == 1;
            const std::string key = "key" + std::to_string(t.Choose(8));
            const auto node = static_cast<uint32_t>(t.Choose(5));

            wishes.push_back(
                {is_put, key, ValueName(uint64_t(client * 50 + i)), node, 0});
        }
        world.Client(std::move(wishes));
    }
    world.Run();
    world.Close();
}

uint64_t EventsOf(uint64_t seed)
{
    Trial t(nullptr, Choices(seed));

    RunWorld(t);
    return t.Events();
}

double CpuSeconds()
{
    rusage own, children;

    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    const auto of = [](const timeval &time) {
        return double(time.tv_sec) + double(time.tv_usec) / 1e6;
    };
    return of(own.ru_utime) + of(own.ru_stime) + of(children.ru_utime) +
           of(children.ru_stime);
}

// The kinds of events of one run, as its trace tells them.
std::string Mix(uint64_t seed)
{
    static const std::map<std::string, const char *> kinds = {
        {"recv", "messages"}, {"fire", "timers"}, {"request", "requests"}};
    std::map<std::string, int> count;
    Trial t(nullptr, Choices(seed));
    double all = 0;
    std::string text;

    t.Trace("");
    RunWorld(t);
    for (const auto &[mark, name] : kinds) {
        const std::string tag = "\"e\":\"" + mark + "\"";

        for (size_t at = 0;
             (at = t.TheTrace().find(tag, at)) != std::string::npos; at++)
            count[name]++;
    }
    for (const auto &[name, number] : count)
        all += number;
    for (const auto &[name, number] : count)
        text += (text.empty() ? "" : ", ") +
                std::to_string(int(100 * number / all + 0.5)) + " % " + name;
    return text;
}

} // namespace

int main(int argc, char **argv)
{
    using Clock = std::chrono::steady_clock;
    std::vector<double> rates;
    uint64_t seed = 1, all = 0;

    judge::ParseOptions(&argc, argv);
    judge::StayOnOneCore();
    std::printf("%s: %s\n", NodeKind(), Mix(seed).c_str());
    const double cpu = CpuSeconds();
    for (int measure = 0; measure < kMeasures; measure++) {
        const auto begun = Clock::now();
        double seconds = 0;
        uint64_t events = 0;

        while (seconds < kSeconds) {
            events += EventsOf(seed++);
            seconds =
                std::chrono::duration<double>(Clock::now() - begun).count();
        }
        rates.push_back(double(events) / seconds);
        all += events;
    }
    judge::EndHosts();
    std::sort(rates.begin(), rates.end());
    std::printf("%s: %.0f events/s at the median of %d times %.0f s (%.0f to "
                "%.0f), %.1f us of processor time each\n",
                NodeKind(), rates[kMeasures / 2], kMeasures, kSeconds,
                rates.front(), rates.back(),
                (CpuSeconds() - cpu) * 1e6 / double(all));
    return 0;
}
