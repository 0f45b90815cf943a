#include "harness/session.h"

#include "harness/violation.h"

#include <cstring>
#include <nlohmann/json.hpp>

namespace judge
{
namespace
{

using nlohmann::json;

// Builds a value from hostile bytes: nothing nests deeper than answers do, so
// that a million opening brackets do not exhaust our stack.
class ShallowParser : public nlohmann::detail::json_sax_dom_parser<json>
{
  public:
    using Base = nlohmann::detail::json_sax_dom_parser<json>;

    explicit ShallowParser(json *root) : Base(*root, false)
    {
    }
    bool start_array(std::size_t size)
    {
        return ++depth_ <= 6 && size <= 2u << 20 && Take() &&
               Base::start_array(size);
    }
    bool end_array()
    {
        depth_--;
        return Base::end_array();
    }
    bool start_object(std::size_t)
    {
        return false; // no answer holds one
    }

    bool null()
    {
        return Take() && Base::null();
    }
    bool boolean(bool value)
    {
        return Take() && Base::boolean(value);
    }
    bool number_integer(json::number_integer_t value)
    {
        return Take() && Base::number_integer(value);
    }
    bool number_unsigned(json::number_unsigned_t value)
    {
        return Take() && Base::number_unsigned(value);
    }
    bool number_float(json::number_float_t value, const std::string &text)
    {
        return Take() && Base::number_float(value, text);
    }
    bool string(std::string &value)
    {
        return Take() && Base::string(value);
    }
    bool binary(json::binary_t &value)
    {
        return Take() && Base::binary(value);
    }

  private:
    // Every value costs us memory; the largest honest answer has 2^20.
    bool Take()
    {
        return ++values_ <= 2u << 20;
    }

    int depth_ = 0;
    size_t values_ = 0;
};

json Parse(const std::vector<uint8_t> &bytes, size_t answers)
{
    json root;
    bool whole = false;

    try {
        ShallowParser parser(&root);
        whole = json::sax_parse(bytes, &parser, json::input_format_t::msgpack);
    } catch (const json::exception &) {
        whole = false;
    }
    if (whole && root.is_array() && root.size() == answers) {
        for (const json &answer : root)
            whole = whole && answer.is_array();
        if (whole)
            return root;
    }
    throw Violation{"channel", "",
                    "the answer on the host's channel is not an answer. Only "
                    "the host writes to descriptor 4.\n"};
}

std::vector<uint8_t> Encode(const json &calls)
{
    return json::to_msgpack(calls);
}

} // namespace

struct Session::State {
    explicit State(const HostLimits &what) : limits(what)
    {
    }

    const HostLimits limits;
    std::unique_ptr<HostProcess> process;
    std::vector<Step> steps;
    std::vector<uint8_t> script;
    size_t script_calls = 0;
    json answers;
    bool stepwise = false;

    size_t last_batch = 0; // calls in the last frame

    void Exchange(const json &calls, bool record)
    {
        last_batch = calls.size();
        const std::vector<uint8_t> frame = Encode(calls);

        if (record) {
            const uint32_t size = static_cast<uint32_t>(frame.size());
            uint8_t head[4];

            std::memcpy(head, &size, 4);
            script.insert(script.end(), head, head + 4);
            script.insert(script.end(), frame.begin(), frame.end());
            script_calls += calls.size();
        }
        if (process == nullptr)
            process = std::make_unique<HostProcess>(limits);
        answers = Parse(process->Exchange(frame), calls.size());
    }
};

Session::Session(const HostLimits &limits)
    : state_(std::make_unique<State>(limits))
{
}

Session::~Session() = default;

static json MakeCall(const std::string &function, const json &arguments)
{
    json call = json::array({function});

    for (const json &argument : arguments)
        call.push_back(argument);
    return call;
}

const json &Session::Call(const std::string &text, const std::string &function,
                          const json &arguments)
{
    state_->steps.push_back({text, "", function});
    state_->Exchange(json::array({MakeCall(function, arguments)}), true);
    return state_->answers[0];
}

std::vector<json> Session::CallAll(const std::vector<std::string> &texts,
                                   const std::string &function,
                                   const std::vector<json> &arguments)
{
    json calls = json::array();

    if (arguments.empty())
        return {};
    if (state_->stepwise) {
        std::vector<json> answers;

        for (size_t i = 0; i < arguments.size(); i++) {
            answers.push_back(Call(texts[i], function, arguments[i]));
            Answered("(answered)"); // whoever called says it better, later
        }
        return answers;
    }
    for (size_t i = 0; i < arguments.size(); i++) {
        state_->steps.push_back({texts[i], "", function});
        calls.push_back(MakeCall(function, arguments[i]));
    }
    state_->Exchange(calls, true);
    return state_->answers.get<std::vector<json>>();
}

void Session::Stepwise(bool on)
{
    state_->stepwise = on;
}

void Session::Answered(const std::string &text)
{
    AnsweredBefore(0, text);
}

void Session::AnsweredBefore(size_t back, const std::string &text)
{
    state_->steps.at(state_->steps.size() - 1 - back).answer = text;
}

void Session::EndStory(size_t back)
{
    state_->steps.resize(state_->steps.size() - back);
    state_->script_calls -= back;
}

json Session::Quiet(const std::string &function, const json &arguments)
{
    state_->Exchange(json::array({MakeCall(function, arguments)}),
                     function == "heap_fail_at");
    return state_->answers[0];
}

void Session::Remark(const std::string &text)
{
    state_->steps.push_back({text, " ", ""});
}

const std::vector<Step> &Session::Steps() const
{
    return state_->steps;
}

void Session::ForgetSteps()
{
    state_->steps.clear();
    state_->script.clear();
    state_->script_calls = 0;
    if (state_->process != nullptr)
        state_->process->ForgetPrinted();
}

const std::vector<uint8_t> &Session::Script() const
{
    return state_->script;
}

size_t Session::ScriptCalls() const
{
    return state_->script_calls;
}

bool Session::Started() const
{
    return state_->process != nullptr;
}

size_t Session::LastBatch() const
{
    return state_->last_batch;
}

std::string Session::Printed() const
{
    return state_->process != nullptr ? state_->process->Printed() : "";
}

} // namespace judge
