// world_run.cc: the phases of a run, and what must end in them.
#include "harness/world/world_state.h"

#include <set>

namespace judge
{

void World::State::Calm()
{
    calm = true;
    next_blow = blows.size();
    Log("phase").Whole("name", "calm");
    for (uint32_t i = 0; i < nodes.size(); i++)
        for (uint32_t j = 0; j < nodes.size(); j++)
            SetCut(i, j, false);
    for (uint32_t i = 0; i < nodes.size(); i++) {
        nodes[i].crash_armed = false;
        if (nodes[i].slow > 1)
            Log("slow", i).Number("factor", 1);
        nodes[i].slow = 1;
        nodes[i].sync_fails = false;
        SetFull(i, false);
        if (nodes[i].lie == Lie::None && nodes[i].host == nullptr)
            Start(i);
        Awake(i);
    }
}

void World::State::Drain(uint64_t ms, const char *rule)
{
    const uint64_t until = now + ms * kMs;

    while (unfinished > 0 && Step(until))
        continue;
    if (unfinished == 0)
        return;
    for (const Operation &operation : history)
        if (operation.returned == kNever && Pending(operation.id))
            Fail(rule,
                 Describe(operation) + " has no answer " +
                     std::to_string(ms / 1000) +
                     " seconds after everything was healed",
                 {operation.id});
    Fail(rule, "an operation has no answer");
}

bool World::State::Pending(int op) const
{
    for (const Node &node : nodes)
        for (const auto &[request, operation] : node.requests)
            if (operation == op)
                return true;
    return false;
}

std::string World::State::Describe(const Operation &operation)
{
    return std::string(operation.is_put ? "put " : "get ") +
           std::to_string(operation.id) + " of \"" + TraceBytes(operation.key) +
           "\", asked of node " + std::to_string(operation.node) + ",";
}

void World::State::Run()
{
    Log("phase").Whole("name", "faults");
    ReadScript();
    for (size_t i = 0; i < clients.size(); i++) {
        unfinished += clients[i].wishes.size();
        Schedule(static_cast<int>(i));
    }
    if (setup.faults.strike > 0)
        At(setup.faults.look_ms * kMs, What::Look, 0, 0);
    // Long enough for faults to come and go; then what is unfinished goes
    // on in the calm.
    const uint64_t until = now + kFaultsMs * kMs;
    while ((unfinished > 0 || next_blow < blows.size()) && Step(until))
        continue;
    Calm();
    Drain(kCalmMs, "every request is answered, at the latest when the "
                   "network is whole again");
    if (setup.read_at_the_end)
        ReadAll();
}

void World::State::ReadAll()
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
    for (size_t i = before; setup.calm_must_finish && i < history.size(); i++)
        if (history[i].code != DYN_OK)
            Fail("when all nodes are up and the network is whole, "
                 "operations succeed",
                 Describe(history[i]) + " gives " + CodeName(history[i].code),
                 {history[i].id});
}

void World::State::Close()
{
    for (uint32_t i = 0; i < nodes.size(); i++)
        if (nodes[i].host != nullptr) {
            Guarded(i, [&] { nodes[i].host->Close(); });
            nodes[i].host.reset();
        }
}

} // namespace judge
