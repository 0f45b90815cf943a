// student_detector.h: detector.h as a test sees it, with the student's code far
// away.
#pragma once

#include "harness/student_thing.h"

extern "C" {
#include "dynamo/detector.h"
}

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

std::string ShowNodes(const std::vector<node_id> &nodes); // "1, 4"; "no node"

class StudentDetector : public StudentThing
{
  public:
    // detector_open, which must succeed.
    StudentDetector(Trial &t, const detector_config &config);
    // The code of detector_open, which must not succeed.
    static int Refused(Trial &t, const detector_config &config);

    int Asked(node_id node, uint64_t now_ms);
    int Heard(node_id node, uint64_t now_ms);
    bool Suspects(node_id node, uint64_t now_ms) const;
    // The nodes are those of a call that succeeds.
    int Due(uint64_t now_ms, size_t capacity, std::vector<node_id> *nodes);
    // nullopt: there is none.
    std::optional<uint64_t> Next() const;

  private:
    struct Unmade {
    };
    StudentDetector(Trial &t, Unmade) : StudentThing(t, "detector", "detector")
    {
    }
    int Open(const detector_config &config);
};

void ExpectDetectorNullsRefused(Trial &t);

} // namespace judge
