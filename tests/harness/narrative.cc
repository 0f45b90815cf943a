#include "harness/narrative.h"

#include "harness/columns.h"
#include "harness/trace_words.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

constexpr size_t kWho = 10;

std::string Number(const Trace &trace, size_t index)
{
    return "#" + std::to_string(trace.events[index].number);
}

const char *MarkOf(const std::string &kind)
{
    static const std::map<std::string, const char *> marks = {
        {"invoke", ">>"}, {"return", "<<"},    {"abandon", "<<"},
        {"lose", "xx"},   {"crash", "!!"},     {"cut", "--"},
        {"join", "--"},   {"pause", "--"},     {"resume", "--"},
        {"slow", "--"},   {"skew", "--"},      {"phase", "=="},
        {"wipe", "!!"},   {"full", "--"},      {"room", "--"},
        {"fail", "!!"},   {"violation", "!!"}, {"copy", "x2"}};
    const auto mark = marks.find(kind);

    return mark == marks.end() ? "  " : mark->second;
}

bool IsFate(const TraceEvent &event)
{
    return event.kind == "crash" || event.kind == "cut" ||
           event.kind == "join" || event.kind == "pause" ||
           event.kind == "resume" || event.kind == "slow" ||
           event.kind == "skew" || event.kind == "phase" ||
           event.kind == "open" || event.kind == "wipe" ||
           event.kind == "full" || event.kind == "room" || event.kind == "fail";
}

class Story
{
  public:
    Story(const Trace &trace, const NarrativeOptions &options)
        : trace_(trace), links_(LinkTrace(trace)), options_(options)
    {
        for (const size_t index : links_.violations)
            involved_.insert(trace.events[index].ops.begin(),
                             trace.events[index].ops.end());
    }

    std::string Tell()
    {
        const std::vector<size_t> candidates = Candidates();
        const std::set<size_t> chosen = Choose(candidates);
        size_t left_out = 0, first_out = kNoEvent, last_out = kNoEvent;

        Head();
        for (const size_t index : candidates) {
            if (chosen.count(index) == 0) {
                first_out = left_out++ == 0 ? index : first_out;
                last_out = index;
                continue;
            }
            Gap(left_out, first_out, last_out);
            left_out = 0;
            Line(index);
        }
        Gap(left_out, first_out, last_out);
        Tail();
        return out_;
    }

  private:
    bool Involved(size_t index) const
    {
        const std::optional<uint64_t> &op = links_.events[index].op;

        return op && involved_.count(*op) > 0;
    }

    std::vector<size_t> Candidates() const
    {
        std::vector<size_t> candidates;

        for (size_t i = 0; i < trace_.events.size(); i++) {
            const TraceEvent &event = trace_.events[i];
            const EventLink &link = links_.events[i];
            const bool about = link.key == options_.key ||
                               event.key == options_.key || IsFate(event) ||
                               event.kind == "violation";

            if (!options_.key || about)
                candidates.push_back(i);
        }
        return candidates;
    }

    // First what the violation is about, then what befell nodes and network,
    // then the beginning and, for twice as long, the end.
    std::set<size_t> Choose(const std::vector<size_t> &candidates) const
    {
        std::set<size_t> chosen;
        std::vector<size_t> fate, rest;
        const size_t most = options_.events_most;

        if (most == 0 || candidates.size() <= most)
            return {candidates.begin(), candidates.end()};
        // What was still done for them after the violation explains nothing.
        const size_t last =
            links_.violations.empty() ? 0 : links_.violations.back();
        for (const size_t index : candidates)
            if ((Involved(index) && index < last) ||
                trace_.events[index].kind == "violation")
                chosen.insert(index);
            else if (IsFate(trace_.events[index]))
                fate.push_back(index);
        size_t room = most - std::min(most, chosen.size());
        // Of what befell them, what came last explains most.
        const size_t told = std::min(fate.size(), room / 3);
        chosen.insert(fate.end() - static_cast<std::ptrdiff_t>(told),
                      fate.end());
        room -= told;
        for (const size_t index : candidates)
            if (chosen.count(index) == 0)
                rest.push_back(index);
        const size_t head = std::min(rest.size(), room / 3);
        const size_t tail = std::min(rest.size() - head, room - head);
        chosen.insert(rest.begin(),
                      rest.begin() + static_cast<std::ptrdiff_t>(head));
        chosen.insert(rest.end() - static_cast<std::ptrdiff_t>(tail),
                      rest.end());
        for (size_t i = 1; i + 1 < candidates.size(); i++)
            if (chosen.count(candidates[i - 1]) > 0 &&
                chosen.count(candidates[i + 1]) > 0)
                chosen.insert(candidates[i]); // shorter than saying it is not
        return chosen;
    }

    void Head()
    {
        out_ += Paragraph("", TestWords(trace_.run));
        out_ += Paragraph(
            "", SetupWords(trace_.run) +
                    (options_.key ? "; only what is about key " + *options_.key
                                  : ""));
        out_ += "\n";
    }

    void Gap(size_t left_out, size_t first, size_t last)
    {
        if (left_out == 0)
            return;
        out_ += Right("...", 9) + "  " + std::to_string(left_out) +
                (left_out == 1 ? " event" : " events") + " left out (" +
                Number(trace_, first) +
                (left_out == 1 ? "" : " to " + Number(trace_, last)) + ")\n";
        told_handler_ = kNoEvent;
    }

    void Line(size_t index)
    {
        const TraceEvent &event = trace_.events[index];
        const EventLink &link = links_.events[index];
        const Words words = WordsOf(trace_, links_, index);
        const std::string mark = std::string(MarkOf(event.kind)) +
                                 (Involved(index) ? "*" : " ") +
                                 Right(Number(trace_, index), 6);
        // A message that is lost at once stands with the handler that sent it.
        const bool follows =
            link.handler != kNoEvent && link.handler == told_handler_;

        if (follows) {
            const bool send = event.kind == "send";
            const std::string to =
                send ? words.who.substr(words.who.find("->")) : "";

            out_ += Paragraph(
                mark + Right(event.time_us == told_us_ ? "" : Time(event), 13) +
                    std::string(2 + kWho + 2, ' ') + "  " +
                    (send ? Left(to, 6) + " " : ""),
                words.what);
            told_us_ = event.time_us;
            return;
        }
        told_us_ = event.time_us;
        if (event.kind == "violation") {
            out_ += Paragraph(mark + Right(Time(event), 13) + "  ",
                              "Broken rule: " + *event.rule);
            return; // the whole text stands at the end
        }
        out_ += Paragraph(mark + Right(Time(event), 13) + "  " +
                              Left(words.who, kWho) + "  ",
                          words.what);
        if (event.kind != "lose" && event.kind != "copy")
            told_handler_ = link.handler != kNoEvent ? link.handler : index;
    }

    std::string Time(const TraceEvent &event) const
    {
        return TimeWords(trace_, event.time_us);
    }

    void Tail()
    {
        for (const size_t index : links_.violations) {
            const TraceEvent &event = trace_.events[index];

            out_ +=
                "\n" +
                Paragraph(
                    "",
                    "BROKEN at " + Number(trace_, index) + ", " + Time(event) +
                        (event.n ? ", on n" + std::to_string(*event.n) : "") +
                        "; broken rule: " + *event.rule);
            out_ += Paragraph("  ", *event.text);
            for (const uint64_t op : event.ops)
                Operation(op);
        }
        if (links_.violations.empty())
            out_ += "\nNothing is marked as broken.\n";
        if (!involved_.empty())
            out_ += "Lines with * belong to these operations.\n";
        if (!trace_.run.page.empty())
            out_ += "The rule is explained in " + trace_.run.page + "\n";
    }

    void Operation(uint64_t op)
    {
        const auto found = links_.operations.find(op);
        const std::string first = "    op " + Left(std::to_string(op), 4) + " ";

        if (found == links_.operations.end() ||
            found->second.invoke == kNoEvent) {
            out_ += first + "is not in the trace\n";
            return;
        }
        const OperationLink &operation = found->second;
        const TraceEvent &invoke = trace_.events[operation.invoke];
        const std::string range =
            Number(trace_, operation.invoke) + " to " +
            (operation.end == kNoEvent ? "no end"
                                       : Number(trace_, operation.end));
        const std::string answers = AnswerWords(trace_, links_, operation);

        out_ += Paragraph(first + Left(range, 14) + "  ",
                          WordsOf(trace_, links_, operation.invoke).who +
                              " through n" + std::to_string(*invoke.n) + ": " +
                              OperationWords(trace_, operation) + " -> " +
                              OutcomeWords(trace_, operation));
        if (!answers.empty())
            out_ += Paragraph(std::string(28, ' '),
                              "when it answered (" +
                                  Number(trace_, operation.reply) +
                                  ") it had " + answers);
    }

    const Trace &trace_;
    const TraceLinks links_;
    const NarrativeOptions &options_;
    std::set<uint64_t> involved_;
    size_t told_handler_ = kNoEvent; // whose effects may follow indented
    uint64_t told_us_ = 0;
    std::string out_;
};

} // namespace

std::string Narrative(const std::string &jsonl, const NarrativeOptions &options)
{
    const Trace trace = ReadTrace(jsonl);

    return Story(trace, options).Tell();
}

} // namespace judge
