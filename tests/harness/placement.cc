#include "harness/placement.h"

#include <algorithm>

namespace judge
{

Placement::Placement(const ring_config &ring, const std::vector<node_id> &nodes)
{
    for (const node_id node : nodes)
        for (uint32_t i = 0; i < ring.tokens; i++)
            tokens_.emplace_back(Md5(BigEndian(ring.seed, 8) +
                                     BigEndian(node, 4) + BigEndian(i, 4)),
                                 node);
    std::sort(tokens_.begin(), tokens_.end());
}

std::vector<node_id> Placement::Owners(const std::string &key, size_t n) const
{
    std::vector<node_id> owners;
    const auto first = std::lower_bound(tokens_.begin(), tokens_.end(),
                                        std::make_pair(Md5(key), node_id(0)));
    const size_t start = static_cast<size_t>(first - tokens_.begin());

    for (size_t i = 0; i < tokens_.size() && owners.size() < n; i++) {
        const node_id node = tokens_[(start + i) % tokens_.size()].second;

        if (std::find(owners.begin(), owners.end(), node) == owners.end())
            owners.push_back(node);
    }
    return owners;
}

} // namespace judge
