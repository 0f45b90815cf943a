#include "check/order_search.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace judge
{
namespace
{

constexpr uint64_t kOpen = UINT64_MAX;
constexpr size_t kNone = SIZE_MAX;

// A step of the search: what was done, and what may follow.
struct Level {
    std::vector<size_t> done; // in order
    // Puts that may come next, after all of `unread`; kNone: only those.
    std::vector<size_t> moves;
    std::vector<size_t> unread;
    size_t next = 0; // of moves
};

class Search
{
  public:
    Search(const std::vector<RegisterOperation> &operations,
           uint64_t steps_most)
        : operations_(operations), steps_most_(steps_most)
    {
        int values = 1;

        for (const RegisterOperation &it : operations)
            values = std::max(values, it.value + 1);
        readers_.resize(values);
        sources_.resize(values);
        unknown_.resize(values);
        used_.resize(values);
        for (size_t i = 0; i < operations.size(); i++) {
            const RegisterOperation &it = operations[i];

            done_.push_back(it.returned == kOpen);
            (it.is_put ? sources_ : readers_)[it.value]++;
            if (it.returned == kOpen)
                unknown_[it.value].push_back(i);
        }
        for (int value = 0; value < values; value++)
            if (!unknown_[value].empty())
                unknown_values_.push_back(value);
    }

    OrderSearch Run()
    {
        OrderSearch result;

        for (size_t value = 1; value < readers_.size(); value++)
            if (readers_[value] > 0 && sources_[value] == 0)
                result.answer = OrderSearch::Answer::None;
        if (result.answer == OrderSearch::Answer::None)
            return result;
        result.answer = Explore();
        result.steps = steps_;
        if (result.answer == OrderSearch::Answer::Found)
            for (const Level &level : levels_)
                result.order.insert(result.order.end(), level.done.begin(),
                                    level.done.end());
        return result;
    }

  private:
    OrderSearch::Answer Explore()
    {
        levels_.emplace_back();
        Arrive();
        while (first_ < operations_.size()) {
            Level &level = levels_.back();

            if (steps_ > steps_most_)
                return OrderSearch::Answer::GivenUp;
            if (level.next < level.moves.size()) {
                Make(level.moves[level.next++]);
                Arrive();
                continue;
            }
            Undo();
            if (levels_.empty())
                return OrderSearch::Answer::None;
        }
        return OrderSearch::Answer::Found;
    }

    void Do(size_t i)
    {
        const RegisterOperation &it = operations_[i];

        levels_.back().done.push_back(i);
        (it.is_put ? sources_ : readers_)[it.value]--;
        if (it.returned == kOpen)
            used_[it.value]++;
        else
            done_[i] = true;
        if (it.is_put)
            value_ = it.value;
    }

    void Make(size_t put)
    {
        const std::vector<size_t> unread = levels_.back().unread;

        levels_.emplace_back();
        for (const size_t i : unread)
            Do(i);
        if (put != kNone)
            Do(put);
    }

    void Undo()
    {
        Level &level = levels_.back();

        for (const size_t i : level.done) {
            const RegisterOperation &it = operations_[i];

            (it.is_put ? sources_ : readers_)[it.value]++;
            if (it.returned == kOpen) {
                used_[it.value]--;
                continue;
            }
            done_[i] = false;
            first_ = std::min(first_, i);
        }
        levels_.pop_back();
    }

    // Finds the operations not done before which none has to come. Returns
    // before when a put of unknown outcome has to be invoked to be among them.
    uint64_t FindWindow(std::vector<size_t> *window)
    {
        uint64_t limit = kOpen;

        window->clear();
        while (first_ < operations_.size() && done_[first_])
            first_++;
        for (size_t i = first_;
             i < operations_.size() && operations_[i].invoked < limit; i++) {
            steps_ += (i - first_) % 64 == 63;
            if (done_[i])
                continue;
            limit = std::min(limit, operations_[i].returned);
            window->push_back(i);
        }
        return limit;
    }

    // After a move: the gets that can come at once, then what may follow.
    void Arrive()
    {
        std::vector<size_t> window;
        uint64_t limit;
        size_t before;

        steps_++;
        do {
            before = levels_.back().done.size();
            limit = FindWindow(&window);
            for (const size_t i : window)
                if (!operations_[i].is_put && operations_[i].value == value_)
                    Do(i);
        } while (levels_.back().done.size() > before);
        // What comes next is a put, after which these cannot be read any more.
        if (readers_[value_] > 0 && sources_[value_] == 0)
            return;
        FindMoves(window, limit);
        if (levels_.back().moves.size() > 1 &&
            !seen_.insert(Configuration()).second)
            levels_.back().moves.clear();
    }

    void FindMoves(const std::vector<size_t> &window, uint64_t limit)
    {
        Level &level = levels_.back();
        std::vector<size_t> puts, gets;

        for (const size_t i : window)
            if (!operations_[i].is_put)
                gets.push_back(i);
            else if (readers_[operations_[i].value] > 0)
                puts.push_back(i);
            else
                level.unread.push_back(i);
        // Of two puts of one value, the one that returned first can come first.
        OnePerValue(puts);
        for (const size_t i : puts)
            level.moves.push_back(i);
        OnePerValue(gets);
        for (const size_t i : gets) {
            const size_t value = operations_[i].value;
            const auto &unknown = unknown_[value];

            if (used_[value] < unknown.size() &&
                operations_[unknown[used_[value]]].invoked < limit)
                level.moves.push_back(unknown[used_[value]]);
        }
        if (!level.unread.empty())
            level.moves.push_back(kNone);
    }

    // Leaves one of each value, the first that returned; in order of return.
    void OnePerValue(std::vector<size_t> &indexes) const
    {
        const auto &all = operations_;

        std::sort(indexes.begin(), indexes.end(), [&](size_t a, size_t b) {
            return all[a].value != all[b].value
                       ? all[a].value < all[b].value
                       : all[a].returned < all[b].returned;
        });
        indexes.erase(std::unique(indexes.begin(), indexes.end(),
                                  [&](size_t a, size_t b) {
                                      return all[a].value == all[b].value;
                                  }),
                      indexes.end());
        std::sort(indexes.begin(), indexes.end(), [&](size_t a, size_t b) {
            return all[a].returned < all[b].returned;
        });
    }

    // All that decides what can follow, as a key: which operations are done.
    // What the register holds is no part of it, since a put comes next. Those
    // done beyond the first that is not were invoked before that one returned.
    std::string Configuration()
    {
        std::string key;
        const auto add = [&](uint64_t number) {
            key.append(reinterpret_cast<const char *>(&number), sizeof number);
        };

        add(first_);
        for (const int value : unknown_values_)
            add(used_[value]);
        for (size_t i = first_ + 1;
             i < operations_.size() &&
             operations_[i].invoked < operations_[first_].returned;
             i++)
            if (done_[i] && operations_[i].returned != kOpen)
                add(i);
        steps_ += key.size() / 256;
        return key;
    }

    const std::vector<RegisterOperation> &operations_;
    const uint64_t steps_most_;
    uint64_t steps_ = 0;
    size_t first_ = 0;       // all operations before it are done
    int value_ = 0;          // as every level's last put left it
    std::vector<bool> done_; // or of unknown outcome
    // Of each value: gets and puts still to come; puts of unknown outcome, and
    // how many of those have come.
    std::vector<size_t> readers_, sources_;
    std::vector<std::vector<size_t>> unknown_;
    std::vector<size_t> used_;
    std::vector<int> unknown_values_;
    std::vector<Level> levels_;
    std::unordered_set<std::string> seen_;
};

} // namespace

OrderSearch FindOrder(const std::vector<RegisterOperation> &operations,
                      uint64_t steps_most)
{
    return Search(operations, steps_most).Run();
}

} // namespace judge
