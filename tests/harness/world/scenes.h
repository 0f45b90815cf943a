// scenes.h: what tests of worlds do to them and expect of them, whatever the lab.
#pragma once

#include "harness/world/world.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

// The most that DrawFaults draws from.
Faults StrayMessages();
Faults Everything();
Faults EverythingAndDisks();
Faults EverythingAndJoins();

// The nodes that hold a key, as indexes, in the order of its preference list.
// From the rule of ring.h for RING_TOKENS, not from anybody's ring.
std::vector<uint32_t> ReplicasOf(const Setup &setup, const std::string &key);
// The same where only some of the nodes, as indexes, belong to the store.
std::vector<uint32_t> ReplicasAmong(const Setup &setup,
                                    const std::vector<uint32_t> &members,
                                    const std::string &key);
// The other nodes.
std::vector<uint32_t> OthersThan(const Setup &setup,
                                 const std::vector<uint32_t> &nodes);

// ---- What is done to a world ----

// Cuts a node from some others, both ways, or joins them again.
void CutFrom(World *world, uint32_t node, const std::vector<uint32_t> &others);
void JoinTo(World *world, uint32_t node, const std::vector<uint32_t> &others);
void CutFromAll(World *world, uint32_t node);
void JoinAll(World *world);

// ---- What is expected ----

const Operation &OperationOf(const World &world, int op);

// The operation was answered with that code.
void ExpectAnswer(World *world, int op, int code, const std::string &rule);
// Runs until it is answered, and what it left on its way in a sound network has come;
// for `ms` at most.
void Await(World *world, int op, uint64_t ms);
// Runs until this holds, for `ms` at most. As it may be dear to find out, it is looked
// at when nothing was stored for `pause_ms`, and in the end.
void ExpectWithin(World *world, uint64_t ms, uint64_t pause_ms,
                  const std::function<Finding()> &look);
// The get was answered with that value; nullopt: with none.
void ExpectFound(World *world, int op, const std::optional<std::string> &value,
                 const std::string &rule);
// It has no answer yet.
void ExpectPending(World *world, int op, const std::string &rule);

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
    std::string versions = {}, context = {}; // from lab 3 on
    int code = 0;
    // From lab 4 on:
    node_id owner = 0;
    std::string range = {}, path = {}, hash = {}, tree = {}, view = {};
    uint64_t disk = 0;
};

// As it is said on the wire.
std::string BytesOf(const Letter &letter);

class LoneNode
{
  public:
    LoneNode(Trial &t, const NodeSetup &setup);
    ~LoneNode(); // hands its trace to the trial
    LoneNode(const LoneNode &) = delete;
    LoneNode &operator=(const LoneNode &) = delete;

    // What it sends back to `from`, which must be one message. Broken is thrown
    // as a Violation that begins with the rule.
    Letter Ask(node_id from, const Letter &letter, const std::string &rule);
    // All that it sends then, to `from` and to others.
    std::vector<std::pair<node_id, Letter>> Tell(node_id from,
                                                 const Letter &letter);
    // Lets `ms` pass and runs the timers that are due then, in their order. All that
    // it sends.
    std::vector<std::pair<node_id, Letter>> Wait(uint64_t ms);
    // Crashes and begins again with what it stored.
    void LiveAgain();
    // Of what the next handler does, only the first so many effects come to pass: then
    // the power fails. To be followed by LiveAgain.
    void FailAfter(size_t effects)
    {
        effects_most_ = effects;
    }
    // What the node answers an administrator; nothing if it does not, in the handler.
    std::optional<int> SayJoins(node_id who, uint32_t weight = 1);
    std::optional<int> SayLeaves(node_id who);
    // As many Tells. The trace shows no more than that line: a hundred thousand
    // messages would bury what comes after them. How many messages it sends.
    size_t TellMany(node_id from, const std::vector<Letter> &letters,
                    const std::string &line);
    void Close();

    const Entries &Stored() const
    {
        return stored_;
    }

  private:
    struct Alarm {
        uint64_t at_ms = 0;
        int kind = 0;
        uint64_t arg = 0;
    };

    Trial &t_;
    NodeSetup setup_;
    TraceLog trace_;
    std::unique_ptr<NodeHost> host_;
    Entries stored_;
    uint64_t now_ms_ = kBeginMs, messages_ = 0, events_ = 0, words_ = 0;
    size_t effects_most_ = SIZE_MAX;
    std::optional<int> replied_; // by the last handler
    std::map<uint64_t, Alarm> alarms_;
    std::map<node_id, uint64_t> sent_; // the last message to each

    static constexpr uint64_t kBeginMs = 1000;

    TraceLog::Line Log(const char *kind);
    TraceLog::Line Log(const char *kind, node_id node);
    void LogSend(node_id from, node_id to, slice bytes);
    void Open();
    std::optional<int> Say(node_id who, uint32_t weight);
    // Does what a handler recorded. Gives what it sent.
    std::vector<std::pair<node_id, Letter>> Keep(const Effects &effects);
};

// What a node that holds these entries says that it holds of each key: what "versions"
// carries. It does not go on to live.
std::vector<std::string> HeldOf(const NodeSetup &setup, const Entries &stored,
                                const std::vector<std::string> &keys);

// What open says of such a configuration. The node is closed.
int CodeOfOpen(const NodeSetup &setup);

// A program with N, R and W opens with a configuration like `good`, which has
// four members and N = 3, and with nothing outside the ranges of program.h.
void ExpectOpenKeepsToRanges(Trial &t, const NodeSetup &good);

// Writes the trace down, if it is not anyway: for checks that read it. To be
// called before the world begins.
void KeepEvents(Trial &t);

} // namespace judge
