#include "lab5-tail/histogram_model.h"

#include "harness/bytes.h"
#include "harness/refusals.h"

#include <algorithm>
#include <cmath>

namespace judge
{

__extension__ typedef unsigned __int128 Wide;

const std::vector<uint32_t> kShares = {500000, 900000, 990000, 999000, 999900};

uint64_t BucketOf(uint64_t us)
{
    uint64_t bucket = HISTOGRAM_SINGLE;

    if (us < HISTOGRAM_SINGLE)
        return us;
    // Halve until it has seven bits.
    for (; us >= HISTOGRAM_SINGLE; us /= 2)
        bucket += HISTOGRAM_HALVES;
    return bucket - HISTOGRAM_HALVES + us - HISTOGRAM_HALVES;
}

uint64_t LeastOf(uint64_t bucket)
{
    uint64_t width = 1;

    for (; bucket >= HISTOGRAM_SINGLE; bucket -= HISTOGRAM_HALVES)
        width *= 2;
    return bucket * width;
}

uint64_t MostOf(uint64_t bucket)
{
    return bucket + 1 < HISTOGRAM_BUCKETS ? LeastOf(bucket + 1) - 1
                                          : UINT64_MAX;
}

void HistogramModel::Record(uint64_t us, uint64_t requests)
{
    times_[us] += requests;
    count_ += requests;
}

void HistogramModel::Merge(const HistogramModel &from)
{
    const std::map<uint64_t, uint64_t> added = from.times_;

    for (const auto &[us, requests] : added)
        Record(us, requests);
}

uint64_t HistogramModel::Over(uint64_t us) const
{
    uint64_t over = 0;

    for (const auto &[time, requests] : times_)
        if (BucketOf(time) > BucketOf(us))
            over += requests;
    return over;
}

uint64_t HistogramModel::Percentile(uint32_t per_million) const
{
    Wide seen = 0;

    for (const auto &[us, requests] : times_) {
        seen += requests;
        if (seen * 1000000 >= Wide(count_) * per_million)
            return us;
    }
    return Most();
}

double HistogramModel::Mean() const
{
    double sum = 0;

    for (const auto &[us, requests] : times_)
        sum += static_cast<double>(us) * static_cast<double>(requests);
    return sum / static_cast<double>(count_);
}

double HistogramModel::ShareOver(uint64_t us) const
{
    return static_cast<double>(Over(us)) / static_cast<double>(count_);
}

double PagesOf(double calls_over, uint32_t calls)
{
    return static_cast<double>(
        -std::expm1(calls * std::log1p(-static_cast<long double>(calls_over))));
}

uint64_t HistogramModel::Page(uint32_t calls, double slower) const
{
    uint64_t left = count_;

    for (const auto &[us, requests] : times_) {
        left -= requests;
        if (PagesOf(static_cast<double>(left) / static_cast<double>(count_),
                    calls) <= slower)
            return us;
    }
    return Most();
}

std::string HistogramModel::Bytes() const
{
    std::map<uint64_t, uint64_t> buckets;
    std::string bytes = BigEndian(times_.empty() ? 0 : Least(), 8) +
                        BigEndian(times_.empty() ? 0 : Most(), 8);

    for (const auto &[us, requests] : times_)
        buckets[BucketOf(us)] += requests;
    bytes += BigEndian(buckets.size(), 4);
    for (const auto &[bucket, requests] : buckets)
        bytes += BigEndian(bucket, 2) + BigEndian(requests, 8);
    return bytes;
}

bool HistogramModel::IsRight(const std::string &bytes)
{
    const auto number = [&](size_t at, size_t size) {
        uint64_t value = 0;

        for (size_t i = at; i < at + size; i++)
            value = value << 8 | static_cast<unsigned char>(bytes[i]);
        return value;
    };
    std::vector<uint64_t> buckets;
    Wide requests = 0;

    if (bytes.size() < 20 || (bytes.size() - 20) % 10 != 0 ||
        (bytes.size() - 20) / 10 != number(16, 4))
        return false;
    for (size_t at = 20; at < bytes.size(); at += 10) {
        const uint64_t bucket = number(at, 2);

        if ((!buckets.empty() && bucket <= buckets.back()) ||
            bucket >= HISTOGRAM_BUCKETS || number(at + 2, 8) == 0)
            return false;
        buckets.push_back(bucket);
        requests += number(at + 2, 8);
    }
    const uint64_t least = number(0, 8), most = number(8, 8);
    if (buckets.empty())
        return least == 0 && most == 0;
    return requests <= UINT64_MAX && least <= most &&
           BucketOf(least) == buckets.front() &&
           BucketOf(most) == buckets.back() && (requests > 1 || least == most);
}

bool IsNear(uint64_t seen, uint64_t expected)
{
    const uint64_t off = seen > expected ? seen - expected : expected - seen;

    return off <= expected / 100;
}

HistogramTwin::HistogramTwin(Trial &trial, const HistogramModel &of)
    : t(&trial), seen([&] {
          std::optional<StudentHistogram> made;

          trial.ExpectCode(DYN_OK,
                           StudentHistogram::Decode(trial, of.Bytes(), &made),
                           "histogram_decode of right bytes");
          return *made;
      }()),
      model(of)
{
}

void HistogramTwin::Record(uint64_t us, uint64_t requests)
{
    model.Record(us, requests);
    t->ExpectCode(DYN_OK, seen.Record(us, requests), "histogram_record");
}

void HistogramTwin::RecordAll(const std::vector<Recorded> &times)
{
    for (const auto &[us, requests] : times)
        model.Record(us, requests);
    t->ExpectCode(DYN_OK, seen.RecordAll(times), "histogram_record");
}

void HistogramTwin::Merge(const HistogramTwin &from)
{
    model.Merge(from.model);
    t->ExpectCode(DYN_OK, seen.Merge(from.seen), "histogram_merge");
}

void HistogramTwin::ExpectCount(const std::string &when) const
{
    const uint64_t count = seen.Count();

    t->Expect(count == model.Count(),
              std::to_string(model.Count()) + " requests " + when,
              std::to_string(count));
}

void HistogramTwin::ExpectPercentile(uint32_t per_million) const
{
    uint64_t us = 0;

    t->ExpectCode(DYN_OK, seen.Percentile(per_million, &us),
                  "histogram_percentile");
    const uint64_t right = model.Percentile(per_million);
    const std::string name = "the percentile of " + ShowShare(per_million) +
                             " of " + std::to_string(model.Count()) +
                             " requests";
    if (per_million == 0 || per_million == 1000000)
        t->Expect(
            us == right,
            std::string(per_million == 0 ? "the shortest" : "the longest") +
                " time of all: " + std::to_string(right) + " us",
            std::to_string(us) + " us");
    t->Expect(IsNear(us, right),
              name + ", " + std::to_string(right) +
                  (right < 100
                       ? " us exactly, as 1 % of it is less than 1 us"
                       : " us, or no more than " + std::to_string(right / 100) +
                             " us from it"),
              std::to_string(us) + " us");
    t->Expect(us >= model.Least() && us <= model.Most(),
              name + " from the shortest time, " +
                  std::to_string(model.Least()) + " us, to the longest, " +
                  std::to_string(model.Most()) + " us",
              std::to_string(us) + " us");
}

void HistogramTwin::ExpectPercentiles(const std::vector<uint32_t> &shares) const
{
    ExpectPercentile(0);
    for (const uint32_t share : shares)
        ExpectPercentile(share);
    ExpectPercentile(1000000);
}

void HistogramTwin::ExpectMean() const
{
    double us = 0;

    t->ExpectCode(DYN_OK, seen.Mean(&us), "histogram_mean");
    const double right = model.Mean();
    t->Expect(std::fabs(us - right) <= right * 0.01 * (1 + 1e-9),
              "the average of all times, " + ShowReal(right, 10) +
                  " us, or no more than 1 % from it",
              ShowReal(us, 10) + " us");
}

void HistogramTwin::ExpectOver(uint64_t us) const
{
    const uint64_t over = seen.Over(us), right = model.Over(us);
    const uint64_t bucket = BucketOf(us);

    t->Expect(over == right,
              std::to_string(right) + " requests above bucket " +
                  std::to_string(bucket) + ", which ends with " +
                  std::to_string(MostOf(bucket)) + " us",
              std::to_string(over));
}

void HistogramTwin::ExpectRight(const std::string &when) const
{
    ExpectCount(when);
    if (model.Count() > 0) {
        ExpectPercentiles(kShares);
        ExpectMean();
        ExpectOver(model.Percentile(500000));
    } else {
        uint64_t us = 0;
        double mean = 0;

        t->ExpectCode(DYN_ENOENT, seen.Percentile(500000, &us),
                      "histogram_percentile of no requests");
        t->ExpectCode(DYN_ENOENT, seen.Mean(&mean),
                      "histogram_mean of no requests");
    }
    ExpectBytes(*t, seen.Bytes(), model.Bytes(), "the bytes " + when);
}

} // namespace judge
