#include "lab2-quorum/worlds_model.h"

#include "harness/trace_reader.h"

#include <algorithm>

namespace judge
{

void AddClients(Trial &t, World *world, const Load &load)
{
    uint64_t number = 0;

    for (int client = 0; client < load.writers + load.readers; client++) {
        std::vector<Wish> wishes;
        const uint64_t count = t.Choose(load.operations + 1);

        for (uint64_t i = 0; i < count; i++) {
            Wish wish;

            wish.is_put = client < load.writers;
            wish.key =
                "x" +
                (load.keys > 1 ? std::to_string(t.Choose(load.keys) + 1) : "");
            wish.value = wish.is_put ? ValueName(number++) : "";
            wish.node = static_cast<uint32_t>(t.Choose(world->Nodes().size()));
            wish.after_ms = static_cast<uint32_t>(t.Choose(load.pause_ms));
            wishes.push_back(wish);
        }
        world->Client(wishes);
    }
}

Setup RegisterOf(uint32_t nodes, uint32_t n, uint32_t r, uint32_t w)
{
    Setup setup;

    setup.program = "register";
    setup.nodes = nodes;
    setup.n = n;
    setup.r = r;
    setup.w = w;
    return setup;
}

Setup MaskingOf(uint32_t n, uint32_t quorum, uint32_t f)
{
    Setup setup = RegisterOf(n, n, quorum, quorum);

    setup.program = "masking";
    setup.f = f;
    return setup;
}

// ---- What is done to a world ----

int PutHalfWay(World *world, const Setup &setup, uint32_t coordinator,
               const std::string &key, const std::string &value,
               const std::vector<uint32_t> &reached)
{
    const std::vector<uint32_t> others = OthersThan(setup, {coordinator});

    for (const uint32_t node : others)
        world->Pause(node);
    const int op = world->Invoke(coordinator, true, key, value);
    // Long enough to have asked everybody, also those that it asks last.
    world->Quiet(2 * setup.retry_ms + 10);
    for (const uint32_t node : others)
        if (std::find(reached.begin(), reached.end(), node) == reached.end())
            world->Cut(coordinator, node);
    for (const uint32_t node : others)
        world->Resume(node);
    world->Quiet(10);
    return op;
}

// ---- What is expected ----

void ExpectModestCounters(World *world)
{
    for (const TraceEvent &event : ReadTrace(world->Trace().Text()).events)
        if (event.kind == "send" && event.label.value_or("") == "store" &&
            std::stoull(event.version.value_or("0")) >= 1000)
            world->Break("liars cannot make counters grow faster than puts do",
                         "node " + std::to_string(event.n.value_or(0)) +
                             " stores under version " + *event.version +
                             ", after fewer than 20 puts");
}

} // namespace judge
