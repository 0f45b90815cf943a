// world_liars.cc: how nodes lie.
#include "harness/world/world_state.h"

#include <algorithm>
#include <cstring>

namespace judge
{

// What a liar answers: in well-formed messages, as a node that was taken over
// would.
void World::State::Deceive(uint32_t node, const Flight &flight)
{
    Node &it = nodes[node];
    struct message asked, answer = {};
    version version = {0, 0};
    std::string value;

    events++;
    Log("recv", node)
        .Number("from", nodes[flight.from].id)
        .Number("m", flight.number);
    if (message_decode(&asked, Slice(flight.bytes)) != DYN_OK)
        return;
    const std::string key(View(asked.key));
    // What it remembers: the first version that it was given, to replay.
    const auto old = it.stored.find(key);
    if (asked.kind == MESSAGE_STORE && old == it.stored.end()) {
        std::string first(12, '\0');

        std::memcpy(first.data(), &asked.version.counter, 8);
        std::memcpy(first.data() + 8, &asked.version.writer, 4);
        it.stored[key] = first + std::string(View(asked.value));
    }
    switch (it.lie) {
    case Lie::None:
    case Lie::Silent:
        return;
    case Lie::Forge: { // all that forge have agreed on what they say
        const auto first =
            std::find_if(nodes.begin(), nodes.end(),
                         [](const Node &n) { return n.lie == Lie::Forge; });

        version = {1000 + asked.operation % 3 * (UINT64_MAX - 1002), first->id};
        value = "forged";
        break;
    }
    case Lie::Equivocate: // something else for everybody
        version = {1000 + nodes[flight.from].id, it.id};
        value = "forged for " + std::to_string(nodes[flight.from].id);
        break;
    case Lie::Replay:
        if (old != it.stored.end()) {
            std::memcpy(&version.counter, old->second.data(), 8);
            std::memcpy(&version.writer, old->second.data() + 8, 4);
            value = old->second.substr(12);
        }
        break;
    }
    answer.operation = asked.operation;
    answer.key = asked.key;
    answer.version = version;
    if (asked.kind == MESSAGE_ASK_VERSION) {
        answer.kind = MESSAGE_VERSION;
    } else if (asked.kind == MESSAGE_READ) {
        answer.kind = MESSAGE_VALUE;
        answer.value = Slice(value);
    } else if (asked.kind == MESSAGE_STORE) {
        answer.kind = MESSAGE_STORED; // without having stored it
        answer.version = asked.version;
    } else {
        return;
    }
    std::string bytes(message_encode(&answer, nullptr, 0), '\0');
    message_encode(&answer, reinterpret_cast<uint8_t *>(bytes.data()),
                   bytes.size());
    current = node;
    Send(nodes[flight.from].id, Slice(bytes));
}

} // namespace judge
