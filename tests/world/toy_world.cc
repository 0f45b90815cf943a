#include "world/toy_world.h"

#include <map>
#include <utility>

namespace judge
{

Setup ToldWorld(uint32_t nodes)
{
    Setup setup;

    setup.program = "told";
    setup.nodes = nodes;
    setup.read_at_the_end = false;
    return setup;
}

Wish Tell(uint32_t node, const std::string &script, uint32_t after_ms)
{
    return {true, "k", script, node, after_ms};
}

Ran RunOf(Choices choices, const Body &body)
{
    Trial trial(nullptr, std::move(choices));
    Ran ran;

    trial.Trace("");
    try {
        body(trial);
    } catch (const Violation &violation) {
        ran.violation = violation;
    }
    ran.choices = trial.TheChoices().Taken();
    ran.text = trial.TheTrace();
    if (!ran.text.empty()) // the world could not begin
        ran.trace = ReadTrace(ran.text);
    return ran;
}

Trace TraceOf(Choices choices, const Body &body)
{
    Ran ran = RunOf(std::move(choices), body);

    if (ran.violation)
        throw std::runtime_error(ran.violation->expected + ": " +
                                 ran.violation->seen);
    return ran.trace;
}

Body Wishes(const Setup &setup, std::vector<Wish> wishes)
{
    return [setup, wishes = std::move(wishes)](Trial &t) {
        World world(t, setup);

        world.Client(wishes);
        world.Run();
        world.Close();
    };
}

std::vector<TraceEvent> OfKind(const Trace &trace, const std::string &kind)
{
    std::vector<TraceEvent> found;

    for (const TraceEvent &event : trace.events)
        if (event.kind == kind)
            found.push_back(event);
    return found;
}

std::vector<TraceEvent> OfKind(const Trace &trace, const std::string &kind,
                               uint64_t node)
{
    std::vector<TraceEvent> found;

    for (const TraceEvent &event : OfKind(trace, kind))
        if (event.n == node)
            found.push_back(event);
    return found;
}

std::vector<std::string> Notes(const Trace &trace, uint64_t node)
{
    std::vector<std::string> notes;

    for (const TraceEvent &event : OfKind(trace, "note", node))
        notes.push_back(event.text.value_or(""));
    return notes;
}

std::vector<uint64_t> Numbers(const Trace &trace, uint64_t node,
                              const std::string &name)
{
    std::vector<uint64_t> numbers;

    for (const std::string &note : Notes(trace, node))
        if (note.rfind(name + " ", 0) == 0)
            numbers.push_back(std::stoull(note.substr(name.size() + 1)));
    return numbers;
}

bool IsHandler(const TraceEvent &event)
{
    return event.kind == "recv" || event.kind == "fire" ||
           event.kind == "request";
}

std::vector<Sent> Messages(const Trace &trace)
{
    std::vector<Sent> messages;
    std::map<uint64_t, size_t> index; // by number, copies' too

    for (const TraceEvent &event : trace.events) {
        if (event.kind == "send") {
            index[event.m.value()] = messages.size();
            messages.push_back({event, {}, {}, false});
        } else if (event.kind == "copy") {
            index[event.m.value()] = index.at(event.of.value());
            messages[index.at(event.of.value())].copied = true;
        } else if (event.kind == "recv") {
            messages[index.at(event.m.value())].received_us.push_back(
                event.time_us);
        } else if (event.kind == "lose") {
            messages[index.at(event.m.value())].lost = event.why;
        }
    }
    return messages;
}

} // namespace judge
