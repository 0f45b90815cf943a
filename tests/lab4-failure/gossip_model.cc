#include "lab4-failure/gossip_model.h"

#include "harness/bytes.h"

extern "C" {
#include "wire/wire.h"
}

#include <algorithm>

namespace judge
{

Setup GossipStoreOf(uint32_t nodes, uint32_t first)
{
    Setup setup = SyncedStoreOf(nodes, 3, 2, 2);

    setup.sloppy = 1;
    setup.gossip_ms = 100;
    setup.first = first;
    return setup;
}

ViewModel FirstView(const Setup &setup)
{
    ViewModel view;

    for (node_id node = 1; node <= setup.first; node++)
        (void)view.Join(node, node, 1);
    return view;
}

std::string HashOf(const ViewModel &view)
{
    const Digest hash = Md5(view.Bytes());

    return {hash.begin(), hash.end()};
}

// ---- One node ----

namespace
{

Setup Quietly(Setup setup)
{
    setup.sync_ms = 0; // what it sends is gossip, then, or about hints
    return setup;
}

std::string ShowView(const std::string &bytes)
{
    const std::optional<ViewModel> view = ViewModel::Read(bytes);

    return view ? Show(view->All()) : "bytes that are no view";
}

void ExpectAnswered(Trial &t, const std::string &said, int expected,
                    std::optional<int> seen)
{
    t.Expect(seen == expected,
             "it answers " + CodeName(expected) +
                 " in the handler when it is told: " + said,
             seen ? "it answers " + CodeName(*seen) : "no answer");
}

} // namespace

Listener::Listener(Trial &trial, const Setup &of, node_id node_self)
    : t(&trial), setup(Quietly(of)), self(node_self),
      node(trial, NodeOf(setup, node_self)), view(FirstView(setup))
{
}

void Listener::Joins(node_id who, uint32_t weight)
{
    const int expected = view.Join(self, who, weight);

    ExpectAnswered(*t, "node " + std::to_string(who) + " joins", expected,
                   node.SayJoins(who, weight));
}

void Listener::Leaves(node_id who)
{
    const int expected = view.Leave(self, who);

    ExpectAnswered(*t, "node " + std::to_string(who) + " leaves", expected,
                   node.SayLeaves(who));
}

Letters Listener::Gossip(const Letters &sent)
{
    Letters found;

    for (const auto &one : sent)
        if (one.second.kind == MESSAGE_ASK_VIEW ||
            one.second.kind == MESSAGE_VIEW)
            found.push_back(one);
    return found;
}

std::string Listener::Told(const Letters &sent)
{
    std::string text;

    for (const auto &[to, letter] : sent) {
        text += (text.empty() ? "\"" : "; \"") +
                std::string(message_label(letter.kind)) + "\" to node " +
                std::to_string(to);
        if (letter.kind == MESSAGE_VIEW)
            text += ", " + ShowView(letter.view);
    }
    return text.empty() ? "nothing" : text;
}

Letters Listener::Ask(node_id from, const std::string &hash)
{
    Letter ask;

    ask.kind = MESSAGE_ASK_VIEW;
    ask.hash = hash;
    return Gossip(node.Tell(from, ask));
}

Letters Listener::Hear(node_id from, const std::string &bytes)
{
    Letter told;

    told.kind = MESSAGE_VIEW;
    told.view = bytes;
    return Gossip(node.Tell(from, told));
}

Letters Listener::Look(uint64_t times)
{
    return Gossip(node.Wait(times * setup.gossip_ms));
}

void Listener::ExpectNothing(const Letters &sent, const std::string &when)
{
    t->Expect(sent.empty(), "no \"view?\" and no \"view\" is sent " + when,
              Told(sent));
}

void Listener::ExpectView(const Letters &sent, node_id to,
                          const std::string &when)
{
    t->Expect(sent.size() == 1 && sent[0].first == to &&
                  sent[0].second.kind == MESSAGE_VIEW,
              "one \"view\" is sent to node " + std::to_string(to) + " " + when,
              Told(sent));
    if (sent[0].second.view != view.Bytes())
        t->Fail("it carries the sender's whole view, " + Show(view.All()),
                "it carries " + ShowView(sent[0].second.view));
}

void Listener::ExpectStored(const std::string &when)
{
    const auto at = node.Stored().find(ViewPlace());

    if (at == node.Stored().end())
        t->Fail("the view is in the store " + when + ", under GOSSIP_VIEW_KEY",
                "there is none");
    else if (at->second != view.Bytes())
        t->Fail("the store holds this view " + when + ": " + Show(view.All()),
                "it holds " + ShowView(at->second));
}

void Listener::ExpectKnown(const std::string &when)
{
    ExpectView(Ask(self % setup.nodes + 1, std::string(16, '\xff')),
               self % setup.nodes + 1,
               "when it is asked with another hash, " + when);
}

// ---- Whole stores ----

std::string ViewPlace()
{
    return std::string(1, static_cast<char>(GOSSIP_VIEW_KEY));
}

uint64_t RoundsUntilHeard(uint32_t nodes)
{
    uint64_t rounds = 10;

    // Who asks is told and tells, so each round doubles those who know at least, but
    // for those who ask in vain.
    for (uint32_t known = 1; known < nodes; known *= 2)
        rounds += 4;
    return rounds;
}

namespace
{

// What it keeps; `begun` if it keeps none yet.
std::string ViewOf(const World &world, uint32_t node, const std::string &begun)
{
    const Entries &stored = world.Stored(node);
    const auto at = stored.find(ViewPlace());

    return at == stored.end() ? begun : at->second;
}

Finding ViewsAgree(const World &world, const Setup &setup)
{
    const std::string begun = FirstView(setup).Bytes();
    const std::string first = ViewOf(world, 0, begun);

    for (uint32_t node = 1; node < setup.nodes; node++)
        if (const std::string view = ViewOf(world, node, begun); view != first)
            return Broken("when nothing fails any more, all nodes soon have "
                          "the same view",
                          "node 1 has " + ShowView(first) + ", node " +
                              std::to_string(node + 1) + " has " +
                              ShowView(view));
    return {};
}

} // namespace

std::vector<uint32_t> ExpectViewsAgree(World *world, const Setup &setup)
{
    std::vector<uint32_t> members;

    ExpectWithin(world, RoundsUntilHeard(setup.nodes) * setup.gossip_ms, 0,
                 [&] { return ViewsAgree(*world, setup); });
    const std::string first = ViewOf(*world, 0, FirstView(setup).Bytes());
    const std::optional<ViewModel> view = ViewModel::Read(first);
    if (!view)
        world->Break("what is stored under GOSSIP_VIEW_KEY is a view",
                     ShowView(first));
    for (const node_id member : view->Members())
        members.push_back(member - 1);
    return members;
}

void ExpectSettled(World *world, const Setup &setup,
                   const std::vector<std::string> &keys)
{
    constexpr uint64_t kHomeMs = 10 * 1000;
    const std::vector<uint32_t> members = ExpectViewsAgree(world, setup);

    // What is still on its way to former owners goes on to the new ones.
    ExpectWithin(world, setup.give_up_ms + 2 * kHomeMs + UntilAgreedMs(setup),
                 5 * setup.sync_ms, [&] {
                     const Finding hints = NobodyKeepsHints(*world);

                     return hints.verdict == Finding::Verdict::Holds
                                ? ReplicasAgree(*world, setup, members, keys)
                                : hints;
                 });
}

} // namespace judge
