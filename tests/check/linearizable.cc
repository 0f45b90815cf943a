#include "check/linearizable.h"

#include "check/anomaly.h"
#include "check/conflict.h"
#include "check/key_history.h"
#include "check/order_search.h"

#include <algorithm>
#include <map>
#include <set>

namespace judge
{
namespace
{

using Answer = OrderSearch::Answer;

const char kRule[] =
    "the register is linearizable: there is one order of all operations, each "
    "between its beginning and its end, in which every get returns what the "
    "last put before it wrote";

constexpr size_t kShownOrder = 8; // operations

// A key's operations, as the search takes them and as they were.
struct Register {
    std::vector<RegisterOperation> operations;
    std::vector<const Operation *> originals;
};

Register TheRegister(const KeyHistory &key)
{
    Register made;
    std::map<std::string, int> values;
    const auto number = [&](const std::string &value) {
        return values.emplace(value, values.size() + 1).first->second;
    };

    made.originals = key.Puts();
    for (const Operation *get : key.Gets())
        if (Succeeded(*get))
            made.originals.push_back(get);
    std::sort(made.originals.begin(), made.originals.end(),
              [](const Operation *a, const Operation *b) {
                  return a->invoked < b->invoked;
              });
    for (const Operation *it : made.originals) {
        const int value = it->is_put           ? number(it->value)
                          : it->values.empty() ? 0
                                               : number(it->values.front());

        made.operations.push_back({it->is_put, value, it->invoked,
                                   Succeeded(*it) ? it->returned : kNever});
    }
    return made;
}

// What was known just after position `end`: what returns later has not.
Register Until(const Register &all, uint64_t end)
{
    Register part;

    for (size_t i = 0; i < all.operations.size(); i++) {
        RegisterOperation it = all.operations[i];

        if (it.invoked > end || (!it.is_put && it.returned > end))
            continue;
        if (it.returned > end)
            it.returned = kNever;
        part.operations.push_back(it);
        part.originals.push_back(all.originals[i]);
    }
    return part;
}

// The first get after whose answer no order is left. (A put's answer leaves as
// many as before: it may come last.)
const Operation &FirstUnplaced(const Register &all, uint64_t steps_most)
{
    std::vector<const Operation *> gets;

    for (const Operation *it : all.originals)
        if (!it->is_put)
            gets.push_back(it);
    std::sort(gets.begin(), gets.end(),
              [](const Operation *a, const Operation *b) {
                  return a->returned < b->returned;
              });
    size_t low = 0, high = gets.size() - 1; // `high` leaves none
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const Register part = Until(all, gets[middle]->returned);

        if (FindOrder(part.operations, steps_most).answer == Answer::None)
            high = middle;
        else
            low = middle + 1;
    }
    return *gets[high];
}

// With the value that matters for the order.
std::string Step(const Operation &operation)
{
    return Name(operation) +
           (operation.is_put ? "" : " -> " + Outcome(operation));
}

// How far there is an order; empty if that is of operations that the finding
// does not tell of.
std::string OrderBefore(const Register &all, const Operation &get,
                        const std::vector<int> &told, uint64_t steps_most)
{
    const Register part = Until(all, get.returned - 1);
    const OrderSearch search = FindOrder(part.operations, steps_most);
    std::vector<std::string> words;

    if (search.answer != Answer::Found)
        return "";
    for (const size_t i : search.order) {
        const Operation &operation = *part.originals[i];

        if (std::find(told.begin(), told.end(), operation.id) == told.end())
            return "";
        words.push_back(Step(operation));
    }
    // One operation is no order.
    if (words.size() < 2 || words.size() > kShownOrder)
        return "";
    return ". (Detail: before " + At(get.returned) +
           " there was an order: " + Listed(words, kShownOrder) + ".)";
}

std::string Period(const Operation &operation)
{
    const std::string from = At(operation.invoked);

    if (!Succeeded(operation))
        return " (from " + from + " on, outcome unknown)";
    return " (" + from + " to " + At(operation.returned) + ")";
}

// No well-known case: the operations that do not go together.
Finding Tangle(const Register &all, const Operation &get, uint64_t steps_most)
{
    const Register part = Until(all, get.returned);
    const auto conflict = FindConflict(part.operations, steps_most);
    std::vector<bool> listed(part.operations.size());
    std::vector<std::string> words;
    Finding finding = {
        Finding::Verdict::Broken, kRule, "", {get.id}, get.returned, ""};

    for (const size_t i : conflict) {
        listed[i] = true;
        // What it read matters too, whenever that was acknowledged.
        for (size_t put = 0; put < part.operations.size(); put++)
            if (part.operations[put].is_put && !part.operations[i].is_put &&
                part.operations[put].value == part.operations[i].value)
                listed[put] = true;
    }
    for (size_t i = 0; i < listed.size(); i++) {
        if (!listed[i])
            continue;
        words.push_back(Step(*part.originals[i]) + Period(*part.originals[i]));
        if (part.originals[i] != &get)
            finding.operations.push_back(part.originals[i]->id);
    }
    finding.text = "When " + Told(get) + " returned " + Outcome(get) + " at " +
                   At(get.returned) + ", no order was left. No order fits " +
                   "even these " + std::to_string(words.size()) +
                   " alone: " + Listed(words, 2 * kShownOrder);
    return finding;
}

Finding Explain(const KeyHistory &key, const Register &all, uint64_t steps_most)
{
    const Operation &get = FirstUnplaced(all, steps_most);
    const auto anomaly = FindAnomaly(kRule, key, get);
    Finding finding = anomaly ? *anomaly : Tangle(all, get, steps_most);

    finding.text += OrderBefore(all, get, finding.operations, steps_most);
    // One put can be the source of several gets.
    std::set<int> named;
    std::vector<int> once;
    for (const int id : finding.operations)
        if (named.insert(id).second)
            once.push_back(id);
    finding.operations = once;
    return finding;
}

Finding Undecided(const std::string &name, size_t count, uint64_t steps)
{
    return {Finding::Verdict::Undecided,
            kRule,
            "Key " + Quoted(name) + ": after " + Count(steps, "step") +
                " it is not known whether its " + Count(count, "operation") +
                " have an order, because too many overlap; use more keys, "
                "fewer clients, or a larger number of steps",
            {},
            {},
            ""};
}

// Takes the steps that it needs from *steps_left.
Finding CheckKey(const std::string &name, const KeyHistory &key,
                 uint64_t steps_most, uint64_t *steps_left)
{
    for (const Operation *get : key.Gets())
        if (Succeeded(*get))
            if (auto finding = SeveralValues(kRule, *get))
                return *finding;
    const Register all = TheRegister(key);
    const OrderSearch search = FindOrder(all.operations, *steps_left);

    *steps_left -= std::min(*steps_left, search.steps);
    if (search.answer == Answer::Found)
        return {Finding::Verdict::Holds, kRule, "", {}, {}, ""};
    if (search.answer == Answer::GivenUp)
        return Undecided(name, all.operations.size(), steps_most);
    return Explain(key, all, steps_most);
}

} // namespace

Finding Linearizable(const History &history, uint64_t steps_most)
{
    Finding worst = {Finding::Verdict::Holds, kRule, "", {}, {}, ""};
    uint64_t steps_left = steps_most;

    for (const auto &[name, key] : SplitByKey(history)) {
        const Finding finding = CheckKey(name, key, steps_most, &steps_left);
        const bool broken = finding.verdict == Finding::Verdict::Broken;

        if (broken ? !worst.at || *finding.at < *worst.at
                   : worst.verdict == Finding::Verdict::Holds)
            worst = finding;
    }
    return worst;
}

} // namespace judge
