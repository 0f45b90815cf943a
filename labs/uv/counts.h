/* counts.h: what a node counts; INFO at the client port tells it. */
#ifndef UV_COUNTS_H
#define UV_COUNTS_H

#include <stdint.h>

#define NODE_COUNTS(X)                                                         \
    X(requests, "asked by clients")                                            \
    X(replies, "answered to clients")                                          \
    X(gets_with_siblings, "gets that found more than one version")             \
    X(siblings_most, "versions that one of them found, at most")               \
    X(repairs, "sets sent for a get, to replicas that held less")              \
    X(timeouts, "requests that too few nodes answered in time")                \
    X(messages_sent, "given to a connection")                                  \
    X(messages_received, "handled")                                            \
    X(messages_dropped, "not sent: the peer is down or its queue is full")     \
    X(messages_unknown, "ignored: of a kind that this node does not know")     \
    X(frames_malformed, "connections of peers ended for bytes that no node "   \
                        "sends")                                               \
    X(commands_malformed, "connections of clients ended for bytes that are "   \
                          "not the Redis protocol")                            \
    X(syncs, "times that the store was made durable")                          \
    X(peers_up, "peers that this node is connected to now")                    \
    X(clients_connected, "clients that are connected now")

struct counts {
#define NODE_COUNT(name, text) uint64_t name;
    NODE_COUNTS(NODE_COUNT)
#undef NODE_COUNT
};

#endif
