#include "harness/trace_reader.h"

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <variant>

namespace judge
{
namespace
{

using nlohmann::json;

// What a browser can count exactly.
constexpr uint64_t kWholeMost = (uint64_t(1) << 53) - 1;

using Whole = std::optional<uint64_t> TraceEvent::*;
using Integer = std::optional<int64_t> TraceEvent::*;
using Text = std::optional<std::string> TraceEvent::*;
using Texts = std::vector<std::string> TraceEvent::*;
using Wholes = std::vector<uint64_t> TraceEvent::*;
using Member = std::variant<Whole, Integer, Text, Texts, Wholes>;

const std::map<std::string, Member> &Members()
{
    static const std::map<std::string, Member> members = {
        {"n", &TraceEvent::n},
        {"to", &TraceEvent::to},
        {"from", &TraceEvent::from},
        {"m", &TraceEvent::m},
        {"of", &TraceEvent::of},
        {"op", &TraceEvent::op},
        {"request", &TraceEvent::request},
        {"timer", &TraceEvent::timer},
        {"after_ms", &TraceEvent::after_ms},
        {"arg", &TraceEvent::arg},
        {"lost", &TraceEvent::lost},
        {"factor", &TraceEvent::factor},
        {"operation", &TraceEvent::operation},
        {"code", &TraceEvent::code},
        {"ms", &TraceEvent::ms},
        {"client", &TraceEvent::client},
        {"do", &TraceEvent::action},
        {"key", &TraceEvent::key},
        {"value", &TraceEvent::value},
        {"version", &TraceEvent::version},
        {"why", &TraceEvent::why},
        {"text", &TraceEvent::text},
        {"rule", &TraceEvent::rule},
        {"name", &TraceEvent::name},
        {"values", &TraceEvent::values},
        {"ops", &TraceEvent::ops}};
    return members;
}

// What the schema demands of a kind, beside e, t and i.
const std::map<std::string, std::vector<const char *>> &Demands()
{
    static const std::map<std::string, std::vector<const char *>> demands = {
        {"open", {"n", "code"}},
        {"crash", {"n", "lost"}},
        {"send", {"n", "to", "m", "kind"}},
        {"recv", {"n", "from", "m"}},
        {"lose", {"m", "why"}},
        {"copy", {"m", "of"}},
        {"timer", {"n", "timer", "after_ms", "kind", "arg"}},
        {"fire", {"n", "timer", "kind", "arg"}},
        {"cancel", {"n", "timer"}},
        {"put", {"n", "key", "value"}},
        {"delete", {"n", "key"}},
        {"sync", {"n"}},
        {"note", {"n", "text"}},
        {"invoke", {"op", "client", "n", "do", "key"}},
        {"request", {"n", "op", "request"}},
        {"reply", {"n", "op", "request", "code"}},
        {"return", {"op", "client", "code"}},
        {"abandon", {"op", "client"}},
        {"cut", {"from", "to"}},
        {"join", {"from", "to"}},
        {"pause", {"n"}},
        {"resume", {"n"}},
        {"wipe", {"n"}},
        {"full", {"n"}},
        {"room", {"n"}},
        {"fail", {"n", "what"}},
        {"slow", {"n", "factor"}},
        {"skew", {"n", "ms"}},
        {"phase", {"name"}},
        {"violation", {"rule", "text"}}};
    return demands;
}

[[noreturn]] void Refuse(size_t line, const std::string &why)
{
    throw std::runtime_error("the trace's line " + std::to_string(line) + " " +
                             why +
                             " (labs/trace/schema.md says what a line holds)");
}

uint64_t TheWhole(size_t line, const char *name, const json &value,
                  uint64_t most = kWholeMost)
{
    if (!value.is_number_unsigned() || value.get<uint64_t>() > most)
        Refuse(line, std::string("has a '") + PlainText(name) +
                         "' that is no whole number from 0 to " +
                         std::to_string(most));
    return value.get<uint64_t>();
}

std::string TheText(size_t line, const char *name, const json &value)
{
    if (!value.is_string())
        Refuse(line, std::string("has a '") + PlainText(name) +
                         "' that is no string");
    return PlainText(value.get<std::string>());
}

struct Store {
    TraceEvent &event;
    size_t line;
    const char *name;
    const json &value;

    void operator()(Whole member) const
    {
        // These are the program's own, any 64 bits.
        const bool own = member == &TraceEvent::arg ||
                         member == &TraceEvent::operation ||
                         member == &TraceEvent::after_ms;

        event.*member =
            TheWhole(line, name, value, own ? UINT64_MAX : kWholeMost);
    }
    void operator()(Integer member) const
    {
        if (!value.is_number_integer())
            Refuse(line, std::string("has a '") + PlainText(name) +
                             "' that is no integer");
        // An int of -1 that was written as uint64_t is -1 here too.
        event.*member = value.get<int64_t>();
    }
    void operator()(Text member) const
    {
        event.*member = TheText(line, name, value);
    }
    void operator()(Texts member) const
    {
        if (!value.is_array())
            Refuse(line, std::string("has a '") + PlainText(name) +
                             "' that is no list");
        for (const json &one : value)
            (event.*member).push_back(TheText(line, name, one));
    }
    void operator()(Wholes member) const
    {
        if (!value.is_array())
            Refuse(line, std::string("has a '") + PlainText(name) +
                             "' that is no list");
        for (const json &one : value)
            (event.*member).push_back(TheWhole(line, name, one));
    }
};

void Take(TraceEvent &event, size_t line, const std::string &name,
          const json &value)
{
    const auto member = Members().find(name);

    if (name == "i" || name == "t" || name == "e")
        return;
    if (name == "kind" && value.is_string())
        event.label = PlainText(value.get<std::string>());
    else if (name == "kind" && value.is_number_integer())
        event.timer_kind = value.get<int64_t>();
    else if (member != Members().end())
        std::visit(Store{event, line, name.c_str(), value}, member->second);
    else if (!value.is_structured()) // which could nest without end
        event.others.emplace_back(PlainText(name), PlainText(value.dump()));
}

TraceEvent TheEvent(size_t line, const json &object)
{
    TraceEvent event;

    for (const char *name : {"e", "t", "i"})
        if (!object.contains(name))
            Refuse(line, std::string("lacks '") + name + "'");
    event.kind = TheText(line, "e", object["e"]);
    event.time_us = TheWhole(line, "t", object["t"]);
    event.number = TheWhole(line, "i", object["i"]);
    const auto demands = Demands().find(event.kind);
    if (demands != Demands().end()) // of others there is no knowledge here
        for (const char *name : demands->second)
            if (!object.contains(name))
                Refuse(line, "is an event '" + event.kind + "' without '" +
                                 name + "'");
    for (const auto &[name, value] : object.items())
        Take(event, line, name, value);
    if (event.kind == "send" && !event.label)
        Refuse(line, "is a send whose 'kind' is no string");
    if ((event.kind == "timer" || event.kind == "fire") && !event.timer_kind)
        Refuse(line, "is a timer whose 'kind' is no integer");
    return event;
}

TraceRun TheRun(const json &object)
{
    TraceRun run;

    if (!object.contains("trace") || object["trace"] != 1)
        Refuse(1, "does not say \"trace\":1; is this file a trace?");
    for (const auto &[name, text] : {std::pair{"world", &run.world},
                                     {"test", &run.test},
                                     {"program", &run.program},
                                     {"lab", &run.lab},
                                     {"page", &run.page}})
        if (object.contains(name))
            *text = TheText(1, name, object[name]);
    for (const auto &[name, number] :
         {std::pair{"n", &run.n}, {"r", &run.r}, {"w", &run.w}, {"f", &run.f}})
        if (object.contains(name))
            *number = TheWhole(1, name, object[name]);
    if (object.contains("seed"))
        run.seed = object["seed"].is_number_unsigned()
                       ? std::to_string(object["seed"].get<uint64_t>())
                       : TheText(1, "seed", object["seed"]);
    if (object.contains("case"))
        run.case_number = TheWhole(1, "case", object["case"]);
    if (object.contains("nodes")) {
        if (!object["nodes"].is_array())
            Refuse(1, "has 'nodes' that are no list");
        for (const json &node : object["nodes"])
            run.nodes.push_back(TheWhole(1, "nodes", node));
    }
    return run;
}

json TheObject(size_t line, const std::string &text)
{
    json object = json::parse(text, nullptr, false);

    if (object.is_discarded())
        Refuse(line, "is no JSON: '" + PlainText(text.substr(0, 40)) +
                         (text.size() > 40 ? "...'" : "'"));
    if (!object.is_object())
        Refuse(line, "is JSON, but no object");
    return object;
}

// Bytes of the character at `at`, and its number; 1 and -1 if it is none.
std::pair<size_t, int32_t> Character(const std::string &text, size_t at)
{
    const auto byte = [&](size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const unsigned first = byte(at);
    const size_t size = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
    int32_t number =
        static_cast<int32_t>(size <= 1 ? first : first & (0x7fu >> size));

    if (size == 0)
        return {1, -1};
    for (size_t i = 1; i < size; i++) {
        if ((byte(at + i) & 0xc0) != 0x80)
            return {1, -1};
        number = number << 6 | static_cast<int32_t>(byte(at + i) & 0x3f);
    }
    return {size, number};
}

bool IsHarmless(int32_t number)
{
    return number >= 0x20 && number != 0x7f &&
           !(number >= 0x80 && number < 0xa0) && // terminals obey these too
           !(number >= 0x200b && number <= 0x200f) && // no width, or turning
           !(number >= 0x2028 && number <= 0x202e) && // lines, and turning
           !(number >= 0x2060 && number <= 0x206f) && number != 0xfeff;
}

} // namespace

std::string PlainText(const std::string &text)
{
    std::string plain;
    char code[16];

    for (size_t at = 0; at < text.size();) {
        const auto [size, number] = Character(text, at);

        if (number >= 0 && IsHarmless(number)) {
            plain.append(text, at, size);
        } else {
            std::snprintf(code, sizeof code,
                          number < 0x80 ? "\\x%02x" : "\\u{%x}",
                          number < 0 ? static_cast<unsigned char>(text[at])
                                     : static_cast<unsigned>(number));
            plain += code;
        }
        at += size;
    }
    return plain;
}

Trace ReadTrace(const std::string &jsonl)
{
    Trace trace;
    size_t line = 0;

    for (size_t at = 0; at < jsonl.size();) {
        size_t end = jsonl.find('\n', at);

        if (end == std::string::npos)
            end = jsonl.size();
        const std::string text = jsonl.substr(at, end - at);
        at = end + 1;
        line++;
        if (text.empty() && at >= jsonl.size() && line > 1)
            break; // an empty last line
        const json object = TheObject(line, text);
        if (line == 1) {
            trace.run = TheRun(object);
            continue;
        }
        TraceEvent event = TheEvent(line, object);
        if (!trace.events.empty()) {
            const TraceEvent &last = trace.events.back();

            if (event.number <= last.number)
                Refuse(line, "has number " + std::to_string(event.number) +
                                 " after number " +
                                 std::to_string(last.number) +
                                 ", but 'i' must grow");
            if (event.time_us < last.time_us)
                Refuse(line, "goes back in time, from " +
                                 std::to_string(last.time_us) + " to " +
                                 std::to_string(event.time_us));
        }
        if (event.time_us % 100 != 0)
            trace.time_decimals = 3;
        trace.events.push_back(std::move(event));
    }
    if (line == 0)
        Refuse(1, "is missing: the file is empty");
    return trace;
}

} // namespace judge
