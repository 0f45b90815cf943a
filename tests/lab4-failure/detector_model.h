// detector_model.h: detector.h in the plainest way.
#pragma once

#include "lab4-failure/student_detector.h"

#include <map>
#include <optional>
#include <vector>

namespace judge
{

class DetectorModel
{
  public:
    explicit DetectorModel(const detector_config &config) : config_(config)
    {
    }

    void Asked(node_id node, uint64_t now_ms);
    void Heard(node_id node);
    bool Suspects(node_id node, uint64_t now_ms) const;
    std::vector<node_id> Due(uint64_t now_ms, size_t capacity);
    std::optional<uint64_t> Next() const;
    // When the node's next probe is due; it has been asked something.
    uint64_t ProbeOf(node_id node) const
    {
        return open_.at(node).probe_ms;
    }

  private:
    struct Question {
        uint64_t asked_ms, probe_ms;
        int named; // probes so far
    };
    detector_config config_;
    std::map<node_id, Question> open_;
};

// What the student's detector says of these nodes, and of its next probe, is what
// the model says.
void ExpectDetector(Trial &t, const StudentDetector &seen,
                    const DetectorModel &expected,
                    const std::vector<node_id> &nodes, uint64_t now_ms);

// detector_due names those that the model names, whose probes it takes as asked.
void ExpectDue(Trial &t, StudentDetector *seen, DetectorModel *expected,
               uint64_t now_ms, size_t capacity);

} // namespace judge
