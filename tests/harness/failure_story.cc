#include "harness/failure_story.h"

#include "harness/columns.h"
#include "harness/trace_words.h"

#include <algorithm>
#include <set>

namespace judge
{
namespace
{

constexpr size_t kWho = 10;

// One line of the run; it may stand for several events.
struct Item {
    size_t index = 0, last = 0; // the first event, the last
    size_t times = 1;
    std::string mark = "  ", who, what;
    std::string child;          // instead of `who` below the handler's line
    size_t handler = kNoEvent;  // whose effect it is
    std::optional<uint64_t> op; // told after `what`, where it fits
    std::string after;          // told after `op`
    std::string also;           // and after that: who else did the same
    bool important = false;     // is told, however long the run
};

std::string Node(uint64_t node)
{
    return "n" + std::to_string(node);
}

std::string Counted(size_t number, const std::string &noun)
{
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

bool Is(const TraceEvent &event, std::initializer_list<const char *> kinds)
{
    return std::find(kinds.begin(), kinds.end(), event.kind) != kinds.end();
}

// What the run is made of, line by line.
class Run
{
  public:
    Run(const Trace &trace, const TraceLinks &links,
        const std::set<uint64_t> &ops)
        : trace_(trace), links_(links), ops_(ops)
    {
        FindEnd();
        FindEffects();
        FindAnswers();
        FindLostWrites();
        for (size_t i = 0; i < trace_.events.size(); i++)
            if (i <= end_ || trace_.events[i].kind == "violation")
                Take(i);
    }

    std::vector<Item> items;

  private:
    // Of no operation in particular: of all.
    bool Involved(size_t index) const
    {
        const std::optional<uint64_t> &op = links_.events[index].op;

        return ops_.empty() || (op && ops_.count(*op) > 0);
    }

    // What was still done after the last answer explains nothing. Where an answer is
    // missing, everything may.
    void FindEnd()
    {
        const bool all =
            ops_.empty() ||
            std::any_of(ops_.begin(), ops_.end(), [&](uint64_t op) {
                const auto found = links_.operations.find(op);

                return found != links_.operations.end() &&
                       found->second.end == kNoEvent;
            });

        end_ = all ? trace_.events.size() : 0;
        for (size_t i = 0; i < trace_.events.size(); i++)
            if (Involved(i) &&
                Is(trace_.events[i], {"invoke", "reply", "return"}))
                end_ = std::max(end_, i);
    }

    // Handlers that did something that is told, besides an answer.
    void FindEffects()
    {
        for (size_t i = 0; i < trace_.events.size(); i++)
            if (Is(trace_.events[i], {"send", "reply", "note"}))
                effects_.insert(links_.events[i].handler);
    }

    bool IsAnswer(size_t send) const
    {
        return is_answer_.count(send) > 0;
    }

    // The first message that a handler sends to whom it heard from. What is
    // done about an answer is no answer.
    void FindAnswers()
    {
        for (size_t i = 0; i < trace_.events.size(); i++) {
            const TraceEvent &event = trace_.events[i];
            const size_t handler = links_.events[i].handler;

            if (event.kind == "send" && handler != kNoEvent &&
                trace_.events[handler].kind == "recv" &&
                trace_.events[handler].from == event.to &&
                !IsAnswer(links_.events[handler].send) &&
                answers_.emplace(handler, i).second)
                is_answer_.insert(i);
        }
    }

    // A crash is told with the writes that it undid.
    void FindLostWrites()
    {
        std::map<uint64_t, std::vector<size_t>> unsynced; // of a node

        for (size_t i = 0; i < trace_.events.size(); i++) {
            const TraceEvent &event = trace_.events[i];

            if (Is(event, {"put", "delete"}))
                unsynced[*event.n].push_back(i);
            else if (event.kind == "sync")
                unsynced[*event.n].clear();
            if (event.kind != "crash")
                continue;
            if (*event.lost > 0)
                for (const size_t write : unsynced[*event.n])
                    lost_in_[write] = i;
            unsynced[*event.n].clear();
        }
    }

    std::string MessageOf(size_t index) const
    {
        return MessageWords(trace_, links_, index);
    }

    std::string Fate(size_t send) const
    {
        const MessageLink &message = links_.messages.at(*trace_.events[send].m);

        if (message.end == kNoEvent)
            return " [never arrives]";
        const TraceEvent &end = trace_.events[message.end];
        return end.kind == "lose" ? " [lost: " + *end.why + "]" : "";
    }

    bool Lost(size_t send) const
    {
        return Fate(send).find("[lost") != std::string::npos;
    }

    Item Plain(size_t index) const
    {
        const Words words = WordsOf(trace_, links_, index);
        Item item;

        item.index = item.last = index;
        item.who = words.who;
        item.what = words.what;
        item.handler = links_.events[index].handler;
        return item;
    }

    // The same again is counted, not told: the same question asked of a node
    // that is cut off, a store that is lost each time.
    void AddOnce(Item item)
    {
        const std::string key = item.who + "|" + item.what + "|" + item.after +
                                "|" + std::to_string(item.op.value_or(0)) +
                                "|" + std::to_string(fates_);
        const auto [at, is_new] = known_.emplace(key, items.size());

        if (is_new) {
            items.push_back(std::move(item));
            return;
        }
        items[at->second].times++;
        items[at->second].last = item.index;
    }

    void Take(size_t index)
    {
        const TraceEvent &event = trace_.events[index];

        if (Is(event,
               {"cut", "join", "pause", "resume", "slow", "skew", "crash",
                "wipe", "full", "room", "fail", "open", "phase"}))
            TakeFate(index);
        else if (event.kind == "violation")
            TakeViolation(index);
        else if (lost_in_.count(index) > 0)
            TakeLostWrite(index);
        else if (Involved(index))
            TakeStep(index);
    }

    void TakeFate(size_t index)
    {
        const TraceEvent &event = trace_.events[index];
        const bool begins =
            event.kind == "open" && event.code == 0 &&
            std::none_of(trace_.events.begin(),
                         trace_.events.begin() +
                             static_cast<std::ptrdiff_t>(index),
                         [&](const TraceEvent &e) {
                             return e.kind == "crash" && e.n == event.n;
                         });
        Item item = Plain(index);

        if (begins || (event.kind == "phase" && event.name == "faults"))
            return;
        if (Is(event, {"crash", "wipe"})) {
            fates_++; // what happens again happens to another state
            item.mark = "!!";
        } else if (event.kind == "phase") {
            item.mark = "==";
        } else if (event.kind != "open") {
            item.mark = "--";
        }
        item.handler = kNoEvent;
        item.important = Is(event, {"crash", "wipe"});
        // Many links are cut at once, many nodes paused.
        if (Is(event, {"cut", "join", "pause", "resume"}) && index > 0 &&
            !items.empty() && items.back().last + 1 == index &&
            trace_.events[index - 1].kind == event.kind &&
            trace_.events[index - 1].time_us == event.time_us) {
            Item &before = items.back();
            if (event.n) {
                before.who += ", " + item.who;
                before.what = event.kind == "pause"
                                  ? "are paused: what arrives waits"
                                  : "go on";
                before.last = index;
                return;
            }
            if (before.who != "network") {
                before.what = before.who;
                before.who = "network";
                before.after = ": " + item.what;
            }
            before.what += ", " + item.who;
            before.last = index;
            return;
        }
        items.push_back(std::move(item));
    }

    void TakeViolation(size_t index)
    {
        Item item = Plain(index);

        item.mark = "!!";
        item.what = "here the judge found what is seen above";
        item.important = true;
        items.push_back(std::move(item));
    }

    void TakeLostWrite(size_t index)
    {
        Item item = Plain(index);

        item.after = "  [undone by the crash, #" +
                     std::to_string(trace_.events[lost_in_[index]].number) +
                     "]";
        item.child = item.what;
        item.important = true;
        items.push_back(std::move(item));
    }

    void TakeStep(size_t index)
    {
        const TraceEvent &event = trace_.events[index];

        if (event.kind == "recv")
            TakeReceipt(index);
        else if (event.kind == "send")
            TakeSends(index);
        else if (Is(event, {"invoke", "return", "abandon", "reply"}))
            TakeOperation(index);
        else if (event.kind == "fire")
            TakeRing(index);
        else if (event.kind == "request")
            TakeRequest(index);
        else if (event.kind == "note" || event.kind == "lose")
            TakeOther(index);
        else if (!Is(event,
                     {"timer", "cancel", "put", "delete", "sync", "copy"}))
            AddOnce(Plain(index));
    }

    // Receipt and answer are one line; the receipt of the answer is only told
    // where something comes of it.
    void TakeReceipt(size_t index)
    {
        const size_t send = links_.events[index].send;
        const auto answer = answers_.find(index);
        Item item = Plain(index);

        if (send != kNoEvent && is_answer_.count(send) > 0 &&
            effects_.count(index) == 0)
            return;
        item.op = links_.events[index].op;
        if (answer != answers_.end()) {
            item.after =
                "; answers " + MessageOf(answer->second) + Fate(answer->second);
            if (Lost(answer->second))
                item.mark = "xx";
        }
        if (!SameElsewhere(item))
            AddOnce(std::move(item));
    }

    // Several nodes that get one message at a time, and do the same, are one line.
    bool SameElsewhere(const Item &item)
    {
        if (items.empty() || item.mark != items.back().mark)
            return false;
        Item &before = items.back();
        const TraceEvent &first = trace_.events[before.index];
        const TraceEvent &event = trace_.events[item.index];

        if (first.kind != "recv" || first.time_us != event.time_us ||
            first.from != event.from || before.times > 1 ||
            before.what != item.what || before.op != item.op ||
            before.after != item.after)
            return false;
        before.also +=
            (before.also.empty() ? "; the same at " : ", ") + Node(*event.n);
        before.last = item.index;
        return true;
    }

    // The same message to several nodes is one line.
    void TakeSends(size_t index)
    {
        const TraceEvent &event = trace_.events[index];
        Item item = Plain(index);
        std::vector<size_t> sends;

        if (is_answer_.count(index) > 0 || taken_.count(index) > 0)
            return;
        for (size_t i = index; i < trace_.events.size(); i++) {
            const TraceEvent &other = trace_.events[i];

            if (other.n != event.n)
                continue;
            if (Is(other, {"open", "request", "recv", "fire"}))
                break; // the node's next handler
            if (other.kind == "send" &&
                links_.events[i].handler == item.handler &&
                is_answer_.count(i) == 0 && MessageOf(i) == MessageOf(index)) {
                sends.push_back(i);
                taken_.insert(i);
            }
        }
        item.what = MessageOf(index);
        item.op = links_.events[index].op;
        if (std::any_of(sends.begin(), sends.end(),
                        [&](size_t send) { return Lost(send); }))
            item.mark = "xx";
        if (sends.size() == 1) {
            const std::string to =
                std::string(Lost(index) ? "-x " : "-> ") + Node(*event.to);

            item.who = Node(*event.n) + " " + to;
            item.child = Left(to, 6) + " ";
            item.after = Fate(index);
        } else {
            item.who = Node(*event.n) + " ->";
            item.child = "-> ";
            for (const size_t send : sends)
                item.after += (item.after.empty() ? " to " : ", ") +
                              Node(*trace_.events[send].to) + Fate(send);
        }
        AddOnce(std::move(item));
    }

    void TakeOperation(size_t index)
    {
        const TraceEvent &event = trace_.events[index];
        const OperationLink &operation = links_.operations.at(*event.op);
        Item item = Plain(index);

        // The client hears the answer at once.
        if (event.kind == "reply" && operation.end != kNoEvent &&
            trace_.events[operation.end].kind == "return" &&
            trace_.events[operation.end].time_us == event.time_us)
            return;
        item.mark = event.kind == "invoke" ? ">>" : "<<";
        item.handler = kNoEvent;
        item.important = true;
        items.push_back(std::move(item));
    }

    // Its number says nothing, and the kind little.
    void TakeRing(size_t index)
    {
        Item item = Plain(index);

        if (!ops_.empty())
            return;
        item.what = item.what.substr(item.what.find("rings"));
        item.what = "a timer " + item.what;
        AddOnce(std::move(item));
    }

    // Told where it waited, say for a node that was paused.
    void TakeRequest(size_t index)
    {
        const size_t invoke =
            links_.operations.at(*trace_.events[index].op).invoke;

        if (invoke == kNoEvent ||
            trace_.events[invoke].time_us != trace_.events[index].time_us)
            items.push_back(Plain(index));
    }

    // A message that is lost stands where it is sent.
    void TakeOther(size_t index)
    {
        Item item = Plain(index);

        if (trace_.events[index].kind == "lose") {
            if (links_.events[index].send != kNoEvent)
                return;
            item.mark = "xx";
        }
        item.child = item.what;
        AddOnce(std::move(item));
    }

    const Trace &trace_;
    const TraceLinks &links_;
    const std::set<uint64_t> &ops_;
    size_t end_ = 0;
    std::set<size_t> effects_;           // handlers
    std::map<size_t, size_t> answers_;   // of the receipt: the answer's send
    std::set<size_t> is_answer_, taken_; // sends
    std::map<size_t, size_t> lost_in_;   // of a write: the crash
    std::map<std::string, size_t> known_;
    size_t fates_ = 0;
};

class Teller
{
  public:
    Teller(const Trace &trace, size_t lines_most, size_t columns)
        : trace_(trace), links_(LinkTrace(trace)), most_(lines_most),
          columns_(columns)
    {
        for (const size_t index : links_.violations)
            ops_.insert(trace.events[index].ops.begin(),
                        trace.events[index].ops.end());
    }

    FailureStory Tell(const std::string &rule)
    {
        FailureStory story;

        for (const uint64_t op : InOrder())
            story.operations += Operation(op);
        most_ -= std::min(most_, static_cast<size_t>(
                                     std::count(story.operations.begin(),
                                                story.operations.end(), '\n')));
        story.run = TellRun();
        story.left_out = LeftOut();
        story.length = Length();
        for (const size_t index : links_.violations)
            story.broken_rule |= trace_.events[index].rule == PlainText(rule);
        return story;
    }

  private:
    std::string Number(size_t index) const
    {
        return "#" + std::to_string(trace_.events[index].number);
    }

    std::vector<uint64_t> InOrder() const
    {
        std::vector<uint64_t> order(ops_.begin(), ops_.end());
        const auto begin = [&](uint64_t op) {
            const auto found = links_.operations.find(op);

            return found == links_.operations.end() ? kNoEvent
                                                    : found->second.invoke;
        };

        std::stable_sort(order.begin(), order.end(),
                         [&](auto a, auto b) { return begin(a) < begin(b); });
        return order;
    }

    std::string Operation(uint64_t op) const
    {
        const auto found = links_.operations.find(op);
        const std::string first = "op " + Left(std::to_string(op), 3) + " ";

        if (found == links_.operations.end() ||
            found->second.invoke == kNoEvent)
            return first + "is not in the trace\n";
        const OperationLink &operation = found->second;
        const TraceEvent &invoke = trace_.events[operation.invoke];
        const std::string range =
            Number(operation.invoke) + " to " +
            (operation.end == kNoEvent ? "no end" : Number(operation.end));
        std::string text = Paragraph(
            first + Left(range, 14) + "  ",
            OperationWords(trace_, operation) + " by " +
                WordsOf(trace_, links_, operation.invoke).who + " at " +
                Node(*invoke.n) + ": " + OutcomeWords(trace_, operation),
            columns_);

        for (const std::string &line : AnswerLines(operation))
            text +=
                Paragraph(std::string(Width(first) + 16, ' '), line, columns_);
        return text;
    }

    // How many had said what when it was answered, and whether that was enough.
    std::vector<std::string> AnswerLines(const OperationLink &operation) const
    {
        std::vector<std::string> lines;
        const bool ok = operation.reply != kNoEvent &&
                        trace_.events[operation.reply].code == 0;
        std::vector<Answers> all = AnswersOf(trace_, links_, operation);

        // "stored" that nobody said is what is wrong with a put.
        if (ok && trace_.run.w > 0 &&
            trace_.events[operation.invoke].action == "put" && !all.empty() &&
            (all.front().label == "version" || all.front().label == "value") &&
            all.front().quorum != "W")
            all.insert(all.begin(), {"stored", "W", trace_.run.w, {}});
        for (const Answers &it : all) {
            const size_t nodes = it.from.size();
            std::string line = it.wanted > nodes && nodes > 0 ? "only " : "";

            line += (nodes == 0 ? "no node" : Counted(nodes, "node")) +
                    " had said \"" + it.label + "\"";
            if (it.wanted > 0)
                line += ", " + it.quorum + "=" + std::to_string(it.wanted);
            for (size_t i = 0; i < nodes; i++)
                line += (i == 0 ? ": " : ", ") + it.from[i];
            lines.push_back(line);
        }
        return lines;
    }

    // Which lines are told when there are too many: of what is important and
    // of the end most, of the beginning less.
    std::set<size_t> Choose(const std::vector<Item> &items) const
    {
        std::set<size_t> chosen;
        std::vector<size_t> rest;

        for (size_t i = 0; i < items.size(); i++)
            if (items.size() <= most_ || (items[i].important && !ops_.empty()))
                chosen.insert(i);
            else
                rest.push_back(i);
        const size_t room = most_ - std::min(most_, chosen.size());
        const size_t head = std::min(rest.size(), ops_.empty() ? room / 3 : 0);
        const size_t tail = std::min(rest.size() - head, room - head);
        chosen.insert(rest.begin(),
                      rest.begin() + static_cast<std::ptrdiff_t>(head));
        chosen.insert(rest.end() - static_cast<std::ptrdiff_t>(tail),
                      rest.end());
        for (size_t i = 0; i < items.size(); i++)
            if ((i == 0 || chosen.count(i - 1) > 0) &&
                (i + 1 == items.size() || chosen.count(i + 1) > 0))
                chosen.insert(i); // shorter than saying it is not
        return chosen;
    }

    std::string TellRun()
    {
        const Run run(trace_, links_, ops_);
        const std::set<size_t> chosen = Choose(run.items);
        std::string text = Paragraph("", SetupWords(trace_.run), columns_);
        size_t left_out = 0;

        for (size_t i = 0; i <= run.items.size(); i++) {
            if (i < run.items.size() && chosen.count(i) == 0) {
                left_out++;
                continue;
            }
            if (left_out > 0) {
                text += Right("...", 9) + "  " + Counted(left_out, "line") +
                        " left out\n";
                told_handler_ = kNoEvent;
            }
            left_out = 0;
            if (i < run.items.size())
                text += Line(run.items[i]);
        }
        return text;
    }

    std::string Line(const Item &item)
    {
        const TraceEvent &event = trace_.events[item.index];
        const bool follows = item.handler != kNoEvent &&
                             item.handler == told_handler_ &&
                             !item.child.empty();
        const bool sends = event.kind == "send";
        std::string first = item.mark + Right(Number(item.index), 7);

        if (follows && event.time_us == told_us_)
            first += std::string(13, ' ');
        else
            first += Right(TimeWords(trace_, event.time_us), 13);
        if (follows)
            first += std::string(2 + kWho + 4, ' ') + (sends ? item.child : "");
        else
            first += "  " + Left(item.who, kWho) + "  ";
        told_us_ = event.time_us;
        told_handler_ = item.handler != kNoEvent ? item.handler : item.index;
        const std::string op =
            item.op ? " (op " + std::to_string(*item.op) + ")" : "";
        const std::string times =
            item.times == 1 ? ""
                            : "  [" + std::to_string(item.times) +
                                  " times, the last " + Number(item.last) + "]";
        const bool fits = Width(first + item.what + op + item.after +
                                item.also + times) <= columns_;
        const bool fits_without = Width(first + item.what + item.after +
                                        item.also + times) <= columns_;

        return Paragraph(first,
                         item.what + (fits || !fits_without ? op : "") +
                             item.after + item.also + times,
                         columns_);
    }

    std::string LeftOut() const
    {
        return (ops_.empty()
                    ? std::string("This is the run in short.")
                    : "This is only what was done for " +
                          std::string(ops_.size() == 1 ? "this operation"
                                                       : "these operations") +
                          ", without timers and what nodes stored.") +
               " The picture, and the .jsonl beside it, have all " +
               Counted(trace_.events.size(), "event") + ".";
    }

    // Where the test's own gets begin, with which it ends a run of clients.
    size_t FinalGets() const
    {
        size_t begin = kNoEvent;
        bool clients = false;

        for (size_t i = 0; i < trace_.events.size(); i++) {
            const TraceEvent &event = trace_.events[i];

            if (event.kind != "invoke")
                continue;
            if (event.client.value_or(-1) >= 0 || event.action != "get") {
                clients |= event.client.value_or(-1) >= 0;
                begin = kNoEvent;
            } else if (begin == kNoEvent) {
                begin = i;
            }
        }
        return clients ? begin : kNoEvent;
    }

    std::string Length() const
    {
        const size_t all = trace_.events.size(), gets = FinalGets();
        std::string text =
            Counted(all, "event") + (all == 1 ? " is left" : " are left");

        if (gets != kNoEvent)
            text += ", the last " + std::to_string(all - gets) +
                    " of them, from " + Number(gets) +
                    " on, while the test itself reads at the end";
        return text + ".";
    }

    const Trace &trace_;
    const TraceLinks links_;
    size_t most_;
    const size_t columns_;
    std::set<uint64_t> ops_;
    size_t told_handler_ = kNoEvent; // whose effects may follow indented
    uint64_t told_us_ = 0;
};

} // namespace

FailureStory TellFailure(const std::string &jsonl, const std::string &rule,
                         size_t lines_most, size_t columns)
{
    const Trace trace = ReadTrace(jsonl);

    return Teller(trace, lines_most, columns).Tell(rule);
}

} // namespace judge
