#include "check/safe.h"

#include "check/key_history.h"
#include "harness/contract.h"

#include <algorithm>

namespace judge
{
namespace
{

const char kRule[] =
    "a get that no put overlaps returns what the last put before it wrote; one "
    "that is overlapped returns nothing that was not put";

// For each question 'when are puts of this key under way?'.
class Overlaps
{
  public:
    explicit Overlaps(const KeyHistory &key) : puts_(key.Puts())
    {
        uint64_t end = 0;

        for (const Operation *put : puts_) {
            end = std::max(end, Succeeded(*put) ? put->returned : kNever);
            ends_.push_back(end);
        }
    }

    bool Has(const Operation &get) const
    {
        const auto end = std::partition_point(
            puts_.begin(), puts_.end(),
            [&](const Operation *put) { return put->invoked < get.returned; });

        return end != puts_.begin() &&
               ends_[end - puts_.begin() - 1] > get.invoked;
    }

  private:
    const std::vector<const Operation *> &puts_;
    std::vector<uint64_t> ends_; // of this put and all before it, the last
};

Finding Failed(const Operation &get)
{
    return {Finding::Verdict::Broken,
            "a get that no put overlaps is answered",
            Told(get) + " was asked for at " + At(get.invoked) +
                " and answered " + dyn_error_name(get.code) + " at " +
                At(get.returned) + ", though no put of that key was under way",
            {get.id},
            get.returned,
            "unanswered read"};
}

std::optional<Finding> Check(const KeyHistory &key, const Overlaps &overlaps,
                             const Operation &get, Answering answering)
{
    const bool overlapped = overlaps.Has(get);

    if (!Succeeded(get)) {
        if (answering == Answering::UnlessOverlapped && !overlapped)
            return Failed(get);
        return std::nullopt;
    }
    auto finding = SeveralValues(kRule, get);
    if (!finding && !get.values.empty())
        finding = Invented(kRule, key, get, get.values.front());
    if (!finding && !overlapped)
        if (const Operation *newer = ReplacedForAll(key, get)) {
            finding = Stale(kRule, key, get, *newer);
            finding->text += ". No put was under way meanwhile";
        }
    return finding;
}

} // namespace

Finding Safe(const History &history, Answering answering)
{
    Finding first = {Finding::Verdict::Holds, kRule, "", {}, {}, ""};

    for (const auto &[name, key] : SplitByKey(history)) {
        const Overlaps overlaps(key);

        for (const Operation *get : key.Gets()) {
            const auto finding = Check(key, overlaps, *get, answering);

            if (finding && (!first.at || *finding->at < *first.at))
                first = *finding;
        }
    }
    return first;
}

} // namespace judge
