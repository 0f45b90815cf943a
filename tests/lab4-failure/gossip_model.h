// gossip_model.h: one node whose view of membership a test knows, and stores whose
// membership changes.
#pragma once

#include "lab4-failure/store_model.h"
#include "lab4-failure/view_model.h"

extern "C" {
#include "dynamo/gossip.h"
}

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace judge
{

// A synced store of so many nodes, of which the first so many belong to it.
Setup GossipStoreOf(uint32_t nodes, uint32_t first);
// The view with which all nodes of a store begin (gossip.h).
ViewModel FirstView(const Setup &setup);
std::string HashOf(const ViewModel &view);

// One node, of which the test plays all others. `view`: what it has to know.
struct Listener {
    Listener(Trial &trial, const Setup &setup, node_id self);

    // It says what has been said to it.
    void Joins(node_id who, uint32_t weight = 1);
    void Leaves(node_id who);
    // What it sends, of "view?" and "view", when it is told one of them.
    Letters Ask(node_id from, const std::string &hash);
    Letters Hear(node_id from, const std::string &bytes);
    // What it sends of them while so many gossip_ms pass.
    Letters Look(uint64_t times);
    static Letters Gossip(const Letters &sent);
    static std::string Told(const Letters &sent);

    void ExpectNothing(const Letters &sent, const std::string &when);
    // One "view" to that node, which is `view`.
    void ExpectView(const Letters &sent, node_id to, const std::string &when);
    // It is what the node answers with, and what its store holds if there was anything
    // to be stored.
    void ExpectKnown(const std::string &when);
    void ExpectStored(const std::string &when);

    Trial *t;
    Setup setup;
    node_id self;
    LoneNode node;
    ViewModel view;
};

// ---- Whole stores ----

// Where a view is kept.
std::string ViewPlace();
// In how many times gossip_ms all nodes are to hear of a change.
uint64_t RoundsUntilHeard(uint32_t nodes);
// Runs until all nodes keep the same view, or none yet, for so many times gossip_ms at
// most. Its members, as indexes.
std::vector<uint32_t> ExpectViewsAgree(World *world, const Setup &setup);
// Runs until they must, and until what has changed its owners is with the new ones:
// then these hold the same, and nobody else holds anything.
void ExpectSettled(World *world, const Setup &setup,
                   const std::vector<std::string> &keys);

} // namespace judge
