// figures_measure.h: what a student's store does when nodes fail, and what it costs to
// mend it afterwards, in virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace judge
{

// Each function throws std::runtime_error with a sentence if the store does not do what
// is measured.

// ---- Repair: two replicas of one range compare what they hold ----

struct Repair {
    uint64_t keys = 0, differ = 0;
    uint64_t bytes = 0; // of all that they say to each other, as encoded
    uint64_t trees = 0; // of these: "tree?" and "tree"
    uint64_t naive = 0; // what it would be if one told all keys and hashes
    bool whole = true;  // whole nodes; else the functions of merkle.h alone
};

// For 1, 10, 100, ... keys that differ, up to 1,000.
std::vector<Repair> RepairOfNodes(uint64_t keys);
std::vector<Repair> RepairOfTrees(uint64_t keys);

// ---- An outage: what clients are told meanwhile ----

// What happens in it; the rest of the time all is well.
struct Trouble {
    uint64_t from_ms = 0, until_ms = 0;
    std::vector<uint32_t> down; // indexes of nodes; none: the cluster is halved
};
const std::vector<Trouble> &Troubles();
extern const uint64_t kOutageMs; // how long all of it lasts
extern const uint64_t kInTimeMs; // what counts as answered

struct Served {
    uint64_t asked = 0, in_time = 0; // operations
    uint64_t gets = 0, stale = 0;    // gets that were answered DYN_OK, ever
};

// By seconds, of the operations that began in each.
std::vector<Served> Outage(bool sloppy, uint64_t seed);

// ---- Scale: one node of many misses something ----

struct Homecoming {
    uint64_t nodes = 0;
    uint64_t missed = 0;    // keys
    uint64_t ms = 0;        // from its return until it holds them all
    uint64_t bytes = 0;     // that all nodes have sent until then
    uint64_t own_bytes = 0; // of these, to it and by it
};
struct Scale {
    Homecoming hints;     // of what was put while it was down
    Homecoming trees;     // of all that it held, when it has lost its disk
    double seconds = 0;   // of a processor
    uint64_t peak_mb = 0; // of its memory
};
Scale ScaleOf(uint32_t nodes, uint64_t seed);

// ---- Gossip: one node is told that another joins, and all hear of it ----

struct Rumour {
    uint64_t nodes = 0;
    uint64_t bytes = 0; // of all "view?" and "view" until all know
    // How many know, at first and after each so-manieth part of a round. The last are
    // all.
    std::vector<uint64_t> knowing;
};
extern const uint64_t kLooksInARound;
Rumour RumourOf(uint32_t nodes, uint64_t seed);

} // namespace judge
