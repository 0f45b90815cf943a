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
    finding.text += ". None of the " + Count(later, "get") +
                    " asked for after the acknowledgement returned " +
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
        return "Once written, a key is never unwritten";
    if (old.empty() || recent.empty())
        return "";
    if (std::all_of(recent.begin(), recent.end(), [&](const Operation *put) {
            return OlderThan(key, get, *put);
        }))
        return Outcome(get) + " is older: " + Name(*old.back()) +
               " was acknowledged at " + At(old.back()->returned) +
               ", before " + Name(*recent.front()) + " was asked for at " +
               At(recent.front()->invoked);
    if (old.size() == 1 && Precedes(first, before))
        return Outcome(get) + " is older: " + Name(first) +
               " had returned it at " + At(first.returned) +
               " already, before " + Numbered(before) + " was asked for at " +
               At(before.invoked) + ", and " + Name(*old.back()) +
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
        Finding finding = {Finding::Verdict::Broken,
                           rule,
                           Told(before) + " returned " + Outcome(before) +
                               " at " + At(before.returned) + ", and " +
                               Told(get) + ", asked later, at " +
                               At(get.invoked) + ", returned " + Outcome(get) +
                               " at " + At(get.returned) + ". " + why,
                           {get.id, before.id},
                           get.returned,
                           "new then old"};
        for (const Operation *source : key.Sources(get))
            finding.operations.push_back(source->id);
        for (const Operation *source : key.Sources(before))
            finding.operations.push_back(source->id);
        if (why.find(Name(*first) + " had") != std::string::npos)
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
