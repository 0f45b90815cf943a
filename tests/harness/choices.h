// choices.h: one source of all that is not determined.
//
// A test asks choose(n) for a number below n and builds its inputs from the
// answers. The answers come from a seed, from a recorded list, from a fuzzer's
// bytes or from an odometer that tries them all (odometer.h). Beyond the end of a
// list they are 0. So a list can be cut and zeroed, and what comes out is still
// an input, only a simpler one: that is how a failing case shrinks. Make choice
// 0 the simplest one.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace judge
{

class Odometer;

class Choices
{
  public:
    explicit Choices(uint64_t seed);
    explicit Choices(std::vector<uint64_t> recorded);
    // The same, and tells the odometer of the turns that come after the list.
    Choices(std::vector<uint64_t> recorded, Odometer *odometer);
    // As few bytes a choice as its bound needs, the lowest first.
    static Choices OfBytes(const uint8_t *bytes, size_t size);

    uint64_t Choose(uint64_t bound); // [0, bound); bound >= 1

    // A choice that an odometer tries every answer of; for others it is like
    // Choose. `state` is equal only where all that can follow is. Throws Seen.
    uint64_t Turn(uint64_t bound, uint64_t state);

    // All answers so far, to be played again.
    const std::vector<uint64_t> &Taken() const
    {
        return taken_;
    }

  private:
    enum class Source { Seed, List, Bytes };

    Source source_;
    std::vector<uint64_t> script_, taken_;
    std::vector<uint8_t> bytes_;
    size_t bytes_read_ = 0;
    std::mt19937_64 random_;
    Odometer *odometer_ = nullptr;
};

// Mixes numbers into a seed that differs whenever one of them does.
uint64_t MixSeed(uint64_t a, uint64_t b);

// Looks for the simplest list of choices that `fails`: shorter first, then
// smaller. Stops when nothing can be taken away, or after `attempts` tries.
// Returns the list, and how many simplifications led to it in *steps.
std::vector<uint64_t>
Shrink(std::vector<uint64_t> choices, int attempts, int *steps,
       const std::function<bool(std::vector<uint64_t> &)> &fails);

} // namespace judge
