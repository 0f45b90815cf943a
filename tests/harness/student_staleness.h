// student_staleness.h: staleness.h as a test sees it, with the student's code far
// away.
#pragma once

#include "harness/contract.h"
#include "harness/student_quorum.h"
#include "harness/trial.h"

extern "C" {
#include "dynamo/staleness.h"
}

#include <string>
#include <vector>

namespace judge
{

// A message's delays in each leg, in microseconds.
struct Legs {
    std::vector<uint32_t> write, ack, read, response;
};

std::string Show(const staleness_delays &delays); // "4+1/0+2"
std::string Show(const Legs &legs);
// "put 5, get 2, fresh after 0"
std::string Show(const staleness_outcome &outcome);

// Each function is the one of the contract; `delays` must be N.
int StudentOnce(Trial &t, const quorum_sizes &sizes,
                const std::vector<staleness_delays> &delays,
                staleness_outcome *outcome);

// `generator` is the seed before, and the generator's state afterwards.
int StudentMany(Trial &t, const quorum_sizes &sizes, const Legs &legs,
                uint64_t *generator, size_t count,
                std::vector<staleness_outcome> *outcomes);

// Of outcomes that are fresh after such times.
double StudentFresh(Trial &t, const std::vector<uint32_t> &fresh_after,
                    uint64_t t_us);
int StudentWait(Trial &t, const std::vector<uint32_t> &fresh_after,
                double share, uint64_t *t_us);

int StudentAvailable(Trial &t, const quorum_sizes &sizes, double up,
                     staleness_availability *availability);

void ExpectStalenessNullsRefused(Trial &t);

} // namespace judge
