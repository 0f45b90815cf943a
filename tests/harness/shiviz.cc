#include "harness/shiviz.h"

#include "harness/trace_words.h"

#include <map>

namespace judge
{
namespace
{

const char kExpression[] =
    "(?<host>\\S+) (?<clock>\\{.*\\}) (?<time>[0-9.]+)ms #(?<number>[0-9]+)\\n"
    "(?<event>.*)";

using Clock = std::map<std::string, uint64_t>;

void Merge(Clock &into, const Clock &from)
{
    for (const auto &[host, count] : from)
        if (into[host] < count)
            into[host] = count;
}

std::string Json(const Clock &clock)
{
    std::string json;

    for (const auto &[host, count] : clock) // names need no escaping
        json += (json.empty() ? "\"" : ",\"") + host +
                "\":" + std::to_string(count);
    return "{" + json + "}";
}

} // namespace

std::string ShiViz(const std::string &jsonl)
{
    const Trace trace = ReadTrace(jsonl);
    const TraceLinks links = LinkTrace(trace);
    std::vector<Clock> clocks(trace.events.size());
    std::map<std::string, Clock> latest; // of a host
    std::string out = std::string(kExpression) + "\n\n";

    for (size_t i = 0; i < trace.events.size(); i++) {
        const EventLink &link = links.events[i];
        const Words words = WordsOf(trace, links, i);
        const std::string time = TimeWords(trace, trace.events[i].time_us);
        Clock &clock = clocks[i];

        clock = latest[link.host];
        for (const size_t cause : link.causes)
            Merge(clock, clocks[cause]);
        clock[link.host]++;
        latest[link.host] = clock;
        out += link.host + " " + Json(clock) + " " +
               time.substr(0, time.find(' ')) + "ms #" +
               std::to_string(trace.events[i].number) + "\n" + words.who +
               ": " + words.what + "\n";
    }
    return out;
}

} // namespace judge
