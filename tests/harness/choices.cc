#include "harness/choices.h"

#include "harness/odometer.h"

#include <algorithm>
#include <utility>

namespace judge
{

Choices::Choices(uint64_t seed) : source_(Source::Seed), random_(seed)
{
}

Choices::Choices(std::vector<uint64_t> recorded)
    : Choices(std::move(recorded), nullptr)
{
}

Choices::Choices(std::vector<uint64_t> recorded, Odometer *odometer)
    : source_(Source::List), script_(std::move(recorded)), odometer_(odometer)
{
}

Choices Choices::OfBytes(const uint8_t *bytes, size_t size)
{
    Choices choices{std::vector<uint64_t>()};

    choices.source_ = Source::Bytes;
    choices.bytes_.assign(bytes, bytes + size);
    return choices;
}

uint64_t Choices::Choose(uint64_t bound)
{
    uint64_t answer = 0;

    switch (source_) {
    case Source::Seed:
        answer = random_() % bound; // the bias is of no concern to a test
        break;
    case Source::List:
        if (taken_.size() < script_.size())
            answer = script_[taken_.size()] % bound;
        break;
    case Source::Bytes:
        for (unsigned shift = 0; shift < 64 && (bound - 1) >> shift != 0 &&
                                 bytes_read_ < bytes_.size();
             shift += 8)
            answer |= uint64_t{bytes_[bytes_read_++]} << shift;
        answer %= bound;
        break;
    }
    taken_.push_back(answer);
    return answer;
}

uint64_t Choices::Turn(uint64_t bound, uint64_t state)
{
    if (odometer_ != nullptr && taken_.size() >= script_.size())
        odometer_->AtTurn(taken_.size(), bound, state);
    return Choose(bound);
}

uint64_t MixSeed(uint64_t a, uint64_t b)
{
    uint64_t z = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

namespace
{

class Shrinker
{
  public:
    Shrinker(std::vector<uint64_t> best, int attempts,
             const std::function<bool(std::vector<uint64_t> &)> &fails)
        : best_(std::move(best)), attempts_(attempts), fails_(fails)
    {
    }

    std::vector<uint64_t> Run(int *steps)
    {
        bool better = true;

        while (better && attempts_ > 0) {
            better = false;
            better |= Cut();
            better |= Drop();
            better |= Zero();
            better |= Lower();
            better = better || LowerAndDrop();
        }
        *steps = steps_;
        return best_;
    }

  private:
    static bool Simpler(const std::vector<uint64_t> &a,
                        const std::vector<uint64_t> &b)
    {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    }

    // Takes the candidate if it fails and what it really used is simpler.
    bool Try(std::vector<uint64_t> candidate)
    {
        while (!candidate.empty() && candidate.back() == 0)
            candidate.pop_back();
        if (attempts_ <= 0 || !Simpler(candidate, best_))
            return false;
        attempts_--;
        if (!fails_(candidate))
            return false;
        while (!candidate.empty() && candidate.back() == 0)
            candidate.pop_back();
        if (!Simpler(candidate, best_))
            return false;
        best_ = std::move(candidate);
        steps_++;
        return true;
    }

    bool Cut()
    {
        bool better = false;

        for (size_t keep = 0; keep < best_.size() && attempts_ > 0;
             keep = keep * 2 + 1)
            better |=
                Try({best_.begin(), best_.begin() + static_cast<long>(keep)});
        return better;
    }

    // Takes out runs of choices, long ones first, from the back.
    bool Drop()
    {
        bool better = false;

        for (size_t size = 16; size >= 1; size /= 2)
            for (size_t end = best_.size(); end >= size && attempts_ > 0;) {
                std::vector<uint64_t> candidate = best_;
                const auto first =
                    candidate.begin() + static_cast<long>(end - size);

                candidate.erase(first, first + static_cast<long>(size));
                if (Try(candidate)) {
                    better = true;
                    end = std::min(end, best_.size());
                } else {
                    end--;
                }
            }
        return better;
    }

    bool Zero()
    {
        bool better = false;

        for (size_t i = 0; i < best_.size() && attempts_ > 0; i++) {
            std::vector<uint64_t> candidate = best_;

            if (candidate[i] == 0)
                continue;
            candidate[i] = 0;
            better |= Try(candidate);
        }
        return better;
    }

    // Brings single numbers down, by big steps and then by small ones.
    bool Lower()
    {
        bool better = false;

        for (size_t i = 0; i < best_.size() && attempts_ > 0; i++)
            for (uint64_t step = best_[i]; step > 0; step /= 2)
                while (i < best_.size() && best_[i] >= step && attempts_ > 0) {
                    std::vector<uint64_t> candidate = best_;

                    candidate[i] -= step;
                    if (!Try(candidate))
                        break;
                    better = true;
                }
        return better;
    }

    // A choice that says how many things follow goes down by one, and the
    // choices of one thing go with it.
    bool LowerAndDrop()
    {
        for (size_t i = 0; i < best_.size(); i++)
            for (size_t size = 1; size <= 4 && best_[i] > 0; size++)
                for (size_t at = i + 1;
                     at + size <= best_.size() && attempts_ > 0; at++) {
                    std::vector<uint64_t> candidate = best_;
                    const auto first =
                        candidate.begin() + static_cast<long>(at);

                    candidate[i]--;
                    candidate.erase(first, first + static_cast<long>(size));
                    if (Try(candidate))
                        return true;
                }
        return false;
    }

    std::vector<uint64_t> best_;
    int attempts_, steps_ = 0;
    const std::function<bool(std::vector<uint64_t> &)> &fails_;
};

} // namespace

std::vector<uint64_t>
Shrink(std::vector<uint64_t> choices, int attempts, int *steps,
       const std::function<bool(std::vector<uint64_t> &)> &fails)
{
    return Shrinker(std::move(choices), attempts, fails).Run(steps);
}

} // namespace judge
