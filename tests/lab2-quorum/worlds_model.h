// worlds_model.h: what the tests of parts B and C set up and look at.
#pragma once

#include "harness/world/world.h"

#include <optional>
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

// The most that DrawFaults draws from.
Faults StrayMessages();
Faults Everything();

// The nodes that hold a key, as indexes, in the order of its preference list.
// From the rule of ring.h for RING_TOKENS, not from anybody's ring.
std::vector<uint32_t> ReplicasOf(const Setup &setup, const std::string &key);
// The other nodes.
std::vector<uint32_t> OthersThan(const Setup &setup,
                                 const std::vector<uint32_t> &nodes);

// ---- What is done to a world ----

// Cuts a node from some others, both ways, or joins them again.
void CutFrom(World *world, uint32_t node, const std::vector<uint32_t> &others);
void JoinTo(World *world, uint32_t node, const std::vector<uint32_t> &others);
void CutFromAll(World *world, uint32_t node);
void JoinAll(World *world);

// A put that gets stuck half way: its coordinator learns all versions; then what
// it sends arrives at `reached` only (and at itself), as long as the caller does
// not join what is cut now. Gives the operation's number. Nothing depends on
// whom the coordinator asks first: the others hold its questions back until it
// has put them, and the cut, which comes then, loses no answer.
int PutHalfWay(World *world, const Setup &setup, uint32_t coordinator,
               const std::string &key, const std::string &value,
               const std::vector<uint32_t> &reached);

// ---- What is expected ----

const Operation &OperationOf(const World &world, int op);

// The operation was answered with that code.
void ExpectAnswer(World *world, int op, int code, const std::string &rule);
// The get was answered with that value; nullopt: with none.
void ExpectFound(World *world, int op, const std::optional<std::string> &value,
                 const std::string &rule);
// It has no answer yet.
void ExpectPending(World *world, int op, const std::string &rule);

// No put has a counter that only liars can have brought in: theirs begin at
// 1,000. That there are far fewer puts leaves room for whoever skips a few
// counters. After KeepEvents.
void ExpectModestCounters(World *world);

// A put or a get that is to be answered DYN_OK within `ms`; the get as above.
void PutNow(World *world, uint32_t node, const std::string &key,
            const std::string &value, uint64_t ms, const std::string &rule);
void GetNow(World *world, uint32_t node, const std::string &key,
            const std::optional<std::string> &value, uint64_t ms,
            const std::string &rule);

// ---- One node by itself, which the test sends messages ----

// A message that a node sent, or is sent.
struct Letter {
    message_kind kind = MESSAGE_READ;
    uint64_t operation = 0;
    std::string key;
    version stamp = {0, 0};
    std::string value;
};

class LoneNode
{
  public:
    explicit LoneNode(const NodeSetup &setup);

    // What it sends back to `from`, which must be one message. Broken is thrown
    // as a Violation that begins with the rule.
    Letter Ask(node_id from, const Letter &letter, const std::string &rule);
    // Crashes and begins again with what it stored.
    void LiveAgain();
    void Close();

  private:
    NodeSetup setup_;
    std::unique_ptr<NodeHost> host_;
    Entries stored_;

    void Open();
    void Keep(const Effects &effects);
};

// What open says of such a configuration. The node is closed.
int CodeOfOpen(const NodeSetup &setup);

// Writes the trace down, if it is not anyway: for checks that read it. To be
// called before the world begins.
void KeepEvents(Trial &t);

} // namespace judge
