// world_state.h: what a world is inside. Only for the files of this folder, each
// of which holds a part of it: nodes, effects, clients, events, faults, liars.
#pragma once

#include "harness/violation.h"
#include "harness/world/trace_message.h"
#include "harness/world/world.h"

extern "C" {
#include "wire/wire.h"
}

#include <deque>
#include <optional>
#include <queue>
#include <tuple>
#include <unordered_map>

namespace judge
{

// The script of this process, if a world with such faults may follow it.
std::shared_ptr<const Nemesis> ScriptFor(Trial &t, const Faults &most);

struct World::State {
    static constexpr uint64_t kMs = 1000;          // in microseconds
    static constexpr uint64_t kLatencyUs = 1000;   // of a message, undisturbed
    static constexpr uint64_t kCalmMs = 60 * 1000; // to finish everything in
    static constexpr size_t kInFlightMost = 50 * 1000; // messages
    static constexpr uint64_t kBeginsAgainMs = 100;    // whom its disk ended
    static constexpr uint64_t kTimerMsMost = 1000ull * 3600; // more never comes
    // What is overtaken comes so much later: long enough for a question and its
    // answer to pass twice, so that one turn holds a message back past a phase.
    static constexpr uint64_t kLateDepth = 6;

    enum class What : uint8_t {
        Deliver, // message `id`
        Fire,    // timer `id` of `node`
        Next,    // client `id` goes on
        Look,    // fate looks
        Restart, // `node`
        Mend,    // what struck `node`, or the cut number `id`
        Resume,
        Room, // on the disk of `node`
        Word, // an administrator says `id`
    };

    struct Event {
        uint64_t time, sequence;
        What what;
        uint32_t node;
        uint64_t id;
        uint32_t life; // of the node, for timers
        // Order::Chosen: how many events led to this one, one after the other.
        uint64_t depth = 0;

        bool operator<(const Event &other) const // the latest first
        {
            return time != other.time ? time > other.time
                                      : sequence > other.sequence;
        }
    };

    struct Flight {
        uint32_t from = 0, to = 0;
        std::string bytes;
        uint64_t number = 0; // on the trace
        uint32_t life = 0;   // of the sender, for messages to itself
        uint64_t name = 0;   // NameOf, for Order::Chosen
    };

    struct Undo {
        std::string key;
        bool had = false;
        std::string value;
    };

    struct SetTimer {
        int kind = 0;
        uint64_t arg = 0;
    };

    struct Node {
        node_id id = 0;
        std::unique_ptr<NodeHost> host; // none: it is down
        Lie lie = Lie::None;
        uint32_t life = 0, disk = 1;
        Entries stored;         // what its disk holds, unsynced writes included
        std::vector<Undo> undo; // of the unsynced writes, the oldest first
        bool unsynced = false;
        bool paused = false;
        std::vector<Event> parked; // what arrived during a pause
        uint32_t slow = 1;
        int64_t skew_ms = 0;
        uint64_t clock_ms = 0; // never goes backwards
        std::unordered_map<uint64_t, SetTimer> timers;
        std::map<uint64_t, int> requests; // to operations; the oldest first
        bool crash_armed = false;         // in its next handler
        uint64_t restart_at = 0;          // after the crash that is armed
        bool full = false;                // its disk
        bool sync_fails = false;          // the next one
        // Of a crash that a script arms: after how many effects more, and how many
        // unsynced writes it leaves. Then: effects in which event.
        std::optional<uint64_t> crash_after;
        uint64_t crash_keep = 0, done = 0, done_in = 0;
        // Order::Chosen: a hash of all that it was told; how much it has sent
        // and was asked; the depth of its last event.
        uint64_t past = 0, sent = 0, asked = 0, depth = 0;
    };

    struct ClientState {
        std::deque<Wish> wishes;
        int pending = -1; // operation
        bool waiting = false;
        uint64_t asked = 0, depth = 0;   // as of nodes
        std::map<std::string, int> read; // by key, its last get that succeeded
    };

    // What a put carries: the context of a get, by its number, or any bytes.
    struct Carried {
        std::optional<int> get;
        std::string context;
    };

    // A line of the script that is to be done, or whose chances end.
    struct Blow {
        uint64_t time = 0, after_things = 0;
        const NemesisLine *line = nullptr;
        uint64_t round = 0; // of an `every`
        bool ends = false;
        std::vector<uint32_t> nodes = {};

        bool operator<(const Blow &other) const // what ends, before what begins
        {
            return std::tuple(time, after_things, !ends) <
                   std::tuple(other.time, other.after_things, !other.ends);
        }
    };

    Trial &t;
    Setup setup;
    std::vector<node_id> ids;
    std::vector<Node> nodes;
    std::vector<ClientState> clients;
    std::priority_queue<Event> queue;
    std::vector<Event> ready; // Order::Chosen: what may come next, in order
    std::unordered_map<uint64_t, Flight> flights;
    std::vector<bool> cut; // from * nodes + to
    History history;
    std::vector<std::string> contexts; // of operations: what a get was told
    TraceLog trace;

    uint64_t now = 0, sequence = 0, next_message = 1;
    uint64_t shown = 0; // the time on the trace; each chosen event has its own
    // What clients saw, and what was lost: sums, so that the order of what
    // happened at the same time is not in them.
    uint64_t seen = 0, answered = 0, lost = 0;
    std::vector<uint64_t>
        names; // of operations: by client, and how many before
    uint64_t events = 0, writes = 0, digest = 0xcbf29ce484222325u;
    uint32_t strikes = 0, losses = 0, crashes = 0, cut_offs = 0, wipes = 0;
    bool calm = false, looking = false;
    std::vector<Blow> blows; // of the script; the next one is at next_blow
    size_t next_blow = 0;
    // Events in all, but for looks; so many before the first of the time `things_at`.
    uint64_t things = 0, things_before = 0, things_at = 0;
    std::string happened;  // as lines of a script
    uint32_t current = 0;  // the node whose effects are being applied
    size_t unfinished = 0; // operations and wishes
    std::vector<struct slice> values =
        std::vector<struct slice>(REPLY_VALUES_MAX);

    State(Trial &trial, const Setup &what) : t(trial), setup(what)
    {
        for (uint32_t i = 0; i < setup.nodes; i++)
            ids.push_back(i + 1);
        nodes.resize(setup.nodes);
        cut.assign(size_t(setup.nodes) * setup.nodes, false);
        if (setup.faults.script != nullptr) { // in place of what was drawn
            const std::shared_ptr<const Nemesis> script = setup.faults.script;

            setup.faults = Faults{};
            setup.faults.script = script;
        }
        trace.Record(t.Tracing());
        if (trace.On())
            BeginTrace(&trace, t.TraceHead(), NodeOf(setup, 0), ids);
        for (uint32_t i = 0; i < setup.nodes; i++) {
            const auto lie = setup.liars.find(i);

            nodes[i].id = ids[i];
            nodes[i].lie = lie == setup.liars.end() ? Lie::None : lie->second;
        }
        for (const auto &[node, ms] : setup.ahead_ms)
            SkewBy(node, ms);
        for (uint32_t i = 0; i < setup.nodes; i++)
            Start(i);
    }

    uint64_t Shown()
    {
        return shown = std::max(shown, now);
    }
    TraceLog::Line Log(const char *kind)
    {
        return trace.Event(kind, Shown());
    }
    TraceLog::Line Log(const char *kind, uint32_t node)
    {
        return trace.Event(kind, Shown(), nodes[node].id);
    }

    void Mix(uint64_t number)
    {
        digest = (digest ^ number) * 0x100000001b3u;
    }
    void Mix(slice bytes)
    {
        for (size_t i = 0; i < bytes.size; i++)
            Mix(bytes.data[i]);
        Mix(bytes.size);
    }

    // ---- Time ----

    void At(uint64_t time, What what, uint32_t node, uint64_t id,
            uint32_t life = 0)
    {
        // Where the order of nodes' events is chosen, equal times must not tell
        // which of them came first.
        const uint64_t rank =
            setup.order == Order::Chosen
                ? uint64_t(what) << 60 | uint64_t{node} << 48 | id
                : sequence++;
        queue.push({time, rank, what, node, id, life});
    }

    uint64_t ClockMs(uint32_t node);

    // ---- Nodes ----

    void Start(uint32_t node);

    // Says in which node it happened.
    template <typename F>
    void Guarded(uint32_t node, F &&action)
    {
        try {
            action();
        } catch (Violation &violation) {
            violation.seen = "in node " + std::to_string(nodes[node].id) +
                             ", at " + std::to_string(now / kMs) +
                             " ms: " + violation.seen;
            Mark(violation.expected.empty() ? violation.kind
                                            : violation.expected,
                 violation.seen, {}, node);
            throw;
        }
    }

    [[noreturn]] void Fail(const std::string &expected, const std::string &seen,
                           const std::vector<int> &ops = {});

    void Mark(const std::string &rule, const std::string &text,
              const std::vector<int> &ops, std::optional<uint32_t> node);

    void Die(uint32_t node, size_t unsynced_kept);

    // The node dies between two events: any of its unsynced writes may be lost.
    // Gives how many are kept.
    size_t CrashNow(uint32_t node);

    // ---- Disks ----

    // What a node is opened with.
    NodeSetup SetupOf(uint32_t node) const;

    // It dies, if it lives, and all that its disk held is gone.
    void Wipe(uint32_t node);

    // The disk has, or has again, room.
    void SetFull(uint32_t node, bool full);

    // Its disk has failed it: it ends, and begins again after a while.
    void EndBy(uint32_t node, const char *failure);

    // All that may be on its disk after a crash, what is there now first.
    std::vector<Entries> AfterCrash(uint32_t node) const;

    // Whether no put depends on its disk (Setup::held).
    bool IsSpare(uint32_t node) const;

    // ---- Effects ----

    static State *Self(void *world)
    {
        return static_cast<State *>(world);
    }

    void Apply(uint32_t node, const Effects &effects);
    void LogPrinted(uint32_t node);

    int Sync(); // of the store: DYN_OK or an error

    void Put(slice key, const slice *value);

    void Note(slice text);

    void Timer(uint64_t timer, uint64_t after_ms, int kind, uint64_t arg);

    void Cancel(uint64_t timer);

    std::optional<uint32_t> IndexOf(node_id id) const
    {
        // Members are numbered from 1 on.
        if (id >= 1 && id <= ids.size())
            return id - 1;
        return std::nullopt;
    }

    void Send(node_id to, slice message);

    // How long a message takes that nothing befalls.
    uint64_t LatencyUs(std::string_view bytes);

    // What befalls a message; drawn, if it does not stand in the script.
    MessageFate FateOf(uint64_t number);

    void Launch(uint32_t from, uint32_t to, std::string_view bytes,
                uint64_t number);

    void Fly(uint32_t from, uint32_t to, std::string_view bytes,
             uint64_t number, uint64_t arrives, uint32_t life);

    void Lose(const Event &event, const char *why);

    void Reply(uint64_t request, slice bytes);

    // ---- Clients ----

    void Finished(int op);

    void Schedule(int client);

    // The connection broke: the outcome stays unknown.
    void Abandon(int op);

    bool Serves(uint32_t node) const
    {
        return nodes[node].host != nullptr;
    }

    void Next(int client);

    int Ask(int client, uint32_t node, bool is_put, const std::string &key,
            const std::string &value, const Carried &carried = {});
    std::unordered_map<uint64_t, std::string> waiting_requests;

    void Hand(uint32_t node, uint64_t request, int op,
              const std::string &bytes);

    // ---- Administrators ----

    std::vector<struct Word> words;
    uint64_t word = 0;       // the request that it is said by
    std::optional<int> said; // what is answered to it
    // That `who` joins; with a weight of 0, that he leaves.
    std::optional<int> Say(uint32_t node, node_id who, uint32_t weight);
    void SayNext(size_t number);
    void SayLater(const Word &word);

    // ---- What happens next ----

    void Handle(const Event &event);

    void Deliver(const Event &event);

    void Fire(const Event &event);

    // Takes the next event. False: there is none before `until`.
    bool Step(uint64_t until);

    void StepChosen();

    // ---- Order::Chosen: schedules that differ only in what nobody can notice
    // pass through equal states. Numbers that nodes, messages and clients go by
    // there depend on what happened to each of them, not on when.

    // Adds to what may come next, in order of depth, then of name.
    void MakeReady(const Event &event);
    // A message by its sender and how many that had sent before.
    static uint64_t NameOf(uint32_t node, uint64_t number)
    {
        return uint64_t{node + 1} << 40 | number;
    }
    uint64_t NameOf(const Event &event) const;
    // Something happened to a node: what, and what it was about.
    void Happened(uint32_t node, What what, uint64_t name, uint64_t depth);
    uint64_t StateNow() const;

    // ---- Fate ----

    void Look();

    uint32_t AnyNode()
    {
        return static_cast<uint32_t>(t.Choose(nodes.size()));
    }
    uint64_t AWhile() // up to 300 ms
    {
        return now + (1 + t.Choose(300)) * kMs;
    }

    // In its next handler: between any two effects.
    void StrikeCrash();

    struct CutGroup {
        std::vector<std::pair<uint32_t, uint32_t>> links;
    };
    std::vector<CutGroup> cuts;

    void StrikeCut();
    void StrikeOneWay();
    // kNever: until the calm.
    void CutApart(const std::vector<uint32_t> &a,
                  const std::vector<uint32_t> &b, bool one_way, uint64_t until);
    void Cut(CutGroup group, uint64_t until);
    void CutOff(uint32_t node, uint64_t until); // from all others
    void MendCut(uint64_t number);
    void SetCut(uint32_t from, uint32_t to, bool on);

    void StrikePause();
    void StrikeWipe();
    void StrikeFull();
    void StrikeWriteError();
    // So that it begins again, or has room again, then; kNever: when all is healed.
    void WipeUntil(uint32_t node, uint64_t restart);
    void FillUntil(uint32_t node, uint64_t until);
    void FailNextWrite(uint32_t node);
    void PauseUntil(uint32_t node, uint64_t until);
    void Stun(uint32_t node);
    void Awake(uint32_t node);

    void StrikeSlow();
    void SlowBy(uint32_t node, uint32_t factor);
    void StrikeSkew();
    void SkewBy(uint32_t node, int64_t ms);

    // ---- Scripts (harness/nemesis.h) ----

    // How a verb is done, and what a test that cannot bear it lacks.
    struct Deed;
    static const Deed &DeedOf(const NemesisLine &line);
    void ScriptCrash(const Blow &blow);
    void ScriptCut(const Blow &blow);
    void ScriptPause(const Blow &blow);
    void ScriptSlow(const Blow &blow);
    void ScriptSkew(const Blow &blow);
    void ScriptWipe(const Blow &blow);
    void ScriptFill(const Blow &blow);
    void ScriptFail(const Blow &blow);
    void ScriptJoin(const Blow &blow);
    void ScriptLeave(const Blow &blow);
    void ScriptWord(const Blow &blow, bool joins);

    void ReadScript();
    // Does the next of the script, if nothing comes before it.
    bool Struck(uint64_t until);
    void Strike(Blow *blow);
    void EndLater(const Blow &blow);
    std::vector<uint32_t> Chosen(const NemesisNodes &said, const Blow &blow);
    // Whether the crash that is armed comes among so many effects, and after how many.
    bool CrashArmed(uint32_t node, size_t effects, size_t *count);
    bool ScriptFate(uint64_t number, MessageFate *fate);

    // How many things have happened at this time.
    uint64_t ThingsNow() const
    {
        return things_at == now ? things - things_before : 0;
    }
    // What happens, as lines of a script, while the trace is written: now, or at the
    // beginning of the event that is under way.
    void Tell(const std::string &what, std::optional<uint64_t> until = {},
              bool in_event = false);
    void TellCrash(uint32_t node, size_t kept, uint64_t restart);
    void TellFate(uint64_t number, const MessageFate &fate);
    std::string Ids(const std::vector<uint32_t> &indexes) const;

    // ---- Liars ----

    void Deceive(uint32_t node, const Flight &flight);

    // ---- A run ----

    void Calm();

    void Drain(uint64_t ms, const char *rule);

    bool Pending(int op) const;

    static std::string Describe(const Operation &operation);

    void Run();

    void ReadAll();

    void Close();
};

} // namespace judge
