#include "check/causal.h"

#include "check/key_history.h"
#include "harness/violation.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

const char kPut[] = "a get returns only what was put";
const char kOnce[] = "a put is one write, however often it is sent";
const char kReplaced[] = "a get leaves out what another of its values replaces";
const char kKept[] = "what was acknowledged is returned, or was replaced by a "
                     "put whose client had read it";

using Verdict = Finding::Verdict;

// The puts of a key, and which of them each has read.
class Past
{
  public:
    Past(const KeyHistory &key, const std::map<int, const Operation *> &gets)
        : puts_(key.Puts()), read_(puts_.size())
    {
        // By invocation: whoever's value can have been read comes first.
        for (size_t i = 0; i < puts_.size(); i++) {
            if (!by_value_.emplace(puts_[i]->value, i).second)
                throw InfraError("the history puts " + Quoted(puts_[i]->value) +
                                 " twice under one key; tests that look for "
                                 "lost writes give each put its own value");
            if (puts_[i]->context_of)
                Read(i, ContextOf(*puts_[i], gets));
        }
    }

    // The put of a value, by its index. None: nobody ever put it.
    std::optional<size_t> Of(const std::string &value) const
    {
        const auto found = by_value_.find(value);

        if (found == by_value_.end())
            return std::nullopt;
        return found->second;
    }
    const Operation &Put(size_t index) const
    {
        return *puts_[index];
    }
    size_t Size() const
    {
        return puts_.size();
    }
    // Whether `later` had read `earlier`, and so replaces it.
    bool Replaces(size_t later, size_t earlier) const
    {
        return !read_[later].empty() && read_[later][earlier];
    }

  private:
    static const Operation &
    ContextOf(const Operation &put,
              const std::map<int, const Operation *> &gets)
    {
        const auto found = gets.find(*put.context_of);

        if (found == gets.end() || !Succeeded(*found->second) ||
            found->second->key != put.key ||
            found->second->returned >= put.invoked)
            throw InfraError("the history's " + Name(put) +
                             " has the context of op " +
                             std::to_string(*put.context_of) +
                             ", which is no successful get of that key before "
                             "it; whoever recorded the history has to say "
                             "where each context came from");
        return *found->second;
    }

    void Read(size_t put, const Operation &get)
    {
        read_[put].resize(puts_.size());
        for (const std::string &value : get.values) {
            const auto source = Of(value);

            // What was not put yet is another rule's matter.
            if (!source)
                continue;
            read_[put][*source] = true;
            for (size_t i = 0; i < read_[*source].size(); i++)
                if (read_[*source][i])
                    read_[put][i] = true;
        }
    }

    const std::vector<const Operation *> &puts_; // by invocation
    std::vector<std::vector<bool>> read_;        // empty: nothing
    std::map<std::string, size_t> by_value_;
};

// What a put's client had read, for texts.
std::string Basis(const Operation &put,
                  const std::map<int, const Operation *> &gets)
{
    if (!put.context_of)
        return Name(put) + " carried no context";
    const Operation &get = *gets.at(*put.context_of);
    return Name(put) + " carried the context of " + Numbered(get) +
           ", which had returned " + Outcome(get);
}

class Checker
{
  public:
    Checker(const KeyHistory &key, const std::map<int, const Operation *> &gets,
            const CausalRules &rules)
        : key_(key), gets_(gets), rules_(rules), past_(key, gets)
    {
    }

    // The first get that breaks a rule.
    std::optional<Finding> Broken()
    {
        for (const Operation *get : key_.Gets()) {
            if (!Succeeded(*get))
                continue;
            for (const auto rule : {&Checker::Unput, &Checker::Doubled,
                                    &Checker::KeptTooLong, &Checker::Lost})
                if (auto finding = (this->*rule)(*get))
                    return finding;
        }
        return std::nullopt;
    }

    // Whether a put was acknowledged, and no get had to see it.
    bool Unseen() const
    {
        const auto &puts = key_.Puts();

        return std::any_of(
            puts.begin(), puts.end(), [this](const Operation *put) {
                return Succeeded(*put) &&
                       std::none_of(key_.Gets().begin(), key_.Gets().end(),
                                    [&](const Operation *get) {
                                        return Succeeded(*get) &&
                                               MustSee(*get, *put);
                                    });
            });
    }

  private:
    bool MustSee(const Operation &get, const Operation &put) const
    {
        return get.invoked >= rules_.sees_all_from && Precedes(put, get);
    }

    bool Sees(const Operation &get, size_t put) const
    {
        return std::any_of(get.values.begin(), get.values.end(),
                           [&](const std::string &value) {
                               const auto source = past_.Of(value);

                               return source && (*source == put ||
                                                 past_.Replaces(*source, put));
                           });
    }

    std::optional<Finding> Unput(const Operation &get)
    {
        for (const std::string &value : get.values)
            if (auto finding = Invented(kPut, key_, get, value))
                return finding;
        return std::nullopt;
    }

    std::optional<Finding> Doubled(const Operation &get)
    {
        std::set<std::string> seen;

        for (const std::string &value : get.values) {
            if (seen.insert(value).second)
                continue;
            const Operation &put = past_.Put(*past_.Of(value));
            return Finding{Verdict::Broken,
                           kOnce,
                           Told(get) + " returned " + Outcome(get) + " at " +
                               At(get.returned) + ": " + Quoted(value) +
                               " is there more than once, but " + Told(put) +
                               " is the only put of it",
                           {get.id, put.id},
                           get.returned,
                           "doubled write"};
        }
        return std::nullopt;
    }

    std::optional<Finding> KeptTooLong(const Operation &get)
    {
        for (const std::string &old : get.values)
            for (const std::string &value : get.values) {
                const size_t earlier = *past_.Of(old);
                const size_t later = *past_.Of(value);

                if (!past_.Replaces(later, earlier))
                    continue;
                return Finding{
                    Verdict::Broken,
                    kReplaced,
                    Told(get) + " returned " + Outcome(get) + " at " +
                        At(get.returned) + ", but " + Quoted(value) +
                        " replaces " + Quoted(old) + ": " + Why(later, earlier),
                    {get.id, past_.Put(later).id, past_.Put(earlier).id},
                    get.returned,
                    "kept too long"};
            }
        return std::nullopt;
    }

    // Why `later` replaces `earlier`, in a sentence.
    std::string Why(size_t later, size_t earlier) const
    {
        const Operation &put = past_.Put(later);
        const Operation &read = *gets_.at(*put.context_of);
        const std::string text = Basis(put, gets_);
        const std::string &old = past_.Put(earlier).value;

        if (std::count(read.values.begin(), read.values.end(), old) > 0)
            return text;
        for (const std::string &value : read.values) {
            const auto source = past_.Of(value);

            if (source && past_.Replaces(*source, earlier))
                return text + "; " + Why(*source, earlier);
        }
        return text;
    }

    std::optional<Finding> Lost(const Operation &get)
    {
        for (size_t i = 0; i < past_.Size(); i++) {
            const Operation &put = past_.Put(i);

            if (!MustSee(get, put) || Sees(get, i))
                continue;
            Finding finding = {
                Verdict::Broken,
                kKept,
                Told(put) + " was acknowledged at " + At(put.returned) +
                    ", and " + Told(get) + ", asked later, at " +
                    At(get.invoked) + ", returned " + Outcome(get) + " at " +
                    At(get.returned) + ": neither " + Quoted(put.value) +
                    " nor a value whose client had read it",
                {get.id, put.id},
                get.returned,
                SeenAgain(get, i) ? "stale read" : "lost write"};
            for (const std::string &value : get.values) {
                const Operation &other = past_.Put(*past_.Of(value));

                finding.text += ". " + Basis(other, gets_);
                finding.operations.push_back(other.id);
            }
            return finding;
        }
        return std::nullopt;
    }

    bool SeenAgain(const Operation &get, size_t put) const
    {
        return std::any_of(key_.Gets().begin(), key_.Gets().end(),
                           [&](const Operation *other) {
                               return Succeeded(*other) &&
                                      other->returned > get.returned &&
                                      Sees(*other, put);
                           });
    }

    const KeyHistory &key_;
    const std::map<int, const Operation *> &gets_;
    const CausalRules &rules_;
    const Past past_;
};

} // namespace

Finding NothingIsLost(const History &history, const CausalRules &rules)
{
    Finding first = {Verdict::Holds, kKept, "", {}, {}, ""};
    std::map<int, const Operation *> gets;
    std::vector<std::string> unseen;

    for (const Operation &operation : history)
        if (!operation.is_put)
            gets.emplace(operation.id, &operation);
    for (const auto &[name, key] : SplitByKey(history)) {
        Checker checker(key, gets, rules);
        const auto finding = checker.Broken();

        if (finding && (!first.at || *finding->at < *first.at))
            first = *finding;
        if (rules.sees_all_from != kNever && rules.sees_all_from > 0 &&
            checker.Unseen())
            unseen.push_back(Quoted(name));
    }
    if (first.verdict == Verdict::Holds && !unseen.empty())
        return {Verdict::Undecided,
                kKept,
                "puts of " + Count(unseen.size(), "key") + " (" +
                    Listed(unseen) +
                    ") were acknowledged, but no get succeeded that had to see "
                    "them: let the run end with a get of each key",
                {},
                {},
                ""};
    return first;
}

std::set<std::string> StandingFor(const History &history, const Operation &put)
{
    std::set<std::string> values = {put.value};
    std::map<int, const Operation *> gets;

    // By invocation: whoever's value was read comes first.
    for (const Operation &operation : history) {
        if (!operation.is_put)
            gets.emplace(operation.id, &operation);
        else if (operation.key == put.key && operation.context_of)
            for (const std::string &read :
                 gets.at(*operation.context_of)->values)
                if (values.count(read) > 0) {
                    values.insert(operation.value);
                    break;
                }
    }
    return values;
}

} // namespace judge
