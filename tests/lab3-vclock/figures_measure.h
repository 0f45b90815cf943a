// figures_measure.h: what a student's store does in simulated clusters when clients
// write one key at the same time: what is lost, and how many versions gets find.
#pragma once

#include "check/history.h"

#include <cstdint>
#include <string>
#include <vector>

namespace judge
{

// Clients that each get the key and put it at once, again and again, through
// replicas of the key. Nothing fails.
struct Crowd {
    std::string program;          // vclock, dvv
    uint32_t clients = 2;         // at least 1
    bool one_coordinator = false; // all puts go through one replica; else each
                                  // through one that is drawn
    uint32_t pause_ms = 20; // from a put's answer to the next get, in the mean
    uint64_t rounds = 100;  // a get and a put, of each client
    uint64_t seed = 1;
};

struct Measured {
    uint64_t puts = 0; // acknowledged
    uint64_t lost = 0; // of them: neither found at the end nor replaced
    uint64_t gets = 0; // of clients
    std::vector<uint64_t> versions; // gets that found so many
};

// Throws std::runtime_error with a sentence if an operation fails.
Measured Measure(const Crowd &crowd);

} // namespace judge
