#include "check/anomaly.h"

#include <algorithm>

namespace judge
{
namespace
{

using Puts = std::vector<const Operation *>;

// Whether all that a get may have seen was over before `put` was invoked.
bool OlderThan(const KeyHistory &key, const Operation &get,
               const Operation &put)
{
    const Puts sources = key.Sources(get);

    return std::all_of(
        sources.begin(), sources.end(),
        [&](const Operation *source) { return Precedes(*source, put); });
}

// A stale read by `get`, or worse: no get at all saw `newer`.
Finding StaleOrLost(const std::string &rule, const KeyHistory &key,
                    const Operation &get, const Operation &newer)
{
    Finding finding = Stale(rule, key, get, newer);
    size_t later = 0;

    for (const Operation *other : key.Gets()) {
        if (!Succeeded(*other) || !Precedes(newer, *other))
            continue;
        if (!OlderThan(key, *other, newer))
            return finding;
        later++;
    }
    if (later < 2)
        return finding;
    finding.pattern = "lost write";
    finding.text += "; none of the " + Count(later, "get") +
                    " that began after the acknowledgement returned " +
                    Quoted(newer.value) + " or anything newer";
    return finding;
}

// Why what `get` returned is older than what `before` did; empty if that is not
// known. `first` is the first get that returned what `get` did.
std::string WhyOlder(const KeyHistory &key, const Operation &get,
                     const Operation &before, const Operation &first)
{
    const Puts old = key.Sources(get), recent = key.Sources(before);

    if (before.values.empty() || get.values == before.values)
        return "";
    if (get.values.empty())
        return "once written, a key is never unwritten";
    if (old.empty() || recent.empty())
        return "";
    if (std::all_of(recent.begin(), recent.end(), [&](const Operation *put) {
            return OlderThan(key, get, *put);
        }))
        return Name(*old.back()) + ", which wrote " + Outcome(get) +
               ", was acknowledged at event " +
               std::to_string(old.back()->returned) + ", before " +
               Name(*recent.front()) + ", which wrote " + Outcome(before) +
               ", was invoked at event " +
               std::to_string(recent.front()->invoked);
    if (old.size() == 1 && Precedes(first, before))
        return Name(first) + " had returned " + Outcome(get) + " at event " +
               std::to_string(first.returned) + " already, before " +
               Name(before) + " began at event " +
               std::to_string(before.invoked) + ", and " + Name(*old.back()) +
               " wrote it only once";
    return "";
}

std::optional<Finding> NewThenOld(const std::string &rule,
                                  const KeyHistory &key, const Operation &get)
{
    const Operation *first = &get;

    // By return, so the last that fits is the nearest.
    for (const Operation *other : key.Gets())
        if (Succeeded(*other) && other->values == get.values) {
            first = other;
            break;
        }
    for (auto at = key.Gets().rbegin(); at != key.Gets().rend(); ++at) {
        const Operation &before = **at;
        if (!Precedes(before, get))
            continue;
        const std::string why = WhyOlder(key, get, before, *first);
        if (why.empty())
            continue;
        Finding finding = {
            Finding::Verdict::Broken,
            rule,
            "Key " + Quoted(get.key) + ": " + Told(before) + " returned " +
                Outcome(before) + " at event " +
                std::to_string(before.returned) + "; " + Told(get) +
                " began after that, at event " + std::to_string(get.invoked) +
                ", yet returned the older " + Outcome(get) + " at event " +
                std::to_string(get.returned) + ": " + why,
            {get.id, before.id},
            get.returned,
            "new then old"};
        for (const Operation *source : key.Sources(get))
            finding.operations.push_back(source->id);
        for (const Operation *source : key.Sources(before))
            finding.operations.push_back(source->id);
        if (why.rfind(Name(*first) + " had", 0) == 0)
            finding.operations.push_back(first->id);
        return finding;
    }
    return std::nullopt;
}

} // namespace

std::optional<Finding> FindAnomaly(const std::string &rule,
                                   const KeyHistory &key, const Operation &get)
{
    auto finding = SeveralValues(rule, get);

    if (!finding && !get.values.empty())
        finding = Invented(rule, key, get, get.values.front());
    if (finding)
        return finding;
    if (const Operation *newer = ReplacedForAll(key, get))
        return StaleOrLost(rule, key, get, *newer);
    return NewThenOld(rule, key, get);
}

} // namespace judge
