#include "harness/cases.h"

namespace judge
{

Cases Cases::Random(uint64_t seed, uint64_t first, uint64_t count)
{
    return Cases(seed, first, count);
}

Cases Cases::Schedules(size_t turns, uint64_t count)
{
    Cases cases(0, 0, count);

    cases.odometer_.emplace(turns);
    return cases;
}

Choices Cases::One(bool schedules, uint64_t seed, uint64_t number)
{
    return schedules ? Choices(ChoicesOf(TurnsOf(number)))
                     : Choices(MixSeed(seed, number));
}

bool Cases::Next()
{
    if (runs_ >= count_)
        return false;
    if (odometer_ && !odometer_->Next())
        return false;
    runs_++;
    return true;
}

uint64_t Cases::Number() const
{
    return odometer_ ? NumberOf(odometer_->Turns()) : first_ + runs_ - 1;
}

Choices Cases::TheChoices()
{
    return odometer_ ? odometer_->TheChoices() : One(false, seed_, Number());
}

} // namespace judge
