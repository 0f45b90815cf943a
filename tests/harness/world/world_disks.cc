// world_disks.cc: what befalls disks.
#include "harness/world/world_state.h"

#include "check/causal.h"

#include <algorithm>
#include <set>

namespace judge
{

NodeSetup World::State::SetupOf(uint32_t node) const
{
    NodeSetup opened = NodeOf(setup, nodes[node].id);

    opened.is_peer = node % 2 == 1;
    opened.disk = nodes[node].disk;
    return opened;
}

void World::State::Wipe(uint32_t node)
{
    Node &it = nodes[node];
    std::vector<uint64_t> sent;

    if (it.host != nullptr)
        Die(node, 0);
    SetFull(node, false);
    it.stored.clear();
    it.disk++;
    Log("wipe", node);
    for (const auto &[number, flight] : flights)
        if (flight.from == node)
            sent.push_back(number);
    std::sort(sent.begin(), sent.end());
    ready.erase(std::remove_if(ready.begin(), ready.end(),
                               [&](const Event &event) {
                                   return event.what == What::Deliver &&
                                          flights.at(event.id).from == node;
                               }),
                ready.end());
    for (const uint64_t number : sent)
        Lose({now, 0, What::Deliver, node, number, 0}, "wipe");
}

void World::State::SetFull(uint32_t node, bool full)
{
    if (nodes[node].full != full)
        Log(full ? "full" : "room", node);
    nodes[node].full = full;
}

void World::State::EndBy(uint32_t node, const char *failure)
{
    nodes[node].sync_fails = false;
    Log("fail", node).Whole("what", failure);
    Die(node, 0);
    At(now + kBeginsAgainMs * kMs, What::Restart, node, 0, nodes[node].life);
}

std::vector<Entries> World::State::AfterCrash(uint32_t node) const
{
    const std::vector<Undo> &undo = nodes[node].undo;
    std::vector<Entries> states = {nodes[node].stored};

    for (auto last = undo.rbegin(); last != undo.rend(); ++last) {
        states.push_back(states.back());
        if (last->had)
            states.back()[last->key] = last->value;
        else
            states.back().erase(last->key);
    }
    return states;
}

bool World::State::IsSpare(uint32_t node) const
{
    std::vector<const Operation *> puts;
    std::vector<std::string> keys;
    std::vector<std::set<std::string>> standing;

    if (!setup.held || nodes[node].lie != Lie::None)
        return false;
    for (const Operation &operation : history)
        if (operation.is_put &&
            (Succeeded(operation) ||
             (operation.returned == kNever && Pending(operation.id)))) {
            puts.push_back(&operation);
            keys.push_back(operation.key);
            standing.push_back(StandingFor(history, operation));
        }
    // What is not synced may be there after a crash or not, also where it deletes.
    std::vector<bool> here(puts.size()), elsewhere(puts.size());
    for (uint32_t i = 0; i < nodes.size(); i++) {
        if (nodes[i].lie != Lie::None)
            continue;
        std::vector<bool> always(puts.size(), true);
        for (const Entries &disk : AfterCrash(i)) {
            const auto held = setup.held(SetupOf(i), disk, keys);

            for (size_t put = 0; put < puts.size(); put++) {
                const bool holds =
                    std::any_of(held[put].begin(), held[put].end(),
                                [&](const std::string &value) {
                                    return standing[put].count(value) > 0;
                                });
                if (i == node && holds)
                    here[put] = true;
                always[put] = always[put] && holds;
            }
        }
        for (size_t put = 0; i != node && put < puts.size(); put++)
            elsewhere[put] = elsewhere[put] || always[put];
    }
    for (size_t put = 0; put < puts.size(); put++)
        if (here[put] && !elsewhere[put])
            return false;
    return true;
}

void World::State::StrikeFull()
{
    const uint32_t node = AnyNode();

    if (nodes[node].lie == Lie::None && !nodes[node].full)
        FillUntil(node, AWhile());
}

void World::State::FillUntil(uint32_t node, uint64_t until)
{
    Tell("fill " + Ids({node}), until);
    SetFull(node, true);
    if (until != kNever)
        At(until, What::Room, node, 0);
}

void World::State::StrikeWriteError()
{
    const uint32_t node = AnyNode();

    if (nodes[node].lie == Lie::None)
        FailNextWrite(node);
}

void World::State::FailNextWrite(uint32_t node)
{
    Tell("fail " + Ids({node}));
    nodes[node].sync_fails = true;
}

void World::State::StrikeWipe()
{
    const uint32_t node = AnyNode();

    if (wipes >= setup.faults.wipes || !IsSpare(node))
        return;
    wipes++;
    WipeUntil(node, AWhile());
}

void World::State::WipeUntil(uint32_t node, uint64_t restart)
{
    Tell("wipe " + Ids({node}), restart);
    Wipe(node);
    At(restart, What::Restart, node, 0, nodes[node].life);
}

} // namespace judge
