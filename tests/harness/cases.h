// cases.h: the cases that a test runs, one after the other: random ones, each from
// a seed of its own, or the schedules of an odometer. A case has a number, by
// which it is run again (CASE=).
#pragma once

#include "harness/odometer.h"

#include <cstdint>
#include <optional>

namespace judge
{

class Cases
{
  public:
    // Of random ones: `count` from `first` on.
    static Cases Random(uint64_t seed, uint64_t first, uint64_t count);
    // The schedules with `turns` turns at most, as far as `count` runs go.
    static Cases Schedules(size_t turns, uint64_t count);

    // The choices of one case by itself.
    static Choices One(bool schedules, uint64_t seed, uint64_t number);

    // Goes to the next case; the first call to the first. False: no more.
    bool Next();
    uint64_t Number() const;
    // To be used for one run, before the next Next.
    Choices TheChoices();

  private:
    Cases(uint64_t seed, uint64_t first, uint64_t count)
        : seed_(seed), first_(first), count_(count)
    {
    }

    uint64_t seed_, first_, count_, runs_ = 0;
    std::optional<Odometer> odometer_;
};

} // namespace judge
