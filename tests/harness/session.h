// session.h: a conversation with a host, every call of which is a step.
#pragma once

#include "harness/host_process.h"

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace judge
{

// What was done, for the failure text: "ring_leave(ring 0, node 3)" and what
// came back; `answer` stays empty when nothing came.
struct Step {
    std::string call, answer;
    std::string function; // as the host knows it
};

class Session
{
  public:
    explicit Session(const HostLimits &limits);
    ~Session();

    // One call. The reference is good until the next call.
    const nlohmann::json &Call(const std::string &text,
                               const std::string &function,
                               const nlohmann::json &arguments);

    // Many calls in one round trip: as many answers, in order.
    std::vector<nlohmann::json>
    CallAll(const std::vector<std::string> &texts, const std::string &function,
            const std::vector<nlohmann::json> &arguments);

    // From now on CallAll makes its calls one by one: slow, but the first one
    // without an answer is the one that went wrong.
    void Stepwise(bool on);

    // Says in words what the last call answered.
    void Answered(const std::string &text);
    // The same for the call that is `back` before the last.
    void AnsweredBefore(size_t back, const std::string &text);

    // The calls after the one that is `back` before the last are of no
    // interest: the story ends there, and so does the debugger.
    void EndStory(size_t back);

    // A call of the harness's own, which is no step.
    nlohmann::json Quiet(const std::string &function,
                         const nlohmann::json &arguments);

    // A step that is no call: a remark.
    void Remark(const std::string &text);

    const std::vector<Step> &Steps() const;
    void ForgetSteps(); // and what was printed

    // The frames sent since ForgetSteps, as a host replays them.
    const std::vector<uint8_t> &Script() const;
    size_t ScriptCalls() const; // how many calls that is

    // Whether a call was made: the host is started by the first one.
    bool Started() const;

    size_t LastBatch() const; // how many calls the last frame had

    std::string Printed() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace judge
