// odometer.h: every schedule within a bound, one after the other.
//
//     Odometer odometer(2);
//     while (odometer.Next())
//         try { run(odometer.TheChoices()); } catch (const Seen &) {}
//
// A schedule is told by its turns: the choices of what comes next that are not
// 0, the dull answer. Those with fewer turns come first, so what fails first is
// about as simple as it can be. All choices that are not turns are 0.
//
// Schedules that differ only in the order of events that cannot notice one
// another, like two deliveries at two nodes, are not all run. A run says at each
// turn what state it is in (Choices::Turn); it is broken off by Seen when an
// earlier one came through an equal state. That had as many turns to go or more,
// so that all that could follow here follows there.
#pragma once

#include "harness/choices.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>
#include <vector>

namespace judge
{

// Thrown out of a run that would go on as another one did. No error.
struct Seen {
};

// The choice number `at` is `to`.
struct Turned {
    size_t at = 0;
    uint64_t to = 0;
};

// A list of choices that are all 0 but for these, in order.
std::vector<uint64_t> ChoicesOf(const std::vector<Turned> &turns);

// Turns as one number, by which a schedule is run again, and back. A schedule has
// kTurnsMost of them at the most; later choices, and higher answers, than these
// are never turns.
constexpr size_t kTurnsMost = 3;
constexpr size_t kTurnAtMost = 4095;
constexpr uint64_t kTurnToMost = 255;
uint64_t NumberOf(const std::vector<Turned> &turns);
std::vector<Turned> TurnsOf(uint64_t number); // any number gives some

class Odometer
{
  public:
    // All schedules of at most so many turns; kTurnsMost at most.
    explicit Odometer(size_t turns_most);

    // Goes to the next schedule; the first call to the first. False: there is
    // no more.
    bool Next();
    const std::vector<Turned> &Turns() const;
    // To be used for one run, while the odometer lives.
    Choices TheChoices();

    // Runs so far, and those of them that were broken off.
    uint64_t Runs() const;
    uint64_t Repeated() const;

    // Of Choices: the run has come to a turn. Throws Seen.
    void AtTurn(size_t at, uint64_t bound, uint64_t state);

  private:
    const size_t turns_most_;
    std::deque<std::vector<Turned>> waiting_;
    std::vector<Turned> turns_;
    std::unordered_set<uint64_t> states_; // that a run has come through
    uint64_t runs_ = 0, repeated_ = 0;
};

} // namespace judge
