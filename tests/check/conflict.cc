#include "check/conflict.h"

#include <algorithm>

namespace judge
{
namespace
{

// The operations without what demands nothing: of those at `relaxed`, gets are
// taken away, and puts become ones of unknown outcome.
std::vector<RegisterOperation>
Relax(const std::vector<RegisterOperation> &operations,
      const std::vector<bool> &relaxed)
{
    std::vector<RegisterOperation> rest;

    for (size_t i = 0; i < operations.size(); i++) {
        if (relaxed[i] && !operations[i].is_put)
            continue;
        rest.push_back(operations[i]);
        if (relaxed[i])
            rest.back().returned = UINT64_MAX;
    }
    return rest;
}

} // namespace

std::vector<size_t>
FindConflict(const std::vector<RegisterOperation> &operations,
             uint64_t steps_most)
{
    std::vector<bool> relaxed(operations.size());
    std::vector<size_t> kept;
    uint64_t steps = 0;

    for (size_t i = 0; i < operations.size(); i++) {
        relaxed[i] = operations[i].returned == UINT64_MAX;
        if (!relaxed[i])
            kept.push_back(i);
    }
    for (size_t size = std::max<size_t>(kept.size() / 2, 1); size > 0;
         size /= 2) {
        for (size_t at = 0; at < kept.size() && steps < steps_most;) {
            const size_t end = std::min(at + size, kept.size());
            std::vector<bool> tried = relaxed;

            for (size_t i = at; i < end; i++)
                tried[kept[i]] = true;
            const OrderSearch search =
                FindOrder(Relax(operations, tried), steps_most - steps);
            // Looking at the operations has its cost too.
            steps += search.steps + 1 + operations.size() / 16;
            if (search.answer == OrderSearch::Answer::None) {
                relaxed = tried;
                kept.erase(kept.begin() + static_cast<ptrdiff_t>(at),
                           kept.begin() + static_cast<ptrdiff_t>(end));
            } else {
                at = end;
            }
        }
    }
    return kept;
}

} // namespace judge
