// fanout_model.h: what fanout.h owes, from every time that was recorded.
#pragma once

#include "lab5-tail/histogram_model.h"

namespace judge
{

// fanout_over is right to a millionth of the share.
void ExpectPagesOver(const HistogramTwin &call, uint32_t calls, uint64_t us);

// fanout_percentile is within 1 % of the exact time; where the share is that of a
// recorded time to the last digits, of that time or the next one.
void ExpectPagePercentile(const HistogramTwin &call, uint32_t calls,
                          uint32_t per_million);

void ExpectBudget(Trial &t, uint32_t calls, uint32_t per_million);

} // namespace judge
