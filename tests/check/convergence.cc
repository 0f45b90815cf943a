#include "check/convergence.h"

#include <optional>

namespace judge
{
namespace
{

const char kRule[] = "when all is calm, all replicas of a key hold the same";

// Content and the replicas that hold it; none: they lack the key.
using Holders = std::map<std::optional<std::string>, std::vector<uint32_t>>;

std::string Nodes(const std::vector<uint32_t> &nodes)
{
    std::vector<std::string> words;

    for (const uint32_t node : nodes)
        words.push_back("n" + std::to_string(node));
    return Listed(words, 16);
}

// Long values that differ look the same when they are cut: says where they do.
std::string FirstDifference(const std::string &a, const std::string &b)
{
    size_t at = 0;

    while (at < a.size() && at < b.size() && a[at] == b[at])
        at++;
    return " (the first difference is at byte " + std::to_string(at) + ")";
}

std::string Difference(const std::string &key, const Holders &holders)
{
    const std::string *shown = nullptr;
    std::string text = "Key " + Quoted(key) + ": ";
    std::string where;

    for (const auto &[bytes, nodes] : holders) {
        const bool one = nodes.size() == 1;

        text += (&nodes == &holders.begin()->second ? "" : ", ") +
                Nodes(nodes) +
                (!bytes ? (one ? " does not hold it" : " do not hold it")
                        : (one ? " holds " : " hold ") + Quoted(*bytes));
        if (!bytes)
            continue;
        if (shown != nullptr && where.empty() &&
            Quoted(*shown) == Quoted(*bytes))
            where = FirstDifference(*shown, *bytes);
        shown = &*bytes;
    }
    return text + where;
}

} // namespace

Finding Converged(const std::map<uint32_t, Content> &stores,
                  const std::map<std::string, std::vector<uint32_t>> &replicas)
{
    Finding finding = {Finding::Verdict::Holds, kRule, "", {}, {}, ""};
    std::string unknown;
    std::vector<std::string> others;

    for (const auto &[key, nodes] : replicas) {
        Holders holders;

        for (const uint32_t node : nodes) {
            const auto store = stores.find(node);

            if (store != stores.end()) {
                const auto found = store->second.find(key);
                const bool held = found != store->second.end();
                holders[held ? std::optional(found->second) : std::nullopt]
                    .push_back(node);
            } else if (unknown.empty()) {
                unknown = "Key " + Quoted(key) + ": what its replica " +
                          Nodes({node}) +
                          " holds is not known; its store has to be given";
            }
        }
        if (holders.size() <= 1)
            continue;
        if (finding.verdict == Finding::Verdict::Holds)
            finding.text = Difference(key, holders);
        else
            others.push_back(Quoted(key));
        finding.verdict = Finding::Verdict::Broken;
    }
    if (!others.empty())
        finding.text += "; " + Count(others.size(), "other key") + " differ" +
                        (others.size() == 1 ? "s" : "") +
                        " too: " + Listed(others);
    if (finding.verdict == Finding::Verdict::Holds && !unknown.empty()) {
        finding.verdict = Finding::Verdict::Undecided;
        finding.text = unknown;
    }
    return finding;
}

} // namespace judge
