#include "harness/trial.h"

#include "harness/cases.h"
#include "harness/columns.h"
#include "harness/contract.h"
#include "harness/diagnosis.h"
#include "harness/explore.h"
#include "harness/failure_story.h"
#include "harness/nemesis.h"
#include "harness/nursery.h"
#include "harness/options.h"
#include "harness/report.h"
#include "harness/trace_page.h"
#include "harness/world/trace_log.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <sys/stat.h>

namespace judge
{
namespace
{

using nlohmann::json;
using Clock = std::chrono::steady_clock;

std::string Hex(uint64_t number)
{
    char text[24];

    std::snprintf(text, sizeof text, "0x%" PRIx64, number);
    return text;
}

// FNV-1a: the test's name is part of its seed.
uint64_t HashName(const std::string &name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return hash;
}

// One run of a body on some choices, and what became of it.
struct Outcome {
    std::optional<Violation> violation;
    std::vector<uint64_t> taken;
    std::shared_ptr<Session> session; // as the run left it
    std::string trace;                // of a world, if it was asked for
    uint64_t events = 0;              // that worlds went through
    bool hit = false;                 // it is what a hunt is for
    // Of a test that draws faults: what befell its cluster (nemesis.h), how many
    // choices were taken before, and why a script is not followed.
    bool draws_faults = false;
    std::string faults, refusal;
    size_t drawn = 0;
};

void WriteFile(const std::string &path, const std::string &text)
{
    std::ofstream file(path, std::ios::binary);

    file << text;
    if (!file.flush())
        throw InfraError("the disk does not take " + path);
}

// The host that the last test left in good order. Starting one in a sandbox
// costs more than most tests do, and student code keeps nothing from call to
// call; what fails in a used host is shown as it fails in a fresh one.
std::shared_ptr<Session> idle, idle_other;
std::vector<std::function<void()>> ends;
unsigned fill_of_hosts = 0xa5;

int explained = 0; // failures

class Runner
{
  public:
    Runner(const TrialInfo &info, TrialBody body)
        : info_(info), body_(body),
          name_(std::string(info.suite) + "." + info.name),
          seed_(TheOptions().seed)
    {
    }

    Verdict Run()
    {
        const auto start = Clock::now();
        Verdict verdict{name_, "passed", "", "", seed_, 0, 0};

        try {
            // What a script has kept of one case is one case.
            const auto only = Drawn() != nullptr ? std::optional<uint64_t>{0}
                                                 : TheOptions().only_case;

            const bool explored =
                info_.explored > 0 && Drawn() == nullptr && Explored(&verdict);
            if (!TheOptions().trace.empty()) {
                tracing_ = true;
                trace_head_ = TraceHead(only.value_or(0));
            }
            if (only && !explored)
                RunCase(*only, OfCase(*only), &verdict);
            for (Cases cases = CasesHere(); !only && !explored &&
                                            cases.Next() &&
                                            verdict.verdict == "passed";)
                RunCase(cases.Number(), cases.TheChoices(), &verdict);
            if (info_.explored > 0 && verdict.verdict == "passed")
                RunTwice(only.value_or(0), &verdict);
        } catch (const InfraError &error) {
            verdict.verdict = "infra-error";
            verdict.kind = "infra";
            verdict.message = std::string("The judge could not do its work: ") +
                              error.what() + "\n";
        } catch (const NemesisError &error) {
            verdict.verdict = "infra-error";
            verdict.kind = "infra";
            verdict.message = std::string("The script cannot be followed: ") +
                              error.what() + "\n";
        } catch (const std::exception &error) {
            verdict.verdict = "infra-error";
            verdict.kind = "infra";
            verdict.message = std::string("The test itself went wrong: ") +
                              error.what() + "\n";
        }
        if (info_.hunt != nullptr)
            JudgeHunt(&verdict);
        // What an old failure left.
        if (verdict.verdict == "passed" && !TheOptions().steps.empty())
            for (const char *ending :
                 {".gdb", ".steps", ".jsonl", ".html", ".nemesis"})
                Forget(ending);
        return Timed(std::move(verdict), start);
    }

    // The choices of a case by itself.
    Choices OfCase(uint64_t number) const
    {
        if (Drawn() != nullptr)
            return Choices(*Drawn());
        return Cases::One(info_.turns > 0, MixSeed(seed_, HashName(name_)),
                          number);
    }

    // Those that are explored from --first on.
    Cases CasesToExplore() const
    {
        const Options &options = TheOptions();

        if (info_.turns > 0)
            return Cases::Schedules(info_.turns_explored, options.cases);
        return Cases::Random(MixSeed(seed_, HashName(name_)), options.first,
                             options.cases);
    }

  private:
    // Those that are run here.
    Cases CasesHere() const
    {
        const uint64_t count = info_.cases == 0         ? 1
                               : TheOptions().cases > 0 ? TheOptions().cases
                                                        : uint64_t(info_.cases);

        if (info_.turns > 0)
            return Cases::Schedules(info_.turns, count);
        return Cases::Random(MixSeed(seed_, HashName(name_)), 0, count);
    }

    // How many runs were made, if nothing was found.
    uint64_t Runs() const
    {
        const Options &options = TheOptions();
        const uint64_t here =
            options.cases > 0 ? options.cases : uint64_t(info_.cases);

        return options.only_case        ? 1
               : options.direct.empty() ? here
                                        : here + uint64_t(info_.explored);
    }

    // A hunt in which nothing was broken has found nothing.
    void JudgeHunt(Verdict *verdict) const
    {
        verdict->hunt = true;
        if (verdict->verdict == "passed") {
            verdict->verdict = "failed";
            verdict->kind = "not found";
            verdict->message =
                Paragraph("  Rule      ", info_.rule) + "            (" +
                HandoutPage() + "#" + Anchor() + ")\n" +
                InSentences("  Seen      ",
                            "none of the " + std::to_string(Runs()) +
                                " runs broke it. Another SEED makes others. If "
                                "they do not break it either, your program "
                                "does something else than the contract says") +
                "  Again     " + Command("test", 0) + "\n";
        }
    }

    void RunCase(uint64_t number, Choices choices, Verdict *verdict)
    {
        Outcome outcome = Attempt(std::move(choices), false);

        if (!TheOptions().trace.empty())
            WriteFile(TheOptions().trace, outcome.trace);
        verdict->events += outcome.events;
        verdict->remark = RemarkOnScript(outcome);
        if (outcome.violation) {
            verdict->verdict = "failed";
            Explain(number, std::move(outcome), verdict);
        }
    }

    // What the script says that this test drew. NULL: nothing, or there is none.
    const std::vector<uint64_t> *Drawn() const
    {
        const auto script = TheNemesis();

        if (script == nullptr || script->drawn.count(name_) == 0)
            return nullptr;
        return &script->drawn.at(name_);
    }

    // A script that a test does not follow must not seem to have been harmless.
    std::string RemarkOnScript(const Outcome &outcome) const
    {
        const auto script = TheNemesis();

        if (script == nullptr ||
            (outcome.draws_faults && outcome.refusal.empty()))
            return "";
        return name_ +
               (outcome.draws_faults ? " " + outcome.refusal
                                     : std::string(" draws no faults")) +
               ": it ran as ever, without " + script->file + ".";
    }

    static Verdict Timed(Verdict verdict, Clock::time_point start)
    {
        verdict.ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                         Clock::now() - start)
                         .count();
        return verdict;
    }

    static std::vector<std::string> Lines(const std::string &text)
    {
        std::vector<std::string> lines;
        std::istringstream in(text);

        for (std::string line; std::getline(in, line);)
            lines.push_back(line);
        return lines;
    }

    // The lines of a trace, without what nodes printed: that may be an address.
    static std::vector<std::string> Told(const std::string &trace)
    {
        std::vector<std::string> lines = Lines(trace);
        const std::string printed = std::string("\"text\":\"") + kPrints;

        lines.erase(std::remove_if(lines.begin(), lines.end(),
                                   [&](const std::string &line) {
                                       return line.find(printed) !=
                                              std::string::npos;
                                   }),
                    lines.end());
        return lines;
    }

    // The same choices in other processes, in which addresses and the contents
    // of fresh memory differ, must make the same run.
    void RunTwice(uint64_t i, Verdict *verdict)
    {
        const unsigned fill = fill_of_hosts;

        trace_head_ = TraceHead(i);
        tracing_ = true;
        const Outcome first = Attempt(OfCase(i), false);
        EndHosts();
        fill_of_hosts = fill ^ 0xff;
        Outcome second = Attempt(OfCase(i), false);
        EndHosts();
        fill_of_hosts = fill;
        tracing_ = !TheOptions().trace.empty();
        const auto before = Told(first.trace), after = Told(second.trace);
        size_t at = 0;
        while (at < before.size() && at < after.size() &&
               before[at] == after[at])
            at++;
        if (at == before.size() && at == after.size())
            return;
        const auto line = [at](const std::vector<std::string> &lines) {
            return at < lines.size() ? lines[at] : "(nothing more)";
        };
        second.violation = Violation{
            "nondeterminism",
            "the same events, clocks and random numbers make a node do the "
            "same",
            "case " + std::to_string(i) +
                " was run twice, in processes whose fresh memory and addresses "
                "differ, and went two ways. The first difference (lines of the "
                "traces):\n  once:  " +
                line(before) + "\n  again: " + line(after) +
                "\nLook for memory that is read before it is written, and for "
                "an order or a hash made of addresses.\n"};
        verdict->verdict = "failed";
        verdict->kind = "nondeterminism";
        verdict->message = Story(i, 0, second);
    }

    // Has many cases run the quick way. True: one of them failed, and fails
    // here as well, where it is told.
    bool Explored(Verdict *verdict)
    {
        const auto only = TheOptions().only_case;
        if (!TheOptions().trace.empty() || (only && info_.turns > 0))
            return false;
        const auto found = ExploreDirectly(name_, only.value_or(0),
                                           only ? 1 : uint64_t(info_.explored));

        if (!found)
            return false;
        Outcome outcome =
            Attempt(found->choices.empty() ? OfCase(found->number)
                                           : Choices(found->choices),
                    false);
        if (!outcome.violation)
            return false;
        verdict->verdict = "failed";
        verdict->remark = RemarkOnScript(outcome);
        simplified_ = found->simplified;
        Explain(found->number, std::move(outcome), verdict);
        return true;
    }

    // Runs the body once: in the host that the last run left in good order, or
    // in a fresh one.
    Outcome Attempt(Choices choices, bool fresh)
    {
        Outcome outcome;

        if (fresh || idle == nullptr)
            idle = std::make_shared<Session>(TheLab().limits);
        idle->ForgetSteps();
        idle->Stepwise(stepwise_);
        Trial trial(idle, std::move(choices));
        if (tracing_)
            trial.Trace(trace_head_);
        idle.reset();
        try {
            body_(trial);
            trial.Finish();
        } catch (const Violation &violation) {
            outcome.violation = violation;
        } catch (const Seen &) {
            trial.Finish();
        }
        outcome.taken = trial.TheChoices().Taken();
        outcome.session = trial.TheSession();
        outcome.trace = trial.TheTrace();
        outcome.events = trial.Events();
        outcome.hit = trial.IsHit();
        outcome.draws_faults = trial.DrawsFaults();
        outcome.faults = trial.TheFaults();
        outcome.refusal = trial.Refusal();
        outcome.drawn = trial.DrawnBeforeRun();
        // A host in which a rule was broken may be in any state.
        if (!outcome.violation)
            idle = outcome.session;
        else
            idle_other.reset();
        return outcome;
    }

    // Makes the failure small, sure and readable.
    void Explain(uint64_t i, Outcome first, Verdict *verdict)
    {
        const std::string kind = first.violation->kind;
        const bool hit = first.hit;
        int steps = simplified_;
        Outcome shown = std::move(first);

        trace_head_ = TraceHead(i);

        // A script that says what its clients do is shown as it is.
        const bool shrinks = info_.cases > 0 && Drawn() == nullptr;
        if (shrinks && kind != "hang") {
            // An end costs a new process, some kinds of it a wait besides.
            const int attempts = kind == "expectation" ? 400
                                 : kind == "sanitizer" || kind == "crash" ||
                                         kind == "leak" || kind == "exit"
                                     ? 24
                                     : 6;
            const auto began = Clock::now();
            const auto patience = std::chrono::duration<double>(
                double(TheOptions().shrink_s) / ++explained);

            EnableSymbolizer(false);
            int more = 0;
            const std::vector<uint64_t> best =
                Shrink(shown.taken, attempts, &more,
                       [&](std::vector<uint64_t> &candidate) {
                           if (Clock::now() - began > patience)
                               return false;
                           Outcome outcome = Attempt(Choices(candidate), false);

                           candidate = outcome.taken;
                           return outcome.violation &&
                                  outcome.violation->kind == kind &&
                                  outcome.hit == hit;
                       });
            EnableSymbolizer(true);
            steps += more;
            tracing_ = true;
            // What is shown must happen in a host that saw nothing else.
            Outcome again = Attempt(Choices(best), true);
            if (!again.violation) {
                steps = 0;
                again = Attempt(OfCase(i), true);
            }
            if (again.violation)
                shown = std::move(again);
            else
                NoteNotAgain(&shown);
        }
        tracing_ = true;
        if (!shrinks && kind != "hang") {
            Outcome again = Attempt(Choices(shown.taken), true);

            if (again.violation)
                shown = std::move(again);
            else
                NoteNotAgain(&shown);
        }
        // Where a batch of calls got no answer, find out which call it was.
        if (shown.violation->kind != "expectation" &&
            !shown.session->Steps().empty() &&
            shown.session->Steps().back().answer.empty() &&
            shown.session->LastBatch() > 1) {
            stepwise_ = true;
            Outcome again = Attempt(Choices(shown.taken), true);
            stepwise_ = false;
            if (again.violation && again.violation->kind == kind)
                shown = std::move(again);
        }
        verdict->kind = shown.violation->kind;
        verdict->message = Story(i, steps, shown);
        if (shown.hit && verdict->kind == "expectation")
            verdict->verdict = "found";
    }

    // The rule that was broken when it is not the one that the test is about.
    static std::string GeneralRule(const std::string &kind)
    {
        if (kind == "nondeterminism")
            return "What a node does depends on nothing but what it was told.";
        if (kind == "leak")
            return "What is allocated is freed, at the latest when all is "
                   "closed.";
        if (kind == "sanitizer")
            return "Code touches only memory that is its own, and does nothing "
                   "that C leaves undefined.";
        if (kind == "hang")
            return "Every call returns.";
        if (kind == "exit" || kind == "crash")
            return "Every call returns, whatever it is given that the contract "
                   "allows.";
        if (kind == "flood" || kind == "channel" || kind == "forbidden")
            return "Student code does no I/O, but for a few lines of printf "
                   "while you debug.";
        if (kind == "memory")
            return "Memory is in proportion to what is kept in it.";
        return "";
    }

    // Students read the handout as a page.
    static std::string HandoutPage()
    {
        std::string path = TheLab().handout;

        if (path.size() > 3 && path.compare(path.size() - 3, 3, ".md") == 0)
            path.replace(path.size() - 3, 3, ".html");
        return path;
    }

    // Where the handout explains this test's part.
    std::string Anchor() const
    {
        if (info_.hunt != nullptr)
            return info_.hunt;
        const auto test = TheLab().tests.find(name_);

        if (test != TheLab().tests.end())
            for (const Part &part : TheLab().parts)
                if (part.id == test->second.part)
                    return part.anchor;
        return "";
    }

    static void NoteNotAgain(Outcome *outcome)
    {
        outcome->violation->seen +=
            "\nThe same calls in a fresh process went well: the code depends "
            "on something that it was not given (memory that was never "
            "written? an address?).\n";
    }

    static std::string Indented(const std::string &text)
    {
        std::string out;

        for (const char c : text) {
            out += c;
            if (c == '\n')
                out += "            ";
        }
        while (!out.empty() && (out.back() == ' ' || out.back() == '\n'))
            out.pop_back();
        return out + "\n";
    }

    static std::string StepsInWords(const std::vector<Step> &steps)
    {
        // All of a short story; of a long one the beginning and the end.
        constexpr size_t kHead = 14, kTail = 14;
        std::string text;

        for (size_t i = 0; i < steps.size(); i++) {
            const Step &step = steps[i];
            char number[32];

            if (steps.size() > kHead + kTail + 1 && i == kHead) {
                text += "            ... " +
                        std::to_string(steps.size() - kHead - kTail) +
                        " more steps (the script has them all) ...\n";
                i = steps.size() - kTail - 1;
                continue;
            }
            std::snprintf(number, sizeof number, "%7zu  ", i + 1);
            std::string call = Printable(step.call);
            std::string answer = Printable(step.answer);
            if (call.size() > 400)
                call = call.substr(0, 397) + "...";
            if (answer.size() > 400)
                answer = answer.substr(0, 397) + "...";
            text += "  " + std::string(number) + call;
            if (answer != " ")
                text += answer.empty() ? "  -> no answer" : "  -> " + answer;
            text += "\n";
        }
        return text;
    }

    static std::string Source()
    {
        const std::string &source = TheOptions().source;

        return source.empty() || source == "starter" ? "" : " SRC=" + source;
    }

    std::string Origin(uint64_t i) const
    {
        return "SEED=" + Hex(seed_) + " CASE=" + std::to_string(i) +
               (TheNemesis() != nullptr ? " NEMESIS=" + TheNemesis()->file
                                        : "");
    }

    void Forget(const char *ending) const
    {
        const std::string path = TheOptions().steps + "/" + name_ + ending;
        const auto script = TheNemesis();

        // The script that is being followed may be one that a failure left.
        if (!TheOptions().steps.empty() &&
            (script == nullptr || script->file != path))
            std::remove(path.c_str());
    }

    // The command that does the same again.
    std::string Command(const std::string &target, uint64_t i) const
    {
        std::string text =
            "make " +
            (info_.hunt != nullptr && target == "test" ? "find" : target) +
            "-" + TheLab().id + " T=" + name_;

        if (info_.cases > 0 && Drawn() == nullptr)
            text += " SEED=" + Hex(seed_) + " CASE=" + std::to_string(i);
        if (TheNemesis() != nullptr)
            text += " NEMESIS=" + TheNemesis()->file;
        return text + Source();
    }

    std::string Story(uint64_t i, int shrunk, const Outcome &outcome) const
    {
        const Violation &violation = *outcome.violation;
        const std::vector<Step> &steps = outcome.session->Steps();
        const std::string general = GeneralRule(violation.kind);
        const std::string anchor =
            general.empty() ? Anchor() : "rules-of-the-house";
        std::string text;

        if (!outcome.trace.empty())
            return StoryOfRun(i, shrunk, outcome);
        text +=
            "  Rule      " + Indented(general.empty() ? info_.rule : general);
        text += "            (" + HandoutPage() + "#" + anchor + ")\n";
        if (!steps.empty())
            text += "  Steps\n" + StepsInWords(steps);
        if (!violation.expected.empty())
            text += "  Expected  " + Indented(violation.expected);
        text += "  Seen      " + Indented(violation.seen);
        text += Printed(outcome);
        if (shrunk > 0)
            text += Found(i, shrunk) + "; these steps are what is left.\n";
        return text + Commands(i, outcome);
    }

    // Of a cluster's run: first what is wrong, then how it came to that.
    std::string StoryOfRun(uint64_t i, int shrunk, const Outcome &outcome) const
    {
        // Nothing that happened explains a leak: there a few lines will do.
        constexpr size_t kLines = 38, kLinesOfALeak = 12;
        const Violation &violation = *outcome.violation;
        const std::string general = GeneralRule(violation.kind);
        const std::string anchor =
            general.empty() ? Anchor() : "rules-of-the-house";
        const FailureStory story = TellFailure(
            outcome.trace, violation.expected,
            violation.kind == "leak" ? kLinesOfALeak : kLines, kColumns - 4);
        const std::string margin(12, ' ');
        std::string text =
            Paragraph("  Rule      ", general.empty() ? info_.rule : general) +
            margin + "(" + HandoutPage() + "#" + anchor + ")\n";

        if (story.broken_rule)
            text += Paragraph(margin, "Broken rule: " + violation.expected);
        else if (!violation.expected.empty())
            text += Paragraph("  Expected  ", violation.expected);
        // What others than the judge say is laid out by them.
        text += violation.kind == "expectation"
                    ? InSentences("  Seen      ", violation.seen)
                    : "  Seen      " + Indented(violation.seen);
        text += Printed(outcome);
        if (!story.operations.empty())
            text += "\n" + Shifted(story.operations) + "\n";
        text += "  What happened\n" + Shifted(story.run) +
                Paragraph("    ", story.left_out);
        if (shrunk > 0)
            text += Paragraph("  Found     ", Found(i, shrunk).substr(12) +
                                                  ". " + story.length);
        return text + SaveFaults(i, shrunk, outcome) + Commands(i, outcome) +
               SaveTrace(outcome.trace);
    }

    // What befell the cluster, as a script that does it again. Returns what is
    // told of it.
    std::string SaveFaults(uint64_t i, int shrunk, const Outcome &outcome) const
    {
        constexpr size_t kLines = 8, kNumbers = 20;
        const std::string path = TheOptions().steps + "/" + name_ + ".nemesis";
        const std::string margin(12, ' ');
        const std::vector<std::string> lines = Lines(outcome.faults);
        std::string text, told;

        if (!outcome.draws_faults || lines.empty()) {
            Forget(".nemesis");
            return "";
        }
        if (lines.size() <= kLines)
            for (const std::string &line : lines)
                told += (told.empty() ? "  Faults    " : margin) + line + "\n";
        if (TheOptions().steps.empty())
            return told;
        // The very file that is being followed stays as it is.
        if (TheNemesis() != nullptr && TheNemesis()->file == path)
            return told;
        const std::string again =
            "make test-" + TheLab().id + " T=" + name_ + " NEMESIS=" + path;
        text = "# What befell the cluster in a run of " + name_ +
               " that broke its rule\n# (" + Origin(i) +
               (shrunk > 0 ? ", made simpler" : "") + "). Again:\n#     " +
               again + Source() +
               "\n# What the test drew before that, its clients among it; "
               "without the drawn lines\n# SEED and CASE draw it:\n";
        size_t drawn = outcome.drawn;
        while (drawn > 0 && outcome.taken[drawn - 1] == 0)
            drawn--; // as beyond the end
        for (size_t at = 0; at == 0 || at < drawn; at += kNumbers) {
            text += "drawn " + name_;
            for (size_t k = at; k < std::min(at + kNumbers, drawn); k++)
                text += " " + std::to_string(outcome.taken[k]);
            text += "\n";
        }
        text += outcome.faults;
        MakeFolders(path);
        try {
            WriteFile(path, text);
        } catch (const InfraError &) {
            return told; // a file that is not there is not promised
        }
        if (told.empty())
            told = "  Faults    " + std::to_string(lines.size()) + " lines\n";
        return told + margin + "(" + again + Source() + "\n" + margin +
               " does them again)\n";
    }

    static std::string Printed(const Outcome &outcome)
    {
        const std::string &printed = outcome.session->Printed();

        if (outcome.violation->kind != "expectation" || printed.empty())
            return "";
        return "  Printed   " + Indented(Tail(printed, 12));
    }

    std::string Found(uint64_t i, int shrunk) const
    {
        return (Drawn() != nullptr ? "  Found     by the script"
                : info_.turns > 0
                    ? "  Found     by trying what may come next, "
                      "the simplest first"
                    : "  Found     in random case " + std::to_string(i)) +
               std::string(", then made simpler ") + std::to_string(shrunk) +
               (shrunk == 1 ? " time" : " times");
    }

    std::string Commands(uint64_t i, const Outcome &outcome) const
    {
        return "  Again     " + Command("test", i) + "\n" +
               (SaveScript(outcome)
                    ? "  Debug     " + Command("debug", i) + "\n"
                    : "");
    }

  public:
    // How a trace of this test begins.
    std::string TraceHead(uint64_t i) const
    {
        nlohmann::ordered_json head;

        head["test"] = name_;
        head["rule"] = info_.rule;
        head["seed"] = Hex(seed_);
        head["case"] = i;
        head["lab"] = TheLab().id;
        head["page"] = HandoutPage() + "#" + Anchor();
        const std::string text = head.dump();
        return "," + text.substr(1, text.size() - 2);
    }

  private:
    static std::string Shifted(const std::string &lines)
    {
        std::string text, line;
        std::istringstream in(lines);

        while (std::getline(in, line))
            text += (line.empty() ? "" : "    ") + line + "\n";
        return text;
    }

    // Each sentence begins a line. What stands in quotes is no sentence.
    static std::string InSentences(const std::string &first,
                                   const std::string &text)
    {
        std::string out, sentence;
        bool quoted = false;
        const auto end = [&] {
            if (!sentence.empty())
                out += Paragraph(out.empty() ? first
                                             : std::string(first.size(), ' '),
                                 sentence);
            sentence.clear();
        };

        for (size_t i = 0; i < text.size(); i++) {
            quoted ^= text[i] == '"';
            if (text[i] == '\n') {
                end();
                quoted = false;
                continue;
            }
            if (text[i] == ' ' && sentence.empty())
                continue;
            sentence += text[i];
            if (!quoted && text.compare(i, 2, ". ") == 0)
                end();
        }
        if (!out.empty() && !sentence.empty() && sentence.back() != '.' &&
            sentence.back() != ')')
            sentence += '.';
        end();
        return out;
    }

    // The trace and its page. Returns the line that tells where.
    std::string SaveTrace(const std::string &trace) const
    {
        const std::string stem = TheOptions().steps + "/" + name_;

        if (TheOptions().steps.empty())
            return "";
        MakeFolders(stem);
        try {
            WriteFile(stem + ".jsonl", trace);
            WriteFile(stem + ".html", TracePage(trace));
        } catch (const std::runtime_error &error) {
            return std::string("  Picture   cannot be made: ") + error.what() +
                   "\n";
        }
        char *whole = realpath((stem + ".html").c_str(), nullptr);
        const std::string path = whole != nullptr ? whole : stem + ".html";
        std::free(whole);
        return "  Picture   file://" + path + "\n";
    }

    static void MakeFolders(const std::string &stem)
    {
        for (size_t at = 1; at < stem.size(); at++)
            if (stem[at] == '/')
                mkdir(stem.substr(0, at).c_str(), 0777);
    }

    // The calls as a script for the host alone, and where gdb should stop.
    bool SaveScript(const Outcome &outcome) const
    {
        const std::string stem = TheOptions().steps + "/" + name_;
        const std::vector<uint8_t> &script = outcome.session->Script();
        std::string function;

        if (TheOptions().steps.empty() || script.empty())
            return false;
        for (const Step &step : outcome.session->Steps())
            if (!step.function.empty())
                function = step.function;
        if (function == "ring_owners")
            function = "ring_owner";
        MakeFolders(stem);
        std::ofstream(stem + ".steps", std::ios::binary)
            .write(reinterpret_cast<const char *>(script.data()),
                   static_cast<std::streamsize>(script.size()));
        std::ofstream gdb(stem + ".gdb");
        gdb << "set breakpoint pending on\n"
            << "set confirm off\n"
            << "set print frame-arguments all\n"
            << "set substitute-path dynamo-kit labs\n"
            << "break host_before_step if step == "
            << outcome.session->ScriptCalls() << "\n"
            << "run\n"
            << "tbreak " << function << "\n"
            << "continue\n";
        return static_cast<bool>(gdb);
    }

    const TrialInfo info_;
    const TrialBody body_;
    const std::string name_;
    const uint64_t seed_;
    bool stepwise_ = false, tracing_ = false;
    std::string trace_head_;
    int simplified_ = 0; // times, when it was found
};

} // namespace

void EndHosts()
{
    idle.reset();
    idle_other.reset();
    for (const auto &action : ends)
        action();
}

void EndProcesses()
{
    EndHosts();
    Nursery::EndAll();
}

unsigned FillOfHosts()
{
    return fill_of_hosts;
}

void AtEndOfHosts(std::function<void()> action)
{
    ends.push_back(std::move(action));
}

void Trial::Finish()
{
    while (!at_end_.empty()) {
        const std::function<void()> action = std::move(at_end_.back());

        at_end_.pop_back();
        action();
    }
    if (session_->Started())
        CheckHeap();
}

void Trial::OtherHost(unsigned fill)
{
    HostLimits limits = TheLab().limits;

    limits.fill = fill;
    if (idle_other == nullptr)
        idle_other = std::make_shared<Session>(limits);
    idle_other->ForgetSteps();
    first_session_ = session_;
    session_ = idle_other;
    session_->Remark("(in another process, whose fresh memory and addresses "
                     "differ)");
}

void Trial::FirstHost()
{
    CheckHeap();
    session_ = first_session_;
}

void Trial::FailAllocation(uint64_t nth)
{
    if (nth > 0)
        session_->Remark("(from now on, allocation number " +
                         std::to_string(nth) + " gets no memory)");
    session_->Quiet("heap_fail_at", json::array({nth}));
}

void Trial::ExpectCode(int expected, int seen, const std::string &of)
{
    Expect(seen == expected, of + " gives " + CodeName(expected),
           CodeName(seen));
}

void Trial::CheckHeap()
{
    const json held = session_->Quiet("heap_held", json::array());
    const json refused = session_->Quiet("heap_refused", json::array());
    std::vector<HeapBlock> blocks;

    try {
        for (const json &block : held.at(1))
            blocks.push_back(
                {block.at(0).get<uint64_t>(), block.at(1).get<uint64_t>()});
        judge::CheckHeap(
            held.at(0).get<uint64_t>(), blocks,
            {refused.at(0).get<uint64_t>(), refused.at(1).get<uint64_t>()});
    } catch (const json::exception &) {
        throw Violation{"channel", "",
                        "the answer on the host's channel is not an answer. "
                        "Only the host writes to descriptor 3.\n"};
    }
}

void CheckHeap(uint64_t held, const std::vector<HeapBlock> &blocks,
               const HeapBlock &refused)
{
    if (refused.size != 0) {
        const auto places = Symbolize({Hex(refused.site)});

        throw Violation{
            "memory", "",
            "the code asked for " + std::to_string(refused.size) +
                " bytes more than it may hold (" +
                std::to_string(TheLab().limits.heap_mb) + " MB in all)" +
                (places.empty() || places[0].empty() ? ""
                                                     : ", in " + places[0]) +
                "\n"};
    }
    if (held == 0)
        return;
    std::string seen = "when all was closed, " + std::to_string(held) +
                       " allocated block(s) had not been freed" +
                       (held > 8 ? "; the first 8 of them" : "") + ":\n";
    std::vector<std::string> sites;
    for (const HeapBlock &block : blocks)
        sites.push_back(Hex(block.site));
    const auto places = Symbolize(sites);
    std::map<std::string, int> lines; // equal ones once
    for (size_t i = 0; i < blocks.size() && i < 8; i++)
        lines[std::to_string(blocks[i].size) + " bytes, allocated in " +
              (i < places.size() && !places[i].empty() ? places[i] : "?")]++;
    for (const auto &[line, times] : lines)
        seen += "  " + (times > 1 ? std::to_string(times) + " times " : "") +
                line + "\n";
    throw Violation{"leak", "", seen};
}

std::string CodeName(int code)
{
    return std::string(dyn_error_name(code)) + " (" + std::to_string(code) +
           ", " + dyn_error_text(code) + ")";
}

void RunGraded(const TrialInfo &info, TrialBody body)
{
    if (TheOptions().explore) {
        const Runner runner(info, body);

        if (!TheOptions().trace.empty()) {
            const uint64_t i = TheOptions().only_case.value_or(0);

            WriteFile(TheOptions().trace,
                      TraceHere(body, runner.OfCase(i), runner.TraceHead(i)));
            return;
        }
        Cases cases = runner.CasesToExplore();
        ExploreHere(body, &cases);
        return;
    }
    const Verdict verdict = Runner(info, body).Run();

    Record(verdict);
    // GoogleTest need only know that it failed; the story has been told.
    if (verdict.verdict != "passed" && verdict.verdict != "found")
        ADD_FAILURE() << verdict.kind;
}

} // namespace judge
