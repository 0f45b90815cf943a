#include "check/acknowledged.h"

#include "check/key_history.h"

#include <algorithm>

namespace judge
{
namespace
{

const char kRule[] = "what was acknowledged is still there in the end";

// From here on no put of the key begins or is acknowledged.
uint64_t QuietFrom(const KeyHistory &key)
{
    uint64_t from = 0;

    for (const Operation *put : key.Puts())
        from = std::max(from, Succeeded(*put) ? put->returned : put->invoked);
    return from;
}

std::optional<Finding> Check(const KeyHistory &key, const Operation &get)
{
    auto finding = SeveralValues(kRule, get);

    if (!finding && !get.values.empty())
        finding = Invented(kRule, key, get, get.values.front());
    if (!finding)
        if (const Operation *newer = ReplacedForAll(key, get)) {
            finding = Stale(kRule, key, get, *newer);
            finding->pattern = "lost write";
            finding->text +=
                ". No put of that key began or was acknowledged any more";
        }
    return finding;
}

Finding Unseen(const std::vector<std::string> &keys)
{
    return {
        Finding::Verdict::Undecided,
        kRule,
        "puts of " + Count(keys.size(), "key") + " (" + Listed(keys) +
            ") were acknowledged, but no get succeeded that began "
            "after the last of them: let the run end with a get of each key",
        {},
        {},
        ""};
}

} // namespace

Finding AcknowledgedSurvive(const History &history)
{
    Finding first = {Finding::Verdict::Holds, kRule, "", {}, {}, ""};
    std::vector<std::string> unseen;

    for (const auto &[name, key] : SplitByKey(history)) {
        const uint64_t quiet = QuietFrom(key);
        const bool acknowledged =
            std::any_of(key.Puts().begin(), key.Puts().end(),
                        [](const Operation *put) { return Succeeded(*put); });
        bool seen = false;

        for (const Operation *get : key.Gets()) {
            if (!Succeeded(*get) || get->invoked < quiet)
                continue;
            const auto finding = Check(key, *get);
            seen = true;
            if (finding && (!first.at || *finding->at < *first.at))
                first = *finding;
        }
        if (acknowledged && !seen)
            unseen.push_back(Quoted(name));
    }
    if (first.verdict == Finding::Verdict::Holds && !unseen.empty())
        return Unseen(unseen);
    return first;
}

} // namespace judge
