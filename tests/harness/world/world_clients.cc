// world_clients.cc: what clients ask, and of whom.
#include "harness/world/world_state.h"

namespace judge
{

void World::State::Finished(int op)
{
    const int client = history[op].client;

    unfinished--;
    if (client < 0 || static_cast<size_t>(client) >= clients.size())
        return;
    clients[client].pending = -1;
    if (!history[op].is_put && Succeeded(history[op]))
        clients[client].read[history[op].key] = op;
    clients[client].depth = nodes[history[op].node - 1].depth;
    Schedule(client);
}

void World::State::Schedule(int client)
{
    ClientState &it = clients[client];

    if (it.wishes.empty())
        return;
    if (setup.order == Order::Chosen)
        MakeReady({now, 0, What::Next, 0, static_cast<uint64_t>(client), 0,
                   it.depth + 1});
    else
        At(now + it.wishes.front().after_ms * kMs, What::Next, 0, client);
}

void World::State::Abandon(int op)
{
    Operation &operation = history[op];

    Log("abandon").Number("op", op).Signed("client", operation.client);
    seen += MixSeed(names[op], 1);
    Finished(op);
}

void World::State::Next(int client)
{
    ClientState &it = clients[client];
    Wish wish = it.wishes.front();

    if (wish.only_read && it.read.count(wish.key) == 0) {
        it.wishes.pop_front();
        unfinished--;
        Schedule(client);
        return;
    }
    for (uint32_t i = 0; i < (wish.only_there ? 1 : setup.nodes); i++) {
        const uint32_t node = (wish.node + i) % setup.nodes;

        if (Serves(node)) {
            it.wishes.pop_front();
            Carried carried;
            const auto read = it.read.find(wish.key);
            if (wish.with_context && read != it.read.end())
                carried = {read->second, contexts[read->second]};
            if (wish.value_of)
                wish.value = wish.value_of(read != it.read.end()
                                               ? history[read->second].values
                                               : std::vector<std::string>{});
            if (wish.only_read)
                it.read.erase(wish.key);
            it.pending =
                Ask(client, node, wish.is_put, wish.key, wish.value, carried);
            return;
        }
    }
    // Nobody that it would ask is up: later.
    At(now + 10 * kMs, What::Next, 0, client);
}

int World::State::Ask(int client, uint32_t node, bool is_put,
                      const std::string &key, const std::string &value,
                      const Carried &carried)
{
    Node &it = nodes[node];
    const int op = static_cast<int>(history.size());
    // Unique, and told by how often this node was asked.
    const uint64_t request = it.asked++ * nodes.size() + node + 1;
    struct request asked = {};
    Operation operation = {};

    operation.id = op;
    operation.client = client;
    operation.is_put = is_put;
    operation.key = key;
    operation.value = value;
    operation.invoked = trace.Next();
    operation.invoked_us = now;
    operation.node = it.id;
    operation.context_of = carried.get;
    history.push_back(operation);
    contexts.emplace_back();
    names.push_back(client < 0 ? MixSeed(0, op)
                               : MixSeed(client + 1, clients[client].asked++));
    seen += MixSeed(names[op], answered);
    asked.kind = is_put ? REQUEST_PUT : REQUEST_GET;
    asked.key = Slice(key);
    asked.value = Slice(value);
    asked.context = Slice(carried.context);
    {
        TraceLog::Line line = Log("invoke", node);

        line.Number("op", op)
            .Signed("client", client)
            .Whole("do", is_put ? "put" : "get")
            .Text("key", key);
        if (is_put)
            line.Text("value", value);
        if (carried.get)
            line.Number("context_of", *carried.get);
    }
    std::string bytes(request_encode(&asked, nullptr, 0), '\0');
    request_encode(&asked, reinterpret_cast<uint8_t *>(bytes.data()),
                   bytes.size());
    it.requests.emplace(request, op);
    if (it.paused) {
        // It waits at the node's door, like a message.
        it.parked.push_back({now, sequence++, What::Next, node, request, 0});
        waiting_requests.emplace(request, bytes);
        return op;
    }
    Hand(node, request, op, bytes);
    return op;
}

void World::State::Hand(uint32_t node, uint64_t request, int op,
                        const std::string &bytes)
{
    Node &it = nodes[node];
    Effects effects;

    Log("request", node).Number("op", op).Number("request", request);
    const int client = history[op].client;
    Happened(node, What::Next, names[op],
             client < 0 ? it.depth : clients[client].depth + 1);
    events++;
    Guarded(node, [&] {
        effects = it.host->Request(ClockMs(node), request, Slice(bytes));
    });
    Apply(node, effects);
}

} // namespace judge
