#include "lab2-quorum/staleness_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace judge
{
namespace
{

constexpr size_t kPlays = 20000;

std::string Percent(double share)
{
    char text[40];

    std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
    return text;
}

std::string Real(double number)
{
    char text[40];

    std::snprintf(text, sizeof text, "%.15g", number);
    return text;
}

// The earliest of the times at which `needed` of them have come.
uint64_t WhenSoMany(const std::vector<uint64_t> &times, uint32_t needed)
{
    uint64_t earliest = UINT64_MAX;

    for (const uint64_t candidate : times) {
        uint32_t come = 0;

        for (const uint64_t time : times)
            come += time <= candidate;
        if (come >= needed)
            earliest = std::min(earliest, candidate);
    }
    return earliest;
}

// Compares two distributions: nowhere may the share of what came up to a time
// be further than `most` from the chance of that.
void CompareShares(Trial &t, const std::string &what, const Chances &due,
                   const std::vector<uint64_t> &seen, double most)
{
    std::map<uint64_t, size_t> counts;
    double chance = 0, share = 0;

    for (const uint64_t time : seen)
        counts[time]++;
    for (const auto &[time, count] : counts)
        t.Expect(due.count(time) > 0,
                 what + " is a time that comes of some draw",
                 std::to_string(time) + " us, " + std::to_string(count) +
                     " times, though no draw gives it");
    for (const auto &[time, likely] : due) {
        chance += likely;
        share += static_cast<double>(counts[time]) /
                 static_cast<double>(seen.size());
        t.Expect(std::fabs(chance - share) <= most,
                 what + " is " + std::to_string(time) +
                     " us or less with a chance of " + Percent(chance),
                 Percent(share) + " of " + std::to_string(seen.size()) +
                     " plays, further off than chance explains");
    }
}

} // namespace

staleness_outcome OutcomeOf(const quorum_sizes &sizes,
                            const std::vector<staleness_delays> &delays)
{
    std::vector<uint64_t> acks, answers;
    std::vector<size_t> order;
    staleness_outcome outcome = {};

    for (size_t i = 0; i < delays.size(); i++) {
        acks.push_back(uint64_t{delays[i].write_us} + delays[i].ack_us);
        answers.push_back(uint64_t{delays[i].read_us} + delays[i].response_us);
        order.push_back(i);
    }
    outcome.put_us = WhenSoMany(acks, sizes.w);
    outcome.get_us = WhenSoMany(answers, sizes.r);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return answers[a] < answers[b];
    });
    order.resize(sizes.r);

    // Freshness begins at 0, or when a question arrives together with a value.
    std::vector<uint64_t> candidates = {0};
    for (const staleness_delays &of : delays) {
        const uint64_t asked = outcome.put_us + of.read_us;

        if (of.write_us > asked)
            candidates.push_back(of.write_us - asked);
    }
    std::sort(candidates.begin(), candidates.end());
    for (const uint64_t begins : candidates)
        for (const size_t i : order)
            if (outcome.put_us + begins + delays[i].read_us >=
                delays[i].write_us) {
                outcome.fresh_after_us = static_cast<uint32_t>(begins);
                return outcome;
            }
    throw std::logic_error("no get is fresh, however late");
}

double DrawsOf(const quorum_sizes &sizes, const Legs &legs)
{
    return std::pow(static_cast<double>(legs.write.size()) *
                        static_cast<double>(legs.ack.size()) *
                        static_cast<double>(legs.read.size()) *
                        static_cast<double>(legs.response.size()),
                    sizes.n);
}

OutcomeChances ChancesOf(const quorum_sizes &sizes, const Legs &legs)
{
    const std::vector<uint32_t> *const each[] = {&legs.write, &legs.ack,
                                                 &legs.read, &legs.response};
    std::vector<size_t> drawn(4 * size_t(sizes.n), 0);
    std::vector<staleness_delays> delays(sizes.n);
    const double likely = 1 / DrawsOf(sizes, legs);
    OutcomeChances chances;

    for (;;) {
        for (size_t i = 0; i < sizes.n; i++)
            delays[i] = {legs.write[drawn[4 * i]], legs.ack[drawn[4 * i + 1]],
                         legs.read[drawn[4 * i + 2]],
                         legs.response[drawn[4 * i + 3]]};
        const staleness_outcome outcome = OutcomeOf(sizes, delays);
        chances.put[outcome.put_us] += likely;
        chances.get[outcome.get_us] += likely;
        chances.fresh_after[outcome.fresh_after_us] += likely;

        // The next way to draw, as a number of 4n digits is counted up.
        size_t digit = 0;
        while (digit < drawn.size() &&
               ++drawn[digit] == each[digit % 4]->size())
            drawn[digit++] = 0;
        if (digit == drawn.size())
            return chances;
    }
}

staleness_availability AvailabilityOf(const quorum_sizes &sizes, double up)
{
    staleness_availability sum = {0, 0, 0};

    for (uint32_t set = 0; set < 1u << sizes.n; set++) {
        uint32_t are_up = 0;
        double likely = 1;

        for (uint32_t node = 0; node < sizes.n; node++) {
            const bool is_up = (set >> node & 1) == 1;

            are_up += is_up;
            likely *= is_up ? up : 1 - up;
        }
        sum.r_up += are_up >= sizes.r ? likely : 0;
        sum.w_up += are_up >= sizes.w ? likely : 0;
        sum.both_up += are_up >= sizes.r && are_up >= sizes.w ? likely : 0;
    }
    return sum;
}

quorum_sizes ChooseStalenessSizes(Trial &t, uint32_t most)
{
    quorum_sizes sizes = {};

    sizes.n = static_cast<uint32_t>(t.Between(1, most));
    sizes.r = static_cast<uint32_t>(t.Between(1, sizes.n));
    sizes.w = static_cast<uint32_t>(t.Between(1, sizes.n));
    return sizes;
}

std::vector<staleness_delays> ChooseDelays(Trial &t, uint32_t n, uint32_t bound)
{
    std::vector<staleness_delays> delays(n);

    for (staleness_delays &of : delays) {
        // Values arrive late compared with questions: else all is fresh.
        of.write_us = static_cast<uint32_t>(t.Choose(4 * uint64_t{bound}));
        of.ack_us = static_cast<uint32_t>(t.Choose(bound));
        of.read_us = static_cast<uint32_t>(t.Choose(bound));
        of.response_us = static_cast<uint32_t>(t.Choose(bound));
    }
    return delays;
}

void ExpectOutcome(Trial &t, const staleness_outcome &due,
                   const staleness_outcome &seen)
{
    t.Expect(seen.put_us == due.put_us && seen.get_us == due.get_us &&
                 seen.fresh_after_us == due.fresh_after_us,
             Show(due), Show(seen));
}

void ComparePlays(Trial &t, const quorum_sizes &sizes, const Legs &legs,
                  uint64_t seed)
{
    const OutcomeChances due = ChancesOf(sizes, legs);
    std::vector<staleness_outcome> outcomes;
    std::vector<uint64_t> put, get, fresh_after;

    t.ExpectCode(DYN_OK, StudentMany(t, sizes, legs, &seed, kPlays, &outcomes),
                 "staleness_many of legal arguments");
    for (const staleness_outcome &outcome : outcomes) {
        put.push_back(outcome.put_us);
        get.push_back(outcome.get_us);
        fresh_after.push_back(outcome.fresh_after_us);
    }
    // The inequality of Dvoretzky, Kiefer, Wolfowitz and Massart: the chance
    // that it is exceeded anywhere is 2 exp(-2 n most^2), here 10^-10.
    const double most = std::sqrt(std::log(2e10) / (2.0 * kPlays));
    CompareShares(t, "put_us", due.put, put, most);
    CompareShares(t, "get_us", due.get, get, most);
    CompareShares(t, "fresh_after_us", due.fresh_after, fresh_after, most);
}

void ExpectAvailability(Trial &t, const staleness_availability &due,
                        const staleness_availability &seen)
{
    const struct {
        const char *name;
        double due, seen;
    } numbers[] = {{"r_up", due.r_up, seen.r_up},
                   {"w_up", due.w_up, seen.w_up},
                   {"both_up", due.both_up, seen.both_up}};

    for (const auto &number : numbers)
        t.Expect(std::fabs(number.seen - number.due) <= 1e-12,
                 std::string(number.name) + " " + Real(number.due) +
                     ", give or take 1e-12",
                 std::string(number.name) + " " + Real(number.seen));
}

} // namespace judge
