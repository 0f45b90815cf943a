// world_nodes.cc: how nodes begin, and how they die.
#include "harness/world/world_state.h"

#include <algorithm>

namespace judge
{

uint64_t World::State::ClockMs(uint32_t node)
{
    Node &it = nodes[node];
    const int64_t shown = static_cast<int64_t>(now / kMs) + it.skew_ms + 1000;

    it.clock_ms = std::max(it.clock_ms,
                           static_cast<uint64_t>(std::max<int64_t>(shown, 0)));
    return it.clock_ms;
}

NodeSetup NodeOf(const Setup &setup, node_id self)
{
    NodeSetup node;

    node.program = setup.program;
    node.self = self;
    for (node_id id = 1; id <= setup.nodes; id++)
        node.members.push_back(id);
    node.ring = setup.ring;
    node.n = setup.n;
    node.r = setup.r;
    node.w = setup.w;
    node.f = setup.f;
    node.retry_ms = setup.retry_ms;
    node.give_up_ms = setup.give_up_ms;
    node.sloppy = setup.sloppy;
    node.handoff_ms = setup.handoff_ms;
    node.sync_ms = setup.sync_ms;
    node.gossip_ms = setup.gossip_ms;
    node.first = setup.first;
    node.disk = 1;
    return node;
}

void World::State::Start(uint32_t node)
{
    Node &it = nodes[node];
    Effects effects;
    int code = DYN_OK;

    it.life++;
    Happened(node, What::Restart, it.life, 0);
    it.timers.clear();
    it.requests.clear();
    if (it.lie != Lie::None)
        return;
    it.host = MakeNode();
    const NodeSetup opened = SetupOf(node);
    // Two lives never draw the same numbers, even when all choices are 0.
    const uint64_t seed =
        MixSeed(t.Choose(1u << 30), uint64_t{it.id} << 32 | it.life);
    Guarded(node, [&] {
        code = it.host->Open(opened, ClockMs(node), seed, it.stored, &effects);
    });
    Log("open", node).Signed("code", code);
    events++;
    if (code != DYN_OK) {
        LogPrinted(node);
        Fail("open gives DYN_OK (0)", "open of node " + std::to_string(it.id) +
                                          " gives " + CodeName(code) +
                                          LastNote(effects));
    }
    Apply(node, effects);
}

void World::State::Fail(const std::string &expected, const std::string &seen,
                        const std::vector<int> &ops)
{
    Mark(expected, seen, ops, {});
    throw Violation{"expectation", expected, seen};
}

void World::State::Mark(const std::string &rule, const std::string &text,
                        const std::vector<int> &ops,
                        std::optional<uint32_t> node)
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

void World::State::Die(uint32_t node, size_t unsynced_kept)
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
    // It began its next life with more or less on its disk.
    it.past = MixSeed(it.past, MixSeed(lost, 2));
    it.undo.clear(); // what a crash left on the disk is on the disk
    it.unsynced = false;
    it.host.reset();
    it.crash_armed = false;
    it.crash_after.reset();
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

size_t World::State::CrashNow(uint32_t node)
{
    Node &it = nodes[node];

    if (it.host == nullptr)
        return 0;
    const size_t kept = it.crash_after
                            ? std::min(it.crash_keep, it.undo.size())
                            : it.undo.size() - t.Choose(it.undo.size() + 1);
    Die(node, kept);
    return kept;
}

} // namespace judge
