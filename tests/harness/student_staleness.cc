#include "harness/student_staleness.h"

#include "harness/answer.h"

#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

std::string ShowReal(double number)
{
    char text[40];

    std::snprintf(text, sizeof text, "%.17g", number);
    return text;
}

std::string ShowNumbers(const std::vector<uint32_t> &numbers)
{
    std::string text;

    for (size_t i = 0; i < numbers.size(); i++) {
        if (i == 12 && numbers.size() > 16)
            return "[" + text + ", ... " + std::to_string(numbers.size()) +
                   " in all]";
        text += (i > 0 ? ", " : "") + std::to_string(numbers[i]);
    }
    return "[" + text + "]";
}

// An error leaves what it was to write to as it was (err.h).
void CheckWritten(Trial &t, int code, bool untouched,
                  const std::string &function)
{
    t.Expect(untouched == (code != DYN_OK),
             "a call stores its results if it succeeds, and only then",
             function + " returned " + dyn_error_name(code) +
                 (untouched ? " but wrote nothing"
                            : " but had written to its results"));
}

json Sizes(const quorum_sizes &sizes)
{
    return json::array({sizes.n, sizes.r, sizes.w, sizes.f});
}

// Outcomes come as three numbers each.
std::vector<staleness_outcome> AnswerOutcomes(Trial &t, const json &answer,
                                              size_t index)
{
    const json &numbers = AnswerArray(answer, index);
    std::vector<staleness_outcome> outcomes(numbers.size() / 3);

    for (size_t i = 0; i < outcomes.size(); i++) {
        const uint64_t after = AnswerUint(numbers, 3 * i + 2);

        t.Expect(after <= UINT32_MAX, "a number below 2^32",
                 std::to_string(after));
        outcomes[i].put_us = AnswerUint(numbers, 3 * i);
        outcomes[i].get_us = AnswerUint(numbers, 3 * i + 1);
        outcomes[i].fresh_after_us = static_cast<uint32_t>(after);
    }
    return outcomes;
}

} // namespace

std::string Show(const staleness_delays &delays)
{
    return std::to_string(delays.write_us) + "+" +
           std::to_string(delays.ack_us) + "/" +
           std::to_string(delays.read_us) + "+" +
           std::to_string(delays.response_us);
}

std::string Show(const Legs &legs)
{
    return "write " + ShowNumbers(legs.write) + ", ack " +
           ShowNumbers(legs.ack) + ", read " + ShowNumbers(legs.read) +
           ", response " + ShowNumbers(legs.response);
}

std::string Show(const staleness_outcome &outcome)
{
    return "put " + std::to_string(outcome.put_us) + ", get " +
           std::to_string(outcome.get_us) + ", fresh after " +
           std::to_string(outcome.fresh_after_us);
}

int StudentOnce(Trial &t, const quorum_sizes &sizes,
                const std::vector<staleness_delays> &delays,
                staleness_outcome *outcome)
{
    json arguments = Sizes(sizes), flat = json::array();
    std::string text;

    for (size_t i = 0; i < delays.size(); i++) {
        const staleness_delays &of = delays[i];

        flat.insert(flat.end(),
                    {of.write_us, of.ack_us, of.read_us, of.response_us});
        if (i < 8)
            text += (i > 0 ? ", " : "") + Show(of);
        else if (i == 8)
            text += ", ...";
    }
    arguments.push_back(flat);
    arguments.push_back(0);
    const json &answer =
        t.Host().Call("staleness_once(" + Show(sizes) +
                          ", write+ack/read+response [" + text + "])",
                      "staleness_once", arguments);
    const int code = AnswerCode(answer, 0);
    const bool untouched = AnswerBool(answer, 2);

    if (code == DYN_OK && !untouched) {
        *outcome = AnswerOutcomes(t, answer, 1).at(0);
        t.Host().Answered(Show(*outcome));
    } else {
        t.Host().Answered(dyn_error_name(code));
    }
    CheckWritten(t, code, untouched, "staleness_once");
    return code;
}

int StudentMany(Trial &t, const quorum_sizes &sizes, const Legs &legs,
                uint64_t *generator, size_t count,
                std::vector<staleness_outcome> *outcomes)
{
    json arguments = Sizes(sizes);
    char seed[32];

    arguments.insert(arguments.end(), {legs.write, legs.ack, legs.read,
                                       legs.response, *generator, count, 0});
    std::snprintf(seed, sizeof seed, "0x%" PRIx64, *generator);
    const json &answer = t.Host().Call(
        "staleness_many(" + Show(sizes) + ", " + Show(legs) + ", generator " +
            seed + ", count " + std::to_string(count) + ")",
        "staleness_many", arguments);
    const int code = AnswerCode(answer, 0);
    const uint64_t before = *generator;

    *outcomes = AnswerOutcomes(t, answer, 1);
    *generator = AnswerUint(answer, 3);
    t.Host().Answered(dyn_error_name(code));
    if (count > 0)
        CheckWritten(t, code, AnswerBool(answer, 2), "staleness_many");
    t.Expect(code == DYN_OK || *generator == before,
             "a call that fails draws nothing",
             "staleness_many returned " + std::string(dyn_error_name(code)) +
                 " but the generator has moved");
    t.Expect(outcomes->size() == (code == DYN_OK ? count : 0),
             "as many outcomes as were asked for",
             std::to_string(outcomes->size()));
    return code;
}

double StudentFresh(Trial &t, const std::vector<uint32_t> &fresh_after,
                    uint64_t t_us)
{
    const json &answer = t.Host().Call(
        "staleness_fresh(fresh after " + ShowNumbers(fresh_after) + ", t " +
            std::to_string(t_us) + ")",
        "staleness_fresh",
        json::array({fresh_after, fresh_after.size(), t_us}));
    const double seen = AnswerDouble(answer, 0);

    t.Host().Answered(ShowReal(seen));
    return seen;
}

int StudentWait(Trial &t, const std::vector<uint32_t> &fresh_after,
                double share, uint64_t *t_us)
{
    const json &answer =
        t.Host().Call("staleness_wait(fresh after " + ShowNumbers(fresh_after) +
                          ", share " + ShowReal(share) + ")",
                      "staleness_wait",
                      json::array({fresh_after, fresh_after.size(), share, 0}));
    const int code = AnswerCode(answer, 0);

    *t_us = AnswerUint(answer, 1);
    t.Host().Answered(code == DYN_OK ? std::to_string(*t_us)
                                     : dyn_error_name(code));
    CheckWritten(t, code, AnswerBool(answer, 2), "staleness_wait");
    return code;
}

int StudentAvailable(Trial &t, const quorum_sizes &sizes, double up,
                     staleness_availability *availability)
{
    json arguments = Sizes(sizes);

    arguments.push_back(up);
    arguments.push_back(0);
    const json &answer = t.Host().Call("staleness_available(" + Show(sizes) +
                                           ", up " + ShowReal(up) + ")",
                                       "staleness_available", arguments);
    const int code = AnswerCode(answer, 0);

    availability->r_up = AnswerDouble(answer, 1);
    availability->w_up = AnswerDouble(answer, 2);
    availability->both_up = AnswerDouble(answer, 3);
    t.Host().Answered(code == DYN_OK
                          ? "r " + ShowReal(availability->r_up) + ", w " +
                                ShowReal(availability->w_up) + ", both " +
                                ShowReal(availability->both_up)
                          : dyn_error_name(code));
    CheckWritten(t, code, AnswerBool(answer, 4), "staleness_available");
    return code;
}

void ExpectStalenessNullsRefused(Trial &t)
{
    const json delays = json::array({1, 1, 1, 1}), one = json::array({1});
    const struct {
        const char *text, *function;
        json arguments;
        bool share; // the result is no code
    } calls[] = {
        {"staleness_once(NULL, ...)", "staleness_once",
         json::array({1, 1, 1, 0, delays, 1}), false},
        {"staleness_once(&sizes, NULL, ...)", "staleness_once",
         json::array({1, 1, 1, 0, delays, 2}), false},
        {"staleness_once(..., NULL)", "staleness_once",
         json::array({1, 1, 1, 0, delays, 3}), false},
        {"staleness_many(NULL, ...)", "staleness_many",
         json::array({1, 1, 1, 0, one, one, one, one, 7, 1, 1}), false},
        {"staleness_many(&sizes, NULL, ...)", "staleness_many",
         json::array({1, 1, 1, 0, one, one, one, one, 7, 1, 2}), false},
        {"staleness_many(..., generator NULL, ...)", "staleness_many",
         json::array({1, 1, 1, 0, one, one, one, one, 7, 1, 3}), false},
        {"staleness_many(..., outcomes NULL, 1)", "staleness_many",
         json::array({1, 1, 1, 0, one, one, one, one, 7, 1, 4}), false},
        {"staleness_many with ack samples NULL", "staleness_many",
         json::array({1, 1, 1, 0, one, nullptr, one, one, 7, 1, 0}), false},
        {"staleness_fresh(NULL, 2, 0)", "staleness_fresh",
         json::array({nullptr, 2, 0}), true},
        {"staleness_wait(NULL, 2, 0.5, &t)", "staleness_wait",
         json::array({nullptr, 2, 0.5, 0}), false},
        {"staleness_wait(..., NULL)", "staleness_wait",
         json::array({one, 1, 0.5, 4}), false},
        {"staleness_available(NULL, 0.5, ...)", "staleness_available",
         json::array({1, 1, 1, 0, 0.5, 1}), false},
        {"staleness_available(&sizes, 0.5, NULL)", "staleness_available",
         json::array({1, 1, 1, 0, 0.5, 3}), false},
    };

    for (const auto &call : calls) {
        const json &answer =
            t.Host().Call(call.text, call.function, call.arguments);

        if (call.share) {
            const double share = AnswerDouble(answer, 0);

            t.Host().Answered(ShowReal(share));
            t.Expect(share == 0, std::string(call.text) + " gives 0",
                     ShowReal(share));
        } else {
            const int code = AnswerCode(answer, 0);

            t.Host().Answered(dyn_error_name(code));
            t.ExpectCode(DYN_EINVAL, code, call.text);
        }
    }
}

} // namespace judge
