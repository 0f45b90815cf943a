// shoppers.h: stores with siblings and contexts: what their clients do, and what they
// are told.
#pragma once

#include "check/causal.h"
#include "harness/world/scenes.h"

#include <string>
#include <vector>

namespace judge
{

Setup StoreOf(const std::string &program, uint32_t nodes, uint32_t n,
              uint32_t r, uint32_t w);

// What clients do at random: each reads a key and puts what it makes of it.
struct Shoppers {
    int clients = 3;
    uint64_t rounds = 3; // a get, then a put, of a client at most
    uint64_t keys = 1;
    uint64_t pause_ms = 60; // between two operations of a client, less than
    // Every client has a replica of its own for its puts of a key, as
    // vclock_program needs it, and always puts what it has just read. (No more
    // clients than replicas.)
    bool apart = false;
};
void AddShoppers(Trial &t, World *world, const Setup &setup,
                 const Shoppers &shoppers);

// A whole run of them, in which nothing may be lost (CausalRules: where a get sees
// all).
void ExpectShoppersLoseNothing(Trial &t, const Setup &setup,
                               const Shoppers &shoppers,
                               const CausalRules &rules = {});
// The same of two clients that read and put through one coordinator, twice each.
void ExpectRacersLoseNothing(Trial &t, const Setup &setup);

// A get that is to be answered DYN_OK within `ms` with these values, in any
// order. Gives its number. `because`: the operations on which its values depend, to
// be told of with it.
int GetValues(World *world, uint32_t node, const std::string &key,
              std::vector<std::string> values, uint64_t ms,
              const std::string &rule, const std::vector<int> &because = {});
// A put after a get, or of who has read nothing (-1), which is to be answered
// DYN_OK within `ms`. Gives its number.
int PutValue(World *world, uint32_t node, const std::string &key,
             const std::string &value, int get, uint64_t ms,
             const std::string &rule);

} // namespace judge
