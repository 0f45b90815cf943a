// histogram_public_test.cc: the graded tests of histogram.h that students are given.
#include "harness/bytes.h"
#include "harness/refusals.h"
#include "lab5-tail/histogram_model.h"

namespace judge
{
namespace
{

// ---- Part A ----

void ExpectBucket(Trial &t, uint64_t us)
{
    const uint64_t right = BucketOf(us), seen = StudentBucket(t, us);

    t.Expect(seen == right,
             "bucket " + std::to_string(right) + ", which has the times " +
                 std::to_string(LeastOf(right)) + " .. " +
                 std::to_string(MostOf(right)) + " us",
             "bucket " + std::to_string(seen));
}

void ExpectBounds(Trial &t, uint64_t bucket)
{
    uint64_t least = 0, most = 0;

    t.ExpectCode(DYN_OK, StudentBounds(t, bucket, &least, &most),
                 "histogram_bounds");
    t.Expect(least == LeastOf(bucket) && most == MostOf(bucket),
             std::to_string(LeastOf(bucket)) + " .. " +
                 std::to_string(MostOf(bucket)) + " us",
             std::to_string(least) + " .. " + std::to_string(most) + " us");
}

GRADED_TEST(HistogramBuckets, HaveOneTimeEachBelow128,
            "Below 128 us each time has a bucket of its own, whose number is "
            "the time.")
{
    for (const uint64_t us : {0, 1, 2, 63, 64, 65, 126, 127}) {
        ExpectBucket(t, us);
        ExpectBounds(t, us);
    }
}

GRADED_TEST(HistogramBuckets, AreSixtyFourFromEachPowerOfTwoToTheNext,
            "From 128 us on, the times from each power of two to the next one "
            "have 64 buckets of the same width, numbered on without gaps.")
{
    for (unsigned bits = 7; bits < 64; bits += bits < 12 ? 1 : 9) {
        const uint64_t power = uint64_t{1} << bits, width = power / 64;

        ExpectBucket(t, power - 1);
        for (const uint64_t us :
             {power, power + width - 1, power + width, power + 17 * width + 1,
              power + 63 * width - 1, power + (power - 1)}) {
            ExpectBucket(t, us);
            ExpectBounds(t, BucketOf(us));
        }
    }
}

GRADED_TEST(Histogram, CountsRequests,
            "A histogram counts the requests that were recorded, however "
            "often a time came.")
{
    HistogramTwin twin(t);

    twin.ExpectCount("in an empty histogram");
    twin.Record(40);
    twin.Record(40, 5);
    twin.ExpectCount("after six of one time");
    twin.Record(90000, 7);
    twin.Record(0);
    twin.ExpectCount("in all");
}

// Whoever counts a billion requests one by one is not done before the next ones come.
GRADED_TEST(Histogram, TakesTheSameTimeForAnyNumbers,
            "histogram_record takes the same time whatever the numbers are, "
            "also for 2^60 requests at once.")
{
    HistogramTwin twin(t);

    twin.Record(700, uint64_t{1} << 60);
    twin.Record(uint64_t{1} << 60, 3);
    twin.ExpectCount("after both");
}

// What an engineer is woken for is the slowest in a thousand; one request more or
// less decides about which that is.
GRADED_TEST(HistogramPercentile, IsTheShortestTimeThatEnoughDoNotExceed,
            "A percentile is the shortest recorded time such that at least "
            "that share of all requests took no longer.")
{
    HistogramTwin ten(t), thousand(t), two(t);

    for (uint64_t i = 1; i <= 10; i++)
        ten.Record(10 * i);
    for (const uint32_t share : {1u, 99999u, 100000u, 100001u, 500000u, 500001u,
                                 899999u, 900000u, 900001u, 999999u})
        ten.ExpectPercentile(share);
    thousand.Record(20, 998);
    thousand.Record(60);
    thousand.Record(120);
    for (const uint32_t share :
         {997999u, 998000u, 998001u, 998500u, 999000u, 999001u, 999900u})
        thousand.ExpectPercentile(share);
    two.Record(30);
    two.Record(50);
    for (const uint32_t share : {1u, 499999u, 500000u, 500001u})
        two.ExpectPercentile(share);
}

GRADED_TEST(HistogramPercentile, LiesBetweenTheShortestAndTheLongest,
            "No percentile is shorter than the shortest time of all or longer "
            "than the longest, which are those of 0 and of 100 %.")
{
    HistogramTwin one(t), three(t);

    one.Record(1000003);
    one.ExpectPercentiles(kShares);
    for (const uint64_t us : {1000001, 1000002, 1000003})
        three.Record(us);
    three.ExpectPercentiles(kShares);
    three.Record(5, 2);
    three.Record(80000000, 1);
    three.ExpectPercentiles(kShares);
}

// Times as stores have them: many near one, and a tail over some orders of
// magnitude.
std::vector<Recorded> DrawTimes(Trial &t, uint64_t most)
{
    std::vector<Recorded> times;

    for (uint64_t left = t.Between(1, most); left > 0; left--) {
        const uint64_t scale = uint64_t{1} << t.Choose(31);

        times.emplace_back(scale + t.Choose(scale),
                           t.Choose(4) == 0 ? t.Between(1, 1000) : 1);
    }
    return times;
}

GRADED_PROPERTY(HistogramPercentile, IsExactToOnePercent, 60,
                "Whatever was recorded, each percentile is within 1 % of the "
                "exact one.")
{
    HistogramTwin twin(t);

    twin.RecordAll(DrawTimes(t, 40));
    twin.ExpectPercentiles(kShares);
    twin.ExpectPercentile(static_cast<uint32_t>(t.Choose(1000001)));
}

GRADED_PROPERTY(HistogramMean, IsExactToOnePercent, 30,
                "The average of all times is within 1 % of the exact one.")
{
    HistogramTwin twin(t), two(t);

    twin.RecordAll(DrawTimes(t, 40));
    twin.ExpectMean();
    // Whose average is no whole number.
    two.RecordAll({{1, 1}, {2, 1}});
    two.ExpectMean();
}

GRADED_TEST(HistogramOver, CountsTheBucketsAbove,
            "histogram_over counts the requests in buckets above that of the "
            "time.")
{
    HistogramTwin twin(t);

    twin.RecordAll({{0, 1},
                    {50, 2},
                    {127, 4},
                    {128, 8},
                    {129, 16},
                    {130, 32},
                    {300000, 64}});
    for (const uint64_t us :
         {0, 49, 50, 126, 127, 128, 129, 130, 200000, 299000, 300000, 4000000})
        twin.ExpectOver(us);
}

// The percentile of a store is that of all its requests, not the average of those
// of its nodes.
GRADED_TEST(HistogramMerge, IsAsIfAllHadBeenRecordedThere,
            "After a merge, a histogram is as if all that was recorded in both "
            "had been recorded in it; the other one stays as it was.")
{
    HistogramTwin fast(t), slow(t), empty(t), sum(t);

    fast.Record(900, 9990);
    fast.Record(2000, 10);
    slow.Record(800, 50);
    slow.Record(90000, 50);
    sum.Merge(empty);
    sum.ExpectRight("after an empty one");
    sum.Merge(slow);
    sum.ExpectRight("after one");
    sum.Merge(empty);
    sum.ExpectRight("after an empty one more");
    sum.Merge(fast);
    sum.ExpectRight("after both");
    for (const HistogramTwin *part : {&fast, &slow, &empty})
        part->ExpectRight("of a part");
    sum.Merge(sum);
    sum.ExpectRight("merged with itself");
}

GRADED_PROPERTY(Histogram, IsRightAfterAnyHistory, 40,
                "Whatever was recorded, merged, encoded and decoded, in "
                "whatever order, all that a histogram tells is that of its "
                "requests.")
{
    std::vector<HistogramTwin> twins;

    for (int i = 0; i < 3; i++)
        twins.emplace_back(t);
    for (uint64_t left = t.Choose(10); left > 0; left--) {
        HistogramTwin &twin = twins[t.Choose(twins.size())];

        switch (t.Choose(4)) {
        case 0:
            twin.Merge(twins[t.Choose(twins.size())]);
            break;
        case 1:
            twins.emplace_back(t, twin.model);
            break;
        default:
            twin.RecordAll(DrawTimes(t, 6));
        }
    }
    for (const HistogramTwin &twin : twins)
        twin.ExpectRight("in the end");
}

GRADED_TEST(HistogramBytes, AreThoseOfTheContract,
            "The bytes of a histogram are those that its contract says, and a "
            "histogram that is made of them is the same.")
{
    HistogramTwin twin(t), empty(t);

    empty.ExpectRight("of an empty histogram");
    twin.Record(0, 3);
    twin.Record(127);
    twin.Record(0x1234, 0x1000002);
    twin.Record(1u << 31, 2);
    twin.Record((1u << 31) + 17);
    twin.ExpectRight("of five times");
    for (const HistogramModel &model : {empty.model, twin.model}) {
        HistogramTwin decoded(t, model);

        decoded.ExpectRight("as it was decoded");
        decoded.Record(77);
        decoded.ExpectRight("after one more");
    }
}

int DecodeHistogram(Trial &t, const std::string &bytes)
{
    std::optional<StudentHistogram> histogram;

    return StudentHistogram::Decode(t, bytes, &histogram);
}

// The bytes of these ends and buckets.
std::string BytesOf(uint64_t least, uint64_t most,
                    const std::vector<Recorded> &buckets)
{
    std::string bytes =
        BigEndian(least, 8) + BigEndian(most, 8) + BigEndian(buckets.size(), 4);

    for (const auto &[bucket, requests] : buckets)
        bytes += BigEndian(bucket, 2) + BigEndian(requests, 8);
    return bytes;
}

GRADED_TEST(HistogramBytes, AreRefusedWhereTheyAreDamaged,
            "Bytes that no histogram has are refused with DYN_ECORRUPT.")
{
    const std::string good = BytesOf(50, 129, {{50, 2}, {60, 9}, {128, 1}});
    const uint64_t last = HISTOGRAM_BUCKETS - 1;

    t.ExpectCode(DYN_OK, DecodeHistogram(t, good),
                 "histogram_decode of right bytes");
    t.ExpectCode(DYN_OK, DecodeHistogram(t, BytesOf(128, 129, {{128, 2}})),
                 "histogram_decode of right bytes");
    t.ExpectCode(
        DYN_OK, DecodeHistogram(t, BytesOf(0, UINT64_MAX, {{0, 1}, {last, 1}})),
        "histogram_decode of right bytes");
    ExpectDamageRefused(
        t, good,
        {{"whose buckets descend",
          BytesOf(50, 129, {{60, 9}, {50, 2}, {128, 1}})},
         {"with a bucket twice",
          BytesOf(50, 129, {{50, 2}, {60, 9}, {60, 9}, {128, 1}})},
         {"with an empty bucket",
          BytesOf(50, 129, {{50, 2}, {60, 0}, {128, 1}})},
         {"with a bucket that there is none of",
          BytesOf(50, UINT64_MAX, {{50, 2}, {HISTOGRAM_BUCKETS, 1}})},
         {"with more than 2^64 - 1 requests",
          BytesOf(50, 60, {{50, UINT64_MAX}, {60, 3}})},
         {"whose shortest time is not in the first bucket",
          BytesOf(51, 129, {{50, 2}, {60, 9}, {128, 1}})},
         {"whose shortest time is in a later bucket",
          BytesOf(60, 129, {{50, 2}, {60, 9}, {128, 1}})},
         {"whose longest time is not in the last bucket",
          BytesOf(50, 130, {{50, 2}, {60, 9}, {128, 1}})},
         {"whose longest time is in an earlier bucket",
          BytesOf(50, 60, {{50, 2}, {60, 9}, {128, 1}})},
         {"whose longest time is shorter than the shortest one",
          BytesOf(129, 128, {{128, 2}})},
         {"of one request that took two times", BytesOf(128, 129, {{128, 1}})}},
        DecodeHistogram);
    ExpectDamageRefused(
        t, BytesOf(0, 0, {}),
        {{"of no request, with a longest time", BytesOf(0, 1, {})},
         {"of no request, with a shortest time", BytesOf(1, 1, {})}},
        DecodeHistogram);
}

GRADED_TEST(HistogramBytes, NeedTheirRoom,
            "histogram_encode says how long the bytes are, and writes nothing "
            "where there is less room.")
{
    HistogramTwin twin(t);

    for (uint64_t us = 5; us < 300; us += 140) {
        const std::string right = twin.model.Bytes();
        const uint64_t size = right.size();

        for (const uint64_t capacity :
             {uint64_t{0}, size - 1, size, size + 7}) {
            const Encoded seen = twin.seen.Encode(capacity);

            t.ExpectCode(capacity < size ? DYN_ERANGE : DYN_OK, seen.code,
                         "histogram_encode of " + std::to_string(size) +
                             " bytes into " + std::to_string(capacity));
            t.Expect(seen.length == size, "the length " + std::to_string(size),
                     std::to_string(seen.length));
            if (capacity >= size)
                ExpectBytes(t, seen.bytes, right, "the bytes");
        }
        twin.Record(us, 3);
    }
}

GRADED_TEST(BadInput, HistogramRefusesWhatIsOutOfRange,
            "NULL pointers, buckets that there are none of, no requests and "
            "shares beyond 1,000,000 are refused with DYN_EINVAL, and nothing "
            "changes.")
{
    HistogramTwin twin(t);
    uint64_t us = 0, most = 0;

    twin.Record(70, 2);
    t.ExpectCode(DYN_EINVAL, twin.seen.Record(80, 0), "histogram_record");
    for (const uint32_t share : {1000001u, UINT32_MAX})
        t.ExpectCode(DYN_EINVAL, twin.seen.Percentile(share, &us),
                     "histogram_percentile");
    for (const uint64_t bucket : {uint64_t{HISTOGRAM_BUCKETS}, UINT64_MAX})
        t.ExpectCode(DYN_EINVAL, StudentBounds(t, bucket, &us, &most),
                     "histogram_bounds");
    twin.ExpectRight("at the end");
    ExpectHistogramNullsRefused(t);
}

} // namespace
} // namespace judge
