#include "check/regular.h"

#include "check/key_history.h"

namespace judge
{
namespace
{

const char kRule[] = "a get returns what the last put before it wrote, or a "
                     "put that is concurrent with it";

std::optional<Finding> Check(const KeyHistory &key, const Operation &get)
{
    if (!Succeeded(get))
        return std::nullopt;
    auto finding = SeveralValues(kRule, get);
    if (!finding && !get.values.empty())
        finding = Invented(kRule, key, get, get.values.front());
    if (!finding)
        if (const Operation *newer = ReplacedForAll(key, get))
            finding = Stale(kRule, key, get, *newer);
    return finding;
}

} // namespace

Finding Regular(const History &history)
{
    Finding first = {Finding::Verdict::Holds, kRule, "", {}, {}, ""};

    for (const auto &[name, key] : SplitByKey(history))
        for (const Operation *get : key.Gets()) {
            const auto finding = Check(key, *get);

            if (finding && (!first.at || *finding->at < *first.at))
                first = *finding;
        }
    return first;
}

} // namespace judge
