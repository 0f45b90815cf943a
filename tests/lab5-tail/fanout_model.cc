#include "lab5-tail/fanout_model.h"

#include <cmath>

namespace judge
{

__extension__ typedef unsigned __int128 Wide;

namespace
{

// What a calculation in doubles may be off by where two numbers are compared.
constexpr double kRounding = 1e-9;

std::string Pages(uint32_t calls)
{
    return "pages of " + std::to_string(calls) +
           (calls == 1 ? " call" : " calls");
}

// Whether of so many slow calls in a million follows this very share of slow pages:
// (1 - slow)^calls is 1 - share. Of more than six calls none does.
bool IsTheVeryShare(uint32_t slow, uint32_t calls, uint32_t per_million)
{
    Wide fast = 1000000 - slow, right = 1000000 - per_million;

    if (calls > 6)
        return false;
    for (uint32_t i = 1; i < calls; i++) {
        fast *= 1000000 - slow;
        right *= 1000000;
    }
    return fast == right;
}

} // namespace

void ExpectPagesOver(const HistogramTwin &call, uint32_t calls, uint64_t us)
{
    Trial &t = *call.t;
    const double one = call.model.ShareOver(us), right = PagesOf(one, calls);
    double share = 0;

    t.ExpectCode(DYN_OK, call.seen.FanoutOver(calls, us, &share),
                 "fanout_over");
    t.Expect(std::fabs(share - right) <= right * 1e-6,
             "that of " + Pages(calls) + ", of which each takes more than " +
                 std::to_string(us) + " us with a probability of " +
                 ShowReal(one, 6) + ", a share of " + ShowReal(right, 10) +
                 " takes more",
             ShowReal(share, 10));
}

void ExpectPagePercentile(const HistogramTwin &call, uint32_t calls,
                          uint32_t per_million)
{
    Trial &t = *call.t;
    const double slower = (1000000 - per_million) / 1e6;
    const uint64_t right = call.model.Page(calls, slower);
    const uint64_t least = call.model.Page(calls, slower * (1 + kRounding));
    const uint64_t most = call.model.Page(calls, slower * (1 - kRounding));
    uint64_t us = 0;

    t.ExpectCode(DYN_OK, call.seen.FanoutPercentile(calls, per_million, &us),
                 "fanout_percentile");
    t.Expect(us >= least - least / 100 && us <= most + most / 100,
             "that " + ShowShare(per_million) + " of " + Pages(calls) +
                 " take no more than " + std::to_string(right) + " us, to 1 %",
             std::to_string(us) + " us");
}

void ExpectBudget(Trial &t, uint32_t calls, uint32_t per_million)
{
    const double promised = per_million / 1e6;
    uint32_t slow = 0;

    t.ExpectCode(DYN_OK, StudentBudget(t, calls, per_million, &slow),
                 "fanout_budget");
    const double pages = PagesOf(slow / 1e6, calls);
    const double more = PagesOf((slow + 1.0) / 1e6, calls);
    t.Expect(slow <= 1000000 && pages <= promised * (1 + kRounding),
             "as many slow calls in a million as make no more than " +
                 ShowShare(per_million) + " of " + Pages(calls) + " slow",
             std::to_string(slow) + ", which make " + ShowReal(100 * pages, 6) +
                 " % of them slow");
    t.Expect(more >= promised * (1 - kRounding) &&
                 !IsTheVeryShare(slow + 1, calls, per_million),
             "as many slow calls in a million as may be, if no more than " +
                 ShowShare(per_million) + " of " + Pages(calls) +
                 " are to be slow",
             std::to_string(slow) + ", though with one more " +
                 ShowReal(100 * more, 6) + " % of them are slow");
}

} // namespace judge
