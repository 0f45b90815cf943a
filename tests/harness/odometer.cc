#include "harness/odometer.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace judge
{
namespace
{

constexpr unsigned kAtBits = 12, kToBits = 8;
static_assert(kTurnAtMost == (1u << kAtBits) - 1);
static_assert(kTurnToMost == (1u << kToBits) - 1);
static_assert(kTurnsMost * (kAtBits + kToBits) <= 64);

} // namespace

std::vector<uint64_t> ChoicesOf(const std::vector<Turned> &turns)
{
    std::vector<uint64_t> choices;

    for (const Turned &turn : turns) {
        choices.resize(std::max(choices.size(), turn.at + 1));
        choices[turn.at] = turn.to;
    }
    return choices;
}

uint64_t NumberOf(const std::vector<Turned> &turns)
{
    uint64_t number = 0;

    for (const Turned &turn : turns)
        number = (number << kAtBits | turn.at) << kToBits | turn.to;
    return number;
}

std::vector<Turned> TurnsOf(uint64_t number)
{
    std::vector<Turned> turns;

    for (; number != 0; number >>= kAtBits + kToBits)
        turns.insert(turns.begin(),
                     {number >> kToBits & kTurnAtMost, number & kTurnToMost});
    return turns;
}

Odometer::Odometer(size_t turns_most) : turns_most_(turns_most)
{
    if (turns_most > kTurnsMost)
        throw std::logic_error("an odometer takes " +
                               std::to_string(kTurnsMost) + " turns at most");
    waiting_.emplace_back();
}

bool Odometer::Next()
{
    if (waiting_.empty())
        return false;
    turns_ = std::move(waiting_.front());
    waiting_.pop_front();
    runs_++;
    return true;
}

const std::vector<Turned> &Odometer::Turns() const
{
    return turns_;
}

Choices Odometer::TheChoices()
{
    return Choices(ChoicesOf(turns_), this);
}

uint64_t Odometer::Runs() const
{
    return runs_;
}

uint64_t Odometer::Repeated() const
{
    return repeated_;
}

void Odometer::AtTurn(size_t at, uint64_t bound, uint64_t state)
{
    if (!states_.insert(state).second) {
        repeated_++;
        throw Seen();
    }
    if (turns_.size() == turns_most_ || at > kTurnAtMost)
        return;
    for (uint64_t to = 1; to < bound && to <= kTurnToMost; to++) {
        std::vector<Turned> turns = turns_;

        turns.push_back({at, to});
        waiting_.push_back(std::move(turns));
    }
}

} // namespace judge
