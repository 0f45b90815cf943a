// world_effects.cc: what becomes of what handlers recorded: stores, messages, timers, replies.
#include "harness/world/trace_message.h"
#include "harness/world/world_state.h"

#include <algorithm>
#include <utility>

namespace judge
{

// What students print while they look for a bug is told where it was printed.
void World::State::LogPrinted(uint32_t node)
{
    if (!trace.On())
        return;
    for (const std::string &text :
         PrintedNotes(nodes[node].host->TakePrinted()))
        Log("note", node).Whole("text", text);
}

void World::State::Apply(uint32_t node, const Effects &effects)
{
    static const world_actions actions = {
        [](void *w) { return Self(w)->Sync(); },
        [](void *w, node_id to, slice message) { Self(w)->Send(to, message); },
        [](void *w, request_id request, slice reply) {
            Self(w)->Reply(request, reply);
        },
        [](void *w, timer_id timer, uint64_t after_ms, int kind, uint64_t arg) {
            Self(w)->Timer(timer, after_ms, kind, arg);
        },
        [](void *w, timer_id timer) { Self(w)->Cancel(timer); },
        [](void *w, slice key, const slice *value) {
            Self(w)->Put(key, value);
        },
        [](void *w, slice text) { Self(w)->Note(text); }};
    Node &it = nodes[node];
    size_t count = effects.count;
    bool dies = false;

    LogPrinted(node);
    // What it put was refused, and nothing of what it did then is done (env.h).
    if (it.full && std::any_of(effects.list, effects.list + effects.count,
                               [](const effect &e) {
                                   return e.kind == EFFECT_PUT ||
                                          e.kind == EFFECT_DELETE;
                               })) {
        EndBy(node, "full");
        return;
    }
    if (std::exchange(it.done_in, things) != things)
        it.done = 0;
    if (it.crash_armed && !calm)
        dies = CrashArmed(node, effects.count, &count);
    current = node;
    if (effects_apply(effects.list, count, &it.unsynced, &actions, this) !=
        DYN_OK) {
        EndBy(node, "sync");
        return;
    }
    it.done += count;
    if (dies && it.host != nullptr) {
        const size_t kept = CrashNow(node);
        // A node that handles little may die only after it was to be back.
        const uint64_t restart =
            it.restart_at >= now ? it.restart_at : now + 5 * kMs;
        TellCrash(node, kept, restart);
        if (restart != kNever)
            At(restart, What::Restart, node, 0, it.life);
    }
}

int World::State::Sync()
{
    if (nodes[current].sync_fails)
        return DYN_EIO;
    nodes[current].undo.clear();
    Log("sync", current);
    return DYN_OK;
}

void World::State::Put(slice key, const slice *value)
{
    Node &it = nodes[current];
    Undo undo;

    writes++;
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
        TraceLog::Line line = Log("put", current);
        LogEntry(&line, View(key), View(*value));
    } else {
        it.stored.erase(std::string(View(key)));
        Log("delete", current).Text("key", View(key));
    }
}

void World::State::Note(slice text)
{
    Mix(EFFECT_NOTE); // a key may be the same bytes
    Mix(text);
    Log("note", current).Whole("text", TraceBytes(View(text)));
}

void World::State::Timer(uint64_t timer, uint64_t after_ms, int kind,
                         uint64_t arg)
{
    Node &it = nodes[current];

    Mix(timer);
    Mix(after_ms);
    Mix(static_cast<uint64_t>(kind));
    Mix(arg);
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

void World::State::Cancel(uint64_t timer)
{
    Mix(timer);
    if (nodes[current].timers.erase(timer) > 0)
        Log("cancel", current).Number("timer", timer);
}

void World::State::Send(node_id to, slice message)
{
    const auto target = IndexOf(to);
    const uint64_t number = next_message++;

    Mix(to);
    Mix(message);
    {
        TraceLog::Line line = Log("send", current);

        line.Number("to", to).Number("m", number);
        if (trace.On())
            LogMessage(&line, message);
    }
    if (!target)
        Fail("messages go to members of the cluster",
             "node " + std::to_string(nodes[current].id) +
                 " sends a message to node " + std::to_string(to) +
                 ", which does not exist");
    if (setup.on_send)
        setup.on_send(current, *target, View(message));
    Launch(current, *target, View(message), number);
}

uint64_t World::State::LatencyUs(std::string_view bytes)
{
    struct message m;

    if (setup.latencies_us.empty() ||
        message_decode(&m, Slice(bytes)) != DYN_OK)
        return kLatencyUs;
    const auto found = setup.latencies_us.find(m.kind);
    if (found == setup.latencies_us.end())
        return kLatencyUs;
    return found->second.at(t.Choose(found->second.size()));
}

MessageFate World::State::FateOf(uint64_t number)
{
    const Faults &faults = setup.faults;
    const uint64_t chances = faults.loss + faults.copy + faults.late;
    MessageFate it;

    if (ScriptFate(number, &it))
        return it;
    if (chances > 0) {
        // From the top, so that 0 is the undisturbed message.
        const uint64_t fate = 999 - std::min<uint64_t>(t.Choose(1000), 999);

        if (fate < faults.loss)
            it.lost = true;
        else if (fate < faults.loss + faults.copy)
            it.copied_us = t.Choose(faults.late_ms * kMs + 1);
        else if (fate < chances)
            it.late_us = 1 + t.Choose(faults.late_ms * kMs);
    }
    if (faults.jitter_us > 0 && !it.lost)
        it.late_us += t.Choose(faults.jitter_us + 1);
    TellFate(number, it);
    return it;
}

void World::State::Launch(uint32_t from, uint32_t to, std::string_view bytes,
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
    const uint64_t undisturbed = LatencyUs(bytes);
    const MessageFate fate = calm ? MessageFate{} : FateOf(number);
    if (fate.lost) {
        Log("lose").Number("m", number).Whole("why", "loss");
        return;
    }
    if (fate.copied_us) {
        const uint64_t twin = next_message++;

        Log("copy").Number("m", twin).Number("of", number);
        Fly(from, to, bytes, twin, now + undisturbed + *fate.copied_us, 0);
    }
    uint64_t latency = undisturbed + fate.late_us;
    latency *= std::max(nodes[from].slow, nodes[to].slow);
    Fly(from, to, bytes, number, now + latency, 0);
}

void World::State::Fly(uint32_t from, uint32_t to, std::string_view bytes,
                       uint64_t number, uint64_t arrives, uint32_t life)
{
    flights.emplace(number, Flight{from, to, std::string(bytes), number, life,
                                   NameOf(from, nodes[from].sent++)});
    if (setup.order == Order::Chosen)
        MakeReady(
            {now, 0, What::Deliver, to, number, 0, nodes[from].depth + 1});
    else
        At(arrives, What::Deliver, to, number);
}

void World::State::Lose(const Event &event, const char *why)
{
    const auto found =
        event.what == What::Deliver ? flights.find(event.id) : flights.end();

    if (found == flights.end())
        return;
    Log("lose").Number("m", event.id).Whole("why", why);
    lost += MixSeed(found->second.name, 0);
    flights.erase(found);
}

void World::State::Reply(uint64_t request, slice bytes)
{
    Node &it = nodes[current];
    const auto found = it.requests.find(request);
    struct reply reply;

    Mix(request);
    Mix(bytes);
    if (request == word && !said &&
        reply_decode(&reply, values.data(), bytes) == DYN_OK) {
        said = reply.code;
        Log("note", current)
            .Whole("text", "answers " + std::string(CodeName(reply.code)));
    }
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
    seen += MixSeed(names[op], 0);
    answered += names[op];
    operation.returned_us = now;
    if (!operation.is_put && reply.code == DYN_OK)
        contexts[op] = View(reply.context);
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
    Finished(op);
}

} // namespace judge
