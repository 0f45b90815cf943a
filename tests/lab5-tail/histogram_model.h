// histogram_model.h: every time that was recorded, and what follows from them.
#pragma once

#include "lab5-tail/student_histogram.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace judge
{

uint64_t BucketOf(uint64_t us); // by the contract
uint64_t LeastOf(uint64_t bucket);
uint64_t MostOf(uint64_t bucket);

class HistogramModel
{
  public:
    void Record(uint64_t us, uint64_t requests);
    void Merge(const HistogramModel &from);
    uint64_t Count() const
    {
        return count_;
    }
    uint64_t Over(uint64_t us) const;
    // There is a request.
    uint64_t Percentile(uint32_t per_million) const;
    double Mean() const;
    uint64_t Least() const
    {
        return times_.begin()->first;
    }
    uint64_t Most() const
    {
        return times_.rbegin()->first;
    }
    std::string Bytes() const; // of the contract
    // Whether a histogram has these bytes; what it holds is told by them alone.
    static bool IsRight(const std::string &bytes);

    // The shortest time such that at least this share of pages are done by then,
    // give or take so much of the share of pages that are not.
    uint64_t Page(uint32_t calls, double slower) const;
    // The share of calls in buckets above that of `us`.
    double ShareOver(uint64_t us) const;

  private:
    std::map<uint64_t, uint64_t> times_; // us, requests
    uint64_t count_ = 0;
};

// A share of pages of which a call is so slow as this share of calls.
double PagesOf(double calls_over, uint32_t calls);

// Seen and expected differ by no more than 1 % of what is expected.
bool IsNear(uint64_t seen, uint64_t expected);

// A histogram and its model, told the same.
struct HistogramTwin {
    explicit HistogramTwin(Trial &trial) : t(&trial), seen(trial)
    {
    }
    // The histogram that was decoded from the bytes of a model.
    HistogramTwin(Trial &trial, const HistogramModel &of);

    void Record(uint64_t us, uint64_t requests = 1);
    void RecordAll(const std::vector<Recorded> &times);
    void Merge(const HistogramTwin &from);

    void ExpectCount(const std::string &when) const;
    void ExpectPercentile(uint32_t per_million) const;
    // At these shares and both ends.
    void ExpectPercentiles(const std::vector<uint32_t> &shares) const;
    void ExpectMean() const;
    void ExpectOver(uint64_t us) const;
    // All that can be seen of it.
    void ExpectRight(const std::string &when) const;

    Trial *t;
    StudentHistogram seen;
    HistogramModel model;
};

// The shares that are mostly asked for.
extern const std::vector<uint32_t> kShares;

} // namespace judge
