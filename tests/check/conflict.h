// conflict.h: few operations of a register that by themselves have no order.
#pragma once

#include "check/order_search.h"

namespace judge
{

// `operations` have no order (FindOrder). Returns the indexes of some of them,
// ascending, that have none either, if all other gets are taken away and all
// other puts may have come at any time or never. Tries to leave out what it
// can; after `steps_most` steps it is content with what it has.
std::vector<size_t>
FindConflict(const std::vector<RegisterOperation> &operations,
             uint64_t steps_most);

} // namespace judge
