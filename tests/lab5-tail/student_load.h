// student_load.h: load.h as a test sees it, with the student's code far away.
#pragma once

#include "lab5-tail/student_histogram.h"

extern "C" {
#include "dynamo/load.h"
}

#include <cstdint>
#include <optional>
#include <string>

namespace judge
{

struct Departure {
    uint64_t request;
    uint32_t connection;
};

class StudentLoad : public StudentThing
{
  public:
    // load_open, which must succeed.
    StudentLoad(Trial &t, const load_config &config);
    // The code of load_open, which need not.
    static int Open(Trial &t, const load_config &config,
                    std::optional<StudentLoad> *load = nullptr);

    // nullopt: DYN_ENOENT. Anything else it must not return.
    std::optional<Departure> Due(uint64_t now_us);
    std::optional<uint64_t> Next() const;
    int Answered(uint32_t connection, uint64_t now_us);
    uint64_t Late(uint64_t now_us) const;
    StudentHistogram Latency() const;
    StudentHistogram Service() const;

  private:
    struct Unmade {
    };
    StudentLoad(Trial &t, Unmade) : StudentThing(t, "load", "load")
    {
    }
    int OpenWith(const load_config &config);
};

void ExpectLoadNullsRefused(Trial &t);

} // namespace judge
