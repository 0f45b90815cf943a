#include "harness/nemesis.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace judge
{
namespace
{

constexpr size_t kBytesMost = 1 << 20;
constexpr size_t kActsMost = 100 * 1000; // repetitions included
constexpr uint64_t kMsOfUs = 1000;
constexpr uint32_t kNodeMost = 1000;

const char *const kStrikeNames[] = {"crash", "cut",  "one-way",
                                    "pause", "slow", "skew"};

bool IsDigit(char c)
{
    return c >= '0' && c <= '9';
}

// For a sentence: short, and nothing that a terminal takes for a command.
std::string Said(const std::string &word)
{
    std::string text;

    for (const char c : word.substr(0, 40))
        text += c > ' ' && c < 0x7f ? c : '?';
    return "'" + text + (word.size() > 40 ? "...'" : "'");
}

std::string VerbNames()
{
    std::string names;

    for (const NemesisVerb &verb : NemesisVerbs())
        names += std::string(verb.name) + ", ";
    return names;
}

// One line's words.
class LineReader
{
  public:
    LineReader(const std::string &file, size_t number, const std::string &text)
        : file_(file), number_(number)
    {
        std::istringstream in(text.substr(0, text.find('#')));

        for (std::string word; in >> word;)
            words_.push_back(word);
    }

    [[noreturn]] void Refuse(const std::string &sentence) const
    {
        throw NemesisError(file_ + ":" + std::to_string(number_) + ": " +
                           sentence);
    }
    bool Ended() const
    {
        return at_ == words_.size();
    }
    std::string Here() const
    {
        return Ended() ? "the end of the line" : Said(words_[at_]);
    }
    bool Is(const std::string &word) const
    {
        return !Ended() && words_[at_] == word;
    }
    bool Take(const std::string &word)
    {
        if (!Is(word))
            return false;
        at_++;
        return true;
    }
    std::string Next()
    {
        return words_[at_++];
    }
    bool AtNumber() const
    {
        return !Ended() && IsDigit(words_[at_][0]);
    }

    // A whole number that follows `before`.
    uint64_t Number(const std::string &before, uint64_t least, uint64_t most)
    {
        const auto number = Ended() ? std::nullopt : Whole(words_[at_]);

        if (!number || *number < least || *number > most)
            Refuse("after '" + before + "' comes a number from " +
                   std::to_string(least) + " to " + std::to_string(most) +
                   ", not " + Here());
        at_++;
        return *number;
    }
    int64_t Signed(const std::string &before, int64_t least, int64_t most)
    {
        const bool minus = !Ended() && words_[at_][0] == '-';
        const auto number =
            Ended() ? std::nullopt : Whole(words_[at_].substr(minus ? 1 : 0));
        // What is too large for any `most` is cut, and refused.
        const int64_t value =
            (minus ? -1 : 1) * static_cast<int64_t>(std::min<uint64_t>(
                                   number.value_or(0), 1ull << 62));

        if (!number || value < least || value > most)
            Refuse("after '" + before + "' comes a number from " +
                   std::to_string(least) + " to " + std::to_string(most) +
                   ", not " + Here());
        at_++;
        return value;
    }
    // Milliseconds, in microseconds. `things`: may end in "+3".
    uint64_t Time(const std::string &before, uint64_t *things = nullptr)
    {
        const std::string word = Ended() ? "" : words_[at_];
        const size_t plus = things != nullptr ? word.find('+') : word.npos;
        const std::string ms = word.substr(0, plus);
        const size_t dot = ms.find('.');
        const auto whole = Whole(ms.substr(0, dot));
        std::string part = dot == ms.npos ? "0" : ms.substr(dot + 1);
        const auto after = plus == word.npos ? std::optional<uint64_t>{0}
                                             : Whole(word.substr(plus + 1));

        part.resize(part.empty() || part.size() > 3 ? 0 : 3, '0');
        const auto rest = Whole(part);
        if (!whole || !rest || !after)
            Refuse("after '" + before +
                   "' comes a time in milliseconds, such as 120 or 120.5, "
                   "not " +
                   Here());
        if (*whole > kFaultsMs ||
            *whole * kMsOfUs + *rest > kFaultsMs * kMsOfUs)
            Refuse("the time " + Here() + " is too long: faults end " +
                   std::to_string(kFaultsMs) +
                   " ms after the run begins, at the latest");
        at_++;
        if (things != nullptr)
            *things = *after;
        return *whole * kMsOfUs + *rest;
    }

    void MustEnd(const std::string &what)
    {
        if (!Ended())
            Refuse("what does " + Here() + " mean here? " + what);
    }

  private:
    const std::string &file_;
    size_t number_;
    std::vector<std::string> words_;
    size_t at_ = 0;

    // Digits and nothing else.
    static std::optional<uint64_t> Whole(const std::string &word)
    {
        uint64_t value = 0;

        for (const char c : word) {
            const uint64_t digit = static_cast<uint64_t>(c - '0');

            if (!IsDigit(c) || value > (UINT64_MAX - digit) / 10)
                return std::nullopt;
            value = value * 10 + digit;
        }
        return word.empty() ? std::nullopt : std::optional<uint64_t>(value);
    }
};

class Parser
{
  public:
    explicit Parser(const std::string &file)
    {
        script_.file = file;
    }

    void Line(size_t number, const std::string &text)
    {
        LineReader in(script_.file, number, text);
        NemesisLine line;

        if (in.Ended())
            return;
        line.number = number;
        if (in.Take("drawn")) {
            Drawn(in);
        } else if (in.Take("at")) {
            line.at_us = in.Time("at", &line.after_things);
            Act(in, line);
        } else if (in.Take("every")) {
            line.every_us = in.Time("every");
            if (line.every_us < kMsOfUs)
                in.Refuse("'every' takes 1 ms or more");
            if (!in.Take("from"))
                in.Refuse("after 'every' and its time comes 'from', not " +
                          in.Here() + ", for instance '" + kEvery + "'");
            Window(in, line);
            Act(in, line);
        } else if (in.Take("from")) {
            Window(in, line);
            if (in.Is("lose") || in.Is("copy") || in.Is("delay") ||
                in.Is("jitter"))
                Chances(in, line);
            else if (in.Take("strike"))
                Strikes(in, line);
            else
                Lasting(in, line);
        } else if (in.Is("lose") || in.Is("copy") || in.Is("delay")) {
            Message(in);
        } else {
            in.Refuse("a line begins with at, from, every, or with lose, copy "
                      "or delay and 'message', not with " +
                      in.Here() + ", for instance 'at 120 crash 3 for 200'");
        }
    }

    Nemesis Done()
    {
        return std::move(script_);
    }

  private:
    static constexpr const char *kEvery =
        "every 400 from 0 to 4000 crash each for 200";
    static constexpr const char *kChances =
        "from 0 to 900 lose 30 copy 10 delay 50 by 200 jitter 10";

    Nemesis script_;
    size_t acts_ = 0;

    static void Window(LineReader &in, NemesisLine &line)
    {
        line.at_us = in.Time("from");
        if (!in.Take("to"))
            in.Refuse("after 'from' and its time comes 'to', not " + in.Here() +
                      ", for instance 'from 0 to 900'");
        line.until_us = in.Time("to");
        if (line.until_us <= line.at_us)
            in.Refuse("'from " + NemesisMs(line.at_us) + " to " +
                      NemesisMs(line.until_us) +
                      "' ends before it has begun; the later time comes last");
    }

    static NemesisNodes Nodes(LineReader &in, const std::string &before,
                              const NemesisLine &line, bool other_side)
    {
        NemesisNodes nodes;

        if (in.Take("all"))
            nodes.who = NemesisNodes::Who::All;
        else if (in.Take("any"))
            nodes.who = NemesisNodes::Who::Any;
        else if (line.every_us > 0 && in.Take("each"))
            nodes.who = NemesisNodes::Who::Each;
        else if (other_side && in.Take("others"))
            nodes.who = NemesisNodes::Who::Others;
        else if (in.Is("each"))
            in.Refuse("'each' is one node after the other, which only a line "
                      "with 'every' can mean; for every node at once write "
                      "'all'");
        else if (!in.AtNumber())
            in.Refuse("after '" + before +
                      "' come nodes, by their numbers, or 'any' or 'all'" +
                      (other_side ? " or 'others'" : "") + ", not " +
                      in.Here());
        while (nodes.who == NemesisNodes::Who::Listed && in.AtNumber())
            nodes.listed.push_back(
                static_cast<uint32_t>(in.Number(before, 1, kNodeMost)));
        return nodes;
    }

    void Act(LineReader &in, NemesisLine line)
    {
        const auto &verbs = NemesisVerbs();
        const auto verb =
            std::find_if(verbs.begin(), verbs.end(),
                         [&in](const auto &each) { return in.Is(each.name); });

        if (verb == verbs.end())
            in.Refuse(in.Here() + " is nothing that can be done; there are " +
                      VerbNames() +
                      "and with 'from' and 'to' also lose, copy, delay, jitter "
                      "and strike");
        in.Next();
        line.verb = &*verb;
        line.nodes = Nodes(in, verb->name, line, false);
        if (verb->of_links)
            OtherSide(in, line);
        Clauses(in, line);
        acts_ += line.every_us == 0
                     ? 1
                     : 1 + (line.until_us - line.at_us) / line.every_us;
        if (acts_ > kActsMost)
            in.Refuse("the script does more than " + std::to_string(kActsMost) +
                      " things, which no run needs");
        script_.lines.push_back(std::move(line));
    }

    // "from 100 to 300 pause 2": at 100, for 200.
    void Lasting(LineReader &in, NemesisLine line)
    {
        line.for_us = line.until_us - line.at_us;
        line.until_us = 0;
        Act(in, std::move(line));
    }

    static void OtherSide(LineReader &in, NemesisLine &line)
    {
        const std::string verb = line.verb->name;

        line.one_way = in.Is("to");
        if (!in.Take("from") && !in.Take("to"))
            in.Refuse("after '" + verb +
                      "' and its nodes comes 'from' (both ways) or 'to' (one "
                      "way), not " +
                      in.Here() + ", for instance '" + line.verb->example +
                      "'");
        line.others = Nodes(in, line.one_way ? "to" : "from", line, true);
        for (const uint32_t node : line.nodes.listed)
            if (std::count(line.others.listed.begin(), line.others.listed.end(),
                           node) > 0)
                in.Refuse("node " + std::to_string(node) +
                          " stands on both sides; write each node on one");
    }

    static void Clauses(LineReader &in, NemesisLine &line)
    {
        const NemesisVerb &verb = *line.verb;
        const bool takes_by = verb.by_least != 0 || verb.by_most != 0;
        bool by = false, keep = false;
        const auto once = [&in](bool there, const char *word) {
            if (there)
                in.Refuse("how long, or how much? '" + std::string(word) +
                          "' is said twice");
        };

        for (;;) {
            if (in.Take("for")) {
                once(line.for_us.has_value(), "for");
                line.for_us = in.Time("for");
            } else if (takes_by && in.Take("by")) {
                once(by, "by");
                by = true;
                line.by = in.Signed("by", verb.by_least, verb.by_most);
            } else if (verb.in_handlers && in.Take("after")) {
                once(line.after.has_value(), "after");
                line.after = in.Number("after", 0, 1000 * 1000);
            } else if (verb.in_handlers && in.Take("keep")) {
                once(keep, "keep");
                keep = true;
                line.keep = in.Number("keep", 0, 1000 * 1000);
            } else {
                break;
            }
        }
        in.MustEnd("A line with '" + std::string(verb.name) + "' is written '" +
                   verb.example + "'");
        if (takes_by && !by)
            in.Refuse("'" + std::string(verb.name) +
                      "' needs 'by' and a number, for instance '" +
                      verb.example + "'");
    }

    // Two lines that say different chances of the same message.
    void MustBeAlone(LineReader &in, const NemesisLine &line)
    {
        for (const NemesisLine &other : script_.lines)
            if (other.kind == line.kind && other.at_us < line.until_us &&
                line.at_us < other.until_us)
                in.Refuse("its time overlaps that of line " +
                          std::to_string(other.number) +
                          ", which says the like; let one begin where the "
                          "other ends");
    }

    void Chances(LineReader &in, NemesisLine line)
    {
        std::map<std::string, bool> said;

        line.kind = NemesisLine::Kind::Chances;
        while (!in.Ended()) {
            const std::string word = in.Next();

            if (word != "lose" && word != "copy" && word != "delay" &&
                word != "jitter")
                in.Refuse(Said(word) +
                          " is nothing that befalls messages; "
                          "there are lose, copy, delay and "
                          "jitter, for instance '" +
                          kChances + "'");
            if (std::exchange(said[word], true))
                in.Refuse("'" + word + "' is said twice");
            if (word == "jitter") {
                line.jitter_us = in.Time("jitter");
                continue;
            }
            const auto chance = static_cast<uint32_t>(in.Number(word, 0, 1000));
            (word == "lose"   ? line.lose
             : word == "copy" ? line.copy
                              : line.delay) = chance;
            if (word != "lose" && in.Take("by"))
                line.delay_by_ms = in.Number("by", 1, kFaultsMs);
        }
        if (line.lose + line.copy + line.delay > 1000)
            in.Refuse("lose, copy and delay are of 1,000 messages, and " +
                      std::to_string(line.lose + line.copy + line.delay) +
                      " are more");
        MustBeAlone(in, line);
        script_.lines.push_back(std::move(line));
    }

    void Strikes(LineReader &in, NemesisLine line)
    {
        line.kind = NemesisLine::Kind::Strikes;
        line.strike = static_cast<uint32_t>(in.Number("strike", 1, 1000));
        do {
            size_t i = 0;

            while (i < std::size(kStrikeNames) && !in.Is(kStrikeNames[i]))
                i++;
            if (i == std::size(kStrikeNames))
                in.Refuse("after 'strike' and its chance comes what may "
                          "strike: crash, cut, one-way, pause, slow or skew, "
                          "not " +
                          in.Here());
            in.Next();
            line.strikes.push_back(static_cast<NemesisStrike>(i));
        } while (!in.Ended());
        MustBeAlone(in, line);
        script_.lines.push_back(std::move(line));
    }

    void Message(LineReader &in)
    {
        const std::string verb = in.Next();

        if (!in.Take("message"))
            in.Refuse("after '" + verb +
                      "' at the beginning of a line comes 'message' and its "
                      "number on the trace; chances of messages are written '" +
                      kChances + "'");
        const uint64_t which = in.Number("message", 1, UINT32_MAX);
        MessageFate &message = script_.messages[which];
        if (verb == "lose") {
            message.lost = true;
        } else {
            if (!in.Take("by"))
                in.Refuse("'" + verb +
                          "' needs 'by' and milliseconds, for instance '" +
                          verb + " message " + std::to_string(which) +
                          " by 30'");
            const uint64_t us = in.Time("by");
            if (verb == "copy")
                message.copied_us = us;
            else
                message.late_us = us;
        }
        in.MustEnd("One message is one line");
    }

    void Drawn(LineReader &in)
    {
        if (in.Ended() || in.AtNumber())
            in.Refuse("after 'drawn' comes the test that drew, such as "
                      "Store.LosesNothingWhileNodesCrash, then numbers");
        std::vector<uint64_t> &numbers = script_.drawn[in.Next()];
        while (!in.Ended()) {
            numbers.push_back(in.Number("drawn", 0, UINT64_MAX));
            if (numbers.size() > kActsMost)
                in.Refuse("that is more than any test draws");
        }
    }
};

std::shared_ptr<const Nemesis> the_nemesis;

} // namespace

const std::vector<NemesisVerb> &NemesisVerbs()
{
    static const std::vector<NemesisVerb> verbs = {
        {"crash", false, 0, 0, true, "at 120 crash 3 for 200"},
        {"cut", true, 0, 0, false, "at 300 cut 1 2 from 3 4 5 for 150"},
        {"pause", false, 0, 0, false, "at 400 pause 2 for 100"},
        {"slow", false, 1, 1000, false, "at 500 slow 4 by 10 for 300"},
        {"skew", false, -1000, 1000 * 1000, false, "at 600 skew 3 by -500"},
        {"wipe", false, 0, 0, false, "at 700 wipe 5"},
        {"fill", false, 0, 0, false, "at 700 fill 5 for 100"},
        {"fail", false, 0, 0, false, "at 700 fail 5"},
        {"join", false, 0, 0, false, "at 800 join 5"},
        {"leave", false, 0, 0, false, "at 800 leave 2 for 500"},
    };

    return verbs;
}

Nemesis ParseNemesis(const std::string &text, const std::string &file)
{
    Parser parser(file);
    std::istringstream in(text);
    std::string line;

    if (text.size() > kBytesMost)
        throw NemesisError(file + ": is longer than a megabyte, which no "
                                  "script needs to be");
    for (size_t number = 1; std::getline(in, line); number++)
        parser.Line(number, line);
    return parser.Done();
}

void LoadNemesis(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;

    if (!file || !(text << file.rdbuf()))
        throw NemesisError(path + ": cannot be read, or is empty; NEMESIS "
                                  "names a file of lines such as 'at 120 "
                                  "crash 3 for 200'");
    the_nemesis =
        std::make_shared<const Nemesis>(ParseNemesis(text.str(), path));
}

std::shared_ptr<const Nemesis> TheNemesis()
{
    return the_nemesis;
}

std::string NemesisMs(uint64_t us)
{
    std::string text = std::to_string(us / kMsOfUs);

    if (us % kMsOfUs == 0)
        return text;
    std::string part = std::to_string(kMsOfUs + us % kMsOfUs).substr(1);
    part.resize(part.find_last_not_of('0') + 1);
    return text + "." + part;
}

} // namespace judge
