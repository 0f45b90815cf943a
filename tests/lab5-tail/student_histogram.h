// student_histogram.h: histogram.h and fanout.h as a test sees them, with the
// student's code far away.
#pragma once

#include "harness/student_thing.h"

extern "C" {
#include "dynamo/fanout.h"
#include "dynamo/histogram.h"
}

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace judge
{

// A time in us, and how many requests took it.
using Recorded = std::pair<uint64_t, uint64_t>;

std::string ShowShare(uint32_t per_million); // "99.9 %"
std::string ShowReal(double number, int digits = 17);
// "[20 us, 3 times 40 us]"
std::string ShowTimes(const std::vector<Recorded> &times);

class StudentHistogram : public StudentThing
{
  public:
    // histogram_open, which must succeed.
    explicit StudentHistogram(Trial &t);
    // The code of histogram_open, which need not.
    static int Open(Trial &t);
    // nullopt in *histogram: it was not made.
    static int Decode(Trial &t, const std::string &bytes,
                      std::optional<StudentHistogram> *histogram);
    // One that is there already: a copy by histogram_open and histogram_merge of
    // what `function` of a load gives.
    static StudentHistogram OfLoad(Trial &t, int load, bool service,
                                   const std::string &text);

    int Record(uint64_t us, uint64_t requests);
    // One call for each, up to the first that fails, whose code it is.
    int RecordAll(const std::vector<Recorded> &times);
    uint64_t Count() const;
    uint64_t Over(uint64_t us) const;
    int Percentile(uint32_t per_million, uint64_t *us) const;
    int Mean(double *us) const;
    int Merge(const StudentHistogram &from);
    Encoded Encode(uint64_t capacity) const
    {
        return EncodeInto(capacity);
    }
    // By histogram_encode, which must succeed.
    std::string Bytes() const;

    int FanoutOver(uint32_t calls, uint64_t us, double *share) const;
    int FanoutPercentile(uint32_t calls, uint32_t per_million,
                         uint64_t *us) const;

  private:
    struct Unmade {
    };
    StudentHistogram(Trial &t, Unmade)
        : StudentThing(t, "histogram", "histogram")
    {
    }
    // [code, us, untouched]
    int AnswerUs(const std::string &text, const std::string &function,
                 const nlohmann::json &arguments, uint64_t *us) const;
};

uint64_t StudentBucket(Trial &t, uint64_t us);
int StudentBounds(Trial &t, uint64_t bucket, uint64_t *least_us,
                  uint64_t *most_us);
int StudentBudget(Trial &t, uint32_t calls, uint32_t per_million,
                  uint32_t *calls_per_million);

void ExpectHistogramNullsRefused(Trial &t);
void ExpectFanoutNullsRefused(Trial &t);

} // namespace judge
