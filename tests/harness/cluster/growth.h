// growth.h: what real nodes take of the machine while they run, and that it does not
// grow.
#pragma once

#include "check/history.h"
#include "harness/cluster/real_cluster.h"

#include <cstdint>
#include <map>
#include <string>

namespace judge
{

// Of one node.
struct NodeSize {
    uint64_t descriptors = 0;
    uint64_t memory = 0; // bytes of its own (RssAnon: LMDB's pages are not)
    uint64_t store = 0;  // bytes of its LMDB file
};

class Growth
{
  public:
    // `clients` connections to each node are ours.
    explicit Growth(uint64_t clients) : clients_(clients)
    {
    }

    // Looks at all nodes that are up.
    void Sample(const RealCluster &cluster);

    // At rest, when all nodes are up, connected and agree: each has at most
    //   descriptors  24, one for each client, and two for each other node;
    //   memory       4 MiB, and 16 bytes for each byte of its store's entries;
    //   store        1 MiB, and 8 bytes for each byte of its entries,
    // of which those count that were most at any rest: LMDB's file never shrinks, and a
    // node that leaves the store hands all over. All three allow for what is kept; what is forgotten to be given back exceeds
    // them in time, most of all on a node that never begins again.
    Finding AtRest(const RealCluster &cluster);

    // Node by node: at the first rest, the most ever, at the last rest.
    std::string Show() const;

  private:
    struct Record {
        NodeSize first, most, last;
        uint64_t entries = 0,
                 entries_most = 0; // bytes, at the last rest, at any
        bool rested = false;
    };

    void Note(node_id node, const NodeSize &size);

    const uint64_t clients_;
    std::map<node_id, Record> records_;
};

} // namespace judge
