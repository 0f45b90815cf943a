// figures_gossip.cc: one node hears that another has joined; until all know.
#include "lab4-failure/figures_measure.h"
#include "lab4-failure/gossip_model.h"

#include <stdexcept>

extern "C" {
#include "wire/wire.h"
}

namespace judge
{

const uint64_t kLooksInARound = 10;

namespace
{

constexpr uint32_t kGossipMs = 1000; // as in the paper

uint64_t Knowing(const World &world, uint32_t nodes, const std::string &view)
{
    uint64_t knowing = 0;

    for (uint32_t node = 0; node < nodes; node++) {
        const Entries &stored = world.Stored(node);
        const auto at = stored.find(ViewPlace());

        knowing += at != stored.end() && at->second == view;
    }
    return knowing;
}

} // namespace

Rumour RumourOf(uint32_t nodes, uint64_t seed)
{
    Setup setup = GossipStoreOf(nodes, nodes - 1);
    Trial trial(nullptr, Choices(seed));
    Rumour rumour;

    setup.gossip_ms = kGossipMs;
    setup.sync_ms = 0;
    // What is not gossip is to be rare.
    setup.handoff_ms = setup.retry_ms = 20 * kGossipMs;
    setup.give_up_ms = 40 * kGossipMs;
    setup.ring.tokens = 1; // a thousand nodes have a thousand rings to make
    setup.events_most = 20 * 1000 * 1000;
    setup.on_send = [&](uint32_t from, uint32_t to, std::string_view bytes) {
        struct message message;

        if (from != to && message_decode(&message, Slice(bytes)) == DYN_OK &&
            (message.kind == MESSAGE_ASK_VIEW || message.kind == MESSAGE_VIEW))
            rumour.bytes += bytes.size();
    };
    World world(trial, setup);
    const auto told = static_cast<uint32_t>(trial.Choose(nodes - 1));

    world.Quiet(kGossipMs + 50); // just after a round
    if (world.SayJoins(told, nodes) != DYN_OK)
        throw std::runtime_error("a node does not take it that another joins");
    const Entries stored = world.Stored(told);
    const auto view = stored.find(ViewPlace());
    if (view == stored.end())
        throw std::runtime_error("a node that has answered DYN_OK to a join "
                                 "has not stored its view");
    rumour.nodes = nodes;
    rumour.bytes = 0;
    rumour.knowing.push_back(Knowing(world, nodes, view->second));
    for (uint64_t look = 0; rumour.knowing.back() < nodes; look++) {
        if (look == kLooksInARound * RoundsUntilHeard(nodes))
            throw std::runtime_error(
                "in a store of " + std::to_string(nodes) + " nodes " +
                std::to_string(rumour.knowing.back()) +
                " have heard of a join after " +
                std::to_string(RoundsUntilHeard(nodes)) + " rounds");
        world.Quiet(kGossipMs / kLooksInARound);
        rumour.knowing.push_back(Knowing(world, nodes, view->second));
    }
    world.Close();
    return rumour;
}

} // namespace judge
