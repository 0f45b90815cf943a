#include "conformance/real_stage.h"

#include "harness/cluster/agreement.h"
#include "harness/cluster/await.h"
#include "harness/cluster/real_cluster.h"
#include "harness/cluster/resp_client.h"

#include <algorithm>

namespace judge
{
namespace
{

constexpr std::chrono::seconds kRest{300}; // it never takes so long

RealSetup RealOf(const Setup &setup, const std::string &node,
                 const std::vector<std::string> &wrap)
{
    RealSetup real;

    real.node = node;
    real.wrap = wrap;
    real.program = setup.program;
    real.nodes = setup.nodes;
    real.n = setup.n;
    real.r = setup.r;
    real.w = setup.w;
    real.f = setup.f;
    real.ring = setup.ring;
    real.retry_ms = setup.retry_ms;
    real.give_up_ms = setup.give_up_ms;
    real.sloppy = setup.sloppy;
    real.handoff_ms = setup.handoff_ms;
    real.sync_ms = setup.sync_ms;
    return real;
}

// "UNAVAILABLE too few nodes ..." is DYN_EUNAVAILABLE; what the client port
// says for itself begins with ERR.
Result OfError(const std::string &text)
{
    const std::string word = text.substr(0, text.find(' '));

#define ERROR_WORD(name, code, sentence)                                       \
    if (std::string(#name) == "DYN_E" + word)                                  \
        return Code(code);
    DYN_ERRORS(ERROR_WORD)
#undef ERROR_WORD
    return word == "ERR" ? Refused() : "error: " + text;
}

class RealStage : public Stage
{
  public:
    explicit RealStage(const RealSetup &setup)
        : cluster_(setup), has_contexts_(setup.HasContexts())
    {
    }

    int Ask(const Action &action) override
    {
        auto client =
            std::make_unique<RespClient>(cluster_.ClientPort(action.node));

        if (action.kind == Action::Kind::Unknown)
            client->Send({"INCR", action.key});
        else if (action.kind == Action::Kind::Put && has_contexts_)
            client->Send(
                {"DYN.PUT", action.key, ContextOf(action), action.value});
        else if (action.kind == Action::Kind::Put)
            client->Send({"SET", action.key, action.value});
        else
            client->Send({has_contexts_ ? "DYN.GET" : "GET", action.key});
        clients_.push_back(std::move(client));
        names_.push_back(action.context);
        return static_cast<int>(clients_.size()) - 1;
    }

    Result Answer(int client) override
    {
        const auto answer = clients_.at(size_t(client))->Wait();

        clients_.at(size_t(client)).reset();
        if (!answer)
            return NoAnswer();
        switch (answer->kind) {
        case RespAnswer::Kind::Status:
            return answer->text == "OK" ? Done() : "status: " + answer->text;
        case RespAnswer::Kind::Bulk:
            return Value(answer->text);
        case RespAnswer::Kind::Nil:
            return Nothing();
        case RespAnswer::Kind::Error:
            return OfError(answer->text);
        case RespAnswer::Kind::Array:
            return OfArray(*answer, names_.at(size_t(client)));
        default:
            return "answer: " + answer->Show();
        }
    }

    void Crash(node_id node) override
    {
        cluster_.Crash(node);
    }
    void Restart(node_id node) override
    {
        cluster_.Restart(node);
    }
    void RestartEmpty(node_id node) override
    {
        cluster_.RestartEmpty(node);
    }
    void Pause(node_id node) override
    {
        cluster_.Pause(node);
    }
    void Resume(node_id node) override
    {
        cluster_.Resume(node);
    }
    void Cut(node_id from, node_id to) override
    {
        cluster_.Cut(from, to);
    }
    void Join(node_id from, node_id to) override
    {
        cluster_.Join(from, to);
    }

    // Whoever is asked for its counts has handled, before it answers, what lay
    // at its door; so has the proxy. What is under way therefore changes some
    // count from one look to the next. Replicas that compare what they hold never
    // stop talking.
    void Settle() override
    {
        std::vector<uint64_t> before;

        cluster_.AwaitConnected();
        if (Compares())
            return;
        Await("nothing is on its way", [&] {
            std::vector<uint64_t> now = Look();
            const bool quiet = !now.empty() && now == before;

            before = std::move(now);
            return quiet;
        });
    }

    void Rest(const std::string &key) override
    {
        Await(
            "every hint is home and all replicas agree",
            [&] {
                cluster_.ExpectAlive();
                return LookAtAgreement(cluster_, key).Reached();
            },
            kRest);
    }

    void End() override
    {
        cluster_.ExpectAlive();
    }

  private:
    bool Compares() const
    {
        return cluster_.Setup().HasHints() && cluster_.Setup().sync_ms > 0;
    }

    std::string ContextOf(const Action &action) const
    {
        if (action.context.empty())
            return "";
        if (action.context != kNoContext)
            return contexts_.at(action.context);
        std::string text;
        char digits[3];
        for (const char *at = kNoContext; *at != '\0'; at++) {
            std::snprintf(digits, sizeof digits, "%02x",
                          static_cast<unsigned char>(*at));
            text += digits;
        }
        return text;
    }

    // What DYN.GET answers: the context, and the values.
    Result OfArray(const RespAnswer &answer, const std::string &name)
    {
        std::vector<std::string> values;

        if (answer.elements.size() != 2)
            return "answer: " + answer.Show();
        if (!name.empty())
            contexts_[name] = answer.elements[0].text;
        for (const RespAnswer &value : answer.elements[1].elements)
            values.push_back(value.text);
        return values.empty() ? Nothing() : Values(values);
    }

    bool Runs(node_id node) const
    {
        return cluster_.IsUp(node) && !cluster_.IsPaused(node);
    }

    // What has been counted so far; empty while messages are in the proxy.
    std::vector<uint64_t> Look()
    {
        std::vector<uint64_t> counts;

        for (const node_id from : cluster_.Nodes())
            for (const node_id to : cluster_.Nodes()) {
                const LinkCounts link = cluster_.Counts(from, to);

                if (cluster_.IsUp(to) &&
                    link.arrived > link.delivered + link.lost)
                    return {};
                counts.push_back(link.arrived);
            }
        for (const node_id node : cluster_.Nodes())
            if (Runs(node))
                for (const char *name : {"requests", "replies", "messages_sent",
                                         "messages_received"})
                    counts.push_back(std::stoull(cluster_.Info(node).at(name)));
        return counts;
    }

    RealCluster cluster_;
    const bool has_contexts_;
    std::vector<std::unique_ptr<RespClient>> clients_;
    std::vector<std::string> names_; // of the clients' contexts
    std::map<std::string, std::string> contexts_;
};

} // namespace

Transcript PlayReal(const Script &script, const std::string &node,
                    const std::vector<std::string> &wrap)
{
    return Play(script, [&]() -> std::unique_ptr<Stage> {
        return std::make_unique<RealStage>(
            RealOf(script.Cluster(), node, wrap));
    });
}

} // namespace judge
