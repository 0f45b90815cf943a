// world_nemesis.cc: how a world plays a script, and tells what happened as one.
#include "harness/world/world_state.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace judge
{
namespace
{

constexpr uint32_t kDisksMost = 200; // of a node; what programs take is above

// How to say in a sentence that a test has no such fault. NULL: it has.
const char *Lacks(bool has, const char *what)
{
    return has ? nullptr : what;
}

const char *LacksChances(const NemesisLine &line, const Faults &most)
{
    if (line.lose > 0 && most.loss == 0)
        return "lost messages";
    if (line.copy > 0 && most.copy == 0)
        return "copied messages";
    return Lacks((line.delay == 0 && line.jitter_us == 0) || most.late > 0 ||
                     most.jitter_us > 0,
                 "late messages");
}

const char *LacksJoins(const NemesisLine &, const Faults &most)
{
    return Lacks(most.joins, "joins and leaves");
}

const char *LacksStrike(NemesisStrike kind, const Faults &most)
{
    switch (kind) {
    case NemesisStrike::Crash:
        return Lacks(most.strike > 0 && most.crashes, "crashes");
    case NemesisStrike::Cut:
        return Lacks(most.strike > 0 && most.cuts, "cuts");
    case NemesisStrike::OneWay:
        return Lacks(most.strike > 0 && most.one_way_cuts, "one-way cuts");
    case NemesisStrike::Pause:
        return Lacks(most.strike > 0 && most.pauses, "pauses");
    case NemesisStrike::Slow:
        return Lacks(most.strike > 0 && most.slow, "slow nodes");
    case NemesisStrike::Skew:
        return Lacks(most.strike > 0 && most.skew, "skewed clocks");
    }
    return nullptr;
}

} // namespace

// ---- The verbs ----

struct World::State::Deed {
    const char *verb;
    void (State::*doing)(const Blow &blow);
    const char *(*lacks)(const NemesisLine &line, const Faults &most);
};

const World::State::Deed &World::State::DeedOf(const NemesisLine &line)
{
    static const Deed deeds[] = {
        {"crash", &State::ScriptCrash,
         [](const NemesisLine &, const Faults &most) {
             return LacksStrike(NemesisStrike::Crash, most);
         }},
        {"cut", &State::ScriptCut,
         [](const NemesisLine &line, const Faults &most) {
             return LacksStrike(line.one_way ? NemesisStrike::OneWay
                                             : NemesisStrike::Cut,
                                most);
         }},
        {"pause", &State::ScriptPause,
         [](const NemesisLine &, const Faults &most) {
             return LacksStrike(NemesisStrike::Pause, most);
         }},
        {"slow", &State::ScriptSlow,
         [](const NemesisLine &, const Faults &most) {
             return LacksStrike(NemesisStrike::Slow, most);
         }},
        {"skew", &State::ScriptSkew,
         [](const NemesisLine &, const Faults &most) {
             return LacksStrike(NemesisStrike::Skew, most);
         }},
        {"wipe", &State::ScriptWipe,
         [](const NemesisLine &, const Faults &most) {
             return Lacks(most.wipes > 0, "wiped disks");
         }},
        {"fill", &State::ScriptFill,
         [](const NemesisLine &, const Faults &most) {
             return Lacks(most.full_disks, "full disks");
         }},
        {"fail", &State::ScriptFail,
         [](const NemesisLine &, const Faults &most) {
             return Lacks(most.write_errors, "failing disks");
         }},
        {"join", &State::ScriptJoin, LacksJoins},
        {"leave", &State::ScriptLeave, LacksJoins},
    };

    for (const Deed &deed : deeds)
        if (std::string(deed.verb) == line.verb->name)
            return deed;
    throw std::logic_error(std::string("no world knows the verb ") +
                           line.verb->name);
}

void World::State::ScriptCrash(const Blow &blow)
{
    const NemesisLine &line = *blow.line;
    const uint64_t restart = line.for_us ? now + *line.for_us : kNever;

    for (const uint32_t node : blow.nodes) {
        Node &it = nodes[node];

        if (it.host == nullptr)
            continue;
        if (line.after) {
            it.crash_armed = true;
            it.crash_after = line.after;
            it.crash_keep = line.keep;
            it.restart_at = restart;
            continue;
        }
        const size_t kept = std::min<size_t>(line.keep, it.undo.size());
        Tell("crash " + Ids({node}) +
                 (kept > 0 ? " keep " + std::to_string(kept) : ""),
             restart);
        Die(node, kept);
        if (restart != kNever)
            At(restart, What::Restart, node, 0, it.life);
    }
}

bool World::State::CrashArmed(uint32_t node, size_t effects, size_t *count)
{
    std::optional<uint64_t> &after = nodes[node].crash_after;

    if (!after) { // between any two effects, before the first or after the last
        *count = effects - t.Choose(effects + 1);
        return true;
    }
    if (*after > effects) {
        *after -= effects;
        return false;
    }
    *count = *after;
    return true;
}

void World::State::ScriptCut(const Blow &blow)
{
    const NemesisLine &line = *blow.line;

    CutApart(blow.nodes, Chosen(line.others, blow), line.one_way,
             line.for_us ? now + *line.for_us : kNever);
}

void World::State::ScriptPause(const Blow &blow)
{
    const NemesisLine &line = *blow.line;

    for (const uint32_t node : blow.nodes)
        if (nodes[node].host != nullptr && !nodes[node].paused)
            PauseUntil(node, line.for_us ? now + *line.for_us : kNever);
}

void World::State::ScriptSlow(const Blow &blow)
{
    for (const uint32_t node : blow.nodes)
        SlowBy(node, blow.ends ? 1 : static_cast<uint32_t>(blow.line->by));
    if (!blow.ends)
        EndLater(blow);
}

void World::State::ScriptSkew(const Blow &blow)
{
    const int64_t ms = blow.ends ? 0 : blow.line->by;

    for (const uint32_t node : blow.nodes) {
        Tell("skew " + Ids({node}) + " by " + std::to_string(ms));
        SkewBy(node, ms);
    }
    if (!blow.ends)
        EndLater(blow);
}

void World::State::ScriptWipe(const Blow &blow)
{
    const uint64_t restart = now + blow.line->for_us.value_or(0);

    for (const uint32_t node : blow.nodes) {
        if (nodes[node].lie == Lie::None && nodes[node].disk < kDisksMost)
            WipeUntil(node, restart);
    }
}

void World::State::ScriptFill(const Blow &blow)
{
    for (const uint32_t node : blow.nodes)
        if (nodes[node].lie == Lie::None && !nodes[node].full)
            FillUntil(node,
                      blow.line->for_us ? now + *blow.line->for_us : kNever);
}

void World::State::ScriptFail(const Blow &blow)
{
    for (const uint32_t node : blow.nodes)
        if (nodes[node].lie == Lie::None)
            FailNextWrite(node);
}

void World::State::ScriptJoin(const Blow &blow)
{
    ScriptWord(blow, true);
}

void World::State::ScriptLeave(const Blow &blow)
{
    ScriptWord(blow, false);
}

// It is said to the node that it is about; to the next one, if that is down.
void World::State::ScriptWord(const Blow &blow, bool joins)
{
    joins = joins != blow.ends;
    for (const uint32_t node : blow.nodes) {
        Tell((joins ? "join " : "leave ") + Ids({node}));
        SayLater({0, node, nodes[node].id, joins ? 1u : 0u, true});
    }
    if (!blow.ends)
        EndLater(blow);
}

// ---- Playing ----

std::shared_ptr<const Nemesis> ScriptFor(Trial &t, const Faults &most)
{
    const std::shared_ptr<const Nemesis> script = TheNemesis();
    std::string refusal;
    const auto refuse = [&](const NemesisLine *line, const char *lacks) {
        if (lacks != nullptr && refusal.empty())
            refusal =
                std::string("has no ") + lacks + " among its faults, which " +
                script->file +
                (line != nullptr ? ":" + std::to_string(line->number) : "") +
                " asks for";
    };

    if (script != nullptr) {
        for (const NemesisLine &line : script->lines) {
            if (line.kind == NemesisLine::Kind::Act)
                refuse(&line, World::LacksFor(line, most));
            if (line.kind == NemesisLine::Kind::Chances)
                refuse(&line, LacksChances(line, most));
            for (const NemesisStrike kind : line.strikes)
                refuse(&line, LacksStrike(kind, most));
        }
        for (const auto &[number, fate] : script->messages) {
            NemesisLine line;

            line.lose = fate.lost;
            line.copy = fate.copied_us.has_value();
            line.jitter_us = fate.late_us;
            refuse(nullptr, LacksChances(line, most));
        }
    }
    t.DrewFaults(refusal);
    return refusal.empty() ? script : nullptr;
}

const char *World::LacksFor(const NemesisLine &line, const Faults &most)
{
    return State::DeedOf(line).lacks(line, most);
}

void World::State::ReadScript()
{
    const std::shared_ptr<const Nemesis> &script = setup.faults.script;

    t.RunBegins();
    if (script == nullptr)
        return;
    for (const NemesisLine &line : script->lines) {
        for (const NemesisNodes *side : {&line.nodes, &line.others})
            for (const uint32_t node : side->listed)
                if (node > nodes.size())
                    throw NemesisError(
                        script->file + ":" + std::to_string(line.number) +
                        ": there is no node " + std::to_string(node) +
                        " in this run, whose nodes are 1 to " +
                        std::to_string(nodes.size()));
        Blow blow;
        blow.line = &line;
        blow.time = line.at_us;
        blow.after_things = line.after_things;
        blows.push_back(blow);
        for (blow.time += line.every_us;
             line.every_us > 0 && blow.time < line.until_us;
             blow.time += line.every_us) {
            blow.round++;
            blows.push_back(blow);
        }
        if (line.kind != NemesisLine::Kind::Act) {
            blow.time = line.until_us;
            blow.ends = true;
            blows.push_back(blow);
        }
    }
    std::stable_sort(blows.begin(), blows.end());
}

void World::State::EndLater(const Blow &blow)
{
    Blow end = blow;

    if (!blow.line->for_us)
        return;
    end.time = now + *blow.line->for_us;
    end.after_things = 0;
    end.ends = true;
    const auto rest = blows.begin() + static_cast<std::ptrdiff_t>(next_blow);
    blows.insert(std::upper_bound(rest, blows.end(), end), end);
}

bool World::State::Struck(uint64_t until)
{
    if (next_blow == blows.size())
        return false;
    const Blow &next = blows[next_blow];
    const uint64_t event = queue.empty() ? kNever : queue.top().time;
    if (next.time > until || next.time > event)
        return false;
    if (next.time == event &&
        (now == event ? ThingsNow() : 0) < next.after_things)
        return false;
    now = std::max(now, next.time);
    Blow blow = next;
    next_blow++;
    Strike(&blow);
    return true;
}

void World::State::Strike(Blow *blow)
{
    const NemesisLine &line = *blow->line;
    Faults &faults = setup.faults;
    const auto strikes_with = [&](NemesisStrike kind) {
        return !blow->ends &&
               std::count(line.strikes.begin(), line.strikes.end(), kind) > 0;
    };

    switch (line.kind) {
    case NemesisLine::Kind::Act:
        if (!blow->ends)
            blow->nodes = Chosen(line.nodes, *blow);
        (this->*DeedOf(line).doing)(*blow);
        break;
    case NemesisLine::Kind::Chances:
        faults.loss = blow->ends ? 0 : line.lose;
        faults.copy = blow->ends ? 0 : line.copy;
        faults.late = blow->ends ? 0 : line.delay;
        faults.late_ms = static_cast<uint32_t>(line.delay_by_ms);
        faults.jitter_us =
            blow->ends ? 0 : static_cast<uint32_t>(line.jitter_us);
        break;
    case NemesisLine::Kind::Strikes:
        faults.strike = blow->ends ? 0 : line.strike;
        faults.strikes_most = UINT32_MAX;
        faults.crashes = strikes_with(NemesisStrike::Crash);
        faults.cuts = strikes_with(NemesisStrike::Cut);
        faults.one_way_cuts = strikes_with(NemesisStrike::OneWay);
        faults.pauses = strikes_with(NemesisStrike::Pause);
        faults.slow = strikes_with(NemesisStrike::Slow);
        faults.skew = strikes_with(NemesisStrike::Skew);
        faults.full_disks = faults.write_errors = false;
        faults.wipes = 0;
        if (!blow->ends && !std::exchange(looking, true))
            At(now + faults.look_ms * kMs, What::Look, 0, 0);
        break;
    }
}

std::vector<uint32_t> World::State::Chosen(const NemesisNodes &said,
                                           const Blow &blow)
{
    std::vector<uint32_t> chosen;

    switch (said.who) {
    case NemesisNodes::Who::Listed:
        for (const uint32_t node : said.listed)
            chosen.push_back(node - 1);
        break;
    case NemesisNodes::Who::Any:
        chosen.push_back(AnyNode());
        break;
    case NemesisNodes::Who::Each:
        chosen.push_back(static_cast<uint32_t>(blow.round % nodes.size()));
        break;
    case NemesisNodes::Who::All:
    case NemesisNodes::Who::Others:
        for (uint32_t node = 0; node < nodes.size(); node++)
            if (said.who == NemesisNodes::Who::All ||
                std::count(blow.nodes.begin(), blow.nodes.end(), node) == 0)
                chosen.push_back(node);
        break;
    }
    return chosen;
}

bool World::State::ScriptFate(uint64_t number, MessageFate *fate)
{
    if (setup.faults.script == nullptr)
        return false;
    const auto found = setup.faults.script->messages.find(number);
    if (found == setup.faults.script->messages.end())
        return false;
    *fate = found->second;
    TellFate(number, *fate);
    return true;
}

// ---- Telling ----

std::string World::State::Ids(const std::vector<uint32_t> &indexes) const
{
    std::string text;

    for (const uint32_t node : indexes)
        text += (text.empty() ? "" : " ") + std::to_string(nodes[node].id);
    return text;
}

void World::State::Tell(const std::string &what, std::optional<uint64_t> until,
                        bool in_event)
{
    const uint64_t things_now = ThingsNow() - (in_event ? 1 : 0);

    if (!trace.On() || calm)
        return;
    happened +=
        "at " + NemesisMs(now) +
        (things_now > 0 ? "+" + std::to_string(things_now) : "") + " " + what +
        (until && *until != kNever ? " for " + NemesisMs(*until - now) : "") +
        "\n";
}

void World::State::TellCrash(uint32_t node, size_t kept, uint64_t restart)
{
    Tell("crash " + Ids({node}) + " after " + std::to_string(nodes[node].done) +
             (kept > 0 ? " keep " + std::to_string(kept) : ""),
         restart, true);
}

void World::State::TellFate(uint64_t number, const MessageFate &fate)
{
    const std::string which = " message " + std::to_string(number);

    if (!trace.On())
        return;
    if (fate.lost)
        happened += "lose" + which + "\n";
    if (fate.copied_us)
        happened += "copy" + which + " by " + NemesisMs(*fate.copied_us) + "\n";
    if (fate.late_us > 0)
        happened += "delay" + which + " by " + NemesisMs(fate.late_us) + "\n";
}

} // namespace judge
