// proxy.h: what stands between real nodes, so that their network can fail.
//
// Every node is told the proxy's port instead of another node's. The proxy
// knows from the greeting who sends, and takes the stream apart into frames
// (labs/uv/frame.h), so that faults are of messages, not of bytes.
#pragma once

#include "harness/contract.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace judge
{

enum class FrameFault {
    Drop,   // it is lost
    Double, // it arrives twice
    Swap,   // it comes after the next one, or a moment later if there is none
};

// What happened to a message on its way, for the trace.
struct ProxyEvent {
    enum class Kind { Cut, Join, LoseCut, LoseFault, LoseDown, Double };
    Kind kind;
    uint64_t time_us; // of the monotonic clock
    node_id from, to;
    uint64_t number = 0; // the message's
};

struct LinkCounts {
    uint64_t arrived = 0, delivered = 0, lost = 0;
};

// It works in a thread of its own; every function returns when what it does is
// done there.
class Proxy
{
  public:
    Proxy();
    ~Proxy(); // closes everything
    Proxy(const Proxy &) = delete;
    Proxy &operator=(const Proxy &) = delete;

    // The port on 127.0.0.1 for all who send to `to`.
    uint16_t Open(node_id to);

    // Where `to` listens itself; 0: nowhere, until the next call.
    void Lead(node_id to, uint16_t port);

    // What one node sends to another is lost from now on, also what is on its
    // way; until Join. Connections stay.
    void Cut(node_id from, node_id to);
    void Join(node_id from, node_id to);

    // Each message takes so much longer. The order stays.
    void Delay(node_id from, node_id to, uint32_t ms);

    // Befalls the k-th message from now on, 1 being the next.
    void Fault(node_id from, node_id to, FrameFault fault, uint64_t k = 1);

    // Whether a connection from one to the other stands.
    bool Connected(node_id from, node_id to);

    LinkCounts Counts(node_id from, node_id to);

    // From now on events are kept; those so far, which are then forgotten.
    void Record();
    std::vector<ProxyEvent> TakeEvents();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace judge
