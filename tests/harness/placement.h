// placement.h: who owns a key, by the rule of ring.h for RING_TOKENS and not by
// anybody's ring.
#pragma once

#include "harness/bytes.h"
#include "harness/contract.h"

#include <string>
#include <utility>
#include <vector>

namespace judge
{

class Placement
{
  public:
    // Each of these nodes has joined, with weight 1.
    Placement(const ring_config &ring, const std::vector<node_id> &nodes);

    // The first `n` of the key's preference list.
    std::vector<node_id> Owners(const std::string &key, size_t n) const;

  private:
    std::vector<std::pair<Digest, node_id>> tokens_; // ascending
};

} // namespace judge
