// node_host.h: one node's program, wherever it runs.
//
// A world tells it events and gets back the effects that its handlers recorded
// (env.h). Two kinds: an isolated node is a host process of its own, of which
// nothing is believed; a direct one is called in this process, which is then a
// child of the judge's that holds no secret. A program links one of the two.
#pragma once

#include "harness/contract.h"
#include "harness/diagnosis.h"

extern "C" {
#include "env/effects.h"
}

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace judge
{

// What a node's store holds, in its order.
using Entries = std::map<std::string, std::string, std::less<>>;

// In order; borrowed until the next event of the same node.
struct Effects {
    const effect *list = nullptr;
    size_t count = 0;
};

struct NodeSetup {
    std::string program;
    node_id self = 0;
    std::vector<node_id> members;
    ring_config ring = {RING_TOKENS, 8, 0, 1};
    uint32_t n = 3, r = 2, w = 2, f = 0, retry_ms = 50, give_up_ms = 2000;
    // From lab 4 on:
    uint32_t sloppy = 0, handoff_ms = 0, sync_ms = 0, gossip_ms = 0, first = 0,
             disk = 0;
    bool is_peer =
        false; // it runs in the host of --peers; a direct one does not
};

// What goes wrong in the code under test is thrown as a Violation.
class NodeHost
{
  public:
    virtual ~NodeHost() = default; // a crash: nothing of it is called any more

    // The program's open. Returns its result.
    virtual int Open(const NodeSetup &setup, uint64_t now_ms,
                     uint64_t random_seed, const Entries &store,
                     Effects *effects) = 0;
    virtual Effects Request(uint64_t now_ms, uint64_t request, slice asked) = 0;
    // *decoded tells whether there was a message in the bytes.
    virtual Effects Message(uint64_t now_ms, node_id from, slice message,
                            int *decoded) = 0;
    // Many of them, one after the other, by fewer exchanges with a host. `then` is
    // told what each made the node do.
    virtual void Messages(uint64_t now_ms, node_id from,
                          const std::vector<std::string> &messages,
                          const std::function<void(const Effects &)> &then);
    virtual Effects Timer(uint64_t now_ms, uint64_t timer, int kind,
                          uint64_t arg) = 0;
    // What its code has printed since the last call. A direct node's is not seen.
    virtual std::string TakePrinted()
    {
        return "";
    }
    // The program's close; then nothing may stay allocated.
    virtual void Close() = 0;
};

inline slice Slice(std::string_view text)
{
    return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}
inline std::string_view View(slice bytes)
{
    return {reinterpret_cast<const char *>(bytes.data), bytes.size};
}

// What a node has noted last, for the end of a sentence.
inline std::string LastNote(const Effects &effects)
{
    for (size_t i = effects.count; i-- > 0;)
        if (effects.list[i].kind == EFFECT_NOTE)
            return ", and notes: " +
                   Printable(std::string(View(effects.list[i].bytes)));
    return "";
}

inline void NodeHost::Messages(uint64_t now_ms, node_id from,
                               const std::vector<std::string> &messages,
                               const std::function<void(const Effects &)> &then)
{
    int decoded = 0;

    for (const std::string &message : messages)
        then(Message(now_ms, from, Slice(message), &decoded));
}

// A node that is not open yet.
std::unique_ptr<NodeHost> MakeNode();

// Ends what waits to become a node. To be called before main returns.
void EndNodes();

// "isolated" or "direct".
const char *NodeKind();

} // namespace judge
