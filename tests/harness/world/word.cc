#include "harness/world/word.h"

extern "C" {
#include "wire/wire.h"
}

namespace judge
{

std::string WordBytes(node_id who, uint32_t weight)
{
    request asked = {};

    asked.kind = weight == 0 ? REQUEST_LEAVE : REQUEST_JOIN;
    asked.node = who;
    asked.weight = weight;
    std::string bytes(request_encode(&asked, nullptr, 0), '\0');
    request_encode(&asked, reinterpret_cast<uint8_t *>(bytes.data()),
                   bytes.size());
    return bytes;
}

std::string WordText(node_id who, uint32_t weight)
{
    const std::string node = std::to_string(who);

    return weight == 0 ? "an administrator says: " + node + " leaves"
                       : "an administrator says: " + node + " joins, weight " +
                             std::to_string(weight);
}

} // namespace judge
