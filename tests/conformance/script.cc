#include "conformance/script.h"

#include "check/history.h"

#include <algorithm>

namespace judge
{

Result Done()
{
    return "done";
}

Result Nothing()
{
    return "nothing";
}

Result Value(const std::string &value)
{
    // Long ones are cut when they are shown; they must differ all the same.
    constexpr size_t kWhole = 60;
    std::string text = Quoted(value);

    if (value.size() > kWhole)
        text += " hash " + std::to_string(std::hash<std::string>()(value));
    return text;
}

Result Values(const std::vector<std::string> &values)
{
    std::vector<Result> each;
    Result all;

    for (const std::string &value : values)
        each.push_back(Value(value));
    std::sort(each.begin(), each.end());
    for (const Result &one : each)
        all += (all.empty() ? "" : ", ") + one;
    return all;
}

Result Code(int code)
{
    return dyn_error_name(code);
}

Result Refused()
{
    return "refused";
}

Result NoAnswer()
{
    return "no answer";
}

bool Action::HasAnswer() const
{
    switch (kind) {
    case Kind::Put:
    case Kind::Get:
    case Kind::Unknown:
        return !begun_only;
    case Kind::Take:
        return true;
    default:
        return false;
    }
}

std::string Action::Show() const
{
    const std::string at = " node " + std::to_string(node);
    const std::string link = at + " to node " + std::to_string(to);
    const std::string begin = begun_only ? "begin: " : "";

    switch (kind) {
    case Kind::Put:
        return begin + "put " + Quoted(key) + " = " + Quoted(value) +
               (context.empty() ? "" : " with the context " + context) + " at" +
               at;
    case Kind::Get:
        return begin + "get " + Quoted(key) +
               (context.empty() ? "" : " and its context " + context) + " at" +
               at;
    case Kind::Unknown:
        return begin + "an unknown operation on " + Quoted(key) + " at" + at;
    case Kind::Take:
        return "the answer to what was begun";
    case Kind::Crash:
        return "crash" + at;
    case Kind::Restart:
        return "restart" + at;
    case Kind::RestartEmpty:
        return "restart without its disk" + at;
    case Kind::Pause:
        return "pause" + at;
    case Kind::Resume:
        return "resume" + at;
    case Kind::Cut:
        return "cut" + link;
    case Kind::Join:
        return "join" + link;
    case Kind::Rest:
        return "wait until every hint is home and all replicas agree" +
               (key.empty() ? "" : " on " + Quoted(key));
    }
    return "";
}

// ---- Writing one ----

Script::Script(std::string name, const Setup &setup)
    : name_(std::move(name)), setup_(setup)
{
}

Script &Script::Put(node_id node, const std::string &key,
                    const std::string &value, const Result &expected)
{
    actions_.push_back(
        {Action::Kind::Put, node, 0, key, value, false, expected});
    return *this;
}

Script &Script::Get(node_id node, const std::string &key,
                    const Result &expected)
{
    actions_.push_back({Action::Kind::Get, node, 0, key, "", false, expected});
    return *this;
}

Script &Script::GetAs(const std::string &context, node_id node,
                      const std::string &key, const Result &expected)
{
    Get(node, key, expected);
    actions_.back().context = context;
    return *this;
}

Script &Script::PutAfter(const std::string &context, node_id node,
                         const std::string &key, const std::string &value,
                         const Result &expected)
{
    Put(node, key, value, expected);
    actions_.back().context = context;
    return *this;
}

Script &Script::Unknown(node_id node, const std::string &key,
                        const Result &expected)
{
    actions_.push_back(
        {Action::Kind::Unknown, node, 0, key, "", false, expected});
    return *this;
}

Script &Script::BeginPut(node_id node, const std::string &key,
                         const std::string &value)
{
    actions_.push_back({Action::Kind::Put, node, 0, key, value, true, ""});
    return *this;
}

Script &Script::BeginGet(node_id node, const std::string &key)
{
    actions_.push_back({Action::Kind::Get, node, 0, key, "", true, ""});
    return *this;
}

Script &Script::Take(const Result &expected)
{
    actions_.push_back({Action::Kind::Take, 0, 0, "", "", false, expected});
    return *this;
}

Script &Script::Fault(Action::Kind kind, node_id node, node_id to)
{
    actions_.push_back({kind, node, to, "", "", false, ""});
    return *this;
}

Script &Script::Crash(node_id node)
{
    return Fault(Action::Kind::Crash, node);
}

Script &Script::Restart(node_id node)
{
    return Fault(Action::Kind::Restart, node);
}

Script &Script::RestartEmpty(node_id node)
{
    return Fault(Action::Kind::RestartEmpty, node);
}

Script &Script::Rest(const std::string &key)
{
    actions_.push_back({Action::Kind::Rest, 0, 0, key, "", false, ""});
    return *this;
}

Script &Script::Pause(node_id node)
{
    return Fault(Action::Kind::Pause, node);
}

Script &Script::Resume(node_id node)
{
    return Fault(Action::Kind::Resume, node);
}

Script &Script::Cut(node_id from, node_id to)
{
    return Fault(Action::Kind::Cut, from, to);
}

Script &Script::Join(node_id from, node_id to)
{
    return Fault(Action::Kind::Join, from, to);
}

Script &Script::CutOff(node_id node, const std::vector<node_id> &others)
{
    for (const node_id other : others)
        Cut(node, other).Cut(other, node);
    return *this;
}

Script &Script::JoinTo(node_id node, const std::vector<node_id> &others)
{
    for (const node_id other : others)
        Join(node, other).Join(other, node);
    return *this;
}

} // namespace judge
