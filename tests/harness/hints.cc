#include "harness/hints.h"

#include "harness/bytes.h"

extern "C" {
#include "dynamo/handoff.h"
}

namespace judge
{

std::string HintPlace(node_id owner, const std::string &key)
{
    return BigEndian(HINT_PREFIX, 1) + BigEndian(owner, 4) + key;
}

size_t HintsIn(const std::map<std::string, std::string, std::less<>> &stored)
{
    size_t count = 0;

    for (const auto &[place, set] : stored)
        count += place[0] == static_cast<char>(HINT_PREFIX);
    return count;
}

} // namespace judge
