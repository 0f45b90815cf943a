#include "harness/seeds.h"

#include "harness/options.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace judge
{
namespace
{

using Clock = std::chrono::steady_clock;

// In a child: every `step`th seed. Exits with 1 after the first that fails.
[[noreturn]] void RunSome(TrialBody body, uint64_t first, uint64_t end,
                          uint64_t step, int out)
{
    for (uint64_t seed = first; seed < end; seed += step) {
        Trial t(nullptr, Choices(seed));

        try {
            body(t);
        } catch (const Violation &violation) {
            std::printf("seed %llu: %s\n",
                        static_cast<unsigned long long>(seed),
                        TextOf(violation).c_str());
            std::fflush(stdout);
            _exit(1);
        }
        const uint64_t events = t.Events();
        if (write(out, &events, sizeof events) != sizeof events)
            _exit(3);
    }
    _exit(0);
}

} // namespace

std::string TextOf(const Violation &violation)
{
    return violation.expected + "; " + violation.seen;
}

bool RunSeeds(const std::string &what, TrialBody body)
{
    const Options &options = TheOptions();
    const uint64_t first = options.seed_given ? options.seed : 1,
                   count = options.cases > 0 ? options.cases : 10000,
                   jobs = std::max(1u, std::thread::hardware_concurrency());
    const auto begun = Clock::now();
    uint64_t done = 0, events = 0, one = 0;
    int ends[2], status = 0;
    bool good = true;

    if (pipe(ends) != 0)
        return false;
    for (uint64_t job = 0; job < jobs; job++)
        if (fork() == 0) {
            close(ends[0]);
            RunSome(body, first + job, first + count, jobs, ends[1]);
        }
    close(ends[1]);
    while (read(ends[0], &one, sizeof one) == sizeof one) {
        events += one;
        if (++done % std::max<uint64_t>(1, count / 10) == 0) {
            std::printf("  %llu seeds\n",
                        static_cast<unsigned long long>(done));
            std::fflush(stdout);
        }
    }
    close(ends[0]);
    while (wait(&status) > 0)
        good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const double seconds =
        std::chrono::duration<double>(Clock::now() - begun).count();
    std::printf("%s: %llu seeds, %llu events, %.0f s: %.1f seeds/s, %.0f "
                "events/s on %llu cores; %s\n",
                what.c_str(), static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(events), seconds,
                double(done) / seconds, double(events) / seconds,
                static_cast<unsigned long long>(jobs),
                good && done == count ? "nothing was lost"
                                      : "SOMETHING WENT WRONG, see above");
    return good && done == count;
}

} // namespace judge
