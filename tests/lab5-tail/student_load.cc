#include "lab5-tail/student_load.h"

#include "harness/answer.h"
#include "harness/refusals.h"

#include <nlohmann/json.hpp>

namespace judge
{

using nlohmann::json;

int StudentLoad::OpenWith(const load_config &config)
{
    return Make("load_open(" + Name() + ", begin at " +
                    std::to_string(config.begin_us) + " us, every " +
                    std::to_string(config.interval_us) + " us, " + "requests " +
                    std::to_string(config.requests) + ", connections " +
                    std::to_string(config.connections) + ")",
                "load_open",
                json::array({handle_, 0, config.begin_us, config.interval_us,
                             config.requests, config.connections}));
}

StudentLoad::StudentLoad(Trial &t, const load_config &config)
    : StudentLoad(t, Unmade{})
{
    t.ExpectCode(DYN_OK, OpenWith(config), "load_open");
}

int StudentLoad::Open(Trial &t, const load_config &config,
                      std::optional<StudentLoad> *load)
{
    StudentLoad made(t, Unmade{});
    const int code = made.OpenWith(config);

    if (code == DYN_OK && load != nullptr)
        load->emplace(made);
    return code;
}

std::optional<Departure> StudentLoad::Due(uint64_t now_us)
{
    const json &answer = t_->Host().Call(
        "load_due(" + Name() + ", at " + std::to_string(now_us) + " us)",
        "load_due", json::array({handle_, now_us, 0, 0}));
    const int code = AnswerCode(answer, 0);
    const Departure seen = {AnswerUint(answer, 1),
                            static_cast<uint32_t>(AnswerUint(answer, 2))};
    const uint64_t untouched = AnswerUint(answer, 3);

    t_->Host().Answered(
        code == DYN_OK ? "request " + std::to_string(seen.request) +
                             " on connection " + std::to_string(seen.connection)
                       : CodeText(code));
    t_->Expect(untouched == (code == DYN_OK ? 0 : 2),
               "load_due stores its results if it succeeds, and only then",
               CodeText(code) + (code != DYN_OK ? ", and it has written to them"
                                                : ", and one is not stored"));
    if (code == DYN_OK)
        return seen;
    t_->ExpectCode(DYN_ENOENT, code, "load_due, if it does not succeed");
    return std::nullopt;
}

std::optional<uint64_t> StudentLoad::Next() const
{
    const json &answer = t_->Host().Call(
        "load_next(" + Name() + ")", "load_next", json::array({handle_, 0}));
    const int code = AnswerCode(answer, 0);
    const uint64_t at_us = AnswerUint(answer, 1);

    t_->Host().Answered(code == DYN_OK ? std::to_string(at_us) + " us"
                                       : CodeText(code));
    ExpectUntouched(*t_, code, AnswerBool(answer, 2), "load_next");
    if (code == DYN_OK)
        return at_us;
    t_->ExpectCode(DYN_ENOENT, code, "load_next, if it does not succeed");
    return std::nullopt;
}

int StudentLoad::Answered(uint32_t connection, uint64_t now_us)
{
    return Code("load_answered(" + Name() + ", connection " +
                    std::to_string(connection) + ", at " +
                    std::to_string(now_us) + " us)",
                "load_answered", json::array({handle_, connection, now_us}));
}

uint64_t StudentLoad::Late(uint64_t now_us) const
{
    return Number("load_late(" + Name() + ", at " + std::to_string(now_us) +
                      " us)",
                  "load_late", json::array({handle_, now_us}));
}

StudentHistogram StudentLoad::Latency() const
{
    return StudentHistogram::OfLoad(*t_, handle_, false,
                                    "load_latency(" + Name() + ")");
}

StudentHistogram StudentLoad::Service() const
{
    return StudentHistogram::OfLoad(*t_, handle_, true,
                                    "load_service(" + Name() + ")");
}

void ExpectLoadNullsRefused(Trial &t)
{
    StudentLoad load(t, {0, 10, 5, 2});
    const int l = load.Handle();

    t.Host().Call("load_close(NULL)", "load_close", json::array({nullptr}));
    t.Host().Answered("done");
    ExpectNullsRefused(
        t,
        {{"load_open(NULL, &config)", "load_open",
          json::array({nullptr, 0, 0, 10, 5, 2}), false},
         {"load_open(&load, NULL)", "load_open",
          json::array({t.NextHandle(), nullptr, 0, 10, 5, 2}), false},
         {"load_due(NULL, ...)", "load_due", json::array({nullptr, 0, 0, 0}),
          false},
         {"load_due(load, 0, NULL, &connection)", "load_due",
          json::array({l, 0, nullptr, 0}), false},
         {"load_due(load, 0, &request, NULL)", "load_due",
          json::array({l, 0, 0, nullptr}), false},
         {"load_next(NULL, &at_us)", "load_next", json::array({nullptr, 0}),
          false},
         {"load_next(load, NULL)", "load_next", json::array({l, nullptr}),
          false},
         {"load_answered(NULL, 0, 0)", "load_answered",
          json::array({nullptr, 0, 0}), false},
         {"load_late(NULL, 0)", "load_late", json::array({nullptr, 0}), true}});
    for (const bool service : {false, true}) {
        const std::string text =
            std::string("load_") + (service ? "service" : "latency") + "(NULL)";
        const json &answer = t.Host().Call(
            text, "load_times",
            json::array({nullptr, t.NextHandle(), service ? 1 : 0}));
        const bool given = AnswerBool(answer, 2);

        t.Host().Answered(given ? "a histogram" : "NULL");
        t.Expect(!given, text + " gives NULL", "a histogram");
    }
}

} // namespace judge
