#include "check/key_history.h"

#include "harness/violation.h"

#include <algorithm>

namespace judge
{
namespace
{

// What is known of how old the value of a get is.
std::string Age(const KeyHistory &key, const Operation &get,
                const Operation &newer)
{
    const auto sources = key.Sources(get);

    if (sources.empty())
        return ", as if " + Numbered(newer) + " had never been";
    const Operation &source = *sources.back();
    return ", the value of " + Name(source) + ", acknowledged at " +
           At(source.returned) + ", which " + Numbered(newer) + " had replaced";
}

} // namespace

KeyHistory::KeyHistory(std::vector<const Operation *> operations)
{
    const auto by_invocation = [](const Operation *a, const Operation *b) {
        return a->invoked < b->invoked;
    };
    const auto by_return = [](const Operation *a, const Operation *b) {
        return a->returned < b->returned;
    };

    std::stable_sort(operations.begin(), operations.end(), by_invocation);
    for (const Operation *operation : operations) {
        if (operation->is_put) {
            puts_.push_back(operation);
            by_value_[operation->value].push_back(operation);
            if (Succeeded(*operation))
                returned_.push_back(operation);
        } else if (operation->returned != kNever) {
            gets_.push_back(operation);
        }
    }
    std::stable_sort(gets_.begin(), gets_.end(), by_return);
    std::stable_sort(returned_.begin(), returned_.end(), by_return);
    for (const Operation *put : returned_)
        latest_.push_back(latest_.empty() ||
                                  latest_.back()->invoked < put->invoked
                              ? put
                              : latest_.back());
}

const std::vector<const Operation *> &
KeyHistory::PutsOf(const std::string &value) const
{
    const auto found = by_value_.find(value);

    return found == by_value_.end() ? none_ : found->second;
}

std::vector<const Operation *> KeyHistory::Sources(const Operation &get) const
{
    if (get.values.empty())
        return {};
    std::vector<const Operation *> sources = PutsOf(get.values.front());

    while (!sources.empty() && sources.back()->invoked >= get.returned)
        sources.pop_back();
    return sources;
}

const Operation *KeyHistory::Replaced(const Operation *put,
                                      const Operation &get) const
{
    const auto end = std::partition_point(
        returned_.begin(), returned_.end(),
        [&](const Operation *p) { return p->returned < get.invoked; });

    if (end == returned_.begin())
        return nullptr;
    const Operation *latest = latest_[end - returned_.begin() - 1];
    return put == nullptr || Precedes(*put, *latest) ? latest : nullptr;
}

std::map<std::string, KeyHistory> SplitByKey(const History &history)
{
    std::map<std::string, std::vector<const Operation *>> parts;
    std::map<std::string, KeyHistory> keys;

    for (const Operation &operation : history) {
        if (operation.returned <= operation.invoked)
            throw InfraError(
                "the history's " + Name(operation) +
                " returned before it was invoked; whoever "
                "recorded the history has to number both in order");
        parts[operation.key].push_back(&operation);
    }
    for (auto &[key, operations] : parts)
        keys.emplace(key, KeyHistory(std::move(operations)));
    return keys;
}

std::optional<Finding> SeveralValues(const std::string &rule,
                                     const Operation &get)
{
    if (get.values.size() <= 1)
        return std::nullopt;
    return Finding{
        Finding::Verdict::Broken,
        rule,
        Told(get) + " returned " + Count(get.values.size(), "value") + " at " +
            At(get.returned) + ": " + Outcome(get) + "; a register holds one",
        {get.id},
        get.returned,
        "several values"};
}

std::optional<Finding> Invented(const std::string &rule, const KeyHistory &key,
                                const Operation &get, const std::string &value)
{
    const auto &puts = key.PutsOf(value);
    std::string text =
        Told(get) + " returned " + Quoted(value) + " at " + At(get.returned);

    if (!puts.empty() && puts.front()->invoked < get.returned)
        return std::nullopt;
    if (!puts.empty())
        return Finding{Finding::Verdict::Broken,
                       rule,
                       text + ", before " + Told(*puts.front()) +
                           ", the first to put that value, was asked for at " +
                           At(puts.front()->invoked),
                       {get.id, puts.front()->id},
                       get.returned,
                       "read from the future"};
    return Finding{Finding::Verdict::Broken,
                   rule,
                   text + ", which nobody ever put under that key",
                   {get.id},
                   get.returned,
                   "invented value"};
}

Finding Stale(const std::string &rule, const KeyHistory &key,
              const Operation &get, const Operation &newer)
{
    Finding finding = {
        Finding::Verdict::Broken,
        rule,
        Told(newer) + " was acknowledged at " + At(newer.returned) + ", and " +
            Told(get) + ", asked later, at " + At(get.invoked) +
            ", did not see it. " + Numbered(get) + " returned " + Outcome(get) +
            " at " + At(get.returned) + Age(key, get, newer),
        {get.id, newer.id},
        get.returned,
        "stale read"};

    for (const Operation *source : key.Sources(get))
        finding.operations.push_back(source->id);
    return finding;
}

const Operation *ReplacedForAll(const KeyHistory &key, const Operation &get)
{
    const auto sources = key.Sources(get);
    const Operation *newer =
        get.values.empty() ? key.Replaced(nullptr, get) : nullptr;

    for (const Operation *source : sources) {
        newer = key.Replaced(source, get);
        if (newer == nullptr)
            return nullptr;
    }
    return newer;
}

} // namespace judge
