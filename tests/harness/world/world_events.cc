// world_events.cc: what happens next.
#include "harness/world/world_state.h"

#include <algorithm>

namespace judge
{

void World::State::Handle(const Event &event)
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
    case What::Room:
        SetFull(event.node, false);
        break;
    case What::Word:
        SayNext(event.id);
        break;
    }
}

void World::State::Deliver(const Event &event)
{
    const auto found = flights.find(event.id);
    Node &it = nodes[event.node];

    if (found == flights.end())
        return;
    const Flight &flight = found->second;
    if (it.lie != Lie::None) {
        const Flight taken = std::move(found->second);

        flights.erase(found);
        Happened(event.node, event.what, taken.name, event.depth);
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
    Happened(event.node, event.what, taken.name, event.depth);
    Effects effects;
    int decoded = DYN_OK;
    events++;
    Guarded(event.node, [&] {
        effects = it.host->Message(ClockMs(event.node), nodes[taken.from].id,
                                   Slice(taken.bytes), &decoded);
    });
    Apply(event.node, effects);
}

void World::State::Fire(const Event &event)
{
    Node &it = nodes[event.node];
    const auto found = it.timers.find(event.id);

    if (it.host == nullptr || it.life != event.life || found == it.timers.end())
        return;
    if (it.paused) {
        it.parked.push_back(event);
        return;
    }
    const SetTimer timer = found->second;
    it.timers.erase(found);
    Happened(event.node, event.what, event.id, it.depth + 1);
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

bool World::State::Step(uint64_t until)
{
    if (events > setup.events_most)
        Fail("a few operations end after a few thousand events",
             "after " + std::to_string(setup.events_most) +
                 " events there is still no end: nodes send messages or "
                 "set timers without need, for ever");
    if (setup.order == Order::Chosen && !ready.empty()) {
        StepChosen();
        return true;
    }
    if (Struck(until))
        return true;
    if (queue.empty() || queue.top().time > until)
        return false;
    const Event event = queue.top();
    queue.pop();
    now = std::max(now, event.time);
    if (event.what != What::Look) {
        things_before = things_at == now ? things_before : things;
        things_at = now;
        things++;
    }
    Handle(event);
    return true;
}

void World::State::StepChosen()
{
    const size_t count = ready.size();
    const bool may_lose = !calm && losses < setup.losses_most;
    const bool may_crash = !calm && crashes < setup.crashes_most;
    const bool may_cut = !calm && cut_offs < setup.cuts_most;
    const uint64_t options = count + (may_lose ? count : 0) +
                             (may_crash ? nodes.size() : 0) +
                             (may_cut ? nodes.size() : 0);
    uint64_t pick = calm ? t.Choose(options) : t.Turn(options, StateNow());

    shown = Shown() + 1;
    if (pick < count) {
        const auto chosen = ready.begin() + static_cast<std::ptrdiff_t>(pick);
        const Event event = *chosen;
        const std::vector<Event> overtaken(ready.begin(), chosen);

        ready.erase(ready.begin(), chosen + 1);
        for (Event late : overtaken) {
            late.depth += kLateDepth;
            MakeReady(late);
        }
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
    if (may_crash && pick < nodes.size()) {
        if (nodes[pick].host != nullptr) {
            crashes++;
            CrashNow(static_cast<uint32_t>(pick));
            At(now + 20 * kMs, What::Restart, static_cast<uint32_t>(pick), 0,
               nodes[pick].life);
        }
        return;
    }
    pick -= may_crash ? nodes.size() : 0;
    cut_offs++;
    CutOff(static_cast<uint32_t>(pick), now + 20 * kMs);
}

uint64_t World::State::NameOf(const Event &event) const
{
    // Clients come before messages: their names are below all others.
    return event.what == What::Deliver ? flights.at(event.id).name : event.id;
}

void World::State::MakeReady(const Event &event)
{
    const auto at = std::upper_bound(ready.begin(), ready.end(), event,
                                     [this](const Event &a, const Event &b) {
                                         return std::pair(a.depth, NameOf(a)) <
                                                std::pair(b.depth, NameOf(b));
                                     });

    ready.insert(at, event);
}

void World::State::Happened(uint32_t node, What what, uint64_t name,
                            uint64_t depth)
{
    Node &it = nodes[node];

    it.past = MixSeed(it.past, MixSeed(static_cast<uint64_t>(what), name));
    it.depth = std::max(it.depth + 1, depth);
}

uint64_t World::State::StateNow() const
{
    uint64_t state = MixSeed(MixSeed(seen, lost), now);

    for (const Node &node : nodes)
        state = MixSeed(state, node.past);
    for (const Event &event : ready)
        state = MixSeed(state, MixSeed(NameOf(event), event.depth));
    if (setup.cuts_most > 0)
        for (const bool is_cut : cut)
            state = MixSeed(state, is_cut ? 2 : 1);
    return MixSeed(state, cut_offs);
}

} // namespace judge
