// trace_links.h: how the events of a trace hang together: which handler did
// what, for which client's operation, about which key, and because of what.
#pragma once

#include "harness/trace_reader.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

constexpr size_t kNoEvent = SIZE_MAX;

// Of one event. Events are named by their index in Trace::events.
struct EventLink {
    std::string host;          // "n1", "client0", "test", "network", "judge"
    size_t handler = kNoEvent; // the event whose handler did this
    size_t send = kNoEvent;    // of recv, lose, copy: the message's send
    std::optional<uint64_t> op;
    std::optional<std::string> key;
    // What had to happen before, directly: the event before on the same node or
    // client, a message's send, ... Each is smaller than the event's own index.
    std::vector<size_t> causes;
};

struct MessageLink {
    size_t send = kNoEvent; // of a copy: of the message that was copied
    size_t copy = kNoEvent; // the event that made it, if it is a copy
    size_t end = kNoEvent;  // recv or lose; none: still on its way
};

struct OperationLink {
    size_t invoke = kNoEvent, request = kNoEvent, reply = kNoEvent,
           end = kNoEvent; // return or abandon
    // What the node had received when it replied: the first message of each
    // sender and kind, of the kinds that count towards a quorum and of the one
    // that made it reply.
    std::vector<size_t> answers;
};

struct TraceLinks {
    std::vector<EventLink> events;
    std::map<uint64_t, MessageLink> messages;
    std::map<uint64_t, OperationLink> operations;
    std::vector<size_t> violations;
};

// "R" or "W" for the label of a message that answers a read or a write; else "".
const char *QuorumOf(const std::string &label);

// What is inconsistent (a message that nobody sent) is left unlinked.
TraceLinks LinkTrace(const Trace &trace);

} // namespace judge
