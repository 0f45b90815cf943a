// store_model.h: what tests of lab 4's whole node set up and look at.
#pragma once

#include "harness/hints.h"
#include "harness/world/shoppers.h"

extern "C" {
#include "dynamo/handoff.h"
}

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace judge
{

// What a node sends, and to whom.
using Letters = std::vector<std::pair<node_id, Letter>>;

// Lab 4's node, with sloppy quorums.
Setup SloppyStoreOf(uint32_t nodes, uint32_t n, uint32_t r, uint32_t w);

// The same, strict, in which replicas compare what they hold.
Setup SyncedStoreOf(uint32_t nodes, uint32_t n, uint32_t r, uint32_t w);
// How long it may take until all replicas agree when nothing fails any more.
uint64_t UntilAgreedMs(const Setup &setup);
// Whether all owners of each key hold the same set, encoded, which is none of no
// bytes. Only these nodes, as indexes, belong to the store; if that can change
// (gossip_ms), no node that is no owner holds anything.
Finding ReplicasAgree(const World &world, const Setup &setup,
                      const std::vector<uint32_t> &members,
                      const std::vector<std::string> &keys);
// Runs until all nodes' replicas agree, as long as that may take.
void ExpectReplicasAgree(World *world, const Setup &setup,
                         const std::vector<std::string> &keys);

// How long it may take until others stand in for nodes that are down: as many as may
// be found to be down one after the other.
uint64_t UntilServedMs(const Setup &setup, uint32_t down);
// How long it may take until all know that who was down is up again.
uint64_t UntilFoundUpMs(const Setup &setup);

// ---- Hints ----

Finding NobodyKeepsHints(const World &world);
// Runs until nobody does, for `ms` at most.
void ExpectHintsComeHome(World *world, uint64_t ms);
// The operation's number for a set that is handed off.
uint64_t HandoffNumber(const std::string &set);

// ---- Sets ----

struct DottedValue {
    node_id name;
    uint64_t counter;
    std::string value;
};

// A set that has seen these versions and no others, encoded (dvv.h); they ascend.
std::string SetOf(const std::vector<DottedValue> &versions);
// Its versions. None: bytes that end too soon.
std::optional<std::vector<DottedValue>> ReadSet(const std::string &set);
// The versions of a set that the code under test has encoded.
std::vector<DottedValue> VersionsOf(Trial &t, const std::string &set);

// ---- Runs ----

// A whole run of shoppers under faults. Then all is healed, and every hint comes home.
// If replicas compare what they hold (sync_ms), all must agree before anybody reads; if
// not, every key is read through every node first. Read then, what was acknowledged must
// be there, and never must more be there than was put.
// Where membership changes (gossip_ms), an administrator says these words meanwhile, and
// all must have moved to where it belongs.
void ExpectNothingIsLostInTheEnd(Trial &t, Setup setup,
                                 const Shoppers &shoppers,
                                 const std::vector<Word> &words = {});

} // namespace judge
