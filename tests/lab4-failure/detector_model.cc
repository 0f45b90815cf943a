#include "lab4-failure/detector_model.h"

#include <algorithm>

namespace judge
{

void DetectorModel::Asked(node_id node, uint64_t now_ms)
{
    open_.insert(
        {node, {now_ms, now_ms + config_.patience_ms + config_.probe_ms, 0}});
}

void DetectorModel::Heard(node_id node)
{
    open_.erase(node);
}

bool DetectorModel::Suspects(node_id node, uint64_t now_ms) const
{
    const auto found = open_.find(node);

    return found != open_.end() &&
           now_ms >= found->second.asked_ms + config_.patience_ms;
}

std::vector<node_id> DetectorModel::Due(uint64_t now_ms, size_t capacity)
{
    std::vector<node_id> due;

    for (auto &[node, question] : open_) {
        if (question.probe_ms > now_ms || due.size() == capacity)
            continue;
        due.push_back(node);
        uint64_t pause_ms = config_.probe_ms;
        for (int i = 0; i <= question.named; i++)
            pause_ms = std::min<uint64_t>(2 * pause_ms, config_.probe_most_ms);
        question.named++;
        question.probe_ms = now_ms + pause_ms;
    }
    return due;
}

std::optional<uint64_t> DetectorModel::Next() const
{
    std::optional<uint64_t> next;

    for (const auto &[node, question] : open_)
        if (!next || question.probe_ms < *next)
            next = question.probe_ms;
    return next;
}

void ExpectDetector(Trial &t, const StudentDetector &seen,
                    const DetectorModel &expected,
                    const std::vector<node_id> &nodes, uint64_t now_ms)
{
    for (const node_id node : nodes) {
        const bool due = expected.Suspects(node, now_ms);

        t.Expect(seen.Suspects(node, now_ms) == due,
                 std::string("at ") + std::to_string(now_ms) + " node " +
                     std::to_string(node) + " is " + (due ? "" : "not ") +
                     "suspected",
                 due ? "it is not" : "it is");
    }
    const std::optional<uint64_t> next = seen.Next(), right = expected.Next();

    t.Expect(next == right,
             right ? "the next probe is due at " + std::to_string(*right)
                   : "no probe will be due (DYN_ENOENT)",
             next ? std::to_string(*next) : "DYN_ENOENT");
}

void ExpectDue(Trial &t, StudentDetector *seen, DetectorModel *expected,
               uint64_t now_ms, size_t capacity)
{
    std::vector<node_id> nodes;
    const std::vector<node_id> due = expected->Due(now_ms, capacity);

    t.ExpectCode(DYN_OK, seen->Due(now_ms, capacity, &nodes), "detector_due");
    t.Expect(nodes == due,
             "the probes that are due at " + std::to_string(now_ms) + ": " +
                 ShowNodes(due),
             ShowNodes(nodes));
}

} // namespace judge
