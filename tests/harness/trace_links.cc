#include "harness/trace_links.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

bool BeginsHandler(const std::string &kind)
{
    return kind == "open" || kind == "recv" || kind == "request" ||
           kind == "fire";
}

bool IsEffect(const std::string &kind)
{
    return kind == "send" || kind == "timer" || kind == "cancel" ||
           kind == "put" || kind == "delete" || kind == "sync" ||
           kind == "note" || kind == "reply";
}

// It carries the number that the node it goes to has given.
bool IsAnswer(const std::string &label)
{
    return label == "forwarded" || *QuorumOf(label) != '\0';
}

bool IsClients(const std::string &kind)
{
    return kind == "invoke" || kind == "return" || kind == "abandon";
}

struct Linker {
    const Trace &trace;
    TraceLinks links;

    std::map<std::string, size_t> latest; // of a node or client
    std::map<uint64_t, size_t> handlers;  // that run last on a node
    std::map<std::pair<uint64_t, uint64_t>, size_t> timers; // of a node
    // What number a node gave to a client's operation.
    std::map<std::pair<uint64_t, uint64_t>, uint64_t> numbered;
    std::map<std::pair<uint64_t, uint64_t>, std::vector<size_t>> received;

    std::string HostOf(const TraceEvent &event) const
    {
        if (event.kind == "violation")
            return "judge";
        if (IsClients(event.kind))
            return event.client.value_or(-1) < 0
                       ? "test"
                       : "client" + std::to_string(*event.client);
        return event.n ? "n" + std::to_string(*event.n) : "network";
    }

    void Cause(EventLink &link, size_t index, size_t cause)
    {
        if (cause < index && std::find(link.causes.begin(), link.causes.end(),
                                       cause) == link.causes.end())
            link.causes.push_back(cause);
    }

    void Inherit(EventLink &link, size_t from)
    {
        if (from == kNoEvent)
            return;
        link.op = links.events[from].op;
        link.key = links.events[from].key;
    }

    // A message that does not answer the one being handled belongs to what its
    // sender calls it, which matters when one handler serves several
    // operations.
    void LinkSend(size_t index, const TraceEvent &event, EventLink &link)
    {
        bool answers = false;

        if (event.key)
            link.key = event.key;
        links.messages[*event.m].send = index;
        if (!event.operation || *event.operation == 0)
            return;
        if (link.handler != kNoEvent) {
            const TraceEvent &cause = trace.events[link.handler];

            answers = cause.kind == "recv" && cause.from == event.to &&
                      event.to != event.n;
        }
        if (answers)
            return;
        // An answer may leave long after the question, in a handler of some other
        // operation.
        const bool is_answer =
            event.label && event.to && IsAnswer(*event.label);
        const auto known =
            numbered.find({is_answer ? *event.to : *event.n, *event.operation});
        if (known != numbered.end())
            link.op = known->second;
        else if (link.op && !is_answer)
            numbered[{*event.n, *event.operation}] = *link.op;
    }

    void LinkMessage(size_t index, const TraceEvent &event, EventLink &link)
    {
        MessageLink &message = links.messages[*event.m];

        if (event.kind == "copy") {
            const auto original = links.messages.find(*event.of);

            message.copy = index;
            if (original != links.messages.end())
                message.send = original->second.send;
        } else {
            message.end = index;
        }
        link.send = message.send;
        Inherit(link, message.send);
        if (message.send != kNoEvent)
            Cause(link, index, message.send);
        if (event.kind == "recv" && link.op && link.send != kNoEvent)
            received[{*link.op, *event.n}].push_back(index);
    }

    // What had arrived for an operation when its node replied.
    void CountAnswers(const TraceEvent &event, const EventLink &link,
                      OperationLink &operation)
    {
        std::set<std::pair<uint64_t, std::string>> counted;
        std::string decisive; // what made the node reply

        if (link.handler != kNoEvent &&
            links.events[link.handler].send != kNoEvent)
            decisive = *trace.events[links.events[link.handler].send].label;
        for (const size_t index : received[{*event.op, *event.n}]) {
            const std::string &label =
                *trace.events[links.events[index].send].label;

            if ((label == decisive || *QuorumOf(label) != '\0') &&
                counted.insert({*trace.events[index].from, label}).second)
                operation.answers.push_back(index);
        }
    }

    void LinkOperation(size_t index, const TraceEvent &event, EventLink &link)
    {
        OperationLink &operation = links.operations[*event.op];
        const auto once = [&](size_t &member) {
            if (member == kNoEvent)
                member = index;
        };

        link.op = event.op;
        if (event.kind == "invoke") {
            once(operation.invoke);
            link.key = event.key;
        } else if (operation.invoke != kNoEvent) {
            link.key = trace.events[operation.invoke].key;
        }
        if (event.kind == "request") {
            once(operation.request);
            Cause(link, index, operation.invoke);
        } else if (event.kind == "reply") {
            if (operation.reply == kNoEvent)
                CountAnswers(event, link, operation);
            once(operation.reply);
        } else if (event.kind == "return") {
            once(operation.end);
            Cause(link, index, operation.reply);
        } else if (event.kind == "abandon") {
            once(operation.end);
        }
    }

    void LinkViolation(size_t index, const TraceEvent &event, EventLink &link)
    {
        links.violations.push_back(index);
        if (event.n && latest.count("n" + std::to_string(*event.n)) > 0)
            Cause(link, index, latest["n" + std::to_string(*event.n)]);
        for (const uint64_t op : event.ops) {
            const auto found = links.operations.find(op);

            if (found == links.operations.end())
                continue;
            const OperationLink &operation = found->second;
            Cause(link, index,
                  operation.end != kNoEvent ? operation.end : operation.invoke);
        }
    }

    void LinkOne(size_t index)
    {
        const TraceEvent &event = trace.events[index];
        EventLink &link = links.events[index];

        link.host = HostOf(event);
        // What happens in the network has no order of its own, and what the
        // judge finds is no cause of anything.
        if (link.host != "judge" && link.host != "network") {
            const auto last = latest.find(link.host);

            if (last != latest.end())
                Cause(link, index, last->second);
            latest[link.host] = index;
        }
        if (IsEffect(event.kind) && event.n && handlers.count(*event.n) > 0) {
            link.handler = handlers[*event.n];
            Inherit(link, link.handler);
        }
        if (event.kind == "send") {
            LinkSend(index, event, link);
        } else if (event.kind == "recv" || event.kind == "lose" ||
                   event.kind == "copy") {
            LinkMessage(index, event, link);
        } else if (IsClients(event.kind) || event.kind == "request" ||
                   event.kind == "reply") {
            LinkOperation(index, event, link);
        } else if (event.kind == "timer") {
            timers[{*event.n, *event.timer}] = index;
        } else if (event.kind == "fire") {
            const auto set = timers.find({*event.n, *event.timer});

            if (set != timers.end())
                Inherit(link, set->second);
        } else if (event.kind == "violation") {
            LinkViolation(index, event, link);
        } else if (event.kind == "crash") {
            handlers.erase(*event.n);
            numbered.erase(numbered.lower_bound({*event.n, 0}),
                           numbered.upper_bound({*event.n, UINT64_MAX}));
        } else if (!link.key && event.key) {
            link.key = event.key;
        }
        if (BeginsHandler(event.kind))
            handlers[*event.n] = index;
    }
};

} // namespace

const char *QuorumOf(const std::string &label)
{
    if (label == "version" || label == "value" || label == "versions")
        return "R";
    return label == "stored" || label == "merged" || label == "hinted" ? "W"
                                                                       : "";
}

TraceLinks LinkTrace(const Trace &trace)
{
    Linker linker = {trace, {}, {}, {}, {}, {}, {}};

    linker.links.events.resize(trace.events.size());
    for (size_t i = 0; i < trace.events.size(); i++)
        linker.LinkOne(i);
    return std::move(linker.links);
}

} // namespace judge
