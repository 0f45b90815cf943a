// world_faults.cc: what fate does to nodes and links.
#include "harness/world/world_state.h"

#include <algorithm>

namespace judge
{

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
    if (drawn.wipes > 0)
        drawn.wipes = static_cast<uint32_t>(t.Choose(drawn.wipes + 1));
    drawn.script = ScriptFor(t, most);
    return drawn;
}

void World::State::Look()
{
    const Faults &faults = setup.faults;

    if (calm || faults.strike == 0 || strikes >= faults.strikes_most) {
        looking = false;
        return;
    }
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
    if (faults.full_disks)
        kinds.push_back(&State::StrikeFull);
    if (faults.write_errors)
        kinds.push_back(&State::StrikeWriteError);
    if (faults.wipes > 0)
        kinds.push_back(&State::StrikeWipe);
    if (!kinds.empty())
        (this->*kinds[t.Choose(kinds.size())])();
}

void World::State::StrikeCrash()
{
    Node &it = nodes[AnyNode()];

    if (it.host != nullptr) {
        const uint64_t again = AWhile() + 5 * kMs;

        it.restart_at = it.crash_armed ? std::min(it.restart_at, again) : again;
        it.crash_armed = true;
    }
}

void World::State::StrikeCut() // some nodes from the others
{
    std::vector<bool> side(nodes.size());
    bool any = false;

    for (size_t i = 0; i < nodes.size(); i++) {
        side[i] = t.Choose(2) == 1;
        any |= side[i];
    }
    if (!any)
        side[AnyNode()] = true;
    std::vector<uint32_t> sides[2];
    for (uint32_t i = 0; i < nodes.size(); i++)
        sides[side[i]].push_back(i);
    const uint64_t until = AWhile();
    CutApart(sides[1], sides[0], false, until);
}

void World::State::StrikeOneWay()
{
    const uint32_t from = AnyNode(), to = AnyNode();

    if (from != to)
        CutApart({from}, {to}, true, AWhile());
}

void World::State::CutApart(const std::vector<uint32_t> &a,
                            const std::vector<uint32_t> &b, bool one_way,
                            uint64_t until)
{
    CutGroup group;

    for (const uint32_t i : a)
        for (const uint32_t j : b) {
            if (i != j)
                group.links.emplace_back(i, j);
            if (i != j && !one_way)
                group.links.emplace_back(j, i);
        }
    std::sort(group.links.begin(), group.links.end());
    Tell("cut " + Ids(a) + (one_way ? " to " : " from ") +
             (b.empty() ? "others" : Ids(b)),
         until);
    Cut(std::move(group), until);
}

void World::State::Cut(CutGroup group, uint64_t until)
{
    for (const auto &[from, to] : group.links)
        SetCut(from, to, true);
    cuts.push_back(std::move(group));
    if (until != kNever)
        At(until, What::Mend, 0, cuts.size() - 1);
}

void World::State::CutOff(uint32_t node, uint64_t until)
{
    CutGroup group;

    for (uint32_t other = 0; other < nodes.size(); other++)
        if (other != node) {
            group.links.emplace_back(node, other);
            group.links.emplace_back(other, node);
        }
    Cut(std::move(group), until);
}

void World::State::MendCut(uint64_t number)
{
    for (const auto &[from, to] : cuts[number].links)
        SetCut(from, to, false);
}

void World::State::SetCut(uint32_t from, uint32_t to, bool on)
{
    if (cut[from * nodes.size() + to] == on)
        return;
    cut[from * nodes.size() + to] = on;
    Log(on ? "cut" : "join")
        .Number("from", nodes[from].id)
        .Number("to", nodes[to].id);
}

void World::State::StrikePause()
{
    const uint32_t node = AnyNode();

    if (nodes[node].host != nullptr && !nodes[node].paused)
        PauseUntil(node, AWhile());
}

void World::State::PauseUntil(uint32_t node, uint64_t until)
{
    Tell("pause " + Ids({node}), until);
    Stun(node);
    if (until != kNever)
        At(until, What::Resume, node, 0);
}

void World::State::Stun(uint32_t node)
{
    nodes[node].paused = true;
    Log("pause", node);
}

void World::State::Awake(uint32_t node)
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

void World::State::StrikeSlow()
{
    const uint32_t node = AnyNode();

    SlowBy(node, nodes[node].slow > 1 ? 1 : 10);
}

void World::State::SlowBy(uint32_t node, uint32_t factor)
{
    Tell("slow " + Ids({node}) + " by " + std::to_string(factor));
    nodes[node].slow = factor;
    Log("slow", node).Number("factor", factor);
}

void World::State::StrikeSkew()
{
    const uint32_t node = AnyNode();
    const int64_t ms =
        static_cast<int64_t>(t.Choose(2001)) - (t.Choose(2) ? 1000 : 0);

    Tell("skew " + Ids({node}) + " by " + std::to_string(ms));
    SkewBy(node, ms);
}

void World::State::SkewBy(uint32_t node, int64_t ms)
{
    nodes[node].skew_ms = ms;
    Log("skew", node).Signed("ms", ms);
}

} // namespace judge
