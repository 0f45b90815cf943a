// worlds_model.h: what the tests of parts B and C set up and look at.
#pragma once

#include "harness/world/scenes.h"

#include <string>
#include <vector>

namespace judge
{

// What clients do at random.
struct Load {
    int writers = 2, readers = 2;
    uint64_t operations = 5; // of a client, at most
    uint64_t keys = 1;
    uint64_t pause_ms = 60; // between two operations of a client, less than
};

// Clients that put and get a few keys through random nodes.
void AddClients(Trial &t, World *world, const Load &load);

Setup RegisterOf(uint32_t nodes, uint32_t n, uint32_t r, uint32_t w);
Setup MaskingOf(uint32_t n, uint32_t quorum, uint32_t f);

// ---- What is done to a world ----

// A put that gets stuck half way: its coordinator learns all versions; then what
// it sends arrives at `reached` only (and at itself), as long as the caller does
// not join what is cut now. Gives the operation's number. Nothing depends on
// whom the coordinator asks first: the others hold its questions back until it
// has put them, and the cut, which comes then, loses no answer.
int PutHalfWay(World *world, const Setup &setup, uint32_t coordinator,
               const std::string &key, const std::string &value,
               const std::vector<uint32_t> &reached);

// ---- What is expected ----

// No put has a counter that only liars can have brought in: theirs begin at
// 1,000. That there are far fewer puts leaves room for whoever skips a few
// counters. After KeepEvents.
void ExpectModestCounters(World *world);

} // namespace judge
