#include "lab5-tail/student_histogram.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

std::string ShowShare(uint32_t per_million)
{
    std::string text = std::to_string(per_million % 10000);

    text = std::to_string(per_million / 10000) + "." +
           std::string(4 - text.size(), '0') + text;
    while (text.back() == '0')
        text.pop_back();
    if (text.back() == '.')
        text.pop_back();
    return text + " %";
}

std::string ShowReal(double number, int digits)
{
    char text[40];

    std::snprintf(text, sizeof text, "%.*g", digits, number);
    return text;
}

std::string ShowTimes(const std::vector<Recorded> &times)
{
    std::string text;

    for (size_t i = 0; i < times.size(); i++) {
        if (i == 20 && times.size() > 24)
            return "[" + text + ", ... " + std::to_string(times.size()) +
                   " in all]";
        text += i > 0 ? ", " : "";
        if (times[i].second != 1)
            text += std::to_string(times[i].second) + " times ";
        text += std::to_string(times[i].first) + " us";
    }
    return "[" + text + "]";
}

StudentHistogram::StudentHistogram(Trial &t) : StudentHistogram(t, Unmade{})
{
    MustMake("histogram_open(" + Name() + ")", "histogram_open",
             json::array({handle_}));
}

int StudentHistogram::Open(Trial &t)
{
    StudentHistogram made(t, Unmade{});

    return made.Make("histogram_open(" + made.Name() + ")", "histogram_open",
                     json::array({made.handle_}));
}

int StudentHistogram::Decode(Trial &t, const std::string &bytes,
                             std::optional<StudentHistogram> *histogram)
{
    StudentHistogram made(t, Unmade{});
    const int code = made.Make(
        "histogram_decode(" + made.Name() + ", " + ShowBytes(bytes) + ")",
        "histogram_decode", json::array({made.handle_, Binary(bytes)}));

    if (code == DYN_OK)
        histogram->emplace(made);
    return code;
}

StudentHistogram StudentHistogram::OfLoad(Trial &t, int load, bool service,
                                          const std::string &text)
{
    StudentHistogram made(t, Unmade{});
    const json &answer = t.Host().Call(
        text, "load_times", json::array({load, made.handle_, service ? 1 : 0}));
    const int code = AnswerCode(answer, 0);
    const bool there = AnswerBool(answer, 1), given = AnswerBool(answer, 2);

    t.Host().Answered(!given           ? "NULL"
                      : code == DYN_OK ? "copied to " + made.Name()
                                       : "copying it gave " + CodeText(code));
    t.Expect(given, "a histogram", "NULL");
    if (there) {
        *made.open_ = true;
        t.AtEnd([thing = made]() mutable { thing.Close(); });
    }
    t.ExpectCode(DYN_OK, code, "histogram_merge of it into an empty one");
    return made;
}

int StudentHistogram::Record(uint64_t us, uint64_t requests)
{
    return Code("histogram_record(" + Name() + ", " + std::to_string(us) +
                    " us, requests " + std::to_string(requests) + ")",
                "histogram_record", json::array({handle_, us, requests}));
}

int StudentHistogram::RecordAll(const std::vector<Recorded> &times)
{
    json numbers = json::array();

    for (const auto &[us, requests] : times) {
        numbers.push_back(us);
        numbers.push_back(requests);
    }
    return Code("histogram_record(" + Name() + ", each of " + ShowTimes(times) +
                    ")",
                "histogram_record_all", json::array({handle_, numbers}));
}

uint64_t StudentHistogram::Count() const
{
    return Number("histogram_count(" + Name() + ")", "histogram_count",
                  json::array({handle_}));
}

uint64_t StudentHistogram::Over(uint64_t us) const
{
    return Number("histogram_over(" + Name() + ", " + std::to_string(us) +
                      " us)",
                  "histogram_over", json::array({handle_, us}));
}

int StudentHistogram::AnswerUs(const std::string &text,
                               const std::string &function,
                               const json &arguments, uint64_t *us) const
{
    const json &answer = t_->Host().Call(text, function, arguments);
    const int code = AnswerCode(answer, 0);
    const uint64_t seen = AnswerUint(answer, 1);

    t_->Host().Answered(code == DYN_OK ? std::to_string(seen) + " us"
                                       : CodeText(code));
    ExpectUntouched(*t_, code, AnswerBool(answer, 2), function);
    if (code == DYN_OK)
        *us = seen;
    return code;
}

int StudentHistogram::Percentile(uint32_t per_million, uint64_t *us) const
{
    return AnswerUs("histogram_percentile(" + Name() + ", " +
                        std::to_string(per_million) + ")",
                    "histogram_percentile",
                    json::array({handle_, per_million, 0}), us);
}

namespace
{

// [code, number, untouched]
int AnswerReal(Trial &t, const std::string &text, const std::string &function,
               const json &arguments, double *number)
{
    const json &answer = t.Host().Call(text, function, arguments);
    const int code = AnswerCode(answer, 0);
    const double seen = AnswerDouble(answer, 1);

    t.Host().Answered(code == DYN_OK ? ShowReal(seen) : CodeText(code));
    ExpectUntouched(t, code, AnswerBool(answer, 2), function);
    if (code == DYN_OK)
        *number = seen;
    return code;
}

} // namespace

int StudentHistogram::Mean(double *us) const
{
    return AnswerReal(*t_, "histogram_mean(" + Name() + ")", "histogram_mean",
                      json::array({handle_, 0}), us);
}

int StudentHistogram::Merge(const StudentHistogram &from)
{
    return Code("histogram_merge(" + Name() + ", " + from.Name() + ")",
                "histogram_merge", json::array({handle_, from.handle_}));
}

std::string StudentHistogram::Bytes() const
{
    const Encoded encoded = EncodeInto(std::nullopt);

    t_->ExpectCode(DYN_OK, encoded.code, "histogram_encode with room enough");
    return encoded.bytes;
}

int StudentHistogram::FanoutOver(uint32_t calls, uint64_t us,
                                 double *share) const
{
    return AnswerReal(
        *t_,
        "fanout_over(" + Name() + ", calls " + std::to_string(calls) + ", " +
            std::to_string(us) + " us)",
        "fanout_over", json::array({handle_, calls, us, 0}), share);
}

int StudentHistogram::FanoutPercentile(uint32_t calls, uint32_t per_million,
                                       uint64_t *us) const
{
    return AnswerUs(
        "fanout_percentile(" + Name() + ", calls " + std::to_string(calls) +
            ", " + std::to_string(per_million) + ")",
        "fanout_percentile", json::array({handle_, calls, per_million, 0}), us);
}

uint64_t StudentBucket(Trial &t, uint64_t us)
{
    const uint64_t bucket = AnswerUint(
        t.Host().Call("histogram_bucket(" + std::to_string(us) + " us)",
                      "histogram_bucket", json::array({us})),
        0);

    t.Host().Answered(std::to_string(bucket));
    return bucket;
}

int StudentBounds(Trial &t, uint64_t bucket, uint64_t *least_us,
                  uint64_t *most_us)
{
    const json &answer =
        t.Host().Call("histogram_bounds(" + std::to_string(bucket) + ")",
                      "histogram_bounds", json::array({bucket, 0, 0}));
    const int code = AnswerCode(answer, 0);
    const uint64_t least = AnswerUint(answer, 1), most = AnswerUint(answer, 2);

    t.Host().Answered(code == DYN_OK ? std::to_string(least) + " .. " +
                                           std::to_string(most) + " us"
                                     : CodeText(code));
    ExpectUntouched(t, code, AnswerBool(answer, 3), "histogram_bounds");
    if (code == DYN_OK) {
        *least_us = least;
        *most_us = most;
    }
    return code;
}

int StudentBudget(Trial &t, uint32_t calls, uint32_t per_million,
                  uint32_t *calls_per_million)
{
    const json &answer =
        t.Host().Call("fanout_budget(calls " + std::to_string(calls) + ", " +
                          std::to_string(per_million) + ")",
                      "fanout_budget", json::array({calls, per_million, 0}));
    const int code = AnswerCode(answer, 0);
    const uint64_t seen = AnswerUint(answer, 1);

    t.Host().Answered(code == DYN_OK ? std::to_string(seen) : CodeText(code));
    ExpectUntouched(t, code, AnswerBool(answer, 2), "fanout_budget");
    if (code == DYN_OK)
        *calls_per_million = static_cast<uint32_t>(seen);
    return code;
}

void ExpectHistogramNullsRefused(Trial &t)
{
    StudentHistogram histogram(t);
    const int h = histogram.Handle();

    t.ExpectCode(DYN_OK, histogram.Record(70, 2), "histogram_record");
    t.Host().Call("histogram_close(NULL)", "histogram_close",
                  json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t, {{"histogram_bounds(1, NULL, &most)", "histogram_bounds",
             json::array({1, nullptr, 0}), false},
            {"histogram_bounds(1, &least, NULL)", "histogram_bounds",
             json::array({1, 0, nullptr}), false},
            {"histogram_open(NULL)", "histogram_open", json::array({nullptr}),
             false},
            {"histogram_record(NULL, 1, 1)", "histogram_record",
             json::array({nullptr, 1, 1}), false},
            {"histogram_count(NULL)", "histogram_count", json::array({nullptr}),
             true},
            {"histogram_over(NULL, 0)", "histogram_over",
             json::array({nullptr, 0}), true},
            {"histogram_percentile(NULL, 1, &us)", "histogram_percentile",
             json::array({nullptr, 1, 0}), false},
            {"histogram_percentile(histogram, 1, NULL)", "histogram_percentile",
             json::array({h, 1, nullptr}), false},
            {"histogram_mean(NULL, &us)", "histogram_mean",
             json::array({nullptr, 0}), false},
            {"histogram_mean(histogram, NULL)", "histogram_mean",
             json::array({h, nullptr}), false},
            {"histogram_merge(NULL, histogram)", "histogram_merge",
             json::array({nullptr, h}), false},
            {"histogram_merge(histogram, NULL)", "histogram_merge",
             json::array({h, nullptr}), false},
            {"histogram_encode(NULL, ...)", "histogram_encode",
             json::array({nullptr, 100, 0}), false},
            {"histogram_encode(histogram, NULL, 1, &length)",
             "histogram_encode", json::array({h, nullptr, 0}), false},
            {"histogram_encode(histogram, bytes, 100, NULL)",
             "histogram_encode", json::array({h, 100, 1}), false},
            {"histogram_decode(NULL, bytes, 20)", "histogram_decode",
             json::array({nullptr, Binary(std::string(20, '\0'))}), false},
            {"histogram_decode(&histogram, NULL, 1)", "histogram_decode",
             json::array({t.NextHandle(), nullptr}), false}});
}

void ExpectFanoutNullsRefused(Trial &t)
{
    StudentHistogram histogram(t);
    const int h = histogram.Handle();

    t.ExpectCode(DYN_OK, histogram.Record(70, 2), "histogram_record");
    ExpectNullsRefused(
        t, {{"fanout_over(NULL, 1, 1, &share)", "fanout_over",
             json::array({nullptr, 1, 1, 0}), false},
            {"fanout_over(histogram, 1, 1, NULL)", "fanout_over",
             json::array({h, 1, 1, nullptr}), false},
            {"fanout_percentile(NULL, 1, 1, &us)", "fanout_percentile",
             json::array({nullptr, 1, 1, 0}), false},
            {"fanout_percentile(histogram, 1, 1, NULL)", "fanout_percentile",
             json::array({h, 1, 1, nullptr}), false},
            {"fanout_budget(1, 1, NULL)", "fanout_budget",
             json::array({1, 1, nullptr}), false}});
}

} // namespace judge
