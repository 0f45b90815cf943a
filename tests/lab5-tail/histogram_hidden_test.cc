// histogram_hidden_test.cc: the graded tests of histogram.h that only instructors
// have.
#include "harness/refusals.h"
#include "lab5-tail/histogram_model.h"

#include <algorithm>

namespace judge
{
namespace
{

// ---- Part A ----

GRADED_TEST(HistogramBuckets, HaveEachTimeOnce,
            "Each bucket begins where the one before it ends, and its first "
            "and last times are in it.")
{
    for (uint64_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        uint64_t least = 0, most = 0;

        t.ExpectCode(DYN_OK, StudentBounds(t, bucket, &least, &most),
                     "histogram_bounds");
        t.Expect(least == LeastOf(bucket) && most == MostOf(bucket),
                 std::to_string(LeastOf(bucket)) + " .. " +
                     std::to_string(MostOf(bucket)) + " us",
                 std::to_string(least) + " .. " + std::to_string(most) + " us");
        for (const uint64_t us : {least, most}) {
            const uint64_t seen = StudentBucket(t, us);

            t.Expect(seen == bucket,
                     std::to_string(us) + " us in bucket " +
                         std::to_string(bucket),
                     "in bucket " + std::to_string(seen));
        }
    }
}

GRADED_TEST(Histogram, KnowsTheLargestNumbers,
            "Times and numbers of requests go up to 2^64 - 1; what would be "
            "more is refused with DYN_ERANGE, and nothing changes.")
{
    const uint64_t huge = UINT64_MAX / 2;
    HistogramTwin twin(t), other(t);

    twin.Record(UINT64_MAX);
    twin.Record(UINT64_MAX - 1, 3);
    twin.Record(9, huge);
    twin.ExpectRight("with half of them");
    twin.Record(1000, huge - 5);
    twin.Record(777);
    twin.ExpectRight("with all but one");
    other.Record(5, 2);
    for (const uint64_t requests : {uint64_t{2}, huge, UINT64_MAX})
        t.ExpectCode(DYN_ERANGE, twin.seen.Record(5, requests),
                     "histogram_record");
    t.ExpectCode(DYN_ERANGE, twin.seen.Merge(other.seen), "histogram_merge");
    t.ExpectCode(DYN_ERANGE, twin.seen.Merge(twin.seen), "histogram_merge");
    twin.ExpectRight("after refusals");
    for (const uint32_t share : {1u, 499999u, 500001u, 999999u})
        twin.ExpectPercentile(share);
    twin.Record(2);
    twin.ExpectRight("with all");
    t.ExpectCode(DYN_ERANGE, twin.seen.Record(5, 1), "histogram_record");
    twin.ExpectRight("in the end");
    HistogramTwin again(t, twin.model);
    again.ExpectRight("as it was decoded");
}

GRADED_TEST(Histogram, NeedsNoMoreRoomForMoreTimes,
            "A histogram of many times is as exact as one of a few.")
{
    HistogramTwin twin(t);
    uint64_t us = 1;

    for (int i = 0; i < 200; i++) {
        std::vector<Recorded> times;

        for (int j = 0; j < 500; j++) {
            us = us * 6364136223846793005u + 1442695040888963407u;
            times.emplace_back((us >> 20) >> ((us >> 3) % 44), 1);
        }
        twin.RecordAll(times);
    }
    twin.ExpectRight("of 100,000 times");
    for (uint32_t share = 0; share <= 1000000; share += 7919)
        twin.ExpectPercentile(share);
}

GRADED_PROPERTY(HistogramBytes, BelieveNothing, 200,
                "Whatever bytes come, they are refused, or they are those of "
                "the histogram that was made.")
{
    HistogramModel model;
    std::optional<StudentHistogram> histogram;

    for (uint64_t left = t.Choose(4); left > 0; left--)
        model.Record(t.Choose(uint64_t{1} << (1 + t.Choose(40))),
                     t.Between(1, 300));
    std::string bytes = model.Bytes();
    for (uint64_t changes = t.Choose(4); changes > 0 && !bytes.empty();
         changes--) {
        const size_t at = t.Choose(bytes.size());

        switch (t.Choose(4)) {
        case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << t.Choose(8)));
            break;
        case 1:
            bytes.erase(at, 1 + t.Choose(10));
            break;
        case 2:
            bytes.insert(at, 1 + t.Choose(10), static_cast<char>(t.Choose(3)));
            break;
        default:
            // Two buckets in each other's place.
            if (bytes.size() >= 20 + 2 * 10)
                std::swap_ranges(bytes.begin() + 20, bytes.begin() + 30,
                                 bytes.begin() + 30);
        }
    }
    const bool right = HistogramModel::IsRight(bytes);
    t.ExpectCode(right ? DYN_OK : DYN_ECORRUPT,
                 StudentHistogram::Decode(t, bytes, &histogram),
                 "histogram_decode");
    if (right)
        ExpectBytes(t, histogram->Bytes(), bytes, "the bytes, as they came");
}

GRADED_TEST(HistogramMemory, ChangesNothingWhereThereIsNone,
            "A call that gets no memory returns DYN_ENOMEM, and changes "
            "nothing.")
{
    HistogramTwin twin(t), other(t);
    std::optional<StudentHistogram> decoded;
    const auto unchanged = [&] { twin.ExpectRight("after a failure"); };

    FailEach(
        t, "histogram_open", [&] { return StudentHistogram::Open(t); },
        unchanged);
    FailEach(
        t, "histogram_record", [&] { return twin.seen.Record(5, 7); },
        unchanged);
    twin.model.Record(5, 7);
    other.Record(1000000, 2);
    other.Record(3, 2);
    FailEach(
        t, "histogram_merge", [&] { return twin.seen.Merge(other.seen); },
        unchanged);
    twin.model.Merge(other.model);
    FailEach(
        t, "histogram_encode", [&] { return twin.seen.Encode(4096).code; },
        unchanged);
    FailEach(
        t, "histogram_decode",
        [&] {
            return StudentHistogram::Decode(t, twin.model.Bytes(), &decoded);
        },
        unchanged);
    ExpectBytes(t, decoded->Bytes(), twin.model.Bytes(),
                "the bytes, as they came");
}

} // namespace
} // namespace judge
