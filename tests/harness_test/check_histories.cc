#include "harness_test/check_histories.h"

#include "harness/contract.h"

#include <algorithm>
#include <map>

namespace judge
{
namespace
{

// ---- A real register ----

struct Client {
    size_t operation = SIZE_MAX; // its pending one
    bool took_effect = false;
};

class Registers
{
  public:
    Registers(Choices &choices, const RealRegister &what)
        : choices_(choices), what_(what), clients_(what.clients)
    {
    }

    History Draw()
    {
        while (Busy() || history_.size() < size_t(what_.operations))
            Step();
        return history_;
    }

  private:
    bool Busy() const
    {
        return std::any_of(
            clients_.begin(), clients_.end(),
            [](const Client &it) { return it.operation != SIZE_MAX; });
    }

    void Step()
    {
        const int number = static_cast<int>(choices_.Choose(clients_.size()));
        Client &client = clients_[number];

        if (!late_.empty() && choices_.Choose(20) == 0) {
            const size_t at = choices_.Choose(late_.size());
            TakeEffect(late_[at]);
            late_.erase(late_.begin() + static_cast<ptrdiff_t>(at));
        } else if (client.operation == SIZE_MAX) {
            if (history_.size() < size_t(what_.operations))
                Invoke(client, number);
        } else if (!client.took_effect) {
            TakeEffect(client.operation);
            client.took_effect = true;
        } else {
            history_[client.operation].returned = now_++;
            client = {};
        }
    }

    void Invoke(Client &client, int number)
    {
        const int id = static_cast<int>(history_.size());
        const std::string value = "v" + std::to_string(id);
        const bool put = choices_.Choose(2) == 0;
        Operation made =
            put ? Put(id, value, now_++, kNever) : Get(id, {}, now_++, kNever);

        made.client = number;
        made.key = "k" + std::to_string(choices_.Choose(what_.keys));
        client = {history_.size(), false};
        history_.push_back(made);
        if (!put || choices_.Choose(100) >= uint64_t(what_.unknown))
            return;
        // Nobody will know; every other one with an error, at once.
        if (choices_.Choose(2) == 0) {
            history_.back().returned = now_++;
            history_.back().code = DYN_EUNAVAILABLE;
        }
        late_.push_back(client.operation);
        client = {};
    }

    void TakeEffect(size_t index)
    {
        Operation &operation = history_[index];

        if (operation.is_put)
            content_[operation.key] = {operation.value};
        else
            operation.values = content_[operation.key];
    }

    Choices &choices_;
    RealRegister what_;
    std::vector<Client> clients_;
    History history_;
    std::map<std::string, std::vector<std::string>> content_;
    std::vector<size_t> late_; // puts that may still take effect
    uint64_t now_ = 1;
};

// ---- Every order ----

class Force
{
  public:
    explicit Force(const History &history)
    {
        for (const Operation &it : history)
            if (it.is_put || (it.returned != kNever && it.code == DYN_OK))
                operations_.push_back(&it);
        placed_.resize(operations_.size());
    }

    // Whether what is not placed yet can follow.
    bool Try()
    {
        bool complete = true;

        for (size_t i = 0; i < operations_.size(); i++)
            complete = complete && (placed_[i] || MayBeMissing(i));
        if (complete)
            return true;
        for (size_t i = 0; i < operations_.size(); i++)
            if (!placed_[i] && MayBeNext(i) && TryWith(i))
                return true;
        return false;
    }

  private:
    bool MayBeMissing(size_t i) const
    {
        return operations_[i]->returned == kNever ||
               operations_[i]->code != DYN_OK;
    }

    bool MayBeNext(size_t i) const
    {
        for (size_t other = 0; other < operations_.size(); other++)
            if (!placed_[other] && !MayBeMissing(other) &&
                operations_[other]->returned < operations_[i]->invoked)
                return false;
        return true;
    }

    bool TryWith(size_t i)
    {
        const Operation &it = *operations_[i];
        const auto before = content_;
        bool fits = true;

        if (it.is_put)
            content_[it.key] = {it.value};
        else
            fits = content_[it.key] == it.values;
        placed_[i] = true;
        fits = fits && Try();
        placed_[i] = false;
        content_ = before;
        return fits;
    }

    std::vector<const Operation *> operations_;
    std::vector<bool> placed_;
    std::map<std::string, std::vector<std::string>> content_;
};

} // namespace

History DrawReal(Choices &choices, const RealRegister &what)
{
    return Registers(choices, what).Draw();
}

History DrawAny(Choices &choices, int operations_most)
{
    const char *const values[] = {"a", "b", "c"};
    const size_t count = 1 + choices.Choose(operations_most);
    const bool two_keys = choices.Choose(3) == 0;
    std::vector<uint64_t> positions(2 * count);
    History history;

    for (size_t i = 0; i < positions.size(); i++)
        positions[i] = i + 1;
    for (size_t i = positions.size(); i > 1; i--)
        std::swap(positions[i - 1], positions[choices.Choose(i)]);
    for (size_t i = 0; i < count; i++) {
        const auto [from, to] =
            std::minmax(positions[2 * i], positions[2 * i + 1]);
        const uint64_t fate = choices.Choose(8);
        const uint64_t end = fate == 6 ? kNever : to;
        const int code = fate == 7 ? DYN_EUNAVAILABLE : DYN_OK;
        const int id = static_cast<int>(i);
        const uint64_t value = choices.Choose(4);

        if (choices.Choose(2) == 0)
            history.push_back(Put(id, values[value % 3], from, end, code));
        else
            history.push_back(Get(
                id, value == 3 ? std::nullopt : std::optional(values[value]),
                from, end, code));
        if (two_keys && choices.Choose(2) == 0)
            history.back().key = "y";
    }
    return history;
}

bool HasOrderByForce(const History &history)
{
    return Force(history).Try();
}

} // namespace judge
