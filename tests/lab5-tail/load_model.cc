#include "lab5-tail/load_model.h"

#include <algorithm>

namespace judge
{

uint32_t LoadModel::FirstFree() const
{
    uint32_t connection = 0;

    while (busy_.count(connection) > 0)
        connection++;
    return connection;
}

std::optional<Departure> LoadModel::Due(uint64_t now_us)
{
    const uint32_t connection = FirstFree();

    if (next_ == config_.requests || Meant(next_) > now_us ||
        connection == config_.connections)
        return std::nullopt;
    busy_[connection] = {next_, now_us};
    return Departure{next_++, connection};
}

std::optional<uint64_t> LoadModel::Next() const
{
    if (next_ == config_.requests || FirstFree() == config_.connections)
        return std::nullopt;
    return Meant(next_);
}

bool LoadModel::Answered(uint32_t connection, uint64_t now_us)
{
    const auto found = busy_.find(connection);

    if (found == busy_.end())
        return false;
    latency_.Record(now_us - Meant(found->second.request), 1);
    service_.Record(now_us - found->second.left_us, 1);
    busy_.erase(found);
    return true;
}

uint64_t LoadModel::Late(uint64_t now_us) const
{
    uint64_t request = next_;

    if (now_us < config_.begin_us)
        return 0;
    // All that were meant to leave by now.
    request = std::max(
        next_, std::min(config_.requests,
                        (now_us - config_.begin_us) / config_.interval_us + 1));
    return request - next_;
}

namespace
{

std::string Show(const std::optional<Departure> &departure,
                 const LoadModel &model)
{
    if (!departure)
        return "nothing leaves (DYN_ENOENT)";
    return "request " + std::to_string(departure->request) +
           ", which is meant to leave at " +
           std::to_string(model.Meant(departure->request)) +
           " us, on connection " + std::to_string(departure->connection);
}

} // namespace

bool LoadTwin::Due(uint64_t now_us)
{
    const std::optional<Departure> departed = seen.Due(now_us);
    const std::optional<Departure> right = model.Due(now_us);

    t->Expect(departed.has_value() == right.has_value() &&
                  (!right || (departed->request == right->request &&
                              departed->connection == right->connection)),
              "at " + std::to_string(now_us) + " us: " + Show(right, model),
              Show(departed, model));
    return right.has_value();
}

void LoadTwin::SendAll(uint64_t now_us)
{
    while (Due(now_us))
        continue;
}

void LoadTwin::Next() const
{
    const std::optional<uint64_t> at_us = seen.Next(), right = model.Next();
    const auto show = [](const std::optional<uint64_t> &us) {
        return us ? std::to_string(*us) + " us" : "DYN_ENOENT";
    };

    t->Expect(at_us == right,
              right ? "that load_due has something to send at " + show(right)
                    : "that load_due has nothing to send before an answer "
                      "comes (DYN_ENOENT)",
              show(at_us));
}

void LoadTwin::Answer(uint32_t connection, uint64_t now_us)
{
    const int code = seen.Answered(connection, now_us);

    t->ExpectCode(model.Answered(connection, now_us) ? DYN_OK : DYN_ENOENT,
                  code, "load_answered");
}

void LoadTwin::Late(uint64_t now_us) const
{
    const uint64_t late = seen.Late(now_us), right = model.Late(now_us);

    t->Expect(late == right,
              std::to_string(right) +
                  ", of those that were meant to leave by " +
                  std::to_string(now_us) + " us",
              std::to_string(late));
}

namespace
{

// `what` is the histogram, `of` what its times are.
void ExpectTimes(Trial &t, const StudentHistogram &seen,
                 const HistogramModel &right, const std::string &what,
                 const std::string &of)
{
    const uint64_t count = seen.Count();

    t.Expect(count == right.Count(),
             "in " + what + " as many requests as were answered: " +
                 std::to_string(right.Count()),
             std::to_string(count));
    if (count == 0)
        return;
    for (const uint32_t share : {0u, 500000u, 990000u, 1000000u}) {
        const uint64_t exact = right.Percentile(share);
        const std::string which = share == 0 ? "the shortest"
                                  : share == 1000000
                                      ? "the longest"
                                      : "that at " + ShowShare(share);
        uint64_t us = 0;

        t.ExpectCode(DYN_OK, seen.Percentile(share, &us),
                     "histogram_percentile");
        t.Expect(IsNear(us, exact),
                 "of the times in " + what + " (" + of + ") " + which + ": " +
                     std::to_string(exact) + " us, to 1 %",
                 std::to_string(us) + " us");
    }
}

} // namespace

void LoadTwin::ExpectLatency() const
{
    ExpectTimes(*t, seen.Latency(), model.Latency(), "load_latency",
                "from when each request was meant to leave to its answer");
}

void LoadTwin::ExpectService() const
{
    ExpectTimes(*t, seen.Service(), model.Service(), "load_service",
                "from when each request did leave to its answer");
}

} // namespace judge
