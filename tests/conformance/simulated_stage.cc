#include "conformance/simulated_stage.h"

#include "harness/hints.h"
#include "harness/violation.h"
#include "harness/world/scenes.h"
#include "harness/world/set_text.h"

extern "C" {
#include "wire/wire.h"
}

#include <optional>
#include <set>

namespace judge
{
namespace
{

constexpr uint64_t kLookMs = 10;    // virtual
constexpr uint64_t kSettleMs = 200; // far more than a message takes
constexpr uint64_t kRestMs = 60'000;
constexpr uint32_t kJitterUs = 3000; // of a message
// Neither a get nor a put.
constexpr auto kNoSuchKind = static_cast<request_kind>(200);

class SimulatedStage : public Stage
{
  public:
    SimulatedStage(const Setup &setup, uint64_t seed)
        : setup_(WithJitter(setup)), trial_(nullptr, Choices(seed)),
          world_(trial_, setup_)
    {
    }

    int Ask(const Action &action) override
    {
        clients_.push_back(std::nullopt);
        if (IsRequest(action))
            clients_.back() = Invoke(action);
        return static_cast<int>(clients_.size()) - 1;
    }

    Result Answer(int client) override
    {
        const std::optional<int> op = clients_.at(size_t(client));

        if (!op)
            return Refused();
        // Who gives up does so in time; twice that is for ever.
        for (uint64_t ms = 0; ms < 2 * setup_.give_up_ms && !Of(*op);
             ms += kLookMs)
            world_.Quiet(kLookMs);
        return Of(*op).value_or(NoAnswer());
    }

    void Crash(node_id node) override
    {
        world_.Crash(node - 1);
    }
    void Restart(node_id node) override
    {
        world_.Restart(node - 1);
    }
    void RestartEmpty(node_id node) override
    {
        world_.RestartEmpty(node - 1);
    }
    void Pause(node_id node) override
    {
        world_.Pause(node - 1);
    }
    void Resume(node_id node) override
    {
        world_.Resume(node - 1);
    }
    void Cut(node_id from, node_id to) override
    {
        world_.Cut(from - 1, to - 1);
    }
    void Join(node_id from, node_id to) override
    {
        world_.Join(from - 1, to - 1);
    }

    void Settle() override
    {
        world_.Quiet(kSettleMs);
    }

    void Rest(const std::string &key) override
    {
        const std::vector<std::string> keys =
            key.empty() ? KeysPut() : std::vector<std::string>{key};

        for (uint64_t ms = 0; !Unrest(keys).empty(); ms += kSettleMs) {
            if (ms >= kRestMs)
                throw Violation{"expectation",
                                "every hint to come home, and all replicas to "
                                "come to hold the same",
                                std::to_string(ms) + " ms later " +
                                    Unrest(keys)};
            world_.Quiet(kSettleMs);
        }
    }

    void End() override
    {
        world_.Close();
    }

  private:
    int Invoke(const Action &action)
    {
        const uint32_t node = action.node - 1;
        const bool is_put = action.kind == Action::Kind::Put;

        if (!is_put || action.context.empty()) {
            const int op =
                world_.Invoke(node, is_put, action.key, action.value);
            if (!action.context.empty())
                contexts_[action.context] = op;
            return op;
        }
        if (action.context == kNoContext)
            return world_.PutWith(node, action.key, action.value, kNoContext);
        return world_.PutAfter(node, action.key, action.value,
                               contexts_.at(action.context));
    }

    std::vector<std::string> KeysPut() const
    {
        std::set<std::string> keys;

        for (const Operation &operation : world_.Operations())
            if (operation.is_put)
                keys.insert(operation.key);
        return {keys.begin(), keys.end()};
    }

    // What there is still to do, in words.
    std::string Unrest(const std::vector<std::string> &keys) const
    {
        std::vector<std::vector<std::string>> held;

        for (uint32_t node = 0; node < setup_.nodes; node++) {
            NodeSetup reader = NodeOf(setup_, node + 1);

            if (const size_t hints = HintsIn(world_.Stored(node)); hints > 0)
                return "node " + std::to_string(node + 1) + " keeps " +
                       Count(hints, "hint");
            reader.disk = world_.DiskOf(node);
            held.push_back(HeldOf(reader, world_.Stored(node), keys));
        }
        for (size_t i = 0; i < keys.size(); i++) {
            const std::vector<uint32_t> owners = ReplicasOf(setup_, keys[i]);

            for (const uint32_t owner : owners)
                if (held[owner][i] != held[owners[0]][i])
                    return "of " + Quoted(keys[i]) + " node " +
                           std::to_string(owners[0] + 1) + " holds " +
                           SetText(Slice(held[owners[0]][i])) + ", node " +
                           std::to_string(owner + 1) + " " +
                           SetText(Slice(held[owner][i]));
        }
        return "";
    }

    static Setup WithJitter(Setup setup)
    {
        setup.faults.jitter_us = kJitterUs;
        return setup;
    }

    // A node is asked only what can be read as a request, as at the client port
    // of a real one.
    static bool IsRequest(const Action &action)
    {
        struct request asked = {}, read;

        asked.kind = action.kind == Action::Kind::Put   ? REQUEST_PUT
                     : action.kind == Action::Kind::Get ? REQUEST_GET
                                                        : kNoSuchKind;
        asked.key = Slice(action.key);
        asked.value = Slice(action.value);
        std::string bytes(request_encode(&asked, nullptr, 0), '\0');
        request_encode(&asked, reinterpret_cast<uint8_t *>(bytes.data()),
                       bytes.size());
        return request_decode(&read, Slice(bytes)) == DYN_OK;
    }

    std::optional<Result> Of(int op) const
    {
        const Operation &operation = world_.Operations().at(size_t(op));

        if (operation.returned == kNever)
            return std::nullopt;
        if (operation.code != DYN_OK)
            return Code(operation.code);
        if (operation.is_put)
            return Done();
        if (operation.values.empty())
            return Nothing();
        return Values(operation.values);
    }

    const Setup setup_;
    Trial trial_;
    World world_;
    // Of each client its operation; none: it was refused.
    std::vector<std::optional<int>> clients_;
    std::map<std::string, int> contexts_; // gets, by the names of theirs
};

} // namespace

Transcript PlaySimulated(const Script &script, uint64_t seed)
{
    return Play(script, [&]() -> std::unique_ptr<Stage> {
        return std::make_unique<SimulatedStage>(script.Cluster(), seed);
    });
}

} // namespace judge
