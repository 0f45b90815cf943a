#include "harness/world/world.h"

#include "harness/violation.h"

extern "C" {
#include "wire/wire.h"
}

#include <algorithm>
#include <cstring>
#include <deque>
#include <queue>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace judge
{
namespace
{

constexpr uint64_t kMs = 1000;                    // in microseconds
constexpr uint64_t kLatencyUs = 1000;             // of a message, undisturbed
constexpr uint64_t kCalmMs = 60 * 1000;           // to finish everything in
constexpr uint64_t kEventsMost = 400 * 1000;      // of a run
constexpr size_t kInFlightMost = 50 * 1000;       // messages
constexpr uint64_t kTimerMsMost = 1000ull * 3600; // more never comes

enum class What : uint8_t {
    Deliver, // message `id`
    Fire,    // timer `id` of `node`
    Next,    // client `id` goes on
    Look,    // fate looks
    Restart, // `node`
    Mend,    // what struck `node`, or the cut number `id`
    Resume,
};

struct Event {
    uint64_t time, sequence;
    What what;
    uint32_t node;
    uint64_t id;
    uint32_t life; // of the node, for timers

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
    uint32_t life = 0;
    Entries stored;         // what its disk holds, unsynced writes included
    std::vector<Undo> undo; // of the unsynced writes, the oldest first
    bool unsynced = false;
    bool paused = false;
    std::vector<Event> parked; // what arrived during a pause
    uint32_t slow = 1;
    int64_t skew_ms = 0;
    uint64_t clock_ms = 0; // never goes backwards
    std::unordered_map<uint64_t, SetTimer> timers;
    std::unordered_map<uint64_t, int> requests; // to operations
    int crash_at = -1; // in its next handler, after so many effects; see Strike
    bool crash_armed = false;
};

struct ClientState {
    std::deque<Wish> wishes;
    int pending = -1; // operation
    bool waiting = false;
};

} // namespace

std::string ValueName(uint64_t number)
{
    std::string name(1, static_cast<char>('a' + number % 26));

    if (number >= 26)
        name += std::to_string(number / 26);
    return name;
}

Faults DrawFaults(Trial &t, const Faults &most)
{
    Faults drawn = most;

    // Each rate is 0 in many runs, so that every mixture of faults occurs.
    for (uint32_t *rate : {&drawn.loss, &drawn.copy, &drawn.late,
                           &drawn.jitter_us, &drawn.strike})
        if (*rate > 0 && t.Choose(3) == 0)
            *rate = 0;
        else if (*rate > 0)
            *rate = static_cast<uint32_t>(t.Choose(*rate + 1));
    return drawn;
}

struct World::State {
    Trial &t;
    Setup setup;
    std::vector<node_id> ids;
    std::vector<Node> nodes;
    std::vector<ClientState> clients;
    std::priority_queue<Event> queue;
    std::vector<Event> ready; // Order::Chosen: what may come next, oldest first
    std::unordered_map<uint64_t, Flight> flights;
    std::vector<bool> cut; // from * nodes + to
    History history;
    TraceLog trace;

    uint64_t now = 0, sequence = 0, next_message = 1, next_request = 1;
    uint64_t events = 0, digest = 0xcbf29ce484222325u;
    uint32_t strikes = 0, losses = 0, crashes = 0;
    bool calm = false, looking = false;
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
        trace.Record(t.Tracing());
        if (trace.On())
            BeginTrace();
        for (uint32_t i = 0; i < setup.nodes; i++) {
            const auto lie = setup.liars.find(i);

            nodes[i].id = ids[i];
            nodes[i].lie = lie == setup.liars.end() ? Lie::None : lie->second;
        }
        for (uint32_t i = 0; i < setup.nodes; i++)
            Start(i);
    }

    void BeginTrace()
    {
        std::string list;

        for (const node_id id : ids)
            list += (list.empty() ? "" : ",") + std::to_string(id);
        TraceLog::Line line = trace.Begin(t.TraceHead());

        line.Whole("world", NodeKind())
            .Whole("program", setup.program)
            .Raw("nodes", "[" + list + "]")
            .Number("n", setup.n)
            .Number("r", setup.r)
            .Number("w", setup.w)
            .Number("f", setup.f);
    }

    TraceLog::Line Log(const char *kind)
    {
        return trace.Event(kind, now);
    }
    TraceLog::Line Log(const char *kind, uint32_t node)
    {
        return trace.Event(kind, now, nodes[node].id);
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
        queue.push({time, sequence++, what, node, id, life});
    }

    uint64_t ClockMs(uint32_t node)
    {
        Node &it = nodes[node];
        const int64_t shown =
            static_cast<int64_t>(now / kMs) + it.skew_ms + 1000;

        it.clock_ms = std::max(
            it.clock_ms, static_cast<uint64_t>(std::max<int64_t>(shown, 0)));
        return it.clock_ms;
    }

    // ---- Nodes ----

    NodeSetup SetupOf(uint32_t node) const
    {
        NodeSetup s;

        s.program = setup.program;
        s.self = ids[node];
        s.members = ids;
        s.ring = setup.ring;
        s.n = setup.n;
        s.r = setup.r;
        s.w = setup.w;
        s.f = setup.f;
        s.retry_ms = setup.retry_ms;
        s.give_up_ms = setup.give_up_ms;
        return s;
    }

    void Start(uint32_t node)
    {
        Node &it = nodes[node];
        Effects effects;
        int code = DYN_OK;

        it.life++;
        it.timers.clear();
        it.requests.clear();
        if (it.lie != Lie::None)
            return;
        it.host = MakeNode();
        const uint64_t seed = t.Choose(1u << 30);
        Guarded(node, [&] {
            code = it.host->Open(SetupOf(node), ClockMs(node), seed, it.stored,
                                 &effects);
        });
        Log("open", node).Signed("code", code);
        events++;
        if (code != DYN_OK)
            Fail("open gives DYN_OK (0)", "open of node " +
                                              std::to_string(it.id) +
                                              " gives " + CodeName(code));
        Apply(node, effects);
    }

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

    [[noreturn]] void Fail(const std::string &expected, const std::string &seen)
    {
        Mark(expected, seen, {}, {});
        throw Violation{"expectation", expected, seen};
    }

    void Mark(const std::string &rule, const std::string &text,
              const std::vector<int> &ops, std::optional<uint32_t> node)
    {
        std::string list;

        for (const int op : ops)
            list += (list.empty() ? "" : ",") + std::to_string(op);
        TraceLog::Line line = Log("violation");
        line.Whole("rule", rule).Whole("text", text);
        line.Raw("ops", "[" + list + "]");
        if (node)
            line.Number("n", nodes[*node].id);
    }

    void Die(uint32_t node, size_t unsynced_kept)
    {
        Node &it = nodes[node];
        size_t lost = 0;

        while (it.undo.size() > unsynced_kept) {
            const Undo &last = it.undo.back();

            if (last.had)
                it.stored[last.key] = last.value;
            else
                it.stored.erase(last.key);
            it.undo.pop_back();
            lost++;
        }
        it.undo.clear(); // what a crash left on the disk is on the disk
        it.unsynced = false;
        it.host.reset();
        it.crash_armed = false;
        it.paused = false;
        for (const Event &event : it.parked)
            Lose(event, "down");
        it.parked.clear();
        Log("crash", node).Number("lost", lost);
        for (const auto &[request, op] : it.requests)
            Abandon(op);
        it.requests.clear();
        it.timers.clear();
    }

    // The node dies between two events: any of its unsynced writes may be lost.
    void CrashNow(uint32_t node)
    {
        Node &it = nodes[node];

        if (it.host != nullptr)
            Die(node, it.undo.size() - t.Choose(it.undo.size() + 1));
    }

    // ---- Effects ----

    static State *Self(void *world)
    {
        return static_cast<State *>(world);
    }

    void Apply(uint32_t node, const Effects &effects)
    {
        static const world_actions actions = {
            [](void *w) {
                Self(w)->Sync();
                return int(DYN_OK);
            },
            [](void *w, node_id to, slice message) {
                Self(w)->Send(to, message);
            },
            [](void *w, request_id request, slice reply) {
                Self(w)->Reply(request, reply);
            },
            [](void *w, timer_id timer, uint64_t after_ms, int kind,
               uint64_t arg) { Self(w)->Timer(timer, after_ms, kind, arg); },
            [](void *w, timer_id timer) { Self(w)->Cancel(timer); },
            [](void *w, slice key, const slice *value) {
                Self(w)->Put(key, value);
            },
            [](void *w, slice text) { Self(w)->Note(text); }};
        Node &it = nodes[node];
        size_t count = effects.count;
        bool dies = false;

        if (it.crash_armed && !calm) {
            // Between any two effects, before the first or after the last.
            count -= t.Choose(effects.count + 1);
            dies = true;
        }
        current = node;
        effects_apply(effects.list, count, &it.unsynced, &actions, this);
        if (dies && it.host != nullptr)
            CrashNow(node);
    }

    void Sync()
    {
        nodes[current].undo.clear();
        Log("sync", current);
    }

    void Put(slice key, const slice *value)
    {
        Node &it = nodes[current];
        Undo undo;

        undo.key = View(key);
        const auto found = it.stored.find(View(key));
        if (found != it.stored.end()) {
            undo.had = true;
            undo.value = found->second;
        }
        it.undo.push_back(std::move(undo));
        Mix(key);
        if (value != nullptr) {
            Mix(*value);
            if (found != it.stored.end())
                found->second = View(*value);
            else
                it.stored.emplace(View(key), View(*value));
            Log("put", current)
                .Text("key", View(key))
                .Text("value", View(*value));
        } else {
            it.stored.erase(std::string(View(key)));
            Log("delete", current).Text("key", View(key));
        }
    }

    void Note(slice text)
    {
        Log("note", current).Whole("text", TraceBytes(View(text)));
    }

    void Timer(uint64_t timer, uint64_t after_ms, int kind, uint64_t arg)
    {
        Node &it = nodes[current];

        Mix(timer);
        Mix(after_ms);
        Log("timer", current)
            .Number("timer", timer)
            .Number("after_ms", after_ms)
            .Signed("kind", kind)
            .Number("arg", arg);
        if (it.timers.size() >= 10000)
            Fail("a node has few timers at a time",
                 "node " + std::to_string(it.id) +
                     " has set 10,000 timers that have not run yet");
        it.timers[timer] = {kind, arg};
        if (after_ms <= kTimerMsMost)
            At(now + after_ms * kMs, What::Fire, current, timer, it.life);
    }

    void Cancel(uint64_t timer)
    {
        Mix(timer);
        if (nodes[current].timers.erase(timer) > 0)
            Log("cancel", current).Number("timer", timer);
    }

    std::optional<uint32_t> IndexOf(node_id id) const
    {
        // Members are numbered from 1 on.
        if (id >= 1 && id <= ids.size())
            return id - 1;
        return std::nullopt;
    }

    void LogMessage(TraceLog::Line &line, slice bytes)
    {
        struct message m;

        if (!trace.On())
            return;
        if (message_decode(&m, bytes) != DYN_OK) {
            line.Whole("kind", "?");
            return;
        }
        line.Whole("kind", message_label(m.kind));
        line.Number("operation", m.operation);
        line.Text("key", View(m.key));
        if (m.version.counter != 0 || m.version.writer != 0)
            line.Version("version", m.version);
        if (m.value.size > 0)
            line.Text("value", View(m.value));
    }

    void Send(node_id to, slice message)
    {
        const auto target = IndexOf(to);
        const uint64_t number = next_message++;

        Mix(to);
        Mix(message);
        {
            TraceLog::Line line = Log("send", current);

            line.Number("to", to).Number("m", number);
            LogMessage(line, message);
        }
        if (!target)
            Fail("messages go to members of the cluster",
                 "node " + std::to_string(nodes[current].id) +
                     " sends a message to node " + std::to_string(to) +
                     ", which does not exist");
        Launch(current, *target, View(message), number);
    }

    void Launch(uint32_t from, uint32_t to, std::string_view bytes,
                uint64_t number)
    {
        if (flights.size() >= kInFlightMost)
            Fail("nodes do not flood the network",
                 std::to_string(kInFlightMost) +
                     " messages are on their way at one time");
        if (from == to) { // never lost while the node lives
            Fly(from, to, bytes, number, now, nodes[from].life);
            return;
        }
        if (cut[from * nodes.size() + to]) {
            Log("lose").Number("m", number).Whole("why", "cut");
            return;
        }
        if (setup.order == Order::Chosen) {
            Fly(from, to, bytes, number, now, 0);
            return;
        }
        uint64_t latency = kLatencyUs;
        if (!calm) {
            const Faults &faults = setup.faults;
            const uint64_t chances = faults.loss + faults.copy + faults.late;

            if (chances > 0) {
                // From the top, so that 0 is the undisturbed message.
                const uint64_t fate =
                    999 - std::min<uint64_t>(t.Choose(1000), 999);
                if (fate < faults.loss) {
                    Log("lose").Number("m", number).Whole("why", "loss");
                    return;
                }
                if (fate < faults.loss + faults.copy) {
                    const uint64_t twin = next_message++;

                    Log("copy").Number("m", twin).Number("of", number);
                    Fly(from, to, bytes, twin,
                        now + latency + t.Choose(faults.late_ms * kMs + 1), 0);
                } else if (fate < chances) {
                    latency += 1 + t.Choose(faults.late_ms * kMs);
                }
            }
            if (faults.jitter_us > 0)
                latency += t.Choose(faults.jitter_us + 1);
        }
        latency *= std::max(nodes[from].slow, nodes[to].slow);
        Fly(from, to, bytes, number, now + latency, 0);
    }

    void Fly(uint32_t from, uint32_t to, std::string_view bytes,
             uint64_t number, uint64_t arrives, uint32_t life)
    {
        flights.emplace(number,
                        Flight{from, to, std::string(bytes), number, life});
        if (setup.order == Order::Chosen)
            ready.push_back({now, sequence++, What::Deliver, to, number, 0});
        else
            At(arrives, What::Deliver, to, number);
    }

    void Lose(const Event &event, const char *why)
    {
        if (event.what == What::Deliver) {
            Log("lose").Number("m", event.id).Whole("why", why);
            flights.erase(event.id);
        }
    }

    void Reply(uint64_t request, slice bytes)
    {
        Node &it = nodes[current];
        const auto found = it.requests.find(request);
        struct reply reply;

        Mix(request);
        Mix(bytes);
        if (found == it.requests.end())
            return; // answered before, or not in this life
        const int op = found->second;
        it.requests.erase(found);
        if (reply_decode(&reply, values.data(), bytes) != DYN_OK)
            Fail("a reply is one of the contract",
                 "node " + std::to_string(it.id) +
                     " sent a reply that cannot be read");
        std::string list;
        Operation &operation = history[op];
        operation.code = reply.code;
        operation.returned = trace.Next() + 1; // the event "return"
        for (size_t i = 0; i < reply.count; i++) {
            if (!operation.is_put)
                operation.values.emplace_back(View(reply.values[i]));
            if (trace.On())
                list += (list.empty() ? "" : ",") +
                        JsonString(TraceBytes(View(reply.values[i])));
        }
        Log("reply", current)
            .Number("op", op)
            .Number("request", request)
            .Signed("code", reply.code)
            .Raw("values", "[" + list + "]");
        Log("return")
            .Number("op", op)
            .Signed("client", operation.client)
            .Signed("code", reply.code)
            .Raw("values", "[" + list + "]");
        Finished(operation.client);
    }

    // ---- Clients ----

    void Finished(int client)
    {
        unfinished--;
        if (client < 0 || static_cast<size_t>(client) >= clients.size())
            return;
        clients[client].pending = -1;
        Schedule(client);
    }

    void Schedule(int client)
    {
        ClientState &it = clients[client];

        if (it.wishes.empty())
            return;
        if (setup.order == Order::Chosen)
            ready.push_back({now, sequence++, What::Next, 0,
                             static_cast<uint64_t>(client), 0});
        else
            At(now + it.wishes.front().after_ms * kMs, What::Next, 0, client);
    }

    // The connection broke: the outcome stays unknown.
    void Abandon(int op)
    {
        Operation &operation = history[op];

        Log("abandon").Number("op", op).Signed("client", operation.client);
        Finished(operation.client);
    }

    bool Serves(uint32_t node) const
    {
        return nodes[node].host != nullptr;
    }

    void Next(int client)
    {
        ClientState &it = clients[client];
        const Wish wish = it.wishes.front();

        for (uint32_t i = 0; i < setup.nodes; i++) {
            const uint32_t node = (wish.node + i) % setup.nodes;

            if (Serves(node)) {
                it.wishes.pop_front();
                it.pending =
                    Ask(client, node, wish.is_put, wish.key, wish.value);
                return;
            }
        }
        // Nobody is up: later.
        At(now + 10 * kMs, What::Next, 0, client);
    }

    int Ask(int client, uint32_t node, bool is_put, const std::string &key,
            const std::string &value)
    {
        Node &it = nodes[node];
        const int op = static_cast<int>(history.size());
        const uint64_t request = next_request++;
        struct request asked = {};
        Operation operation = {};

        operation.id = op;
        operation.client = client;
        operation.is_put = is_put;
        operation.key = key;
        operation.value = value;
        operation.invoked = trace.Next();
        operation.node = it.id;
        history.push_back(operation);
        asked.kind = is_put ? REQUEST_PUT : REQUEST_GET;
        asked.key = Slice(key);
        asked.value = Slice(value);
        {
            TraceLog::Line line = Log("invoke", node);

            line.Number("op", op)
                .Signed("client", client)
                .Whole("do", is_put ? "put" : "get")
                .Text("key", key);
            if (is_put)
                line.Text("value", value);
        }
        std::string bytes(request_encode(&asked, nullptr, 0), '\0');
        request_encode(&asked, reinterpret_cast<uint8_t *>(bytes.data()),
                       bytes.size());
        it.requests.emplace(request, op);
        if (it.paused) {
            // It waits at the node's door, like a message.
            it.parked.push_back(
                {now, sequence++, What::Next, node, request, 0});
            waiting_requests.emplace(request, bytes);
            return op;
        }
        Hand(node, request, op, bytes);
        return op;
    }
    std::unordered_map<uint64_t, std::string> waiting_requests;

    void Hand(uint32_t node, uint64_t request, int op, const std::string &bytes)
    {
        Node &it = nodes[node];
        Effects effects;

        Log("request", node).Number("op", op).Number("request", request);
        events++;
        Guarded(node, [&] {
            effects = it.host->Request(ClockMs(node), request, Slice(bytes));
        });
        Apply(node, effects);
    }

    // ---- What happens next ----

    void Handle(const Event &event)
    {
        switch (event.what) {
        case What::Deliver:
            Deliver(event);
            break;
        case What::Fire:
            Fire(event);
            break;
        case What::Next:
            Next(static_cast<int>(event.id));
            break;
        case What::Look:
            Look();
            break;
        case What::Restart:
            if (nodes[event.node].host == nullptr &&
                nodes[event.node].life == event.life)
                Start(event.node);
            break;
        case What::Mend:
            MendCut(event.id);
            break;
        case What::Resume:
            Awake(event.node);
            break;
        }
    }

    void Deliver(const Event &event)
    {
        const auto found = flights.find(event.id);
        Node &it = nodes[event.node];

        if (found == flights.end())
            return;
        const Flight &flight = found->second;
        if (it.lie != Lie::None) {
            const Flight taken = std::move(found->second);

            flights.erase(found);
            Deceive(event.node, taken);
            return;
        }
        if (it.host == nullptr ||
            (flight.from == flight.to && flight.life != it.life)) {
            Lose(event, "down");
            return;
        }
        if (it.paused) {
            it.parked.push_back(event);
            return;
        }
        Log("recv", event.node)
            .Number("from", nodes[flight.from].id)
            .Number("m", event.id);
        const Flight taken = std::move(found->second);
        flights.erase(found);
        Effects effects;
        int decoded = DYN_OK;
        events++;
        Guarded(event.node, [&] {
            effects =
                it.host->Message(ClockMs(event.node), nodes[taken.from].id,
                                 Slice(taken.bytes), &decoded);
        });
        Apply(event.node, effects);
    }

    void Fire(const Event &event)
    {
        Node &it = nodes[event.node];
        const auto found = it.timers.find(event.id);

        if (it.host == nullptr || it.life != event.life ||
            found == it.timers.end())
            return;
        if (it.paused) {
            it.parked.push_back(event);
            return;
        }
        const SetTimer timer = found->second;
        it.timers.erase(found);
        Log("fire", event.node)
            .Number("timer", event.id)
            .Signed("kind", timer.kind)
            .Number("arg", timer.arg);
        Effects effects;
        events++;
        Guarded(event.node, [&] {
            effects = it.host->Timer(ClockMs(event.node), event.id, timer.kind,
                                     timer.arg);
        });
        Apply(event.node, effects);
    }

    // Takes the next event. False: there is none before `until`.
    bool Step(uint64_t until)
    {
        if (events > kEventsMost)
            Fail("a few operations end after a few thousand events",
                 "after " + std::to_string(kEventsMost) +
                     " events there is still no end: nodes send messages or "
                     "set timers without need, for ever");
        if (setup.order == Order::Chosen && !ready.empty()) {
            StepChosen();
            return true;
        }
        if (queue.empty() || queue.top().time > until)
            return false;
        const Event event = queue.top();
        queue.pop();
        now = std::max(now, event.time);
        Handle(event);
        return true;
    }

    void StepChosen()
    {
        const size_t count = ready.size();
        const bool may_lose = !calm && losses < setup.losses_most;
        const bool may_crash = !calm && crashes < setup.crashes_most;
        const uint64_t options =
            count + (may_lose ? count : 0) + (may_crash ? nodes.size() : 0);
        uint64_t pick = t.Choose(options);

        now += 1;
        if (pick < count) {
            const Event event = ready[pick];

            ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(pick));
            Handle(event);
            return;
        }
        pick -= count;
        if (may_lose && pick < count) {
            const Event event = ready[pick];

            if (event.what == What::Deliver &&
                flights[event.id].from != flights[event.id].to) {
                losses++;
                ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(pick));
                Lose(event, "loss");
            }
            return;
        }
        pick -= may_lose ? count : 0;
        if (nodes[pick].host != nullptr) {
            crashes++;
            CrashNow(static_cast<uint32_t>(pick));
            At(now + 20 * kMs, What::Restart, static_cast<uint32_t>(pick), 0,
               nodes[pick].life);
        }
    }

    // ---- Fate ----

    void Look()
    {
        const Faults &faults = setup.faults;

        if (calm || strikes >= faults.strikes_most)
            return;
        At(now + faults.look_ms * kMs, What::Look, 0, 0);
        const uint64_t fate = 999 - std::min<uint64_t>(t.Choose(1000), 999);
        if (fate >= faults.strike)
            return;
        strikes++;
        std::vector<void (State::*)()> kinds;
        if (faults.crashes)
            kinds.push_back(&State::StrikeCrash);
        if (faults.cuts)
            kinds.push_back(&State::StrikeCut);
        if (faults.one_way_cuts)
            kinds.push_back(&State::StrikeOneWay);
        if (faults.pauses)
            kinds.push_back(&State::StrikePause);
        if (faults.slow)
            kinds.push_back(&State::StrikeSlow);
        if (faults.skew)
            kinds.push_back(&State::StrikeSkew);
        if (!kinds.empty())
            (this->*kinds[t.Choose(kinds.size())])();
    }

    uint32_t AnyNode()
    {
        return static_cast<uint32_t>(t.Choose(nodes.size()));
    }
    uint64_t AWhile() // up to 300 ms
    {
        return now + (1 + t.Choose(300)) * kMs;
    }

    // In its next handler: between any two effects.
    void StrikeCrash()
    {
        const uint32_t node = AnyNode();

        if (nodes[node].host != nullptr) {
            nodes[node].crash_armed = true;
            At(AWhile() + 5 * kMs, What::Restart, node, 0, nodes[node].life);
        }
    }

    struct CutGroup {
        std::vector<std::pair<uint32_t, uint32_t>> links;
    };
    std::vector<CutGroup> cuts;

    void StrikeCut() // some nodes from the others
    {
        CutGroup group;
        std::vector<bool> side(nodes.size());
        bool any = false;

        for (size_t i = 0; i < nodes.size(); i++) {
            side[i] = t.Choose(2) == 1;
            any |= side[i];
        }
        if (!any)
            side[AnyNode()] = true;
        for (uint32_t i = 0; i < nodes.size(); i++)
            for (uint32_t j = 0; j < nodes.size(); j++)
                if (side[i] != side[j])
                    group.links.emplace_back(i, j);
        Cut(std::move(group));
    }
    void StrikeOneWay()
    {
        const uint32_t from = AnyNode(), to = AnyNode();

        if (from != to)
            Cut({{{from, to}}});
    }
    void Cut(CutGroup group)
    {
        for (const auto &[from, to] : group.links)
            SetCut(from, to, true);
        cuts.push_back(std::move(group));
        At(AWhile(), What::Mend, 0, cuts.size() - 1);
    }
    void MendCut(uint64_t number)
    {
        for (const auto &[from, to] : cuts[number].links)
            SetCut(from, to, false);
    }
    void SetCut(uint32_t from, uint32_t to, bool on)
    {
        if (cut[from * nodes.size() + to] == on)
            return;
        cut[from * nodes.size() + to] = on;
        Log(on ? "cut" : "join")
            .Number("from", nodes[from].id)
            .Number("to", nodes[to].id);
    }

    void StrikePause()
    {
        const uint32_t node = AnyNode();

        if (nodes[node].host != nullptr && !nodes[node].paused) {
            Stun(node);
            At(AWhile(), What::Resume, node, 0);
        }
    }
    void Stun(uint32_t node)
    {
        nodes[node].paused = true;
        Log("pause", node);
    }
    void Awake(uint32_t node)
    {
        Node &it = nodes[node];
        std::vector<Event> parked;

        if (!it.paused)
            return;
        it.paused = false;
        Log("resume", node);
        parked.swap(it.parked);
        for (const Event &event : parked) {
            if (event.what == What::Next) {
                const auto request = it.requests.find(event.id);
                const auto bytes = waiting_requests.find(event.id);

                if (request != it.requests.end() && it.host != nullptr)
                    Hand(node, event.id, request->second, bytes->second);
                waiting_requests.erase(event.id);
            } else {
                At(now, event.what, event.node, event.id, event.life);
            }
        }
    }

    void StrikeSlow()
    {
        const uint32_t node = AnyNode();

        nodes[node].slow = nodes[node].slow > 1 ? 1 : 10;
        Log("slow", node).Number("factor", nodes[node].slow);
    }
    void StrikeSkew()
    {
        const uint32_t node = AnyNode();

        nodes[node].skew_ms =
            static_cast<int64_t>(t.Choose(2001)) - (t.Choose(2) ? 1000 : 0);
        Log("skew", node).Signed("ms", nodes[node].skew_ms);
    }

    // ---- Liars ----

    void Deceive(uint32_t node, const Flight &flight);

    // ---- A run ----

    void Calm()
    {
        calm = true;
        Log("phase").Whole("name", "calm");
        for (uint32_t i = 0; i < nodes.size(); i++)
            for (uint32_t j = 0; j < nodes.size(); j++)
                SetCut(i, j, false);
        for (uint32_t i = 0; i < nodes.size(); i++) {
            nodes[i].crash_armed = false;
            if (nodes[i].slow > 1)
                Log("slow", i).Number("factor", 1);
            nodes[i].slow = 1;
            if (nodes[i].lie == Lie::None && nodes[i].host == nullptr)
                Start(i);
            Awake(i);
        }
    }

    void Drain(uint64_t ms, const char *rule)
    {
        const uint64_t until = now + ms * kMs;

        while (unfinished > 0 && Step(until))
            continue;
        if (unfinished == 0)
            return;
        for (const Operation &operation : history)
            if (operation.returned == kNever && Pending(operation.id))
                Fail(rule, Describe(operation) + " has no answer " +
                               std::to_string(ms / 1000) +
                               " seconds after everything was healed");
        Fail(rule, "an operation has no answer");
    }

    bool Pending(int op) const
    {
        for (const Node &node : nodes)
            for (const auto &[request, operation] : node.requests)
                if (operation == op)
                    return true;
        return false;
    }

    static std::string Describe(const Operation &operation)
    {
        return std::string(operation.is_put ? "put " : "get ") +
               std::to_string(operation.id) + " of \"" +
               TraceBytes(operation.key) + "\", asked of node " +
               std::to_string(operation.node) + ",";
    }

    void Run()
    {
        Log("phase").Whole("name", "faults");
        for (size_t i = 0; i < clients.size(); i++) {
            unfinished += clients[i].wishes.size();
            Schedule(static_cast<int>(i));
        }
        if (setup.faults.strike > 0)
            At(setup.faults.look_ms * kMs, What::Look, 0, 0);
        // Long enough for faults to come and go; then what is unfinished goes
        // on in the calm.
        const uint64_t until = now + 20 * 1000 * kMs;
        while (unfinished > 0 && Step(until))
            continue;
        Calm();
        Drain(kCalmMs, "every request is answered, at the latest when the "
                       "network is whole again");
        if (setup.read_at_the_end)
            ReadAll();
    }

    void ReadAll()
    {
        std::set<std::string> keys;
        const size_t before = history.size();

        for (const Operation &operation : history)
            keys.insert(operation.key);
        for (const std::string &key : keys)
            for (uint32_t i = 0; i < nodes.size(); i++) {
                if (nodes[i].lie != Lie::None)
                    continue;
                unfinished++;
                Ask(-1, i, false, key, "");
                Drain(kCalmMs, "every request is answered");
            }
        for (size_t i = before; setup.calm_must_finish && i < history.size();
             i++)
            if (history[i].code != DYN_OK)
                Fail("when all nodes are up and the network is whole, "
                     "operations succeed",
                     Describe(history[i]) + " gives " +
                         CodeName(history[i].code));
    }

    void Close()
    {
        for (uint32_t i = 0; i < nodes.size(); i++)
            if (nodes[i].host != nullptr) {
                Guarded(i, [&] { nodes[i].host->Close(); });
                nodes[i].host.reset();
            }
    }
};

// What a liar answers: in well-formed messages, as a node that was taken over
// would.
void World::State::Deceive(uint32_t node, const Flight &flight)
{
    Node &it = nodes[node];
    struct message asked, answer = {};
    version version = {0, 0};
    std::string value;

    events++;
    Log("recv", node)
        .Number("from", nodes[flight.from].id)
        .Number("m", flight.number);
    if (message_decode(&asked, Slice(flight.bytes)) != DYN_OK)
        return;
    const std::string key(View(asked.key));
    // What it remembers: the first version that it was given, to replay.
    const auto old = it.stored.find(key);
    if (asked.kind == MESSAGE_STORE && old == it.stored.end()) {
        std::string first(12, '\0');

        std::memcpy(first.data(), &asked.version.counter, 8);
        std::memcpy(first.data() + 8, &asked.version.writer, 4);
        it.stored[key] = first + std::string(View(asked.value));
    }
    switch (it.lie) {
    case Lie::None:
    case Lie::Silent:
        return;
    case Lie::Forge:
        version = {1000 + t.Choose(3) * (UINT64_MAX - 1002), it.id};
        value = "forged";
        break;
    case Lie::Equivocate: // something else for everybody
        version = {1000 + nodes[flight.from].id, it.id};
        value = "forged for " + std::to_string(nodes[flight.from].id);
        break;
    case Lie::Replay:
        if (old != it.stored.end()) {
            std::memcpy(&version.counter, old->second.data(), 8);
            std::memcpy(&version.writer, old->second.data() + 8, 4);
            value = old->second.substr(12);
        }
        break;
    }
    answer.operation = asked.operation;
    answer.key = asked.key;
    answer.version = version;
    if (asked.kind == MESSAGE_ASK_VERSION) {
        answer.kind = MESSAGE_VERSION;
    } else if (asked.kind == MESSAGE_READ) {
        answer.kind = MESSAGE_VALUE;
        answer.value = Slice(value);
    } else if (asked.kind == MESSAGE_STORE) {
        answer.kind = MESSAGE_STORED; // without having stored it
        answer.version = asked.version;
    } else {
        return;
    }
    std::string bytes(message_encode(&answer, nullptr, 0), '\0');
    message_encode(&answer, reinterpret_cast<uint8_t *>(bytes.data()),
                   bytes.size());
    current = node;
    Send(nodes[flight.from].id, Slice(bytes));
}

// ---- The public face ----

World::World(Trial &t, const Setup &setup)
{
    state_ = std::make_unique<State>(t, setup);
}

World::~World()
{
    state_->t.KeepTrace(state_->trace.Text(), state_->events);
}

void World::Client(std::vector<Wish> wishes)
{
    ClientState client;

    client.wishes.assign(wishes.begin(), wishes.end());
    state_->clients.push_back(std::move(client));
}

void World::Run()
{
    state_->Run();
}

int World::Invoke(uint32_t node, bool is_put, const std::string &key,
                  const std::string &value)
{
    state_->unfinished++;
    return state_->Ask(-1, node, is_put, key, value);
}

void World::Quiet(uint64_t ms)
{
    const uint64_t until = state_->now + ms * kMs;

    while (state_->Step(until))
        continue;
    state_->now = until;
}

void World::Cut(uint32_t from, uint32_t to)
{
    state_->SetCut(from, to, true);
}

void World::Join(uint32_t from, uint32_t to)
{
    state_->SetCut(from, to, false);
}

void World::Crash(uint32_t node)
{
    if (state_->nodes.at(node).host != nullptr)
        state_->Die(node, 0);
}

void World::Restart(uint32_t node)
{
    if (state_->nodes.at(node).host == nullptr)
        state_->Start(node);
}

void World::Pause(uint32_t node)
{
    state_->Stun(node);
}

void World::Resume(uint32_t node)
{
    state_->Awake(node);
}

void World::Close()
{
    state_->Close();
}

const History &World::Operations() const
{
    return state_->history;
}

const std::vector<node_id> &World::Nodes() const
{
    return state_->ids;
}

const Entries &World::Stored(uint32_t node) const
{
    return state_->nodes.at(node).stored;
}

uint64_t World::Events() const
{
    return state_->events;
}

uint64_t World::Digest() const
{
    return state_->digest;
}

const TraceLog &World::Trace() const
{
    return state_->trace;
}

void World::Expect(const Finding &finding)
{
    if (finding.verdict == Finding::Verdict::Undecided)
        throw std::runtime_error("the checker could not decide: " +
                                 finding.text);
    if (finding.verdict == Finding::Verdict::Broken) {
        state_->Mark(finding.rule, finding.text, finding.operations, {});
        throw Violation{"expectation", finding.rule, finding.text};
    }
}

void World::Break(const std::string &rule, const std::string &text)
{
    state_->Fail(rule, text);
}

} // namespace judge
