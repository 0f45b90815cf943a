#include "harness/trace_words.h"

#include "harness/contract.h"

#include <algorithm>
#include <cstdio>
#include <set>

namespace judge
{
namespace
{

// Which messages have a version even when a trace leaves it out as 0.0.
bool HasVersion(const std::string &label)
{
    enum {
        Has_operation = 0,
        Has_key = 0,
        Has_version = 1,
        Has_value = 0,
        Has_versions = 0,
        Has_context = 0,
        Has_code = 0,
        Has_owner = 0,
        Has_range = 0,
        Has_path = 0,
        Has_hash = 0,
        Has_tree = 0,
        Has_view = 0
    };
#define HAS(name) | Has_##name
#define MESSAGE_KIND(number, name, text_label, fields, text)                   \
    if (label == text_label)                                                   \
        return (0 fields) != 0;
#include "dynamo/message.def"
#undef HAS
    return false;
}

std::string Quoted(const std::string &text)
{
    return "\"" + text + "\"";
}

// Zeros are what most numbers that a program stores begin with.
std::string StoredWords(const std::string &value)
{
    const std::string zero = "\\x00";
    std::string words;

    for (size_t at = 0; at < value.size();) {
        size_t count = 0;

        while (value.compare(at + count * zero.size(), zero.size(), zero) == 0)
            count++;
        if (count < 3) {
            words += value[at++];
            continue;
        }
        words += zero + "*" + std::to_string(count);
        at += count * zero.size();
    }
    return Quoted(words);
}

// A key stands bare where that cannot be misread.
std::string KeyWords(const std::string &key)
{
    const bool bare =
        !key.empty() && key.find_first_of(" \",:;()[]") == std::string::npos;

    return bare ? key : Quoted(key);
}

std::string NodeName(uint64_t node)
{
    return "n" + std::to_string(node);
}

std::string ClientName(const TraceEvent &event)
{
    return event.client.value_or(-1) < 0
               ? "the test"
               : "client " + std::to_string(*event.client);
}

std::string CodeWords(int64_t code)
{
    const bool known = code <= 0 && code > -1000;

    if (!known || std::string(dyn_error_name(static_cast<int>(code))) ==
                      dyn_error_name(-999))
        return "code " + std::to_string(code);
    return std::string(dyn_error_name(static_cast<int>(code))) + " (" +
           dyn_error_text(static_cast<int>(code)) + ")";
}

std::string Listed(const std::vector<std::string> &items)
{
    std::string list;

    for (const std::string &item : items)
        list += (list.empty() ? "" : ", ") + item;
    return list;
}

std::string ReplyWords(const TraceEvent &event, bool is_put)
{
    std::vector<std::string> values;

    if (event.code != 0)
        return "fails, " + CodeWords(*event.code);
    if (is_put)
        return "ok";
    if (event.values.empty())
        return "nothing";
    for (const std::string &value : event.values)
        values.push_back(Quoted(value));
    return Listed(values) +
           (values.size() > 1
                ? ", " + std::to_string(values.size()) + " side by side"
                : "");
}

bool IsPut(const Trace &trace, const OperationLink &operation)
{
    return operation.invoke != kNoEvent &&
           trace.events[operation.invoke].action == "put";
}

std::string VersionOf(const TraceEvent &send)
{
    return send.version ? *send.version : HasVersion(*send.label) ? "0.0" : "";
}

std::string MessageWords(const TraceEvent &send)
{
    std::string words = *send.label;

    if (send.key)
        words += " " + KeyWords(*send.key);
    if (!VersionOf(send).empty())
        words += " " + VersionOf(send);
    if (send.value)
        words += " " + Quoted(*send.value);
    for (const auto &[name, value] : send.others)
        words += " " + name + "=" + value;
    return words;
}

std::string TimerWords(const TraceEvent &event)
{
    return "timer " + std::to_string(*event.timer);
}

std::string TimerDetail(const TraceEvent &event)
{
    return "kind " + std::to_string(*event.timer_kind) + ", arg " +
           std::to_string(*event.arg);
}

std::string LossWords(const std::string &why)
{
    if (why == "loss")
        return "the network lost it";
    if (why == "cut")
        return "there is a partition";
    if (why == "down")
        return "nobody is there";
    if (why == "wipe")
        return "its sender has lost its disk since";
    if (why == "malformed")
        return "it cannot be read";
    return why;
}

struct Teller {
    const Trace &trace;
    const TraceLinks &links;
    size_t index;
    const TraceEvent &event;
    const EventLink &link;

    const OperationLink &Operation() const
    {
        return links.operations.at(*event.op);
    }

    std::string About() const
    {
        return "(op " + std::to_string(*event.op) + ")";
    }

    // The message's send, if it is known.
    const TraceEvent *Send() const
    {
        return link.send == kNoEvent ? nullptr : &trace.events[link.send];
    }

    std::string Message() const
    {
        return Send() != nullptr ? MessageWords(*Send())
                                 : "message " + std::to_string(*event.m);
    }

    Words Sent() const
    {
        const MessageLink &message = links.messages.at(*event.m);
        std::string fate;

        if (message.end == kNoEvent)
            fate = "  [never arrives]";
        else if (trace.events[message.end].kind == "lose")
            fate = "  [lost: " + *trace.events[message.end].why + "]";
        return {NodeName(*event.n) + " -> " + NodeName(*event.to),
                MessageWords(event) + fate};
    }

    Words Received() const
    {
        const MessageLink &message = links.messages.at(*event.m);

        return {NodeName(*event.n) + " <- " + NodeName(*event.from),
                Message() + (message.copy != kNoEvent ? "  [the copy]" : "")};
    }

    Words InNetwork() const
    {
        const TraceEvent *send = Send();
        const std::string mark = event.kind == "lose" ? " -x " : " => ";

        return {send == nullptr
                    ? "network"
                    : NodeName(*send->n) + mark + NodeName(*send->to),
                event.kind == "lose"
                    ? Message() + " is lost: " + LossWords(*event.why)
                    : Message() + " is doubled by the network"};
    }

    Words OfNode() const
    {
        return {NodeName(*event.n), NodeDoes()};
    }

    std::string Opened() const
    {
        const bool again = std::any_of(
            trace.events.begin(),
            trace.events.begin() + static_cast<std::ptrdiff_t>(index),
            [&](const TraceEvent &e) {
                return e.kind == "crash" && e.n == event.n;
            });

        if (event.code != 0)
            return "fails to open: " + CodeWords(*event.code);
        return again ? "begins again, with what its store holds" : "begins";
    }

    std::string FailWords() const
    {
        for (const auto &[name, value] : event.others)
            if (name == "what" && value.find("full") != std::string::npos)
                return "cannot put: its disk is full, and it ends";
        return "cannot sync: its disk fails, and it ends";
    }

    std::string Crashed() const
    {
        const uint64_t lost = *event.lost;

        if (lost == 0)
            return "CRASHES";
        return "CRASHES, and " + std::to_string(lost) + " unsynced write" +
               (lost == 1 ? " is" : "s are") + " lost";
    }

    std::string Replied() const
    {
        const OperationLink &operation = Operation();
        const std::string answers = operation.reply == index
                                        ? AnswerWords(trace, links, operation)
                                        : "";

        return "answers " + OperationWords(trace, operation) + " " + About() +
               ": " + ReplyWords(event, IsPut(trace, operation)) +
               (answers.empty() ? "" : "; it had " + answers);
    }

    std::string NodeDoes() const
    {
        const std::string &kind = event.kind;

        if (kind == "open")
            return Opened();
        if (kind == "crash")
            return Crashed();
        if (kind == "timer")
            return "sets " + TimerWords(event) + " for " +
                   std::to_string(*event.after_ms) + " ms from now (" +
                   TimerDetail(event) + ")";
        if (kind == "fire")
            return TimerWords(event) + " rings (" + TimerDetail(event) + ")";
        if (kind == "cancel")
            return "cancels " + TimerWords(event);
        if (kind == "put")
            return "own store: " + KeyWords(*event.key) + " = " +
                   StoredWords(*event.value);
        if (kind == "delete")
            return "own store: " + KeyWords(*event.key) + " is deleted";
        if (kind == "sync")
            return "own store is synced";
        if (kind == "note")
            return "notes: " + *event.text;
        if (kind == "request")
            return OperationWords(trace, Operation()) + " arrives " + About();
        if (kind == "reply")
            return Replied();
        if (kind == "wipe")
            return "LOSES ITS DISK: it begins again with an empty store";
        if (kind == "full")
            return "its disk is full: it ends when it puts anything";
        if (kind == "room")
            return "its disk has room again";
        if (kind == "fail")
            return FailWords();
        if (kind == "pause")
            return "is paused: what arrives waits";
        if (kind == "resume")
            return "goes on";
        if (kind == "slow")
            return *event.factor <= 1
                       ? "is as quick as before"
                       : "is slow: its messages take " +
                             std::to_string(*event.factor) + " times as long";
        return "its clock is " + std::to_string(std::abs(*event.ms)) + " ms " +
               (*event.ms < 0 ? "behind" : "ahead");
    }

    Words OfClient() const
    {
        const OperationLink &operation = Operation();
        std::string what = OperationWords(trace, operation);

        if (event.kind == "invoke") {
            what += " begins " + About() + ", asked of " + NodeName(*event.n);
        } else if (event.kind == "abandon") {
            what += " is given up " + About() +
                    ": whether it happens stays unknown";
        } else {
            what += " ends " + About() + ": " +
                    ReplyWords(event, IsPut(trace, operation));
            if (operation.invoke != kNoEvent)
                what += ", after " +
                        TimeWords(trace,
                                  event.time_us -
                                      trace.events[operation.invoke].time_us);
        }
        return {ClientName(event), what};
    }

    Words OfWorld() const
    {
        if (event.kind == "phase" && event.name == "faults")
            return {"world", "faults may happen from here on"};
        if (event.kind == "phase" && event.name == "calm")
            return {"world", "calm begins: all is healed, everything must end"};
        if (event.kind == "phase")
            return {"world", "phase " + *event.name};
        if (event.kind == "violation")
            return {event.n ? NodeName(*event.n) : "world",
                    "BROKEN: " + *event.rule + ": " + *event.text};
        return {NodeName(*event.from) +
                    (event.kind == "cut" ? " -| " : " -> ") +
                    NodeName(*event.to),
                event.kind == "cut" ? "partition: messages are lost from now on"
                                    : "messages pass again"};
    }

    Words Unknown() const
    {
        std::string what = event.kind;

        for (const auto &[name, value] : event.others)
            what += " " + name + "=" + value;
        return {event.n ? NodeName(*event.n) : "world", what};
    }

    Words Tell() const
    {
        const std::string &kind = event.kind;
        const auto among = [&](std::initializer_list<const char *> kinds) {
            return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
        };

        if (kind == "send")
            return Sent();
        if (kind == "recv")
            return Received();
        if (among({"lose", "copy"}))
            return InNetwork();
        if (among({"invoke", "return", "abandon"}))
            return OfClient();
        if (among({"phase", "violation", "cut", "join"}))
            return OfWorld();
        if (among({"open", "crash", "timer", "fire", "cancel", "put", "delete",
                   "sync", "note", "request", "reply", "pause", "resume",
                   "slow", "skew", "wipe", "full", "room", "fail"}))
            return OfNode();
        return Unknown();
    }
};

} // namespace

Words WordsOf(const Trace &trace, const TraceLinks &links, size_t index)
{
    return Teller{trace, links, index, trace.events[index], links.events[index]}
        .Tell();
}

std::string MessageWords(const Trace &trace, const TraceLinks &links,
                         size_t index)
{
    const size_t send =
        trace.events[index].kind == "send" ? index : links.events[index].send;

    return send == kNoEvent
               ? "message " + std::to_string(*trace.events[index].m)
               : MessageWords(trace.events[send]);
}

std::string OperationWords(const Trace &trace, const OperationLink &operation)
{
    if (operation.invoke == kNoEvent)
        return "an operation";
    const TraceEvent &invoke = trace.events[operation.invoke];

    return *invoke.action + " " + KeyWords(*invoke.key) +
           (invoke.value ? " " + Quoted(*invoke.value) : "");
}

std::string OutcomeWords(const Trace &trace, const OperationLink &operation)
{
    if (operation.end == kNoEvent ||
        trace.events[operation.end].kind == "abandon")
        return "unknown";
    return ReplyWords(trace.events[operation.end], IsPut(trace, operation));
}

// A get's coordinator that asks all replicas but one is that one.
bool LooksIntoItsOwn(const Trace &trace, const TraceLinks &links,
                     const OperationLink &operation)
{
    const TraceEvent &invoke = trace.events[operation.invoke];
    std::set<uint64_t> asked;

    for (size_t i = operation.invoke; i < operation.reply; i++) {
        const TraceEvent &event = trace.events[i];

        if (event.kind == "send" && event.n == invoke.n && event.to &&
            event.label && *event.label == "versions?" &&
            links.events[i].op == invoke.op)
            asked.insert(*event.to);
    }
    return asked.size() + 1 == trace.run.n && asked.count(*invoke.n) == 0;
}

std::vector<Answers> AnswersOf(const Trace &trace, const TraceLinks &links,
                               const OperationLink &operation)
{
    std::vector<Answers> all; // in the order of their first

    if (operation.reply == kNoEvent)
        return all;
    for (const size_t index : operation.answers) {
        const TraceEvent &send = trace.events[links.events[index].send];
        // Who stands in for a replica counts as one.
        const std::string label =
            *send.label == "hinted" ? "merged" : *send.label;
        std::string from = NodeName(*trace.events[index].from);
        auto kind =
            std::find_if(all.begin(), all.end(),
                         [&](const Answers &it) { return it.label == label; });

        if (kind == all.end()) {
            // To hand a put over, one that is up is enough.
            const std::string quorum =
                label == "versions" && IsPut(trace, operation)
                    ? ""
                    : QuorumOf(label);

            kind = all.insert(all.end(), {label,
                                          quorum,
                                          quorum == "R"   ? trace.run.r
                                          : quorum == "W" ? trace.run.w
                                                          : 0,
                                          {}});
        }
        for (const auto &[name, value] : send.others)
            if (name == "owner")
                from += " for n" + value;
        kind->from.push_back(from + (VersionOf(send).empty()
                                         ? ""
                                         : " (" + VersionOf(send) + ")"));
    }
    // A coordinator merges into its own store without a message.
    const std::string self = NodeName(*trace.events[operation.invoke].n);
    for (Answers &it : all)
        if ((it.label == "merged" ||
             (it.label == "versions" && !IsPut(trace, operation) &&
              LooksIntoItsOwn(trace, links, operation))) &&
            std::find(it.from.begin(), it.from.end(), self) == it.from.end())
            it.from.insert(it.from.begin(), self + " (itself)");
    // What a put that went well has promised is that enough have stored it.
    if (IsPut(trace, operation) && trace.events[operation.reply].code == 0)
        std::stable_partition(all.begin(), all.end(), [](const Answers &it) {
            return it.quorum == "W";
        });
    return all;
}

std::string AnswerWords(const Trace &trace, const TraceLinks &links,
                        const OperationLink &operation)
{
    std::string words;

    for (const Answers &it : AnswersOf(trace, links, operation))
        words += (words.empty() ? "" : "; ") + Quoted(it.label) + " from " +
                 std::to_string(it.from.size()) +
                 (it.from.size() == 1 ? " node" : " nodes") +
                 (it.wanted > 0
                      ? " (" + it.quorum + "=" + std::to_string(it.wanted) + ")"
                      : "") +
                 ": " + Listed(it.from);
    return words;
}

std::string TimeWords(const Trace &trace, uint64_t time_us)
{
    char text[40];

    if (trace.time_decimals == 1)
        std::snprintf(text, sizeof text, "%llu.%llu ms",
                      static_cast<unsigned long long>(time_us / 1000),
                      static_cast<unsigned long long>(time_us % 1000 / 100));
    else
        std::snprintf(text, sizeof text, "%llu.%03llu ms",
                      static_cast<unsigned long long>(time_us / 1000),
                      static_cast<unsigned long long>(time_us % 1000));
    return text;
}

std::string TestWords(const TraceRun &run)
{
    return (run.test.empty() ? "a run" : run.test) +
           (run.seed.empty() ? "" : ", seed " + run.seed) +
           (run.case_number ? ", case " + std::to_string(*run.case_number)
                            : "");
}

std::string SetupWords(const TraceRun &run)
{
    std::string words = run.program.empty() ? "a program" : run.program;

    words += " on " + std::to_string(run.nodes.size()) +
             (run.nodes.size() == 1 ? " node" : " nodes");
    for (const auto &[name, value] :
         {std::pair{"N", run.n}, {"R", run.r}, {"W", run.w}})
        if (value > 0)
            words += std::string(", ") + name + "=" + std::to_string(value);
    if (run.f > 0)
        words += ", f=" + std::to_string(run.f);
    if (!run.world.empty())
        words += " (" + run.world + " world)";
    return words;
}

} // namespace judge
