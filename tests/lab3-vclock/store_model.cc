#include "lab3-vclock/store_model.h"

extern "C" {
#include "dynamo/hash.h"
}

namespace judge
{

std::string ContextBytes(const std::string &key, const Clock &clock)
{
    const std::string bytes = BytesOf(clock);
    std::string all(4, '\0');

    all[2] = static_cast<char>(key.size() >> 8);
    all[3] = static_cast<char>(key.size());
    all += key + bytes;
    const digest sealed = md5(Slice(all));
    return bytes + std::string(reinterpret_cast<const char *>(sealed.byte), 16);
}

} // namespace judge
