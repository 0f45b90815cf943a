#include "harness/cluster/trace_merge.h"

#include "harness/violation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace judge
{
namespace
{

using Json = nlohmann::ordered_json;

struct Timed {
    uint64_t time_us;
    Json event;
};

void AddNode(const std::string &text, std::vector<Timed> *events)
{
    size_t at = 0;

    for (size_t end; (end = text.find('\n', at)) != std::string::npos;
         at = end + 1) {
        Json event =
            Json::parse(text.begin() + static_cast<long>(at),
                        text.begin() + static_cast<long>(end), nullptr, false);

        if (event.is_discarded() || !event.is_object())
            throw InfraError("a node's trace has a line that is no JSON: " +
                             text.substr(at, std::min<size_t>(end - at, 200)));
        if (event.contains("trace"))
            continue;
        if (!event.contains("t") || !event["t"].is_number_unsigned())
            throw InfraError("a node's trace has a line without a time");
        const uint64_t time = event["t"];
        events->push_back({time, std::move(event)});
    }
}

std::string MessageName(node_id sender, uint64_t number)
{
    return std::to_string(sender) + "." + std::to_string(number);
}

Json Event(const ProxyEvent &event)
{
    const auto lose = [&](const char *why) {
        return Json{{"e", "lose"},
                    {"m", MessageName(event.from, event.number)},
                    {"why", why}};
    };

    switch (event.kind) {
    case ProxyEvent::Kind::Cut:
        return {{"e", "cut"}, {"from", event.from}, {"to", event.to}};
    case ProxyEvent::Kind::Join:
        return {{"e", "join"}, {"from", event.from}, {"to", event.to}};
    case ProxyEvent::Kind::LoseCut:
        return lose("cut");
    case ProxyEvent::Kind::LoseFault:
        return lose("loss");
    case ProxyEvent::Kind::LoseDown:
        return lose("down");
    case ProxyEvent::Kind::Double:
        break;
    }
    return {{"e", "copy"}, {"of", MessageName(event.from, event.number)}};
}

// Gives messages numbers that are integers. A message that was doubled arrives
// twice under its one name: the second time is the double's.
class Numbers
{
  public:
    uint64_t Of(const std::string &name)
    {
        const auto [at, added] = numbers_.try_emplace(name, next_);

        next_ += added ? 1 : 0;
        return at->second;
    }

    uint64_t Double(const std::string &name)
    {
        doubles_[name].push_back(next_);
        return next_++;
    }

    uint64_t Arrived(const std::string &name)
    {
        auto doubles = doubles_.find(name);

        if (!arrived_[name]++ || doubles == doubles_.end() ||
            doubles->second.empty())
            return Of(name);
        const uint64_t number = doubles->second.front();
        doubles->second.erase(doubles->second.begin());
        return number;
    }

    bool Known(const std::string &name) const
    {
        return numbers_.count(name) != 0;
    }

  private:
    uint64_t next_ = 1;
    std::map<std::string, uint64_t> numbers_;
    std::map<std::string, std::vector<uint64_t>> doubles_;
    std::map<std::string, int> arrived_;
};

// Clients that nobody told of get operations of their own.
uint64_t OperationOf(std::map<std::string, int> *calls, const std::string &call)
{
    int next = 0;

    if (calls->count(call) == 0) {
        for (const auto &[name, operation] : *calls)
            next = std::max(next, operation + 1);
        (*calls)[call] = next;
    }
    return static_cast<uint64_t>((*calls)[call]);
}

// False for an event that says nothing without one that a killed node could not
// write any more.
bool Name(std::map<std::string, int> *calls, Numbers *numbers, Json *event)
{
    const std::string kind = event->value("e", "");

    if (kind == "copy") {
        const std::string of = (*event)["of"];

        if (!numbers->Known(of))
            return false;
        (*event)["m"] = numbers->Double(of);
        (*event)["of"] = numbers->Of(of);
    } else if (event->contains("m")) {
        const std::string name = (*event)["m"];

        if (kind != "send" && !numbers->Known(name))
            return false;
        (*event)["m"] =
            kind == "recv" ? numbers->Arrived(name) : numbers->Of(name);
    }
    if (event->contains("call")) {
        const std::string call = (*event)["call"];

        event->erase("call");
        (*event)["op"] = OperationOf(calls, call);
    }
    return true;
}

} // namespace

std::string MergeTraces(const TraceParts &parts)
{
    std::vector<Timed> events;
    std::ostringstream text;
    Numbers numbers;
    std::map<std::string, int> calls = parts.calls;
    uint64_t i = 0;

    // Of events at the same microsecond: the client asks before a node is
    // asked, and what nodes do comes before what befalls it on the way.
    for (const OwnEvent &own : parts.own)
        events.push_back({own.time_us, Json::parse(own.json)});
    for (const std::string &node : parts.nodes)
        AddNode(node, &events);
    for (const ProxyEvent &event : parts.proxy)
        events.push_back({event.time_us, Event(event)});
    std::stable_sort(
        events.begin(), events.end(),
        [](const Timed &a, const Timed &b) { return a.time_us < b.time_us; });
    text << parts.header << "\n";
    for (Timed &timed : events) {
        if (!Name(&calls, &numbers, &timed.event))
            continue;
        timed.event["t"] =
            timed.time_us - std::min(timed.time_us, parts.began_us);
        Json line = {{"i", i++}};
        line.update(timed.event);
        text << line.dump() << "\n";
    }
    return text.str();
}

} // namespace judge
