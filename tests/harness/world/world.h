// world.h: a simulated cluster: virtual time, network, disks, clients, faults.
//
// Everything that is not determined is drawn from the trial's choices, and
// choice 0 is always the dull one: deliver the oldest, no fault. A run has two
// phases: `faults`, in which the clients do what they were given to do while
// nodes crash and messages go astray, and `calm`, in which all is healed and
// every operation must come to an end.
//
//     World world(t, setup);
//     world.Client({{true, "x", "a", 0}, {false, "x", "", 1}});
//     world.Run();
//     world.Expect(Linearizable(world.Operations()));
#pragma once

#include "check/history.h"
#include "harness/nemesis.h"
#include "harness/trial.h"
#include "harness/world/node_host.h"
#include "harness/world/trace_log.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

// Chances are out of 1,000; `most` bounds how often in a run.
struct Faults {
    uint32_t loss = 0, copy = 0, late = 0; // of a message
    uint32_t late_ms = 200;                // at most
    uint32_t jitter_us = 0; // every message takes up to so much longer
    // Of a look that fate takes every `look_ms`: one of what is allowed.
    uint32_t strike = 0;
    uint32_t look_ms = 5, strikes_most = 20;
    bool crashes = false, cuts = false, one_way_cuts = false, pauses = false,
         slow = false, skew = false;
    // For a while a node's disk takes no more puts and deletes; its next sync fails.
    // Either way the node ends when it comes to that, as in a crash, with nothing on
    // its disk but what was synced, and begins again later.
    bool full_disks = false, write_errors = false;
    // How many disks may be lost in a run, each with all that is on it. See
    // Setup::held.
    uint32_t wipes = 0;
    // Whether a script may have nodes join and leave. Otherwise only tests have them.
    bool joins = false;
    // A script that is followed in place of all that is above.
    std::shared_ptr<const Nemesis> script;
};

// Draws a world's rates: each between nothing and what `most` says. If there is a script
// to be followed, and `most` allows all that it does, it comes with it.
Faults DrawFaults(Trial &t, const Faults &most);

// How the next event is found.
enum class Order {
    Timed,  // messages take time; the earliest comes first
    Chosen, // any message on its way may come next; timers when there is none.
            // What is overtaken comes a few events later. No time passes but
            // for timers.
};

// How a node lies to the others (masking quorums); it serves no client.
enum class Lie { None, Silent, Forge, Equivocate, Replay };

struct Setup {
    std::string program;
    uint32_t nodes = 3;
    uint32_t n = 3, r = 2, w = 2, f = 0;
    uint32_t retry_ms = 50, give_up_ms = 2000;
    // From lab 4 on:
    uint32_t sloppy = 0, handoff_ms = 0, sync_ms = 0, gossip_ms = 0, first = 0;
    ring_config ring = {RING_TOKENS, 8, 0, 1};
    Faults faults;
    // How long a message of a kind takes, each as likely as the others, the
    // quickest first; in microseconds. Kinds that are not there take 1 ms.
    std::map<message_kind, std::vector<uint32_t>> latencies_us;
    Order order = Order::Timed;
    // Chosen: how many messages may be lost, nodes crash, and nodes be cut off from
    // all others for a while, at most.
    uint32_t losses_most = 0, crashes_most = 0, cuts_most = 0;
    std::map<node_id, Lie> liars;
    // How far nodes' clocks are ahead from the beginning (by their indexes); -1000
    // at least, which is behind.
    std::map<uint32_t, int64_t> ahead_ms;
    bool calm_must_finish = true; // every operation of the calm phase succeeds
    bool read_at_the_end = true;  // every key, through every node

    // The values of each key that a node holds, for itself or for others, if its disk
    // holds that. Without it no disk is lost.
    //
    // A disk is lost only while no put depends on it: of each put that was answered
    // DYN_OK, or may yet be, another disk holds its value, or one whose client had
    // read it, whether it crashes now or not; or no disk does. What the node had sent and is on its way is
    // lost too, so that nobody drops his copy for one on a disk that is gone. So what
    // was acknowledged is there in the end, when hints are home and replicas were
    // compared or read. Before that it may be missed, whatever R and W are: of those
    // that wrote and those that read, the node that is both may have forgotten.
    std::function<std::vector<std::vector<std::string>>(
        const NodeSetup &node, const Entries &disk,
        const std::vector<std::string> &keys)>
        held = {};
    uint64_t events_most = 400 * 1000; // of a run: more are taken for a loop
    // For measuring: is told of every message that is sent; indexes of nodes.
    std::function<void(uint32_t from, uint32_t to, std::string_view bytes)>
        on_send = {};
};

// What a client is to do; values that clients write differ from one another.
struct Wish {
    bool is_put = false;
    std::string key, value;
    uint32_t node = 0;     // the index of the node that it asks first
    uint32_t after_ms = 0; // it thinks for so long before
    // A put carries the context of the client's last get of that key, if there
    // was one that succeeded.
    bool with_context = false;
    // If that node is down, it waits for it and asks no other.
    bool only_there = false;
    // It is left out if the client has not read that key since it last put it.
    bool only_read = false;
    // What a put puts instead of `value`: made, when it is asked, of what the
    // client's last get of that key found; nothing if there was none that
    // succeeded.
    std::function<std::string(const std::vector<std::string> &found)> value_of =
        {};
};

// What the node `self` of such a world is opened with; nodes are numbered from 1.
NodeSetup NodeOf(const Setup &setup, node_id self);

// What an administrator says (program.h: gossip_ms).
struct Word {
    uint64_t after_ms = 0; // since the run began
    uint32_t node = 0; // the index of whom he tells; the next, if it is down
    node_id who = 0;
    uint32_t weight = 1; // of who joins; 0: he leaves
    bool once = false;   // whatever is answered, it is not said again
};

class World
{
  public:
    World(Trial &t, const Setup &setup);
    ~World();
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    // One more client, which does these one after the other.
    void Client(std::vector<Wish> wishes);
    // Said while it runs, each until it is answered: that it is so now, or was before.
    void Administrator(std::vector<Word> words);

    // Both phases. Throws a Violation if code under test breaks a rule of the
    // house, or an operation that must end does not; Seen (odometer.h) if
    // another run has gone on from here.
    void Run();

    // Step by step, for tests that say what happens when. Quiet runs until
    // nothing is on its way and no timer is due within `ms`.
    int Invoke(uint32_t node, bool is_put, const std::string &key,
               const std::string &value); // the operation's number
    // A put with the context of a get that has succeeded; or with bytes that may
    // be no context at all.
    int PutAfter(uint32_t node, const std::string &key,
                 const std::string &value, int get);
    int PutWith(uint32_t node, const std::string &key, const std::string &value,
                const std::string &context);
    void Quiet(uint64_t ms);
    // What an administrator says to a node: that another joins the store, or leaves
    // it. What it answers; nothing if it is down, or dies first.
    std::optional<int> SayJoins(uint32_t node, node_id who,
                                uint32_t weight = 1);
    std::optional<int> SayLeaves(uint32_t node, node_id who);
    void Cut(uint32_t from, uint32_t to); // one way; indexes of nodes
    void Join(uint32_t from, uint32_t to);
    void Crash(uint32_t node);
    void Restart(uint32_t node);
    // With an empty store, which is its next disk; it crashes first, and what it had
    // sent and is on its way is lost.
    void RestartEmpty(uint32_t node);
    void Pause(uint32_t node);
    void Resume(uint32_t node);
    // Closes every program; nothing may stay allocated.
    void Close();

    const History &Operations() const;
    // What a get was told; empty if it has not succeeded.
    const std::string &ContextOf(int op) const;
    const std::vector<node_id> &Nodes() const;
    // Which of its disks a node has: 1 the first.
    uint32_t DiskOf(uint32_t node) const;
    // What a node has stored, what is not synced included.
    const Entries &Stored(uint32_t node) const;
    uint64_t Events() const; // handlers run
    uint64_t Writes() const; // to all stores
    uint64_t Digest() const; // of every effect, in order
    const TraceLog &Trace() const;

    // Breaks the test off if the finding is that a rule is broken, and marks on
    // the trace where.
    void Expect(const Finding &finding);
    // `ops`: the operations that it is about.
    [[noreturn]] void Break(const std::string &rule, const std::string &text,
                            const std::vector<int> &ops = {});

    // What a test with such faults lacks of those that a line does; NULL: nothing.
    static const char *LacksFor(const NemesisLine &line, const Faults &most);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// "a", "b", ..., "z", "a1", ...: the values that clients write.
std::string ValueName(uint64_t number);

} // namespace judge
